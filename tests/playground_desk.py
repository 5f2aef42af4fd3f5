"""In: a running local Slack. Out: a small Bolt app at work in it, and the blocks and forms it uses."""

import time
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.server import Playground

Json = dict[str, Any]
FORM: Json = {
    "type": "modal",
    "callback_id": "draft_form",
    "title": {"type": "plain_text", "text": "Draft"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "topic",
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {"type": "plain_text_input", "action_id": "topic_text", "max_length": 20},
        }
    ],
}
BUTTON: Json = {
    "type": "button",
    "action_id": "draft_accept",
    "text": {"type": "plain_text", "text": "Use"},
    "value": "7",
}
VOTE: Json = {
    "type": "feedback_buttons",
    "action_id": "draft_feedback",
    "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up:7"},
    "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down:7"},
}
MRKDWN: Json = {"type": "mrkdwn", "text": "x"}
OPTION: Json = {"text": {"type": "plain_text", "text": "A"}, "value": "a"}
MENU: Json = {"type": "static_select", "action_id": "menu", "options": [OPTION]}
BLOCKS: list[Json] = [
    {"type": "markdown", "text": "**draft**"},
    {"type": "context_actions", "elements": [VOTE]},
    {"type": "actions", "elements": [BUTTON]},
]


class Desk:
    """A small Bolt app that keeps what it gets; `hold` makes its mention listener slow."""

    def __init__(self, slack: Playground) -> None:
        self.bodies: list[tuple[str, Json]] = []
        self.headers: list[Json] = []
        self.hold = 0.0
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.app = App(client=client, signing_secret=slack.signing_secret)
        self.slack = slack
        self.handler = SocketModeHandler(self.app, slack.app_token, ping_interval=1)
        self.app.event("app_mention")(self.mentioned)
        self.app.event("message")(self.keep("message"))
        self.app.event("reaction_added")(self.keep("reaction_added"))
        self.app.command("/draft")(self.commanded)
        self.app.action("draft_feedback")(self.keep("draft_feedback"))
        self.app.action("draft_accept")(self.pressed)
        self.app.view("draft_form")(self.submitted)
        self.app.shortcut("use_as_example")(self.keep("use_as_example"))

    def keep(self, name: str) -> Any:
        def listener(ack: Any, body: Json, request: Any) -> None:
            ack()
            self.headers.append(dict(request.headers))
            self.bodies.append((name, body))

        return listener

    def mentioned(self, body: Json, say: Any, request: Any) -> None:
        time.sleep(self.hold)
        self.headers.append(dict(request.headers))
        self.bodies.append(("app_mention", body))
        event = body["event"]
        say(
            text="draft",
            blocks=BLOCKS,
            thread_ts=event.get("thread_ts") or event["ts"],
            metadata={"event_type": "draft", "event_payload": {"draft_id": 7}},
        )

    def commanded(self, ack: Any, body: Json, client: WebClient, command: Json) -> None:
        if command["text"] == "slow":
            return
        ack()
        self.bodies.append(("/draft", body))
        client.views_open(trigger_id=body["trigger_id"], view=FORM)

    def pressed(self, ack: Any, body: Json, respond: Any) -> None:
        ack()
        self.bodies.append(("draft_accept", body))
        respond(text="kept", response_type="ephemeral", replace_original=False)

    def submitted(self, ack: Any, body: Json) -> None:
        values = body["view"]["state"]["values"]
        if values["topic"]["topic_text"]["value"] == "forbidden":
            ack(response_action="errors", errors={"topic": "another one, please"})
            return
        ack()
        self.bodies.append(("draft_form", body))

    def stop(self) -> None:
        """Closing alone waits three seconds for the socket to say something; hanging up first spares them."""
        self.handler.client.auto_reconnect_enabled = False
        self.slack.cut_sockets()
        self.slack.wait_for(lambda: not self.handler.client.is_connected())
        self.handler.close()

    def got(self, name: str) -> list[Json]:
        return [body for kind, body in list(self.bodies) if kind == name]


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(SlackApiError) as failure:
        call(*args, **kwargs)
    return str(failure.value.response["error"])


def change(**fields: Any) -> Json:
    return {**FORM, **fields}
