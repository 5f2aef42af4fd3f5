"""What people are told in the thread of their text: how the review ended, which adapter learnt from it, what that changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import fmean

from sqlalchemy import Select, func
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from bot.blocks import pieces
from bot.messages import say
from bot.news.piece import Piece, untold
from bot.text import safe
from curation.decisions import why
from curation.house import House
from db import queries
from db.tables import (
    Adapter,
    Draft,
    Event,
    Feedback,
    Person,
    Request,
    Review,
    now,
)

ENOUGH = 5  # edits whose average is told
YOUNG = timedelta(days=30)  # what an older adapter learnt or changed is no news any more


@dataclass(frozen=True)
class Place:
    """Where a person hears of a text."""

    team_id: str
    channel: str
    thread_ts: str


@dataclass(frozen=True)
class Lesson:
    """A text, its person, and the first promoted adapter that learnt from it."""

    adapter: Adapter
    review: Review
    who: Person
    place: Place


def news(session: Session, house: House) -> Iterator[Piece]:
    """What people were not told yet."""
    yield from decided(session, house)
    told = set(session.exec(select(Event.id).where(col(Event.id).startswith("told:taught:"))))
    threads = [list(group) for _, group in groupby(lessons(session), key=lambda one: (one.adapter.id, one.place))]
    yield from taught(threads, told)
    yield from eased(session, [thread for thread in threads if key_of(thread) in told])


def given() -> "Select[tuple[Review, Person, Request | None]]":
    """Texts that somebody gave us in Slack: an edit of a draft, or a message brought as an example (without a request)."""
    light = load_only(
        *(getattr(Review, name) for name in ("state", "note", "task", "source", "decided_at", "created_at"))
    )
    place = load_only(*(getattr(Request, name) for name in ("team_id", "channel_id", "thread_ts", "message_ts")))
    return (
        select(Review, Person, Request)  # type: ignore[return-value]  # the request may be missing
        .outerjoin(Feedback, col(Feedback.id) == col(Review.feedback_id))
        .outerjoin(Request, col(Request.id) == col(Feedback.draft_id))
        .join(Person, col(Person.id) == func.coalesce(Feedback.person_id, Review.person_id))
        .where((col(Request.channel_id) != "") | col(Review.feedback_id).is_(None))
        .options(light, place)
    )


def place_of(review: Review, who: Person, request: Request | None) -> Place:
    if request:
        return Place(request.team_id, request.channel_id, request.thread_ts or request.message_ts or "")
    channel, _, ts = review.source.partition(":")
    return Place(who.team_id, channel, ts)


def line(key: str, place: Place, who: Person, since: datetime, words: str) -> Piece:
    text = safe(words)
    shown = [pieces.context(text)]
    return Piece(key, place.team_id, place.channel, place.thread_ts, since, text, shown, who.id or 0)


def decided(session: Session, house: House) -> Iterator[Piece]:
    """Reviews of people's texts that were decided."""
    ended = col(Review.state).in_(("approved", "rejected"))
    wanted = given().where(ended, untold("review", Review.id, Review.state)).order_by(col(Review.id))
    for review, who, request in session.execute(wanted):
        reason = why(session, review, house, who.language) if review.state == "rejected" else ""
        words = say(who.language, review.state, note=reason or say(who.language, "no_note"))
        since = review.decided_at or review.created_at
        yield line(f"told:review:{review.id}:{review.state}", place_of(review, who, request), who, since, words)


def lessons(session: Session) -> list[Lesson]:
    """Texts a young adapter was the first to learn from, of those the gate promoted; by adapter and thread, oldest first."""
    learnt = queries.first_taught().subquery()
    wanted = given().join(learnt, learnt.c.review_id == Review.id).join(Adapter, col(Adapter.id) == learnt.c.adapter_id)
    rows = session.execute(wanted.where(col(Adapter.created_at) > now() - YOUNG).add_columns(Adapter))
    found = [Lesson(adapter, review, who, place_of(review, who, request)) for review, who, request, adapter in rows]
    return sorted(found, key=lambda one: (one.adapter.id, *vars(one.place).values(), one.review.id))


def key_of(thread: list[Lesson]) -> str:
    """One message a thread and adapter, called by the oldest text, also if that one was taken back since."""
    return f"told:taught:{thread[0].review.id}"


def taught(threads: Iterable[list[Lesson]], told: set[str]) -> Iterator[Piece]:
    """Threads with a text that an adapter learnt from. Of texts taken back nobody speaks."""
    for thread in threads:
        kept = [one for one in thread if one.review.state != "withdrawn"]
        if kept and key_of(thread) not in told:
            one, language = kept[0], kept[0].who.language
            voice = say(language, "our_voice", version=one.adapter.version)
            words = say(language, "taught" if len(kept) == 1 else "taught_many", voice=voice, n=len(kept))
            yield line(key_of(thread), one.place, one.who, one.adapter.created_at, words[0].upper() + words[1:])


def eased(session: Session, threads: Iterable[list[Lesson]]) -> Iterator[Piece]:
    """Whether drafts need fewer edits since an adapter that serves learnt from somebody's texts: once for each of them."""
    figures: dict[tuple[int, str], tuple[int, int, datetime] | None] = {}
    known = set(session.exec(select(Event.id).where(col(Event.id).startswith("told:eased:"))))
    for one in (one for thread in threads for one in thread if one.review.state != "withdrawn"):
        key = f"told:eased:{one.adapter.id}:{one.who.id}"
        which = (one.adapter.id or 0, one.review.task)
        if which not in figures:
            serving = queries.serving(session, one.review.task)
            figures[which] = easing(session, *which) if serving and serving.id == one.adapter.id else None
        if (found := figures[which]) and key not in known:
            known.add(key)
            before, after, since = found
            voice = say(one.who.language, "our_voice", version=one.adapter.version)
            words = say(one.who.language, "eased", voice=voice, before=before, after=after, n=ENOUGH)
            yield line(key, one.place, one.who, since, words[0].upper() + words[1:])


def easing(session: Session, adapter_id: int, task: str) -> tuple[int, int, datetime] | None:
    """Average edit in percent before an adapter and in the first edits of its own drafts, if that is less; and since when.

    The first ENOUGH edits decide, whatever comes later: looking again and again would find a good moment in the end.
    """
    newest = select(func.max(Feedback.id)).where(Feedback.kind == "edit")
    edits = (
        select(Feedback.edit_share, Feedback.created_at)
        .join(Draft, col(Draft.id) == col(Feedback.draft_id))
        .join(Request, col(Request.id) == col(Draft.id))
        .where(col(Feedback.id).in_(newest.group_by(col(Feedback.draft_id), col(Feedback.person_id))))
        .where(col(Feedback.edit_share).is_not(None), Request.task == task)
        .order_by(col(Feedback.id))
    )
    own = session.exec(edits.where(Draft.adapter_id == adapter_id).limit(ENOUGH)).all()
    if len(own) < ENOUGH:
        return None
    earlier = session.exec(edits.where(col(Draft.adapter_id).is_(None) | (col(Draft.adapter_id) < adapter_id))).all()
    if len(earlier) < ENOUGH:
        return None
    before, after = (round(100 * fmean(share or 0.0 for share, _ in some)) for some in (earlier, own))
    return (before, after, own[-1][1]) if after < before else None
