"""A verdict in, the rows that put an adapter in service or take it back out."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from db import queries, withdrawals
from db.errors import InputError
from db.tables import Adapter, Evaluation, Promotion, now
from trainer.gate import Policy, Verdict, decide

__all__ = ["Policy", "Verdict", "decide", "promote", "put_in_service", "rollback", "served_before", "way_back"]

TAINTED = "learnt from texts that were taken back since"  # in reasons and in the audit trail


def promote(
    session: Session, evaluation: Evaluation, tasks: Sequence[str], actor: str, unfit: str = ""
) -> list[Promotion]:
    """Put a winner in service for every task it was compared on.

    Nothing, if what serves changed meanwhile, texts it learnt from were taken back, or its receipt is `unfit` for a reason.
    """
    if withdrawals.is_tainted(session, evaluation.adapter_id):
        unfit = f"it {TAINTED}"
    if unfit:
        queries.audit(session, actor, queries.NOT_PROMOTED, f"evaluation:{evaluation.id}", unfit)
        return []
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
    """An operator's word: this adapter (None: the bare base) serves these tasks from now on.

    Errors: InputError if texts it learnt from were taken back.
    """
    if adapter and withdrawals.is_tainted(session, adapter.id):
        raise InputError(f"v{adapter.version} {TAINTED}. Choose another version, or train again.")
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
    return way_back(session, task)[0]


def way_back(session: Session, task: str) -> tuple[int | None, list[int]]:
    """Where a rollback goes, and what it passes over on the way since it learnt from texts taken back; adapters' ids."""
    history = session.exec(select(Promotion).where(Promotion.task == task).order_by(col(Promotion.id)))
    # Undo step by step: a rollback takes away what it undid, so that two in a row go back two steps.
    stack: list[int | None] = [None]
    for row in history:
        if row.kind == "rollback":
            stack.pop()
            while stack[-1] != row.adapter_id and len(stack) > 1:  # it passed these over
                stack.pop()
        elif row.adapter_id != stack[-1]:
            stack.append(row.adapter_id)
    serving, passed = stack.pop(), list[int]()
    for adapter_id in reversed(stack):
        if adapter_id is None or not withdrawals.is_tainted(session, adapter_id):
            if adapter_id != serving:
                return adapter_id, passed
        elif adapter_id not in passed:
            passed.append(adapter_id)
    return None, passed
