"""Words that were taken back: which examples held them, who learnt from them, and what of theirs must still go."""

import hashlib
import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from db.session import put_once
from db.tables import (
    Adapter,
    Canvas,
    Dataset,
    DatasetDraft,
    DatasetItem,
    Draft,
    Event,
    Example,
    Feedback,
    Person,
    Request,
    Review,
    Run,
)

FORGOT = "forgot"  # in the audit trail: the receipt
WIPE = "wipe:"  # Event ids: see `wipe_wanted`
LIMIT = 500  # values in one question: databases take no more


def withdrawn() -> ColumnElement[bool]:
    """Whether an example was taken back by the person whose words it held: its review says so."""
    return select(Review.id).where(Review.id == Example.review_id, Review.state == "withdrawn").exists()


def tainted() -> ColumnElement[bool]:
    """Whether an adapter learnt from a text taken back since. It holds when the words are long gone."""
    learnt = select(DatasetItem.example_id).join(Run, col(Run.dataset_id) == col(DatasetItem.dataset_id))
    gone = col(DatasetItem.example_id).in_(_gone().where(Example.split == "train"))
    voted = select(DatasetDraft.draft_id).join(Run, col(Run.dataset_id) == col(DatasetDraft.dataset_id))
    voted = voted.join(Draft, col(Draft.id) == col(DatasetDraft.draft_id)).where(Draft.text == "", learnt_votes())
    return learnt.where(Run.id == Adapter.run_id, gone).exists() | voted.where(Run.id == Adapter.run_id).exists()


def learnt_votes() -> ColumnElement[bool]:
    """Whether a training went on with the drafts that people voted on: not every one does (trainer.recipes.preference)."""
    way: ColumnElement[str] = col(Run.result)[("preference", "way")].as_string()
    return way == "kto"


def _gone() -> Any:
    # From the few reviews taken back to their examples: the other way round reads every item of every dataset.
    return select(Example.id).join(Review, col(Review.id) == col(Example.review_id)).where(Review.state == "withdrawn")


def is_tainted(session: Session, adapter_id: int | None) -> bool:
    """Whether this adapter must not be put in service."""
    of = select(Run.dataset_id).join(Adapter, col(Adapter.run_id) == col(Run.id)).where(Adapter.id == adapter_id)
    if (dataset_id := session.exec(of).first()) is None:
        return False
    _settled(session, dataset_id)
    return session.exec(select(Adapter.id).where(Adapter.id == adapter_id, tainted())).first() is not None


def withdrawn_since(session: Session, dataset_id: int) -> list[int]:
    """Ids of a dataset's examples that were taken back."""
    _settled(session, dataset_id)
    held = select(DatasetItem.example_id).where(col(DatasetItem.example_id).in_(_gone()))
    return list(session.exec(held.where(DatasetItem.dataset_id == dataset_id)))


def _settled(session: Session, dataset_id: int) -> None:
    """Whoever takes words of a dataset back at this moment is waited for; whoever comes later waits for us."""
    session.exec(select(Dataset.id).where(Dataset.id == dataset_id).with_for_update(read=True)).first()


def withdrawn_datasets(session: Session) -> list[Dataset]:
    """Datasets that hold words taken back since: their files must go, and nothing may be made of them."""
    return list(session.exec(select(Dataset).where(_lost()).order_by(col(Dataset.id))))


def is_withdrawn(session: Session, dataset_id: int) -> bool:
    """Whether a dataset holds words taken back since."""
    return session.exec(select(Dataset.id).where(Dataset.id == dataset_id, _lost())).first() is not None


def _lost() -> ColumnElement[bool]:
    """Whether a dataset holds an example that was taken back, or a voted draft that was forgotten."""
    held = select(DatasetItem.example_id).where(col(DatasetItem.example_id).in_(_gone()))
    voted = select(DatasetDraft.draft_id).join(Draft, col(Draft.id) == col(DatasetDraft.draft_id))
    taken = held.where(DatasetItem.dataset_id == Dataset.id).exists()
    return taken | voted.where(DatasetDraft.dataset_id == Dataset.id, Draft.text == "").exists()


