"""What became of edits and trainings in, one message each out; every piece of news is told exactly once."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.blocks import cards, pieces
from bot.clients import Clients
from bot.intake import new_event
from bot.messages import say
from bot.standing import TROUBLE, code, impatient, passing, standing
from bot.text import safe
from curation.lease import alone
from db.edge import keep_doing
from db.session import transaction
from db.settings import Settings
from db.tables import (
    Adapter,
    DatasetItem,
    Evaluation,
    Event,
    Example,
    Feedback,
    Promotion,
    Request,
    Review,
    Run,
)

log = logging.getLogger("flywheel.bot")
EVERY = 2.0  # seconds between two looks
LEASE = 90.0  # seconds; longer than looking for one message and sending it take


@dataclass(frozen=True)
class Piece:
    """One message to send; `key` is remembered for ever, and stands in the message's metadata."""

    key: str
    team_id: str
    channel: str
    thread_ts: str
    since: datetime  # it can't have been told before
    text: str
    shown: list[pieces.Block]


class Herald:
    """Tells people what became of their edits, and operators what became of trainings."""

    def __init__(self, engine: Engine, clients: Clients, settings: Settings) -> None:
        self.engine, self.clients, self.settings = engine, clients, settings
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=keep_doing, args=(self.tell, self._stop, EVERY, log), name="news", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def tell(self) -> int:
        """Send what nobody was told yet; returns how many pieces that were."""
        with transaction(self.engine) as session:
            told = set(session.exec(select(Event.id).where(col(Event.id).startswith("told:"))))
            waiting = [piece for piece in self._pieces(session) if piece.key not in told]
        done = 0
        if waiting:
            with alone(self.engine, "telling", LEASE) as renewed:  # two bots that tell together would tell twice
                while done < len(waiting) and not self._stop.is_set() and renewed() and self._tell(waiting[done]):
                    done += 1
        return done

    def _tell(self, piece: Piece) -> bool:
        """Noted after it was sent: whoever was killed in between is followed by one who finds the message there.

        False if Slack is away; what Slack refuses for good is noted as told, and logged.
        """
        with transaction(self.engine) as session:
            if session.get(Event, piece.key):
                return True
        try:
            there = standing(self._client(piece), "news", piece.channel, piece.thread_ts, piece.since)
            if not any(payload.get("key") == piece.key for payload, _ in there):
                self._send(piece)
        except TROUBLE as error:
            log.warning("%s could not be told (%s)", piece.key, code(error))
            if passing(error):
                return False
        with transaction(self.engine) as session:
            new_event(session, piece.key)
        return True

    def _client(self, piece: Piece) -> WebClient:
        return impatient(self.clients.of(piece.team_id))

    def _send(self, piece: Piece) -> None:
        self._client(piece).chat_postMessage(
            channel=piece.channel,
            thread_ts=piece.thread_ts or None,
            text=piece.text,
            blocks=piece.shown,
            metadata={"event_type": "news", "event_payload": {"key": piece.key}},
            unfurl_links=False,
            unfurl_media=False,
        )

    def _pieces(self, session: Session) -> Iterator[Piece]:
        yield from decided(session)
        yield from taught(session)
        if self.settings.admin_channel:
            yield from judged(session, self.settings.admin_channel)
            yield from broken(session, self.settings.admin_channel)


def line(key: str, request: Request, since: datetime, words: str) -> Piece:
    text = safe(words)
    thread = request.thread_ts or request.message_ts or ""
    return Piece(key, request.team_id, request.channel_id, thread, since, text, [pieces.context(text)])


def decided(session: Session) -> Iterator[Piece]:
    """Reviews of people's edits that were decided."""
    joined = select(Review, Request).join(Feedback, col(Feedback.id) == col(Review.feedback_id))
    joined = joined.join(Request, col(Request.id) == col(Feedback.draft_id))
    for review, request in session.exec(joined.where(col(Review.state).in_(("approved", "rejected")))):
        if request.channel_id:
            note = review.note or say(request.language, "no_note")
            words = say(request.language, review.state, note=note)
            since = review.decided_at or review.created_at
            yield line(f"told:review:{review.id}:{review.state}", request, since, words)


def taught(session: Session) -> Iterator[Piece]:
    """Edits that stand in the dataset of an adapter that was promoted by the gate."""
    joined = (
        select(Adapter, Review, Request)
        .join(Evaluation, col(Evaluation.adapter_id) == col(Adapter.id))
        .join(Promotion, col(Promotion.evaluation_id) == col(Evaluation.id))
        .join(DatasetItem, col(DatasetItem.dataset_id) == col(Evaluation.dataset_id))
        .join(Example, col(Example.id) == col(DatasetItem.example_id))
        .join(Review, col(Review.id) == col(Example.review_id))
        .join(Feedback, col(Feedback.id) == col(Review.feedback_id))
        .join(Request, col(Request.id) == col(Feedback.draft_id))
        .where(Example.split == "train", Request.channel_id != "")
        .distinct()
    )
    told: set[int] = set()
    for adapter, review, request in session.exec(joined.order_by(col(Adapter.id), col(Review.id))):
        if review.id not in told:  # the first adapter that learnt from it is news, later ones are not
            told.add(review.id or 0)
            voice = say(request.language, "our_voice", version=adapter.version)
            words = say(request.language, "taught", voice=voice[0].upper() + voice[1:])
            yield line(f"told:taught:{review.id}", request, adapter.created_at, words)


def judged(session: Session, channel: str) -> Iterator[Piece]:
    """The gate's verdict on every adapter, for the operators, in both languages."""
    joined = select(Evaluation, Adapter).join(Adapter, col(Adapter.id) == col(Evaluation.adapter_id))
    for evaluation, adapter in session.exec(joined.order_by(col(Evaluation.id))):
        promoted = evaluation.verdict["promote"]
        key = "promoted" if promoted else "not_promoted"
        title = " · ".join(say(language, key, version=adapter.version) for language in ("ko", "en"))
        reasons = [*evaluation.verdict.get("reasons_ko", []), *evaluation.verdict["reasons"]]
        shown = cards.verdict_card("ko", title, reasons, str(adapter.version) if promoted else None)
        yield Piece(f"told:evaluation:{evaluation.id}", "", channel, "", evaluation.created_at, title, shown)


def broken(session: Session, channel: str) -> Iterator[Piece]:
    """Trainings that failed, each once."""
    for run in session.exec(select(Run).where(Run.state == "failed")):
        words = safe(
            say("ko", "run_failed", id=run.id, reason=run.error or "")
            + "\n"
            + say("en", "run_failed", id=run.id, reason=run.error or "")
        )
        yield Piece(f"told:run:{run.id}", "", channel, "", run.created_at, words, [pieces.section(words[:2900])])
