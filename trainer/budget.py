"""Earlier tries in, what the next one may risk out: the chance of any false promotion over a held-out set's life is bounded.

Each challenger is a new hypothesis on the same held-out texts. As long as all verdicts are no, the challengers do not depend
on the verdicts, so the chances simply add up, however the tries are related (union bound; alpha spending, Foster & Stine 2008).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from db.tables import Evaluation
from trainer.gate import Policy


@dataclass(frozen=True)
class Charge:
    """An earlier try: its number, the chance of error it spent, and how many of today's families it was made on."""

    number: int
    level: float
    shared: int


@dataclass(frozen=True)
class Budget:
    """Chances of a false promotion: `total` over the life, `spent` before, `level` of this try, `left` after it."""

    total: float
    spent: float
    level: float
    left: float


def budget(charges: Iterable[Charge], families: int, policy: Policy) -> Budget:
    """A charge counts by the share of today's families it was made on, and a try spends a fixed share of what is left.

    So families that are new give back what they never took part in, and nothing else does. What is left never runs out;
    it only gets so small that more texts are needed.
    """
    total = 1 - policy.confidence
    spent = sum(one.level * one.shared for one in charges) / families if families else 0.0
    level = policy.share * max(0.0, total - spent)
    return Budget(total, spent, level, max(0.0, total - spent - level))


def earlier(session: Session, families: Collection[str]) -> list[Charge]:
    """The tries made on any of these families, oldest first."""
    wanted = select(Evaluation.number, Evaluation.receipt).where(col(Evaluation.number).is_not(None))
    made = [(number, receipt or {}) for number, receipt in session.exec(wanted.order_by(col(Evaluation.number)))]
    today = set(families)
    charges = [
        Charge(number or 0, float(receipt.get("charged", 0.0)), len(today & families_of(receipt.get("items", []))))
        for number, receipt in made
    ]
    return [one for one in charges if one.shared and one.level]


def next_number(session: Session) -> int:
    """The number of the next try. It is unique: of trainers that judge at once, one stores its verdict; the rest look again."""
    return (session.exec(select(func.max(col(Evaluation.number)))).one() or 0) + 1


def families_of(items: Iterable[Mapping[str, Any]]) -> set[str]:
    """Families of the texts that count: those that people wrote."""
    return {str(item["family"]) for item in items if item["origin"] != "accepted"}
