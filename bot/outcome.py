"""An evaluation in, what operators are shown of it out: scores with intervals, what was learnt from, texts before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.tables import Adapter, Dataset, DatasetItem, Evaluation, Example, Promotion, Review, Run
from db.withdrawals import is_tainted

SCORES = ("checklist", "log_likelihood", "chrf", "repetition", "length")
PAIRS = 3  # texts before and after


@dataclass(frozen=True)
class Score:
    """A score of both contenders, and the difference with its bounds; in the score's own unit."""

    name: str
    champion: float
    challenger: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Pair:
    """What champion and challenger wrote for the same held-out request."""

    task: str
    change: float  # of the checklist score
    before: str
    after: str


@dataclass(frozen=True)
class Outcome:
    """All that a card or its details show.

    `ending`: "promoted", "not_promoted", "late" (another serves meanwhile) or "barred" (texts it learnt from were taken back).
    """

    evaluation_id: int
    version: int
    ending: str
    placed: dict[str, int | None]  # by task: the version it put in service
    reasons: dict[str, list[str]]  # by language
    n: int  # held-out texts
    scores: list[Score]
    groups: dict[str, list[Score]]  # by task, then by language
    learnt: dict[str, int]  # texts by origin: "edited", "accepted", "human"
    seconds: float  # of the training
    trace: dict[str, str]  # what `/flywheel trace` takes


def outcome_of(session: Session, row: Evaluation) -> Outcome:
    """Everything but the texts."""
    adapter = session.get_one(Adapter, row.adapter_id)
    run, dataset = session.get_one(Run, adapter.run_id), session.get_one(Dataset, row.dataset_id)
    tasks = session.exec(select(Promotion.task).where(Promotion.evaluation_id == row.id)).all()
    won, tainted = bool(row.verdict["promote"]), is_tainted(session, adapter.id)
    summary, reasons = row.summary, row.verdict["reasons"]
    return Outcome(
        evaluation_id=row.id or 0,
        version=adapter.version,
        ending="promoted" if tasks else "not_promoted" if not won else "barred" if tainted else "late",
        placed=dict.fromkeys(tasks, adapter.version),
        reasons={"en": reasons, "ko": row.verdict.get("reasons_ko") or reasons},
        n=int(summary.get("n", 0)),
        scores=list(scores_of(summary.get("scores", {}))),
        groups={
            name: list(scores_of(found))
            for part in ("tasks", "languages")
            for name, found in summary.get(part, {}).items()
        },
        learnt=learnt_from(session, row.dataset_id),
        seconds=float((run.result or {}).get("seconds", 0.0)),
        trace={"evaluation": str(row.id), "adapter": adapter.name, "run": str(run.id), "dataset": dataset.name},
    )


def scores_of(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Score]:
    for name in SCORES:
        if name in found:
            values = (float(found[name][key]) for key in ("champion", "challenger", "mean", "low", "high"))
            yield Score(name, *values)


def learnt_from(session: Session, dataset_id: int) -> dict[str, int]:
    """How many texts of each origin were trained on."""
    joined = select(Example.origin, func.count()).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
    wanted = joined.where(DatasetItem.dataset_id == dataset_id, Example.split == "train").group_by(Example.origin)
    return dict(session.exec(wanted).all())


def pairs_of(session: Session, row: Evaluation, imported: bool) -> list[Pair]:
    """Up to three texts before and after: the greatest gains, and the greatest loss if there is one.

    `imported`: only for requests that hold no words of anybody in Slack, since a message there can't be taken back later.
    """
    wanted = select(Example.id).join(Review, col(Review.id) == col(Example.review_id))
    wanted = wanted.where(Review.state != "withdrawn")
    if imported:
        wanted = wanted.where(col(Review.feedback_id).is_(None), col(Review.person_id).is_(None))
    shown = set(session.exec(wanted.where(col(Example.id).in_([item["example"] for item in row.items]))))
    pairs = [pair_of(item) for item in row.items if item["example"] in shown]
    pairs = sorted((pair for pair in pairs if pair.before and pair.after), key=lambda pair: -pair.change)
    losses = [pair for pair in pairs[PAIRS - 1 :] if pair.change < 0]
    return [*pairs[: PAIRS - 1], losses[-1]] if losses else pairs[:PAIRS]


def pair_of(item: Mapping[str, Any]) -> Pair:
    old, new = item["champion"], item["challenger"]
    return Pair(item["task"], new["checklist"] - old["checklist"], old["text"], new["text"])
