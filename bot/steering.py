"""An operator's wish in: what would happen out, to be confirmed; once confirmed, rows that do it and say who did.

Serving changes only where what serves is still what the operator saw when they were asked.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.messages import say
from curation.house import House
from db import queries
from db.tables import Adapter, Promotion
from db.withdrawals import is_tainted
from trainer.promote import put_in_service, rollback, served_before, way_back

WHY = "asked in Slack"  # in the audit trail
Seen = dict[str, int | None]  # by task the version that served when the operator was asked; None: the bare base model


@dataclass(frozen=True)
class Move:
    """What one task is written with, by version, before and after; None: the bare base model."""

    task: str
    before: int | None
    after: int | None

    def shown(self, language: str) -> str:
        """ "v12 → v11", as people know versions."""
        return " → ".join(f"v{v}" if v else say(language, "base_model") for v in (self.before, self.after))


@dataclass(frozen=True)
class Plan:
    """What a button will do: put this version in service (None: go back) for the tasks as they were seen."""

    seen: Seen
    version: int | None = None

    def value(self) -> str:
        """What the button carries."""
        return json.dumps({"seen": self.seen, "version": self.version})


def plan_of(value: object) -> Plan:
    """What a button carries; one that is not ours does nothing."""
    try:
        held = json.loads(str(value))
        seen, version = dict(held["seen"]), held["version"]
    except (ValueError, TypeError, KeyError):
        return Plan({})
    return Plan(seen, version)


def going_back(session: Session, tasks: Iterable[str]) -> list[Move]:
    """What a rollback would change."""
    moves = []
    for task in tasks:
        if serving := queries.serving(session, task):
            before = queries.adapter_version(session, served_before(session, task))
            moves.append(Move(task, serving.version, before))
    return moves


def passed_over(session: Session, tasks: Iterable[str]) -> list[int]:
    """Versions that a rollback leaves out, since they learnt from texts taken back."""
    ways = [way_back(session, task) for task in tasks if queries.serving(session, task)]
    return sorted({queries.adapter_version(session, number) or 0 for _, passed in ways for number in passed})


def going_to(session: Session, adapter: Adapter, tasks: Iterable[str]) -> list[Move]:
    """What promoting an adapter would change; nothing, if it learnt from texts taken back."""
    if is_tainted(session, adapter.id):
        return []
    serving = {task: queries.serving(session, task) for task in tasks}
    moves = [Move(task, row.version if row else None, adapter.version) for task, row in serving.items()]
    return [move for move in moves if move.before != move.after]


def steer(session: Session, house: House, plan: Plan, actor: str) -> list[Move]:
    """Do what was confirmed, where it still applies; returns what changed."""
    tasks = still_seen(session, house, plan.seen)
    if plan.version is None:
        moves = going_back(session, tasks)
        placed = [rollback(session, move.task, actor, WHY) for move in moves]
        for row in placed:  # what was done at once is told at once
            row.created_at = placed[0].created_at
        return moves
    adapter = queries.adapter_named(session, f"v{plan.version}")
    moves = going_to(session, adapter, tasks) if adapter else []
    if moves:
        put_in_service(session, adapter, [move.task for move in moves], actor, WHY)
    return moves


def why_not(session: Session, plan: Plan, language: str) -> str:
    """What an operator reads whose wish changed nothing."""
    adapter = queries.adapter_named(session, f"v{plan.version}") if plan.version else None
    if adapter and is_tainted(session, adapter.id):
        return say(language, "version_barred", version=adapter.version)
    return say(language, "serves_no_more")


def still_seen(session: Session, house: House, seen: Mapping[str, object]) -> list[str]:
    """The tasks still written with what the operator saw. Whoever changes them at this moment is waited for."""
    known: Sequence[str] = [task for task in seen if task in house.tasks]
    session.exec(select(Promotion.id).where(col(Promotion.task).in_(known)).with_for_update()).all()
    serving = {task: queries.serving(session, task) for task in known}
    return [task for task, row in serving.items() if seen[task] == (row.version if row else None)]


def ask_training(session: Session, run_id: int, actor: str) -> str:
    """Leave the wish for a training, unless one is under way, waited for, or was made since the operator was asked.

    `run_id` is the newest training they saw, 0 for none. Returns the key of what they read: "train_kept" or why not.
    """
    last = queries.last_run(session)
    if last:
        session.refresh(last, with_for_update=True)  # of two operators who press at once the second finds the first's
    if last and last.state in ("queued", "running"):
        return "train_busy"
    if queries.trainings_asked(session):
        return "train_waits"
    if (last.id if last else 0) != run_id:
        return "train_past"
    queries.audit(session, actor, queries.TRAIN_ASKED, f"run:{run_id}", WHY)
    return "train_kept"
