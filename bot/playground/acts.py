"""In: what a person does (types, presses, submits). Out: the change in the workspace, and the app told about it."""

import base64
import secrets
from typing import Any

from bot.playground import payloads
from bot.playground.compose import spoken
from bot.playground.forms import problems, say, state
from bot.playground.local import LocalSlack
from bot.playground.methods.canvases import seen, typed
from bot.playground.methods.files import share
from bot.playground.methods.reactions import put, take
from bot.playground.methods.spec import thread_root
from bot.playground.methods.views import replace, stack
from bot.playground.refusal import Refusal
from bot.playground.respond import respond
from bot.playground.seed import COMMANDS, SHORTCUTS
from bot.playground.triggers import ResponseUrl
from bot.playground.view_check import check_view
from bot.playground.workspace import Channel, Message, Person

Json = dict[str, Any]


class Acts:
    """The hands of one person. Answers are JSON for the page and for scripted members alike."""

    def __init__(self, slack: LocalSlack, person: Person) -> None:
        self.slack = slack
        self.person = person

    def channel(self, ref: str) -> Channel:
        """Errors: Refusal channel_not_found, also for another person's direct message."""
        channel = self.slack.workspace.find_channel(ref)
        if channel not in self.slack.workspace.seen_by(self.person):
            raise Refusal("channel_not_found")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        message = self.slack.workspace.find_message(channel, ts)
        if message.viewer not in ("", self.person.id):
            raise Refusal("message_not_found")
        return message

    def say(self, channel: str, text: str, thread_ts: str | None) -> Json:
        place = self.channel(channel)
        if not text.strip():
            raise Refusal("no_text")
        escaped, blocks = spoken(text, self.slack.workspace)
        message = Message(
            self.slack.workspace.new_ts(),
            place.id,
            self.person.id,
            escaped,
            thread_root(place, thread_ts),
            blocks,
            client_msg_id=secrets.token_hex(16),
        )
        self.slack.post(message)
        return {"ts": message.ts, "channel": place.id}

    def upload(self, channel: str, thread_ts: str | None, name: str, content: str, text: str) -> Json:
        """Shares a file; `content` is its bytes in base64."""
        place = self.channel(channel)
        escaped, blocks = spoken(text, self.slack.workspace) if text.strip() else ("", [])
        words = {"text": escaped, "blocks": blocks, "thread_ts": thread_root(place, thread_ts)}
        message = share(self.slack, self.person, place, name, base64.b64decode(content), words)
        return {"ts": message.ts, "channel": place.id}

    def canvas(self, canvas_id: str, text: str | None) -> Json:
        """Reads a canvas, or (with a text) writes it anew."""
        if text is not None:
            return typed(self.slack, self.person, canvas_id, text)
        return {"text": seen(self.slack, self.person, canvas_id)}

    def react(self, channel: str, ts: str, name: str, added: bool) -> Json:
        message = self.message(self.channel(channel), ts)
        (put if added else take)(self.slack, message, name, self.person.id)
        return {}

    async def click(self, channel: str, ts: str, action_id: str, block_id: str | None, value: Any) -> Json:
        """Presses something in a message. A press that nobody acks shows a warning to this person."""
        place = self.channel(channel)
        message = self.message(place, ts)
        block, element = payloads.find_element(message.blocks, action_id, block_id)
        done = payloads.action(block, element, value)
        payload = payloads.message_action(self.slack, self.person, place, message, done)
        payload["state"] = {"values": state(message.blocks, {} if value is None else {action_id: value})}
        answered, _ = await self.slack.sockets.ask("interactive", payload)
        return {"answered": answered}

    async def click_in_view(self, view: Json, action_id: str, block_id: str | None, value: Any, values: Json) -> Json:
        """Presses something in a modal or on the App Home, with what is typed so far."""
        block, element = payloads.find_element(view["blocks"], action_id, block_id)
        done = payloads.action(block, element, value)
        view["state"] = {"values": state(view["blocks"], values)}
        payload = payloads.view_action(self.slack, self.person, view, done)
        answered, _ = await self.slack.sockets.ask("interactive", payload)
        return {"answered": answered}

    def view(self, view_id: str) -> Json:
        """An open modal or the App Home of this person. Errors: Refusal not_found."""
        home = self.slack.workspace.homes.get(self.person.id)
        view = home if home and home["id"] == view_id else self.slack.find_view(view_id)
        if view["user"] != self.person.id:
            raise Refusal("not_found")
        return view

    async def submit(self, view_id: str, values: Json) -> Json:
        """Submits a modal; `errors` by block id come from Slack's own checks or from the app."""
        view = self.view(view_id)
        if errors := problems(view["blocks"], values, self.person.language):
            return {"answered": True, "errors": errors}
        view["state"] = {"values": state(view["blocks"], values)}
        answered, reply = await self.slack.sockets.ask(
            "interactive", payloads.view_submission(self.slack, self.person, view)
        )
        if not answered:
            return {"answered": False, "errors": {}}
        return {"answered": True, "errors": self.follow(view, reply or {})}

    def follow(self, view: Json, reply: Json) -> Json:
        """Does what an ack to view_submission asks for; returns the errors it names."""
        match reply.get("response_action"):
            case "errors":
                known = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
                if not reply.get("errors") or reply["errors"].keys() - known:
                    raise Refusal("invalid_arguments", "errors must name input blocks of the view")
                return dict(reply["errors"])
            case "update":
                check_view(reply.get("view"), "modal")
                replace(self.slack, view, reply["view"])
            case "push":
                check_view(reply.get("view"), "modal")
                stack(self.slack, reply["view"], self.person.id, view)
            case "clear":
                for other in list(self.slack.workspace.views.values()):
                    if other["root_view_id"] == view["root_view_id"]:
                        self.slack.close_view(other)
            case None:
                self.slack.close_view(view)
            case other_action:
                raise Refusal("invalid_arguments", f"unknown response_action: {other_action}")
        return {}

    async def close_view(self, view_id: str) -> Json:
        """Cancels a modal; views below it stay unless it clears them."""
        view = self.view(view_id)
        gone = [
            v
            for v in list(self.slack.workspace.views.values())
            if v is view or (view["clear_on_close"] and v["root_view_id"] == view["root_view_id"])
        ]
        for each in gone:
            self.slack.close_view(each)
        if view["notify_on_close"]:
            cleared = bool(view["clear_on_close"])
            await self.slack.sockets.ask("interactive", payloads.view_closed(self.slack, self.person, view, cleared))
        return {}

    async def command(self, channel: str, name: str, text: str) -> Json:
        """A slash command; nobody answering within the time shows Slack's own line to this person."""
        place = self.channel(channel)
        if name not in COMMANDS:
            raise Refusal("unknown_command")
        payload = payloads.command(self.slack, self.person, place, name, text)
        answered, reply = await self.slack.sockets.ask("slash_commands", payload)
        if not answered:
            ko = f"`{name}` 앱이 제때 응답하지 않았어요 (operation_timeout). 잠시 뒤 다시 해 주세요."
            en = f"`{name}`: the app did not answer in time (operation_timeout). Please try again shortly."
            self.slack.whisper(place, self.person.id, say(self.person.language, ko, en))
        elif reply:
            respond(self.slack, ResponseUrl(place.id, self.person.id, "", "", 0.0), reply)
        return {"answered": answered}

    async def shortcut(self, channel: str, ts: str, callback_id: str) -> Json:
        place = self.channel(channel)
        if callback_id not in SHORTCUTS:
            raise Refusal("unknown_shortcut")
        payload = payloads.shortcut(self.slack, self.person, place, self.message(place, ts), callback_id)
        answered, _ = await self.slack.sockets.ask("interactive", payload)
        return {"answered": answered}

    def open_home(self) -> Json:
        """Opens the App Home tab: the app learns of it, and publishes the page."""
        slack = self.slack
        home = slack.workspace.homes.get(self.person.id)
        channel = slack.workspace.find_channel(self.person.id)
        shown = {k: v for k, v in home.items() if k != "user"} if home else None
        slack.sockets.send_events(slack.events.home_opened(self.person.id, channel, shown))
        return {"view": shown}

    def open_messages(self) -> Json:
        """Opens the direct message with the app: the app learns of it, and may suggest what to write."""
        slack = self.slack
        channel = slack.workspace.find_channel(self.person.id)
        slack.sockets.send_events(slack.events.home_opened(self.person.id, channel, None, "messages"))
        return {}