def ended_runs(session: Session, datasets: Iterable[Dataset]) -> list[Run]:
    """Trainings of these datasets that are over: what they left on the disk is needed no more."""
    ids = [dataset.id for dataset in datasets]
    adopted = select(Adapter.id).where(Adapter.run_id == Run.id).exists()
    over = (col(Run.state) == "failed") | ((col(Run.state) == "done") & adopted)
    return list(session.exec(select(Run).where(col(Run.dataset_id).in_(ids), over).order_by(col(Run.id))))


def drafts_too_late(session: Session) -> list[Draft]:
    """Drafts that were being written while the words they answer were forgotten."""
    wanted = select(Draft).join(Request, col(Request.id) == col(Draft.id)).where(Request.state == "cancelled")
    return list(session.exec(wanted.where(Request.text == "", Draft.text != "", col(Request.collect).is_(False))))


def reviews_too_late(session: Session) -> list[Review]:
    """Reviews that were being opened while the request they come from was forgotten."""
    wanted = select(Review).join(Feedback, col(Feedback.id) == col(Review.feedback_id))
    wanted = wanted.join(Request, col(Request.id) == col(Feedback.draft_id)).where(Review.state != "withdrawn")
    return list(session.exec(wanted.where(Request.text == "", col(Request.collect).is_(False))))


def canvases_too_late(session: Session) -> list[Canvas]:
    """Canvases that were being opened while their draft was forgotten."""
    wanted = select(Canvas).join(Request, col(Request.id) == col(Canvas.draft_id)).where(Canvas.baseline != "")
    return list(session.exec(wanted.where(Request.text == "", col(Request.collect).is_(False))))


def reviews_to_clear(session: Session) -> list[Review]:
    """Reviews taken back whose card may still stand at the desk."""
    wanted = select(Review).where(Review.state == "withdrawn", col(Review.external_id).is_not(None))
    return list(session.exec(wanted.order_by(col(Review.id))))


def canvases_to_close(session: Session) -> list[tuple[Canvas, Person]]:
    """Canvases whose words were forgotten and that still stand in Slack, each with whose it is."""
    wanted = select(Canvas, Person).join(Person, col(Person.id) == col(Canvas.person_id))
    return list(session.exec(wanted.where(Canvas.baseline == "").order_by(col(Canvas.id))).all())


def wipe_wanted(session: Session) -> None:
    """What the database's own files keep of rows as they were is to go too."""
    session.add(Event(id=f"{WIPE}{uuid.uuid4().hex}"))


def wipes_due(session: Session) -> list[Event]:
    """One for each time that was wanted and is not done yet."""
    return list(session.exec(select(Event).where(col(Event.id).startswith(WIPE))))


def fingerprint(text: str) -> str:
    """What is kept of a forgotten text: a hash that is the same for other spaces, letter case and Unicode forms."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return f"forgotten:{hashlib.sha256(plain.encode()).hexdigest()}" if plain else ""


def keep_out(session: Session, texts: Iterable[str]) -> None:
    """These masked texts must not come back: only their fingerprints are kept, as if they had been taken already."""
    for mark in sorted({mark for text in texts if (mark := fingerprint(text))}):
        put_once(session, Event(id=mark))


def forgotten_among(session: Session, texts: Iterable[str]) -> set[str]:
    """Those of the masked texts that were forgotten."""
    marks = {text: fingerprint(text) for text in texts}
    asked, found = sorted(set(marks.values())), set[str]()
    for start in range(0, len(asked), LIMIT):
        found.update(session.exec(select(Event.id).where(col(Event.id).in_(asked[start : start + LIMIT]))))
    return {text for text, mark in marks.items() if mark in found}


def is_forgotten(session: Session, text: str) -> bool:
    """Whether a masked text was forgotten, and must not come in again by another way."""
    return bool(forgotten_among(session, [text]))
