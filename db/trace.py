"""Any row in, the way along the ring out: `up` to what it came from, `down` to what came of it."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from db.errors import InputError
from db.queries import adapter_named
from db.tables import (
    Adapter,
    Dataset,
    DatasetItem,
    Draft,
    Evaluation,
    Example,
    Feedback,
    Promotion,
    Request,
    Review,
    Run,
)

Step = dict[str, Any]
Move = Callable[[Session, Any], Iterable[SQLModel]]
RING: dict[str, type[SQLModel]] = {
    kind.__name__.lower(): kind
    for kind in (Request, Draft, Feedback, Review, Example, Dataset, Run, Adapter, Evaluation, Promotion)
}
ROW = re.compile(r"(?:([a-z]+):)?([0-9]{1,9})")
SHOWN = ("name", "version", "task", "state", "origin", "split", "key", "actor", "decided_by", "reason", "error")
MOST = 200  # rows of one kind in one answer; a dataset can hold thousands, and behind each adapter stands another


def trace(session: Session, kind_and_id: str) -> dict[str, Any]:
    """`{kind, id, up, down}`. `kind_and_id`: "draft:12", "12" (a draft), an adapter's or dataset's name, "v3".

    Errors: InputError if there is no such row.
    """
    start = find(session, kind_and_id)
    return {**step(start), "up": walk(session, start, UP), "down": walk(session, start, DOWN)}


def find(session: Session, wanted: str) -> SQLModel:
    plain = wanted.strip().lower()
    row: SQLModel | None
    if match := ROW.fullmatch(plain):
        table = RING.get(match[1] or "draft")
        row = session.get(table, int(match[2])) if table else None
    else:
        row = adapter_named(session, plain) or session.exec(select(Dataset).where(Dataset.name == plain)).first()
    if row is None:
        raise InputError(f"There is no {wanted!r}. Try draft:12, example:7, run:2, v3, or an adapter's name.")
    return row


def walk(session: Session, start: SQLModel, moves: dict[type[SQLModel], Move]) -> list[Step]:
    """Everything reachable from `start`, nearest first, each row once, at most MOST of a kind."""
    seen, line, found = {key(start)}, deque([start]), []
    many = Counter[type[SQLModel]]()
    while line:
        row = line.popleft()
        move = moves.get(type(row))
        for reached in move(session, row) if move else ():
            if key(reached) not in seen and many[type(reached)] < MOST:
                seen.add(key(reached))
                many[type(reached)] += 1
                line.append(reached)
                found.append(step(reached))
    return found


def key(row: SQLModel) -> tuple[str, int]:
    return type(row).__name__, row.id  # type: ignore[attr-defined]


def step(row: SQLModel) -> Step:
    """A row by kind, id and what people know it by; never its text."""
    shown: Step = {"kind": type(row).__name__.lower(), "id": row.id}  # type: ignore[attr-defined]
    for name in SHOWN:
        value = getattr(row, name, None)
        if value not in (None, ""):
            shown[name] = value
    if isinstance(row, Feedback):
        shown["signal"] = row.kind
    if isinstance(row, Evaluation):
        shown["verdict"] = row.verdict
    return shown


def by(table: type[SQLModel], column: Any, value: str = "id") -> Move:
    """The rows of `table` whose `column` is the present row's `value`."""

    def move(session: Session, row: Any) -> Iterable[SQLModel]:
        wanted = getattr(row, value)
        if wanted is None:
            return ()
        return session.exec(select(table).where(column == wanted).order_by(col(table.id)).limit(MOST))  # type: ignore[attr-defined]

    return move


def both(*moves: Move) -> Move:
    return lambda session, row: (reached for move in moves for reached in move(session, row))


def dataset_examples(session: Session, row: Dataset) -> Iterable[SQLModel]:
    joined = select(Example).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
    # Lived ones first: what people of this team edited says more than an imported archive.
    wanted = joined.where(DatasetItem.dataset_id == row.id).order_by(col(Example.origin) == "human", col(Example.id))
    return session.exec(wanted.limit(MOST))


def example_datasets(session: Session, row: Example) -> Iterable[SQLModel]:
    joined = select(Dataset).join(DatasetItem, col(DatasetItem.dataset_id) == col(Dataset.id))
    return session.exec(joined.where(DatasetItem.example_id == row.id).order_by(col(Dataset.id)))


UP: dict[type[SQLModel], Move] = {
    Promotion: both(by(Evaluation, Evaluation.id, "evaluation_id"), by(Adapter, Adapter.id, "adapter_id")),
    Evaluation: by(Adapter, Adapter.id, "adapter_id"),
    Adapter: by(Run, Run.id, "run_id"),
    Run: by(Dataset, Dataset.id, "dataset_id"),
    Dataset: dataset_examples,
    Example: by(Review, Review.id, "review_id"),
    Review: by(Feedback, Feedback.id, "feedback_id"),
    Feedback: by(Draft, Draft.id, "draft_id"),
    Draft: both(by(Request, Request.id), by(Adapter, Adapter.id, "adapter_id")),
    Request: both(by(Draft, Draft.id, "regenerates"), by(Draft, Draft.id, "refines")),
}
DOWN: dict[type[SQLModel], Move] = {
    Request: both(by(Draft, Draft.id), by(Request, Request.regenerates), by(Request, Request.refines)),
    Draft: by(Feedback, Feedback.draft_id),
    Feedback: by(Review, Review.feedback_id),
    Review: by(Example, Example.review_id),
    Example: example_datasets,
    Dataset: by(Run, Run.dataset_id),
    Run: by(Adapter, Adapter.run_id),
    Adapter: both(by(Evaluation, Evaluation.adapter_id), by(Draft, Draft.adapter_id)),
    Evaluation: by(Promotion, Promotion.evaluation_id),
}
