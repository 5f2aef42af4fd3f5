"""Reviews under way: which wait for what, who reviews, and which words the desk can still take back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from db.tables import Decision, Review, now

ACTIVE = timedelta(days=30)  # whoever has said nothing for so long is not waited for
WAITING, DECIDED = ("pushed", "disputed"), ("approved", "rejected")


class AtDesk(NamedTuple):
    """A word that stands at the desk."""

    response: str
    review_id: int
    reviewer: str
    decided_at: datetime


def reviews_to_appraise(session: Session, most: int) -> list[Review]:
    """Reviews on their way to the desk whose priority nobody has worked out yet, oldest first."""
    wanted = select(Review).where(Review.state == "pending", Review.priority == 0.0)
    return list(session.exec(wanted.order_by(col(Review.id)).limit(most)))


def reviews_wanting_more(session: Session) -> list[Review]:
    """Reviews of which nobody disagrees and not all opinions are there, locked."""
    waiting = select(Review).where(col(Review.state).in_(("pending", "pushed")), Review.opinions > 1)
    return list(session.exec(waiting.order_by(col(Review.id)).with_for_update()))


def active_reviewers(session: Session) -> set[str]:
    """Who has decided on a review of late. A second opinion is asked for where there are two."""
    recent = col(Decision.decided_at) >= now() - ACTIVE
    return set(session.exec(select(Decision.reviewer).where(recent).distinct()))


def newest_word(session: Session) -> int:
    """The id of the last word kept; 0: none yet."""
    return session.exec(select(func.max(Decision.id))).one() or 0


def words_at_the_desk(session: Session, through: int) -> list[AtDesk]:
    """Words that count and stand at the desk, of those kept through this id; each edit of one for itself."""
    held = select(Decision.response, Decision.review_id, Decision.reviewer, Decision.decided_at)
    held = held.join(Review, col(Review.id) == col(Decision.review_id)).where(_shown(), col(Decision.id) <= through)
    held = held.where(Decision.response != "", col(Decision.withdrawn_at).is_(None))
    return [AtDesk(*row) for row in session.exec(held.order_by(col(Decision.id)))]


def waiting_at_the_desk(session: Session) -> set[int]:
    """Reviews people can decide on at the desk."""
    waiting = select(Review.id).where(col(Review.state).in_(WAITING), _shown())
    return {number for number in session.exec(waiting) if number}


def out_of_step(session: Session, shown: Collection[int], asked: Collection[int]) -> list[int]:
    """Reviews the desk has otherwise than they stand: decided and still asked about, or waiting and asked of nobody."""
    states = session.exec(select(Review.id, Review.state).where(_shown()).order_by(col(Review.id)))
    decided = {number: state in DECIDED for number, state in states if number in shown and state in DECIDED + WAITING}
    return [number for number, done in decided.items() if number and done == (number in asked)]


def _shown() -> ColumnElement[bool]:
    return col(Review.external_id).is_not(None) & (col(Review.state) != "withdrawn")


def texts_known(session: Session, most: int) -> list[str]:
    """The newest texts that teach or may teach: approved ones, and those reviewers look at."""
    looked_at = (col(Review.state) == "pending") & (col(Review.priority) > 0.0)
    wanted = select(func.coalesce(Review.text, Review.proposed))
    wanted = wanted.where(col(Review.state).in_(("pushed", "disputed", "approved")) | looked_at)
    return list(session.exec(wanted.order_by(col(Review.id).desc()).limit(most)))
