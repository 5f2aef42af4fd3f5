"""In: a running local Slack. Out: a bot's calls in it, short to write: what tests/test_playground_facts.py says them with."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.server import Playground
from tests.playground_desk import BUTTON, MRKDWN, Json, change

PLACE = {"channel": "C0DRAFTS"}
META = {"event_type": "draft", "event_payload": {"draft_id": 7}}
RECIPIENT = {"recipient_user_id": "U0SARA", "recipient_team_id": "T0ONBIT"}
PLAIN = {"type": "plain_text", "text": "x"}


@dataclass
class Stage:
    """A bot's client in a local Slack, with one message of Sara's."""

    slack: Playground
    client: WebClient
    root: str

    def post(self, **more: Any) -> Any:
        return self.client.chat_postMessage(**{**PLACE, "text": "x", **more})

    def blocks(self, *blocks: Json) -> Any:
        return self.post(blocks=list(blocks))

    def button(self, **more: Any) -> Any:
        return self.blocks({"type": "actions", "elements": [{**BUTTON, **more}]})

    def update(self, **more: Any) -> Any:
        return self.change(self.post()["ts"], **more)

    def change(self, ts: str, text: str = "x", **more: Any) -> Any:
        return self.client.chat_update(**PLACE, ts=ts, text=text, **more)

    def stream(self, **more: Any) -> Any:
        return self.client.chat_startStream(**{**PLACE, "thread_ts": self.root, **RECIPIENT, **more})

    def append(self, text: str, **switches: Any) -> Any:
        ts = self.stream()["ts"]
        self.slack.switch(**switches)
        return self.client.chat_appendStream(**PLACE, ts=ts, markdown_text=text)

    def stop(self, said: str, **more: Any) -> Any:
        return self.client.chat_stopStream(**PLACE, ts=self.stream(markdown_text=said)["ts"], **more)

    def open(self, **more: Any) -> Any:
        return self.client.views_open(trigger_id="1.2.3", view=change(**more))

    def field(self, **more: Any) -> Any:
        element = {"type": "plain_text_input", "action_id": "a", **more}
        return self.open(blocks=[{"type": "input", "label": PLAIN, "element": element}])

    def home(self, *blocks: Json, hash: str | None = None, **more: Any) -> Any:
        view = {"type": "home", "blocks": list(blocks), **more}
        return self.client.views_publish(user_id="U0MINA", hash=hash, view=view)

    def short_file(self) -> Any:
        given = self.client.files_getUploadURLExternal(filename="x.md", length=3)
        httpx.post(given["upload_url"], content=b"xx", trust_env=False)
        return self.client.files_completeUploadExternal(files=[{"id": given["file_id"]}], channel_id="C0DRAFTS")

    def quick(self, method: str, times: int, **args: Any) -> None:
        self.slack.switch(rate_limits=True)
        for n in range(times):
            with nullcontext() if n == times - 1 else suppress(SlackApiError):
                self.client.api_call(method, json=args)


def section(letters: int, **more: Any) -> Json:
    return {"type": "section", "text": {**MRKDWN, "text": "x" * letters}, **more}
