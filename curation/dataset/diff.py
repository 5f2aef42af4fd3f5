"""Two datasets in, what the later one has more, less and otherwise out: by our own ids, so also where files are gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from db.errors import InputError
from db.tables import Dataset, DatasetItem, Example, Review

LIMIT = 500  # values in one question: databases take no more
GONE = {"withdrawn": "taken back", "approved": "not in it"}


@dataclass(frozen=True)
class Diff:
    """Example ids. `removed` says why; `changed` holds a text's revision in the earlier one and in the later one."""

    added: list[int] = field(default_factory=list)
    removed: dict[int, str] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """`{added: [id], removed: [{example, reason}], changed: [{from, to}]}`."""
        return {
            "added": self.added,
            "removed": [{"example": number, "reason": reason} for number, reason in self.removed.items()],
            "changed": [{"from": old, "to": new} for old, new in self.changed.items()],
        }


def diff(session: Session, before: Dataset, after: Dataset) -> Diff:
    """What changed from one dataset to another."""
    return between(session, items(session, before), items(session, after), after.manifest.get("left_out", {}))


def between(session: Session, before: set[int], after: set[int], left_out: Mapping[str, str]) -> Diff:
    """What changed between two sets of examples; `left_out` says why some of them did not get into the later one."""
    review_of = _reviews(session, before ^ after)
    new = {review_of[i][0]: i for i in after - before}
    changed = {i: new[review_of[i][0]] for i in sorted(before - after) if review_of[i][0] in new}
    removed = {
        i: left_out.get(str(i)) or GONE.get(review_of[i][1], "not approved any more")
        for i in sorted(before - after - changed.keys())
    }
    return Diff(sorted((after - before) - set(changed.values())), removed, changed)


def items(session: Session, dataset: Dataset) -> set[int]:
    """Ids of a dataset's examples."""
    return set(session.exec(select(DatasetItem.example_id).where(DatasetItem.dataset_id == dataset.id)))


def _reviews(session: Session, examples: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Review and its state by example."""
    ids, found = sorted(examples), dict[int, tuple[int, str]]()
    for at in range(0, len(ids), LIMIT):
        wanted = select(Example.id, Review.id, Review.state).join(Review, col(Review.id) == col(Example.review_id))
        for example, review, state in session.exec(wanted.where(col(Example.id).in_(ids[at : at + LIMIT]))):
            found[example or 0] = (review or 0, state)
    return found


def named(session: Session, name: str) -> Dataset:
    """The dataset of a name, of the beginning of one, or "latest". Errors: InputError if there is none, or several."""
    wanted = select(Dataset).order_by(col(Dataset.id).desc())
    found = session.exec(wanted if name == "latest" else wanted.where(col(Dataset.name).startswith(name))).all()
    if not found and name == "latest":
        raise InputError("There is no dataset yet. `flywheel dataset build` makes one.")
    if not found or (len(found) > 1 and name != "latest"):
        problem = f"{len(found)} datasets begin with {name!r}" if found else f"There is no dataset {name!r}"
        raise InputError(f"{problem}. `flywheel dataset list` shows them.")
    return found[0]
