"""A draft in, exactly one visible answer in Slack out: found again after a crash, grown while written, split if long."""

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine

from bot.blocks import drafts, pieces
from bot.messages import say
from bot.standing import TROUBLE, code, impatient, standing
from bot.text import safe, split
from db.session import transaction
from db.tables import Draft, Request

log = logging.getLogger("flywheel.bot")

EVERY = 1.2  # seconds between two updates of a message: Slack takes about 50 a minute
NOTICE = 3000  # characters of the plain text beside blocks: what notifications show


@dataclass
class Answer:
    """Where one request's answer stands in Slack. Every call may raise bot.standing.TROUBLE, but `grow`."""

    client: WebClient
    engine: Engine
    request: Request
    again: float = field(default=0.0, init=False)  # monotonic seconds: when the text may grow again

    def place(self, line: str) -> None:
        """Make sure there is a message to grow; after a crash the one that stands there is taken."""
        if self.request.message_ts:
            return
        ts = self._standing().get(0) or self._post(safe(line), [pieces.context(safe(line))], part=0)
        with transaction(self.engine) as session:
            session.get_one(Request, self.request.id).message_ts = ts
        self.request.message_ts = ts

    def grow(self, text: str, line: str) -> None:
        """Show what is written so far, as often as Slack allows; growing is decoration, and no error of it counts."""
        if time.monotonic() < self.again or not text.strip():
            return
        self.again = time.monotonic() + EVERY
        shown = split(text)[0]
        try:
            self._update(impatient(self.client), shown, drafts.growing(shown, line))
        except TROUBLE as error:
            self.again += _wait(error)
            log.info("request %s: its growing text could not be shown (%s)", self.request.id, code(error))

    def finish(self, draft: Draft, line: str) -> None:
        """The whole text with its buttons; what does not fit goes on below, in order."""
        assert self.request.id is not None
        parts = split(draft.text)
        last = drafts.finished(parts[-1], self.request.id, self.request.language, line)
        self._update(self.client, parts[0], last if len(parts) == 1 else pieces.body(parts[0]))
        there = self._standing() if len(parts) > 1 else {}
        for number, part in enumerate(parts[1:], 1):
            if number not in there:
                self._post(safe(part)[:NOTICE], last if number == len(parts) - 1 else pieces.body(part), number)

    def fail(self, reason: str) -> None:
        """One sentence instead of a draft."""
        words = say(self.request.language, "failed", reason=reason)
        self.place(words)
        self._update(self.client, words, [pieces.section(safe(words))])

    def _post(self, text: str, shown: list[pieces.Block], part: int) -> str:
        answer = self.client.chat_postMessage(
            channel=self.request.channel_id,
            text=text,
            blocks=shown,
            metadata=self._metadata(part),
            thread_ts=self._thread() or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    def _update(self, client: WebClient, text: str, shown: list[pieces.Block]) -> None:
        assert self.request.message_ts is not None
        client.chat_update(
            channel=self.request.channel_id,
            ts=self.request.message_ts,
            text=safe(text)[:NOTICE],
            blocks=shown,
            metadata=self._metadata(0),
        )

    def _thread(self) -> str:
        """Where the answer stands; one that began a thread of its own goes on in it."""
        return self.request.thread_ts or self.request.message_ts or ""

    def _metadata(self, part: int) -> dict[str, Any]:
        payload: dict[str, Any] = {"draft_id": self.request.id}
        return {"event_type": "draft", "event_payload": {**payload, "part": part} if part else payload}

    def _standing(self) -> dict[int, str]:
        """The parts of this answer that were posted before somebody was killed or cut off, each with its ts."""
        if self.request.attempts < 2:
            return {}
        ours = standing(self.client, "draft", self.request.channel_id, self._thread(), self.request.created_at)
        return {p.get("part", 0): ts for p, ts in ours if p.get("draft_id") == self.request.id}


def _wait(error: BaseException) -> float:
    """Seconds Slack asks to be left alone."""
    headers = error.response.headers if isinstance(error, SlackApiError) else {}
    return float(headers.get("Retry-After", 0))
