"""In: a local Slack to work in. Out: people one can script: they type, press and submit, and tell what they see."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from bot.playground.driver import SlackDriver

Json = dict[str, Any]
T = TypeVar("T")


class NotAllowedError(Exception):
    """Slack's own client would not let this person do that; `code` says why (message_not_found, action_not_found …)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


class NoAnswerError(Exception):
    """The app did not ack in time; the person sees a warning."""


class FormError(Exception):
    """The form was not accepted; `errors` maps block ids to what the person reads."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(str(errors))
        self.errors = errors


class Member:
    """One person at work. Channels go by name or id; "dm" is the direct message with the bot."""

    def __init__(self, slack: "SlackDriver", name: str) -> None:
        self._slack = slack
        self.name = name
        self._state = slack.call("GET", "ui/state", params={"person": name})
        self.id: str = self._state["me"]["id"]
        self.language: str = self._state["me"]["language"]
        self._bot = next(p["real_name"] for p in self._state["people"] if p["is_bot"])

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Types a message; `@name` and `#channel` become links. Returns its ts."""
        return str(self._act("say", channel=self._place(channel), text=text, thread_ts=thread_ts)["ts"])

    def mention(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Types a message to the bot in a channel. Returns its ts."""
        return self.say(channel, f"@{self._bot} {text}", thread_ts)

    def dm(self, text: str, thread_ts: str | None = None) -> str:
        """Types into the direct message with the bot. Returns its ts."""
        return self.say("dm", text, thread_ts)

    def command(self, name: str, text: str = "", channel: str = "drafts") -> None:
        """A slash command. Errors: NoAnswerError."""
        self._answered(self._act("command", channel=self._place(channel), command=name, text=text))

    def click(self, ts: str, action_id: str, value: Any = None, block_id: str | None = None, channel: str = "") -> None:
        """Presses a button (or picks `value` in a menu or on feedback buttons) in a message. Errors: NoAnswerError."""
        channel = channel or self._channel_of(ts)
        self._answered(
            self._act("click", channel=self._place(channel), ts=ts, action_id=action_id, block_id=block_id, value=value)
        )

    def click_in_view(self, view_id: str, action_id: str, value: Any = None, values: Json | None = None) -> None:
        """Presses something in a modal or on the App Home. Errors: NoAnswerError."""
        self._answered(self._act("click", view_id=view_id, action_id=action_id, value=value, values=values or {}))

    def shortcut(self, ts: str, callback_id: str, channel: str = "") -> None:
        """A message shortcut. Errors: NoAnswerError."""
        channel = channel or self._channel_of(ts)
        self._answered(self._act("shortcut", channel=self._place(channel), ts=ts, callback_id=callback_id))

    def upload(self, channel: str, name: str, content: bytes, thread_ts: str | None = None, text: str = "") -> str:
        """Shares a file in a channel or thread, with a text beside it if given. Returns the message's ts."""
        data = base64.b64encode(content).decode()
        body = {"channel": self._place(channel), "name": name, "content": data, "thread_ts": thread_ts, "text": text}
        return str(self._act("upload", **body)["ts"])

    def canvas(self, canvas_id: str) -> str:
        """What this person reads in a canvas. Errors: NotAllowedError canvas_not_found."""
        return str(self._act("canvas", canvas_id=canvas_id)["text"])

    def edit_canvas(self, canvas_id: str, text: str) -> None:
        """Leaves this text in a canvas. Errors: NotAllowedError canvas_not_found, restricted_action."""
        self._act("canvas", canvas_id=canvas_id, text=text)

    def react(self, ts: str, name: str, channel: str = "") -> None:
        self._act("react", channel=self._place(channel or self._channel_of(ts)), ts=ts, name=name)

    def unreact(self, ts: str, name: str, channel: str = "") -> None:
        self._act("unreact", channel=self._place(channel or self._channel_of(ts)), ts=ts, name=name)

    def open_view(self, timeout: float = 10.0, callback_id: str = "") -> Json:
        """Waits for a modal (with that callback id) to be open and returns the topmost. Errors: TimeoutError."""

        def newest() -> Json | None:
            found = [v for v in self.views() if callback_id in ("", v["callback_id"])]
            return found[-1] if found else None

        view = self._slack.wait_for(newest, timeout)
        if view is None:
            raise TimeoutError
        return view

    def views(self) -> list[Json]:
        """The open modals, the topmost last."""
        return list(self._slack.call("GET", "ui/views", params={"person": self.id})["views"])

    def submit(self, view_id: str, values: Json) -> None:
        """Submits a modal; `values` by action id or block id. Errors: FormError, NoAnswerError."""
        answer = self._answered(self._act("submit", view_id=view_id, values=values))
        if answer["errors"]:
            raise FormError(answer["errors"])

    def close_view(self, view_id: str) -> None:
        self._act("close_view", view_id=view_id)

    def open_home(self) -> None:
        """Opens the App Home tab; the app may publish it then."""
        self._act("open_home")

    def open_messages(self) -> None:
        """Opens the direct message with the bot; the app may suggest what to write."""
        self._act("open_messages")

    def prompts(self) -> list[Json]:
        """What the bot suggests in the direct message."""
        state = self._slack.call("GET", "ui/state", params={"person": self.id})
        direct = next(c["id"] for c in state["channels"] if c["kind"] == "im")
        return list(state["prompts"].get(direct, []))

    def home(self) -> Json | None:
        """The App Home as published for this person."""
        view: Json | None = self._slack.call("GET", "ui/state", params={"person": self.id})["home"]
        return view

    def history(self, channel: str) -> list[Json]:
        """All this person sees in a channel, oldest first: thread replies and ephemeral lines (`viewer`) included."""
        return self._messages(channel=self._place(channel))

    def thread(self, channel: str, ts: str) -> list[Json]:
        """One thread, oldest first, the root included."""
        return self._messages(channel=self._place(channel), thread_ts=ts)

    def status(self, channel: str, thread_ts: str) -> str:
        """The status line under a thread ("" for none)."""
        place = self._place(channel)
        statuses = self._slack.call("GET", "ui/state", params={"person": self.id})["statuses"]
        return next((s["line"] for s in statuses if (s["channel"], s["thread_ts"]) == (place, thread_ts)), "")

    def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        return self._slack.wait_for(predicate, timeout)

    def _messages(self, **params: str) -> list[Json]:
        return list(self._slack.call("GET", "ui/messages", params={"person": self.id, **params})["messages"])

    def _act(self, what: str, **body: Any) -> Json:
        return self._slack.call("POST", f"ui/act/{what}", json={"person": self.id, **body})

    def _answered(self, answer: Json) -> Json:
        if not answer["answered"]:
            raise NoAnswerError("the app did not ack in time")
        return answer

    def _place(self, channel: str) -> str:
        return self.id if channel == "dm" else channel

    def _channel_of(self, ts: str) -> str:
        for channel in self._state["channels"]:
            if any(m["ts"] == ts for m in self.history(channel["id"])):
                return str(channel["id"])
        raise NotAllowedError("message_not_found", ts)
