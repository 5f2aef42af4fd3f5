"""Scores in, a verdict with reasons out; and the rows that put an adapter in service or take it back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlmodel import Session, col, select

from db import queries
from db.errors import InputError
from db.tables import Adapter, Evaluation, Promotion, now

GATED = {  # both must truly rise: likelihood alone once promoted an adapter that wrote garbage
    "log_likelihood": ("log-likelihood of human texts", "사람이 쓴 글의 로그우도"),
    "checklist": ("checklist score of drafts", "초안의 체크리스트 점수"),
}
GUARDED = {"repetition": ("repetition in drafts", "초안의 반복")}  # must not rise by more than the margin


@dataclass(frozen=True)
class Policy:
    """How strict the gate is. `confidence` is the one-sided level of each lower bound."""

    min_heldout: int = 15
    confidence: float = 0.95
    repetition_margin: float = 0.05


@dataclass(frozen=True)
class Verdict:
    """The gate's answer; the same reasons in English and Korean."""

    promote: bool
    reasons: list[str] = field(default_factory=list)
    reasons_ko: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"promote": self.promote, "reasons": self.reasons, "reasons_ko": self.reasons_ko}


class Scored(Protocol):
    """Anything with an evaluation's summary: {"n": int, "scores": {name: {"mean", "low", "high", "n"}}}."""

    @property
    def summary(self) -> Mapping[str, Any]: ...


def decide(evaluation: Scored, policy: Policy) -> Verdict:
    """Promote only if the lower bounds of both gated scores are above zero and no guardrail is broken.

    Pure: the same evaluation and policy always give the same verdict. Anything missing or not a number is a no.
    """
    summary = evaluation.summary
    n = int(summary.get("n", 0))
    if n < policy.min_heldout:
        more = policy.min_heldout - n
        return Verdict(
            False,
            [f"Not enough data: {n} held-out texts, {more} more are needed."],
            [f"자료가 부족합니다: 평가용 글 {n}편, {more}편이 더 필요합니다."],
        )
    judged = [_gated(name, summary) for name in GATED] + [_guarded(name, summary, policy) for name in GUARDED]
    return Verdict(all(ok for ok, _, _ in judged), [en for _, en, _ in judged], [ko for _, _, ko in judged])


def _interval(name: str, summary: Mapping[str, Any]) -> tuple[float, float, float] | None:
    found = summary.get("scores", {}).get(name) or {}
    values = [float(v) for key in ("mean", "low", "high") if isinstance(v := found.get(key), int | float)]
    if len(values) < 3 or not all(math.isfinite(v) for v in values):
        return None
    return values[0], values[1], values[2]


def _gated(name: str, summary: Mapping[str, Any]) -> tuple[bool, str, str]:
    label, label_ko = GATED[name]
    interval = _interval(name, summary)
    if interval is None:
        return False, f"The {label} could not be measured.", f"{label_ko}: 잴 수 없었습니다."
    mean, low, high = interval
    shown = f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
    if low > 0:
        return True, f"The {label} rose: {shown}.", f"{label_ko}: 올랐습니다 {shown}."
    return (
        False,
        f"The {label} may not have risen: {shown}; the lower bound must be above 0.",
        f"{label_ko}: 올랐다고 할 수 없습니다 {shown}. 아래쪽 한계가 0보다 커야 합니다.",
    )


def _guarded(name: str, summary: Mapping[str, Any], policy: Policy) -> tuple[bool, str, str]:
    label, label_ko = GUARDED[name]
    interval = _interval(name, summary)
    if interval is None:
        return False, f"The {label} could not be measured.", f"{label_ko}: 잴 수 없었습니다."
    mean = interval[0]
    if mean > policy.repetition_margin:
        return (
            False,
            f"More {label}: {mean:+.3f}, at most {policy.repetition_margin:+.3f} is allowed.",
            f"{label_ko}: {mean:+.3f} 늘었습니다. {policy.repetition_margin:+.3f}까지만 괜찮습니다.",
        )
    return True, f"No more {label}: {mean:+.3f}.", f"{label_ko}: 늘지 않았습니다 {mean:+.3f}."


def promote(session: Session, evaluation: Evaluation, tasks: Sequence[str], actor: str) -> list[Promotion]:
    """Put a winner in service for every task it was compared on. Nothing, if what serves changed meanwhile."""
    champions = evaluation.summary.get("champions", {})
    placed = []
    for task in [task for task in tasks if task in champions]:
        serving = queries.serving(session, task)
        if champions[task] != (serving and serving.id):
            note = f"{task}: another adapter serves since the comparison"
            queries.audit(session, actor, queries.NOT_PROMOTED, f"evaluation:{evaluation.id}", note)
            continue
        placed.append(
            Promotion(
                evaluation_id=evaluation.id,
                adapter_id=evaluation.adapter_id,
                task=task,
                actor=actor,
                reason=" ".join(evaluation.verdict.get("reasons", [])),
            )
        )
    session.add_all(placed)
    if placed:
        queries.audit(session, actor, "promote", f"adapter:{evaluation.adapter_id}", ", ".join(p.task for p in placed))
    return placed


def put_in_service(
    session: Session, adapter: Adapter | None, tasks: Sequence[str], actor: str, reason: str
) -> list[Promotion]:
    """An operator's word: this adapter (None: the bare base) serves these tasks from now on."""
    chosen, moment = adapter.id if adapter else None, now()  # one moment: what was done at once is told at once
    placed = [Promotion(adapter_id=chosen, task=task, actor=actor, reason=reason, created_at=moment) for task in tasks]
    session.add_all(placed)
    queries.audit(session, actor, "promote", f"adapter:{adapter.id if adapter else 'base'}", reason)
    return placed


def rollback(session: Session, task: str, actor: str, reason: str) -> Promotion:
    """Back to what served this task before the serving adapter. Errors: InputError if the base serves already."""
    serving = queries.serving(session, task)
    if serving is None:
        raise InputError(f"The base model serves {task} already; there is nothing to roll back.")
    adapter_id = served_before(session, task)
    placed = Promotion(adapter_id=adapter_id, task=task, kind="rollback", actor=actor, reason=reason)
    session.add(placed)
    queries.audit(session, actor, "rollback", f"adapter:{serving.id}", f"{task}: {reason}")
    return placed


def served_before(session: Session, task: str) -> int | None:
    """The adapter a rollback goes back to; None: the bare base model."""
    history = session.exec(select(Promotion).where(Promotion.task == task).order_by(col(Promotion.id)))
    # Undo step by step: a rollback takes away what it undid, so that two in a row go back two steps.
    stack: list[int | None] = [None]
    for row in history:
        if row.kind == "rollback":
            stack.pop()
        elif row.adapter_id != stack[-1]:
            stack.append(row.adapter_id)
    return stack[-2] if len(stack) > 1 else None
