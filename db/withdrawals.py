"""Words that were taken back: which examples held them, and what of theirs must still go."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from db.tables import Dataset, DatasetItem, Draft, Example, Feedback, Request, Review


def withdrawn() -> ColumnElement[bool]:
    """Whether an example was taken back by the person whose words it held: its review says so."""
    return select(Review.id).where(Review.id == Example.review_id, Review.state == "withdrawn").exists()


def withdrawn_datasets(session: Session) -> list[Dataset]:
    """Datasets that hold an example taken back since: their files must go, and nothing may be made of them."""
    held = select(DatasetItem.dataset_id).join(Example, col(Example.id) == col(DatasetItem.example_id))
    held = held.where(withdrawn())
    return list(session.exec(select(Dataset).where(col(Dataset.id).in_(held)).order_by(col(Dataset.id))))


def drafts_too_late(session: Session) -> list[Draft]:
    """Drafts that were being written while the words they answer were forgotten."""
    wanted = select(Draft).join(Request, col(Request.id) == col(Draft.id)).where(Request.state == "cancelled")
    return list(session.exec(wanted.where(Request.text == "", Draft.text != "", col(Request.collect).is_(False))))


def reviews_too_late(session: Session) -> list[Review]:
    """Reviews that were being opened while the request they come from was forgotten."""
    wanted = select(Review).join(Feedback, col(Feedback.id) == col(Review.feedback_id))
    wanted = wanted.join(Request, col(Request.id) == col(Feedback.draft_id)).where(Review.state != "withdrawn")
    return list(session.exec(wanted.where(Request.text == "", col(Request.collect).is_(False))))


def is_withdrawn(session: Session, dataset_id: int) -> bool:
    """Whether a dataset holds an example taken back since."""
    held = select(DatasetItem.example_id).join(Example, col(Example.id) == col(DatasetItem.example_id))
    return session.exec(held.where(DatasetItem.dataset_id == dataset_id, withdrawn()).limit(1)).first() is not None


def reviews_to_clear(session: Session) -> list[Review]:
    """Reviews taken back whose card may still stand at the desk."""
    wanted = select(Review).where(Review.state == "withdrawn", col(Review.external_id).is_not(None))
    return list(session.exec(wanted.order_by(col(Review.id))))
