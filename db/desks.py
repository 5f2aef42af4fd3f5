"""What a review desk needs of our rows: who wrote the draft, who has spoken, which records are ours."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from db.tables import Adapter, Decision, Draft, Feedback, Review


def adapter_names(session: Session, review_ids: Iterable[int]) -> dict[int, str]:
    """By review the version of the adapter that wrote its draft ("v3"); reviews without one are left out."""
    wanted = (
        select(Review.id, Adapter.version)
        .join(Feedback, col(Feedback.id) == col(Review.feedback_id))
        .join(Draft, col(Draft.id) == col(Feedback.draft_id))
        .join(Adapter, col(Adapter.id) == col(Draft.adapter_id))
        .where(col(Review.id).in_(set(review_ids)))
    )
    return {number: f"v{version}" for number, version in session.exec(wanted) if number}


def words_about(session: Session, review_ids: Iterable[int]) -> dict[int, list[Decision]]:
    """By review everything that was said about it and counts."""
    wanted = select(Decision).where(col(Decision.review_id).in_(set(review_ids)), col(Decision.withdrawn_at).is_(None))
    said: dict[int, list[Decision]] = {}
    for word in session.exec(wanted.order_by(col(Decision.id))):
        said.setdefault(word.review_id, []).append(word)
    return said


def records_known(session: Session) -> dict[int, tuple[str | None, str]]:
    """By review its record's external id and its state."""
    known = session.exec(select(Review.id, Review.external_id, Review.state))
    return {number: (external_id, state) for number, external_id, state in known if number}
