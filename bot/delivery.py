"""A draft in, exactly one visible answer in Slack out: found again after a crash, grown while written, split if long."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import Engine

from bot import blocks
from bot.messages import say
from bot.text import safe, split
from db.session import transaction
from db.tables import Draft, Request

EVERY = 1.2  # seconds between two updates of a message: Slack takes about 50 a minute
NOTICE = 3000  # characters of the plain text beside blocks: what notifications show
LOOK_BACK = 200  # messages looked through for an answer that stands there already


@dataclass
class Answer:
    """Where one request's answer stands in Slack."""

    client: WebClient
    engine: Engine
    request: Request
    last: float = 0.0

    def place(self, line: str) -> None:
        """Make sure there is a message to grow; after a crash the one that stands there is taken."""
        if self.request.message_ts:
            return
        found = self._standing(part=0) if self.request.attempts > 1 else None
        ts = found or self._post(safe(line), [blocks.context(safe(line))], part=0)
        self.request.message_ts = ts
        with transaction(self.engine) as session:
            session.get_one(Request, self.request.id).message_ts = ts

    def grow(self, text: str, line: str) -> None:
        """Show what is written so far, as often as Slack allows."""
        if time.monotonic() - self.last < EVERY or not text.strip():
            return
        self.last = time.monotonic()
        shown = split(text)[0]
        self._update(shown, blocks.growing(shown, line))

    def finish(self, draft: Draft, line: str) -> None:
        """The whole text with its buttons; what does not fit goes on below, in order."""
        assert self.request.id is not None
        parts = split(draft.text)
        last = blocks.finished(parts[-1], self.request.id, self.request.language, line)
        first = last if len(parts) == 1 else blocks.body(parts[0])
        self._update(parts[0], first)
        for number, part in enumerate(parts[1:], 1):
            shown = last if number == len(parts) - 1 else blocks.body(part)
            if self._standing(number) is None:
                self._post(safe(part)[:NOTICE], shown, number)

    def fail(self, reason: str) -> None:
        """One sentence instead of a draft."""
        words = say(self.request.language, "failed", reason=reason)
        self.place(words)
        self._update(words, [blocks.section(safe(words))])

    def _thread(self) -> str:
        return self.request.thread_ts

    def _post(self, text: str, shown: list[blocks.Block], part: int) -> str:
        answer = self.client.chat_postMessage(
            channel=self.request.channel_id,
            text=text,
            blocks=shown,
            metadata=self._metadata(part),
            thread_ts=self._thread() or (self.request.message_ts if part else None),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    def _update(self, text: str, shown: list[blocks.Block]) -> None:
        assert self.request.message_ts is not None
        self.client.chat_update(
            channel=self.request.channel_id,
            ts=self.request.message_ts,
            text=safe(text)[:NOTICE],
            blocks=shown,
            metadata=self._metadata(0),
        )

    def _metadata(self, part: int) -> dict[str, Any]:
        payload: dict[str, Any] = {"draft_id": self.request.id}
        return {"event_type": "draft", "event_payload": {**payload, "part": part} if part else payload}

    def _standing(self, part: int) -> str | None:
        """The ts of a message of this draft that was posted before somebody was killed or cut off."""
        thread = self._thread() or (self.request.message_ts if part else "")
        read: Callable[..., Any] = self.client.conversations_replies if thread else self.client.conversations_history
        where = {"ts": thread} if thread else {}
        cursor, looked = None, 0
        while looked < LOOK_BACK * 5:
            page = read(
                channel=self.request.channel_id, include_all_metadata=True, limit=LOOK_BACK, cursor=cursor, **where
            )
            for message in page["messages"]:
                metadata = message.get("metadata", {})
                payload = metadata.get("event_payload", {})
                known = metadata.get("event_type") == "draft" and payload.get("draft_id") == self.request.id
                if known and payload.get("part", 0) == part:
                    return str(message["ts"])
            looked += LOOK_BACK
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        return None
