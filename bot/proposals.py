"""An operator's command in; what would happen, with what the button carries that does it, out. Nothing is done yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlmodel import Session, select

from bot.intake import Office
from bot.looking import LONGEST
from bot.messages import say
from bot.steering import Move, Plan, going_back, going_to, passed_over
from bot.text import safe
from db import queries
from db.tables import Adapter, Evaluation
from db.withdrawals import is_tainted


@dataclass(frozen=True)
class Proposal:
    """What the operator reads, safe to be sent; without an action there is nothing to press."""

    words: str
    action_id: str = ""
    value: str = ""


def rollback(session: Session, office: Office, rest: str, language: str) -> Proposal:
    """`rollback [TASK]`"""
    if rest and rest not in office.house.tasks:
        return unknown_task(office, rest, language)
    moves = going_back(session, [rest] if rest else office.house.tasks)
    if not moves:
        return Proposal(say(language, "nothing_to_roll_back"))
    passed = passed_over(session, [move.task for move in moves])
    note = say(language, "passed_over", versions=", ".join(f"v{version}" for version in passed)) if passed else ""
    return to_confirm(office, moves, note, "adapter_rollback", None, language)


def promote(session: Session, office: Office, rest: str, language: str) -> Proposal:
    """`promote vN [TASK]`"""
    name, _, task = (part.strip() for part in rest.partition(" "))
    if not name:
        return Proposal(say(language, "promote_usage"))
    adapter = queries.adapter_named(session, f"v{name}" if name.isdigit() else name.lower())
    if adapter is None:
        return Proposal(say(language, "unknown_version", text=safe(name[:LONGEST])))
    if task and task not in office.house.tasks:
        return unknown_task(office, task, language)
    if queries.usable(adapter, office.settings.base_model) is None:
        return Proposal(say(language, "other_base", version=adapter.version, base=safe(adapter.base_model)))
    if is_tainted(session, adapter.id):
        return Proposal(say(language, "version_barred", version=adapter.version))
    moves = going_to(session, adapter, [task] if task else office.house.tasks)
    if not moves:
        return Proposal(say(language, "serves_already", version=adapter.version))
    return to_confirm(
        office, moves, word_of_gate(session, adapter, language), "adapter_promote", adapter.version, language
    )


def train(session: Session, office: Office, rest: str, language: str) -> Proposal:
    """`train`"""
    counts, last = queries.counts(session), queries.last_run(session)
    if last and last.state in ("queued", "running"):
        return Proposal(say(language, "train_busy"))
    if not counts["examples"]:
        return Proposal(say(language, "train_empty"))
    words = say(language, "train_ask", fresh=counts["examples_since_last_run"], total=counts["examples"])
    return Proposal(words, "wheel_train", str(last.id if last else 0))


PROPOSALS: dict[str, Callable[[Session, Office, str, str], Proposal]] = {
    "train": train,
    "promote": promote,
    "rollback": rollback,
}


def to_confirm(
    office: Office, moves: list[Move], note: str, action_id: str, version: int | None, language: str
) -> Proposal:
    """What would change, a line a task."""
    lines = [say(language, "would_change"), *(f"• {moved(office, [move], language)}" for move in moves), note]
    plan = Plan({move.task: move.before for move in moves}, version)
    return Proposal(safe("\n".join(line for line in lines if line)), action_id, plan.value())


def moved(office: Office, moves: Iterable[Move], language: str) -> str:
    """What changes, by the names people know."""
    return ", ".join(f"{office.house.tasks[m.task].name[language]} {m.shown(language)}" for m in moves)


def word_of_gate(session: Session, adapter: Adapter, language: str) -> str:
    """What the comparison said of an adapter."""
    row = session.exec(select(Evaluation).where(Evaluation.adapter_id == adapter.id)).first()
    if row is None:
        return say(language, "gate_unasked")
    if row.verdict["promote"]:
        return say(language, "gate_promoted")
    reasons = row.verdict.get("reasons_ko" if language == "ko" else "reasons") or row.verdict["reasons"]
    return say(language, "gate_not_promoted", reasons=" ".join(reasons))


def unknown_task(office: Office, text: str, language: str) -> Proposal:
    return Proposal(say(language, "unknown_task", text=safe(text[:LONGEST]), tasks=", ".join(office.house.tasks)))
