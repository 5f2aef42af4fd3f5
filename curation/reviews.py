"""Feedback in, decided reviews out: masked texts go to the desk, reviewers' words come back and are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from curation.desk import Pushed, ReviewDesk, Verdict
from curation.house import House
from curation.lease import alone
from curation.mask import mask
from db import queries
from db.errors import InputError
from db.session import transaction
from db.tables import Decision, Draft, Example, Feedback, Message, Request, Review, now

BATCH = 10  # reviews sent between two commits: a crash repeats at most these, and the desk knows them again
LEASE = 120.0  # seconds; longer than a batch takes; how long others wait after a crash while pushing


@dataclass(frozen=True)
class Exchange:
    """What one exchange with the desk moved."""

    pushed: int = 0
    refused: int = 0
    decided: int = 0


def open_reviews(session: Session, house: House) -> int:
    """A masked Review for every edit or acceptance that has none; returns how many."""
    opened = 0
    for feedback in queries.feedback_to_review(session):
        try:
            with session.begin_nested():
                session.add(_review_of(session, feedback, house))
            opened += 1
        except IntegrityError:  # another trainer opened it at the same moment
            continue
    return opened


def _review_of(session: Session, feedback: Feedback, house: House) -> Review:
    draft = session.get_one(Draft, feedback.draft_id)
    request = session.get_one(Request, feedback.draft_id)
    wording = (feedback.text if feedback.kind == "edit" else None) or draft.text
    edited = wording.strip() != draft.text.strip()  # an edit that changed nothing is an acceptance
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
        proposed=mask(wording).text,
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
    # Two trainers that push together would show a review twice. The lease is taken only where there is something to
    # push, since a killed holder keeps the others waiting; what to push is read again under it.
    with alone(engine, f"pushing:{desk.name}", LEASE) as renewed:
        while _next_batch(engine) and renewed() and (batch := _next_batch(engine)) and (answers := desk.push(batch)):
            _note(engine, answers)
            refusals = sum(bool(answer.refused) for answer in answers)
            pushed, refused = pushed + len(answers) - refusals, refused + refusals
    decided = sum(_take(engine, verdict, desk) for verdict in desk.pull().verdicts)
    return Exchange(pushed, refused, decided)


def _next_batch(engine: Engine) -> list[Review]:
    with transaction(engine) as session:
        return queries.reviews_to_push(session)[:BATCH]


def _note(engine: Engine, answers: list[Pushed]) -> None:
    with transaction(engine) as session:
        for answer in answers:
            review = _locked(session, answer.review_id)
            if review is None:
                continue
            if review.state == "pending":  # a reviewer may have been faster than this note
                review.state = "refused" if answer.refused else "pushed"
            review.external_id, review.note = answer.external_id or None, answer.refused or review.note
            session.add(review)


def _take(engine: Engine, verdict: Verdict, desk: ReviewDesk) -> bool:
    """Keep one word from the desk; True if it decided a review. Words about taught or gone texts decide nothing."""
    with transaction(engine) as session:
        review = _locked(session, verdict.review_id)
        if review is None or review.state == "withdrawn" or _said(session, verdict.key):
            return False
        if _taught(session, verdict.review_id):
            _record(session, verdict)
            return False
        _settle(session, review, verdict)
    desk.settle(review)
    return True


def decide(
    session: Session,
    review_id: int,
    *,
    key: str,
    reviewer: str,
    verdict: str,
    text: str | None = None,
    note: str = "",
    decided_at: datetime | None = None,
) -> Review:
    """Keep a reviewer's word and set the review's state. A later word replaces an earlier one until an example exists.

    The same `key` again changes nothing. Errors: InputError for an unknown review or one that is an example already.
    """
    review = _locked(session, review_id)
    if review is None:
        raise InputError(f"There is no review {review_id}.")
    if review.state == "withdrawn":
        raise InputError(f"The text of review {review_id} was taken back by its author.")
    if _said(session, key):
        return review
    if verdict not in ("approve", "reject"):
        raise InputError(f"A review is approved or rejected, not {verdict!r}.")
    if _taught(session, review_id):
        raise InputError(f"Review {review_id} is decided, and its text is an example already.")
    word: Literal["approve", "reject"] = "approve" if verdict == "approve" else "reject"
    _settle(session, review, Verdict(review_id, key, reviewer, word, decided_at or now(), text, note))
    return review


def _settle(session: Session, review: Review, verdict: Verdict) -> None:
    clean = _record(session, verdict)
    approved = verdict.verdict == "approve"
    review.state = "approved" if approved else "rejected"
    review.text = (clean or review.proposed) if approved else None
    review.decided_by, review.decided_at, review.note = verdict.reviewer, verdict.decided_at, verdict.note
    session.add(review)


def _record(session: Session, verdict: Verdict) -> str | None:
    """Keep the reviewer's word; returns the reviewer's own wording without personal data."""
    clean = mask(verdict.text).text if verdict.text and verdict.text.strip() else None
    session.add(
        Decision(
            review_id=verdict.review_id,
            key=verdict.key,
            reviewer=verdict.reviewer,
            verdict=verdict.verdict,
            text=clean,
            note=mask(verdict.note).text,
            decided_at=verdict.decided_at,
        )
    )
    return clean


def _locked(session: Session, review_id: int) -> Review | None:
    # Locked, so that words about the same review come one after the other, and the same word twice is seen.
    return session.exec(select(Review).where(Review.id == review_id).with_for_update()).first()


def _said(session: Session, key: str) -> bool:
    return session.exec(select(Decision.id).where(Decision.key == key)).first() is not None


def _taught(session: Session, review_id: int) -> bool:
    return session.exec(select(Example.id).where(Example.review_id == review_id)).first() is not None
