"""Feedback in, masked reviews out; and all of them exchanged with the desk: texts go out, reviewers' words come back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from curation.desk import Pushed, ReviewDesk
from curation.house import House
from curation.lease import alone
from curation.mask import mask
from curation.pulling import pull
from db import queries
from db.session import transaction
from db.tables import Draft, Feedback, Message, Request, Review

LEASE = 120.0  # seconds; longer than a batch takes; how long others wait after a crash while pushing


@dataclass(frozen=True)
class Exchange:
    """What one exchange with the desk moved."""

    pushed: int = 0
    refused: int = 0
    decided: int = 0
    withdrawn: int = 0  # reviews of which a word was taken back


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
        while _waiting(engine, 1) and renewed() and (batch := _waiting(engine, desk.batch)):
            answers = desk.push(batch)
            _note(engine, answers)
            refusals = sum(bool(answer.refused) for answer in answers)
            pushed, refused = pushed + len(answers) - refusals, refused + refusals
    return Exchange(pushed, refused, *pull(engine, desk))


def _waiting(engine: Engine, most: int) -> list[Review]:
    with transaction(engine) as session:
        return queries.reviews_to_push(session, most)


def _note(engine: Engine, answers: list[Pushed]) -> None:
    with transaction(engine) as session:
        for answer in answers:
            review = session.get(Review, answer.review_id, with_for_update=True)
            if review is None:
                continue
            if review.state in ("pending", "disputed"):  # a reviewer may have been faster than this note
                shown = "pushed" if review.state == "pending" else "disputed"
                review.state = "refused" if answer.refused else shown
            review.external_id, review.note = answer.external_id or None, answer.refused or review.note
