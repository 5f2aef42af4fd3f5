"""A person's word about learning in, their consent out, and what was not taught yet taken back."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from curation.words import asked_by, brought
from db.tables import Example, Feedback, Person, Request, Review, now

NO_CARD_KNOWN = "?"  # external id of a review taken back before its push was noted: the desk looks for its card


def allow(session: Session, person: Person) -> None:
    """Learn from this person from now on; what came while they had declined stays out for ever."""
    session.refresh(person, with_for_update=True)
    if person.consent == "declined":
        take_back(session, person)
    person.consent = "granted"


def decline(session: Session, person: Person) -> int:
    """Learn nothing more from this person; returns how many texts under way were taken back. Examples stay."""
    session.refresh(person, with_for_update=True)
    taken = take_back(session, person)
    person.consent = "declined"
    return taken


def take_back(session: Session, person: Person) -> int:
    """What waits for a review, is in one, or was approved and is no example yet: none of it will teach; returns how many."""
    theirs = or_(Feedback.person_id == person.id, col(Feedback.draft_id).in_(asked_by(person)))
    held = or_(col(Review.feedback_id).in_(select(Feedback.id).where(theirs)), brought(person))
    taken = 0
    for review in session.exec(select(Review).where(held, *_under_way()).with_for_update()):
        withdraw(review)
        taken += 1
    waiting = select(Feedback, Request).join(Request, col(Request.id) == col(Feedback.draft_id))
    waiting = waiting.outerjoin(Review, col(Review.feedback_id) == col(Feedback.id))
    waiting = waiting.where(theirs, col(Feedback.kind).in_(("edit", "accept")), col(Review.id).is_(None))
    for feedback, request in session.exec(waiting.order_by(col(Feedback.id))).all():
        session.add(_never(feedback, request))
        taken += 1
    return taken


def withdraw(review: Review) -> None:
    """No desk decides on it any more."""
    if review.state == "pending":
        review.external_id = review.external_id or NO_CARD_KNOWN
    review.state, review.decided_at = "withdrawn", review.decided_at or now()


def _under_way() -> tuple[ColumnElement[bool], ...]:
    taught = select(Example.id).where(Example.review_id == Review.id).exists()
    return col(Review.state).in_(("pending", "pushed", "disputed", "approved")), ~taught


def _never(feedback: Feedback, request: Request) -> Review:
    """The review a signal will not have: a row without texts takes its place, so that no later yes brings it back."""
    return Review(
        feedback_id=feedback.id,
        key=f"feedback:{feedback.id}",
        origin="edited" if feedback.kind == "edit" else "accepted",
        task=request.task,
        language=request.language,
        fields={},
        short_prompt=[],
        long_prompt=[],
        proposed="",
        state="withdrawn",
        decided_at=now(),
    )
