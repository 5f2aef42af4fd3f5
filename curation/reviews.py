"""Feedback in, decided reviews out: masked texts go to the desk, reviewers' words come back and are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation.desk import Pushed, ReviewDesk, Verdict
from curation.house import House
from curation.mask import mask
from db import queries
from db.errors import InputError
from db.session import transaction
from db.tables import Decision, Draft, Example, Feedback, Message, Request, Review, now

BATCH = 50  # reviews sent between two commits: a crash repeats at most these, and the desk knows them again


@dataclass(frozen=True)
class Exchange:
    """What one exchange with the desk moved."""

    pushed: int = 0
    refused: int = 0
    decided: int = 0


def open_reviews(session: Session, house: House) -> int:
    """A masked Review for every edit or acceptance that has none; returns how many."""
    waiting = queries.feedback_to_review(session)
    for feedback in waiting:
        session.add(_review_of(session, feedback, house))
    return len(waiting)


def _review_of(session: Session, feedback: Feedback, house: House) -> Review:
    draft = session.get_one(Draft, feedback.draft_id)
    request = session.get_one(Request, feedback.draft_id)
    edited = feedback.kind == "edit" and feedback.text is not None
    return Review(
        feedback_id=feedback.id,
        key=f"feedback:{feedback.id}",
        origin="edited" if edited else "accepted",
        task=request.task,
        language=request.language,
        fields=masked_fields(request.fields),
        short_prompt=masked_messages(draft.short_prompt),
        long_prompt=masked_messages(draft.long_prompt),
        draft=mask(draft.text).text,
        proposed=mask(feedback.text or draft.text if edited else draft.text).text,
        source=f"{request.channel_id}:{request.thread_ts}" if request.thread_ts else f"request:{request.id}",
    )


def masked_messages(messages: list[Message]) -> list[Message]:
    """The same turns without personal data."""
    return [{**message, "content": mask(message["content"]).text} for message in messages]


def masked_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields without personal data."""
    return {
        name: [mask(part).text for part in value] if isinstance(value, list) else mask(str(value)).text
        for name, value in fields.items()
    }


def exchange(engine: Engine, desk: ReviewDesk) -> Exchange:
    """Push what the desk lacks, pull what it knows. Safe to repeat after a crash anywhere. Errors: DeskError."""
    pushed = refused = 0
    while batch := _next_batch(engine):
        for answer in (answers := desk.push(batch)):
            pushed, refused = pushed + bool(answer.external_id), refused + bool(answer.refused)
        _note(engine, answers)
        if not answers:
            break
    decided = sum(_take(engine, verdict, desk) for verdict in desk.pull())
    return Exchange(pushed, refused, decided)


def _next_batch(engine: Engine) -> list[Review]:
    with transaction(engine) as session:
        return queries.reviews_to_push(session)[:BATCH]


def _note(engine: Engine, answers: list[Pushed]) -> None:
    with transaction(engine) as session:
        for answer in answers:
            review = session.get_one(Review, answer.review_id)
            if review.state == "pending":  # a reviewer may have been faster than this note
                review.state = "refused" if answer.refused else "pushed"
            review.external_id, review.note = answer.external_id or None, answer.refused or review.note
            session.add(review)


def _take(engine: Engine, verdict: Verdict, desk: ReviewDesk) -> bool:
    with transaction(engine) as session:
        if session.exec(select(Decision.id).where(Decision.key == verdict.key)).first():
            return False
        review = decide(session, verdict.review_id, key=verdict.key, reviewer=verdict.reviewer, verdict=verdict.verdict,
                        text=verdict.text, note=verdict.note, decided_at=verdict.decided_at)
    desk.settle(review)
    return True


def decide(
    session: Session, review_id: int, *, key: str, reviewer: str, verdict: str, text: str | None = None, note: str = "",
    decided_at: datetime | None = None,
) -> Review:
    """Keep a reviewer's word and set the review's state. A later word replaces an earlier one until the text was taught.

    The same `key` again changes nothing. Errors: InputError for an unknown review or one that is an example already.
    """
    review = session.exec(select(Review).where(Review.id == review_id).with_for_update()).first()
    if review is None:
        raise InputError(f"There is no review {review_id}.")
    if session.exec(select(Decision.id).where(Decision.key == key)).first():
        return review
    if session.exec(select(Example.id).where(Example.review_id == review_id)).first():
        raise InputError(f"Review {review_id} is decided, and its text is an example already.")
    moment = decided_at or now()
    clean = mask(text).text if text is not None else None
    try:
        with session.begin_nested():
            session.add(Decision(review_id=review_id, key=key, reviewer=reviewer, verdict=verdict, text=clean,
                                 note=note, decided_at=moment))
    except IntegrityError:  # the same word arrived twice at the same moment
        return review
    review.state = "approved" if verdict == "approve" else "rejected"
    review.text = (clean or review.proposed) if verdict == "approve" else None
    review.decided_by, review.decided_at, review.note = reviewer, moment, note
    session.add(review)
    return review


def earlier_text(session: Session, review_id: int) -> str | None:
    """The newest wording a reviewer gave to a review, if any."""
    wanted = select(Decision.text).where(Decision.review_id == review_id, col(Decision.text).is_not(None))
    return session.exec(wanted.order_by(col(Decision.id).desc()).limit(1)).first()
