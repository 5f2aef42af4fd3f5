"""A request in, its messages in Slack out: what is sent about them, where each stands, what a former try left there.

Every message is a row of Part as soon as its ts is known. Posts without a row are found by their metadata; streams without
one (they carry none) are taken away.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.pace import RATES, Pace
from bot.standing import code, messages, passing, wait
from db.claims import still_held
from db.errors import Cancelled
from db.session import transaction
from db.tables import Part, Request

GONE = ("message_not_found", "cant_delete_message")


@dataclass
class Standing:
    """The messages of one request, and who may send more of them."""

    client: WebClient
    engine: Engine
    request: Request
    pace: Pace = field(default_factory=Pace)
    left: threading.Event = field(default_factory=threading.Event)  # set: somebody else goes on with it
    stray: bool = field(default=False, init=False)  # a stream may stand there whose ts we don't know
    closed: set[str] = field(default_factory=set, init=False)  # messages known to stream no more

    @property
    def number(self) -> int:
        return self.request.id or 0

    def parts(self) -> dict[int, str]:
        """The noted messages of this answer, each with its ts."""
        with transaction(self.engine) as session:
            rows = session.exec(select(Part).where(Part.request_id == self.number))
            return {part.number: part.ts for part in rows}

    def note(self, number: int, ts: str) -> None:
        """Keep where a part stands."""
        with transaction(self.engine) as session:
            row = self.ours(session)
            part = session.exec(select(Part).where(Part.request_id == self.number, Part.number == number)).first()
            part = part or Part(request_id=self.number, number=number, channel_id=row.channel_id, ts=ts)
            part.ts = ts
            session.add(part)
            row.message_ts = self.request.message_ts = row.message_ts or ts

    def call(self, method: Callable[..., SlackResponse], **args: Any) -> SlackResponse:
        """One call about this answer's channel."""
        if self.left.is_set():
            raise Cancelled("The bot is leaving.")
        return method(channel=self.request.channel_id, **args)

    def must(self, method: Callable[..., SlackResponse], **args: Any) -> SlackResponse:
        """A call the answer needs; what decorates makes room for it."""
        if method.__name__ in RATES:
            self.pace.count(self.request.team_id, method.__name__)
        return self.call(method, **args)

    def may(self, method: Callable[..., SlackResponse], **args: Any) -> SlackResponse | None:
        """A call that decorates; None if there were enough of them just now."""
        if not self.pace.take(self.request.team_id, method.__name__):
            return None
        try:
            return self.call(method, **args)
        except SlackApiError as error:
            self.pace.hush(self.request.team_id, method.__name__, wait(error))
            raise

    def metadata(self, number: int) -> dict[str, Any]:
        payload: dict[str, Any] = {"draft_id": self.number}
        return {"event_type": "draft", "event_payload": {**payload, "part": number} if number else payload}

    def thread(self) -> str:
        """Where the answer stands; one that began a thread of its own goes on in it."""
        return self.request.thread_ts or self.request.message_ts or ""

    def found(self) -> dict[int, str]:
        """Posts of this answer that a former try left; a stream that nobody noted is taken away.

        No other request of the thread is under way, so it can't be somebody else's.
        """
        if self.request.attempts < 2 and not self.stray:
            return {}
        posts: dict[int, str] = {}
        streams: set[str] = set()
        for message in messages(self.client, self.request.channel_id, self.thread(), self.request.created_at):
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload", {})
            if metadata.get("event_type") == "draft" and payload.get("draft_id") == self.number:
                posts[payload.get("part", 0)] = str(message["ts"])
            elif not metadata and "streaming_state" in message:
                streams.add(str(message["ts"]))
        with transaction(self.engine) as session:
            here = select(Part.ts).where(Part.channel_id == self.request.channel_id, col(Part.ts).in_(streams))
            noted = set(session.exec(here))
        for ts in sorted(streams - noted):
            self.end_stream(ts)
            self.delete(ts)
        return posts

    def ours(self, session: Session) -> Request:
        """The row. Errors: Cancelled if another worker took it over."""
        row = still_held(session, self.request)
        if row is None:
            raise Cancelled("The request has another owner.")
        return row

    def unless(self, fine: Callable[[SlackApiError], bool], method: Callable[..., SlackResponse], **args: Any) -> bool:
        """A call that Slack may refuse for these reasons: then False."""
        try:
            self.must(method, **args)
        except SlackApiError as error:
            if not fine(error):
                raise
            return False
        return True

    def end_stream(self, ts: str, metadata: dict[str, Any] | None = None) -> None:
        """A message that may have been streamed takes updates afterwards; Slack refuses if it is closed, or never was one."""
        if ts not in self.closed:
            self.unless(lambda error: not passing(error), self.client.chat_stopStream, ts=ts, metadata=metadata)
            self.closed.add(ts)

    def delete(self, ts: str) -> None:
        """Take a message away; it may be gone."""
        self.unless(lambda error: code(error) in GONE, self.client.chat_delete, ts=ts)
