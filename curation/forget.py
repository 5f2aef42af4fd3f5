"""A person or an example in, their words gone out: from every row of the ring, from files and from review desks.

Rows stay with their ids, times and counts, so the ring's history holds; a withdrawn review says that its text is gone.
All rows go in one transaction; what follows is told by them and done by `curation.sweep`.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from curation.consent import NO_CARD_KNOWN, decline, withdraw
from curation.words import WORDS, Rows, blank, clean_evaluations, holds, of_example, of_person
from db import queries, withdrawals
from db.tables import (
    Adapter,
    Canvas,
    Dataset,
    DatasetDraft,
    DatasetItem,
    Decision,
    Draft,
    Example,
    Person,
    Promotion,
    Request,
    Review,
    Run,
)
from db.withdrawals import FORGOT


@dataclass(frozen=True)
class Forgotten:
    """The receipt: how many texts of each kind went, where they stood, and who learnt from them. Ids and counts alone."""

    counts: dict[str, int]
    records: int = 0  # at review desks
    datasets: list[str] = field(default_factory=list)
    adapters: list[str] = field(default_factory=list)  # "v3": never put in service again
    taught: int = 0  # texts those adapters learnt from
    serving: dict[str, str] = field(default_factory=dict)  # by task the one of them that still serves
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


def _receipt(session: Session, rows: Rows) -> Forgotten:
    held = {kind: [row for row in found if holds(row)] for kind, found in rows.items()}
    ids, drafts = [example.id for example in held[Example]], [draft.id for draft in held[Draft]]
    standing = select(DatasetItem.dataset_id).where(col(DatasetItem.example_id).in_(ids))
    voted = select(DatasetDraft.dataset_id).where(col(DatasetDraft.draft_id).in_(drafts))
    names = select(Dataset.name).where(col(Dataset.id).in_(standing) | col(Dataset.id).in_(voted))
    # Locked: whoever puts an adapter of them in service at this moment is waited for.
    names = names.order_by(col(Dataset.id)).with_for_update()
    datasets = list(session.exec(names))
    learnt = (
        select(Adapter.version, Example.id)
        .join(Run, col(Run.id) == col(Adapter.run_id))
        .join(DatasetItem, col(DatasetItem.dataset_id) == col(Run.dataset_id))
        .join(Example, col(Example.id) == col(DatasetItem.example_id))
        .where(col(Example.id).in_(ids), Example.split == "train")
    )
    by_votes = (
        select(Adapter.version, DatasetDraft.draft_id)
        .join(Run, col(Run.id) == col(Adapter.run_id))
        .join(DatasetDraft, col(DatasetDraft.dataset_id) == col(Run.dataset_id))
        .where(col(DatasetDraft.draft_id).in_(drafts), withdrawals.learnt_votes())
    )
    taught = [
        *(("example", *pair) for pair in session.exec(learnt)),
        *(("draft", *pair) for pair in session.exec(by_votes)),
    ]
    versions = sorted({version for _, version, _ in taught})
    tasks = {task: queries.serving(session, task) for task in session.exec(select(Promotion.task).distinct())}
    return Forgotten(
        counts={WORDS[kind][0]: len(found) for kind, found in held.items()},
        records=sum(review.external_id not in (None, NO_CARD_KNOWN) for review in held[Review]),
        datasets=datasets,
        adapters=[f"v{version}" for version in versions],
        taught=len({(kind, number) for kind, _, number in taught}),
        serving={task: f"v{row.version}" for task, row in sorted(tasks.items()) if row and row.version in versions},
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
    withdrawals.keep_out(session, [row.completion for row in rows[Example]])
    withdrawals.keep_out(session, [text for row in rows[Review] for text in (row.proposed, row.text) if text])
    for word in rows[Decision]:  # a review repeats the note of whoever decided it
        review = session.get_one(Review, word.review_id, with_for_update=True)
        review.note = "" if review.note == word.note else review.note
    for row in (row for found in rows.values() for row in found):
        blank(row)
    if receipt:
        queries.audit(session, actor, FORGOT, subject, json.dumps(receipt.as_dict()))
        withdrawals.wipe_wanted(session)
    if receipt.adapters:  # the next version is made without these words, as soon as a trainer sees this
        queries.audit(session, "flywheel", queries.RETRAIN_ASKED, subject, ", ".join(receipt.adapters))
    return receipt
