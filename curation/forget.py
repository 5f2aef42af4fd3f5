"""A person or an example in, their words gone out: from every row of the ring, from datasets' files and review cards.

Rows stay with their ids, times and counts, so the ring's history holds; a withdrawn review says that its text is gone.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from curation.consent import decline, withdraw
from curation.desk import ReviewDesk
from curation.words import WORDS, Rows, blank, clean_evaluations, holds, of_example, of_person
from db import queries, withdrawals
from db.artifacts import Artifacts
from db.session import transaction
from db.tables import Adapter, Canvas, Dataset, DatasetItem, Example, Person, Request, Review, Run

FORGOT = "forgot"  # in the audit trail: the receipt


@dataclass(frozen=True)
class Forgotten:
    """The receipt: how many texts of each kind went, in which datasets they stood, and which adapters learnt from them."""

    counts: dict[str, int]
    datasets: list[str] = field(default_factory=list)
    adapters: list[str] = field(default_factory=list)  # "v3"
    taught: int = 0  # texts those adapters learnt from
    canvases: list[str] = field(default_factory=list)  # their ids in Slack

    def __bool__(self) -> bool:
        return any(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def forget(session: Session, person: Person, actor: str) -> Forgotten:
    """All words of a person go and nothing more is learnt from them. The same again finds nothing and changes nothing."""
    decline(session, person)
    return _erase(session, of_person(session, person), actor, f"person:{person.id}")


def forget_example(session: Session, example_id: int, actor: str) -> Forgotten:
    """One example's words go, back to the request they came from. Errors: InputError if there is no such example."""
    return _erase(session, of_example(session, example_id), actor, f"example:{example_id}")


def would_go(session: Session, person: Person) -> Forgotten:
    """What `forget` would take."""
    return _receipt(session, of_person(session, person))


def example_would_go(session: Session, example_id: int) -> Forgotten:
    """What `forget_example` would take. Errors: InputError."""
    return _receipt(session, of_example(session, example_id))


def sweep(engine: Engine, artifacts: Artifacts) -> list[str]:
    """Remove the files of datasets that hold forgotten texts; returns their names. A crash means: the next one does it."""
    with transaction(engine) as session:
        for draft in withdrawals.drafts_too_late(session):
            blank(draft)
        for review in withdrawals.reviews_too_late(session):
            withdraw(review)
            blank(review)
        names = [row.name for row in withdrawals.withdrawn_datasets(session)]
    return [name for name in names if artifacts.remove(name)]


def clear_cards(engine: Engine, desk: ReviewDesk) -> int:
    """Take withdrawn texts off the desk; returns how many. Errors: DeskError; what is left is done next time."""
    with transaction(engine) as session:
        waiting = withdrawals.reviews_to_clear(session)
    for review in waiting:
        desk.remove(review)
        with transaction(engine) as session:
            row = session.get_one(Review, review.id, with_for_update=True)
            if row.external_id == review.external_id:  # else its card was noted meanwhile, and has to be looked at
                row.external_id = None
    return len(waiting)


def _receipt(session: Session, rows: Rows) -> Forgotten:
    held = {kind: [row for row in found if holds(row)] for kind, found in rows.items()}
    ids = [example.id for example in held[Example]]
    standing = select(DatasetItem.dataset_id).where(col(DatasetItem.example_id).in_(ids))
    names = session.exec(select(Dataset.name).where(col(Dataset.id).in_(standing)).order_by(col(Dataset.id)))
    learnt = (
        select(Adapter.version, Example.id)
        .join(Run, col(Run.id) == col(Adapter.run_id))
        .join(DatasetItem, col(DatasetItem.dataset_id) == col(Run.dataset_id))
        .join(Example, col(Example.id) == col(DatasetItem.example_id))
        .where(col(Example.id).in_(ids), Example.split == "train")
    )
    pairs = list(session.exec(learnt))
    return Forgotten(
        counts={WORDS[kind][0]: len(found) for kind, found in held.items()},
        datasets=list(names),
        adapters=[f"v{version}" for version in sorted({version for version, _ in pairs})],
        taught=len({example for _, example in pairs}),
        canvases=[canvas.canvas_id for canvas in held[Canvas]],
    )


def _erase(session: Session, rows: Rows, actor: str, subject: str) -> Forgotten:
    receipt = _receipt(session, rows)
    for row in rows[Request]:
        row.collect = False
        if row.state in ("queued", "drafting"):  # nothing is written any more on words that are gone
            row.state = "cancelled"  # whoever holds it ends its message, as when somebody stops it
    for review in rows[Review]:
        withdraw(review)
    clean_evaluations(session, rows[Example])
    for row in (row for found in rows.values() for row in found):
        blank(row)
    if receipt:
        queries.audit(session, actor, FORGOT, subject, json.dumps(receipt.as_dict()))
    if receipt.adapters:  # the next version is made without these words, as soon as a trainer sees this
        queries.audit(session, "flywheel", queries.TRAIN_ASKED, subject, ", ".join(receipt.adapters))
    return receipt
