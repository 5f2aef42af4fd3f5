"""Rows in, the figures people look at out: how often a draft had to be repaired before it was used, and how it was liked."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median
from typing import Any

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, func, select

from db.tables import Feedback, Request
from db.votes import VOTES, fold

REPAIRS = ("edit", "regenerate", "refine")
# Figures need no texts, and those are most of a row.
SHAPE: list[Any] = [Request.refines, Request.regenerates, Request.task, Request.created_at]
SIGNAL: list[Any] = [Feedback.draft_id, Feedback.person_id, Feedback.kind, Feedback.way, Feedback.change]


@dataclass(frozen=True)
class Chain:
    """All versions of one thing somebody asked for."""

    task: str
    week: date  # the Monday of the week in which it was asked for
    repairs: int  # edits (one a person and version), writings again and refinements
    used: bool  # a version was taken as it is, or edited


def figures(session: Session) -> dict[str, Any]:
    """All of them, as `flywheel status --json` shows them; None where there is nothing to count yet."""
    found = chains(session)
    return {
        "edits_per_accepted_draft": repairs_per_use(found),
        "edits_by_task": repairs_by(found, lambda chain: chain.task),
        "edits_by_week": repairs_by(found, lambda chain: chain.week.isoformat()),
        "median_edit_share": median_edit(session),
        "votes": votes(session),
    }


def chains(session: Session) -> list[Chain]:
    """Every chain of drafts, oldest first."""
    asked = select(Request).options(load_only(*SHAPE)).order_by(col(Request.id))
    requests = {row.id or 0: row for row in session.exec(asked)}
    root: dict[int, int] = {}
    for number, row in requests.items():
        before = row.regenerates or row.refines
        root[number] = root[before] if before else number
    repairs: defaultdict[int, set[tuple[object, ...]]] = defaultdict(set)
    used: set[int] = set()
    said = select(Feedback).options(load_only(*SIGNAL)).where(col(Feedback.kind).in_((*REPAIRS, "accept")))
    for act in session.exec(said):
        chain = root[act.draft_id]
        if act.kind in ("accept", "edit"):
            used.add(chain)
        if act.kind in REPAIRS and act.change != "none":  # saved as it was: used, not repaired
            repairs[chain].add((act.draft_id, act.person_id) if act.kind == "edit" else (act.id,))
    return [
        Chain(row.task, monday(row.created_at.date()), len(repairs[number]), number in used)
        for number, row in requests.items()
        if root[number] == number
    ]


def repairs_per_use(found: Iterable[Chain]) -> float | None:
    """The headline figure, edits per accepted draft: repairs in chains whose text was used, for each; None without any."""
    used = [chain.repairs for chain in found if chain.used]
    return sum(used) / len(used) if used else None


def repairs_by(found: Iterable[Chain], name: Callable[[Chain], str]) -> dict[str, float | None]:
    """The headline figure of every group of chains, in the order of their names."""
    return {key: repairs_per_use(group) for key, group in groupby(sorted(found, key=name), name)}


def median_edit(session: Session) -> float | None:
    """How much of a draft an edit changes, 0 to 1: of several by one person on one draft the newest counts."""
    newest = select(func.max(Feedback.id)).where(Feedback.kind == "edit")
    newest = newest.group_by(col(Feedback.draft_id), col(Feedback.person_id))
    kept = select(Feedback.edit_share).where(col(Feedback.id).in_(newest), col(Feedback.edit_share).is_not(None))
    shares = [share for share in session.exec(kept) if share is not None]
    return median(shares) if shares else None


def votes(session: Session) -> dict[str, int]:
    """How many votes stand for and against drafts now."""
    acts = select(Feedback).options(load_only(*SIGNAL)).where(col(Feedback.kind).in_(VOTES))
    acts = acts.order_by(col(Feedback.draft_id), col(Feedback.person_id), col(Feedback.acted_at), col(Feedback.id))
    groups = groupby(session.exec(acts), lambda act: (act.draft_id, act.person_id))
    sides = [fold(group) for _, group in groups]
    return {side: sides.count(side) for side in ("up", "down")}


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
