"""Verbs that turn the wheel: turn, train, evaluate, promote, rollback."""

import getpass
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlmodel import select

from bot.cli.data import known_task
from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from bot.steering import passed_over
from db import queries
from db.errors import InputError, TrainingError
from db.session import transaction
from db.tables import Adapter, Promotion
from trainer import flywheel
from trainer.flywheel import Shop, Turn
from trainer.promote import TAINTED, put_in_service
from trainer.promote import rollback as roll_back
from trainer.recipes.spec import TrainStep

Columns = (
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.completed}/{task.total}"),
    TimeElapsedColumn(),
)


def watched(bar: Progress) -> Shop:
    """A shop whose turn moves a progress bar."""
    shown: dict[str, Any] = {"id": None}

    def on_stage(name: str) -> None:
        shown["id"] = bar.add_task(name, total=None)

    def on_step(step: TrainStep) -> None:
        bar.update(shown["id"], completed=step.step, total=step.steps, description=f"train · loss {step.loss:.2f}")

    def on_item(done: int, total: int) -> None:
        bar.update(shown["id"], completed=done, total=total)

    return parts().shop(on_stage=on_stage, on_step=on_step, on_item=on_item)


def turned(trigger: str, as_json: bool) -> Turn:
    with Progress(*Columns, console=side, transient=True) as bar:
        done = flywheel.turn(watched(bar), trigger)
    if as_json:
        show_json(done.as_dict())
    else:
        made = done.as_dict()
        table("This turn", ("made", "name"), [(k, made[k]) for k in ("dataset", "run", "adapter", "evaluation")])
        for reason in (made["verdict"] or {}).get("reasons", []):
            side.print(f"• {reason}", highlight=False)
    return done


def turn(as_json: Json = False) -> None:
    """One full turn now: gather, and train, evaluate and promote if enough is new."""
    turned("approvals", as_json)


def train(as_json: Json = False) -> None:
    """Train now on all approved examples, however few are new; then evaluate, and promote if it is better."""
    done = turned("operator", as_json)
    if done.dataset is None:
        raise InputError("There is nothing to train on. Import texts with `flywheel import FILE --approved`.")
    if done.run is None:
        raise InputError("Another training is under way; `flywheel status` counts it. Try again when it has ended.")
    if done.run.state == "failed":
        raise TrainingError(done.run.error or "The training failed.")


def evaluate(as_json: Json = False) -> None:
    """Compare adapters that wait for it with what is serving."""
    own = watched(Progress(*Columns, console=side, transient=True))
    rows = [flywheel.judge(own, adapter) for adapter in flywheel.waiting(own, queries.adapters_to_evaluate)]
    if as_json:
        return show_json([{"evaluation": r.id, "adapter": r.adapter_id, "verdict": r.verdict} for r in rows])
    reasons = [(r.id, f"v{r.adapter_id}", r.verdict["promote"], "\n".join(r.verdict["reasons"])) for r in rows]
    table("Evaluations", ("id", "adapter", "promote", "reasons"), reasons)
    return None


def named_adapter(name: str) -> Adapter:
    """The adapter of a name or version (`v3`). Errors: InputError."""
    with transaction(parts().engine) as session:
        row = queries.adapter_named(session, name)
    if row:
        return row
    raise InputError(f"There is no adapter {name!r}. `flywheel status` names those that serve.")


Why = Annotated[str, typer.Option("--reason", help="Kept in the audit trail.")]


def promote(
    adapter: str, task: Annotated[str | None, typer.Option("--task")] = None, reason: Why = "", as_json: Json = False
) -> None:
    """Put an adapter in service by an operator's word, whatever the gate said."""
    own, row = parts(), named_adapter(adapter)
    tasks = [task] if known_task(task) and task else list(own.house.tasks)
    with transaction(own.engine) as session:
        placed = put_in_service(session, row, tasks, getpass.getuser(), reason or "operator's word")
    report(placed, as_json)


def rollback(
    task: Annotated[str | None, typer.Option("--task")] = None, reason: Why = "", as_json: Json = False
) -> None:
    """Go back to what served before, for one task or all; the bot follows within a second."""
    own = parts()
    tasks = [task] if known_task(task) and task else list(own.house.tasks)
    with transaction(own.engine) as session:
        serving = [t for t in tasks if queries.serving(session, t)]
        if not serving:
            raise InputError("The base model is serving already; there is nothing to roll back.")
        for version in passed_over(session, serving):
            side.print(f"v{version} is passed over: it {TAINTED}.", highlight=False)
        placed = [roll_back(session, t, getpass.getuser(), reason or "operator's word") for t in serving]
    report(placed, as_json)


def report(placed: list[Promotion], as_json: bool) -> None:
    with transaction(parts().engine) as session:
        names = {a.id: f"v{a.version} {a.name}" for a in session.exec(select(Adapter))}
    rows = [(p.task, names.get(p.adapter_id, "base"), p.actor, p.reason) for p in placed]
    if as_json:
        return show_json([dict(zip(("task", "serving", "actor", "reason"), row, strict=True)) for row in rows])
    table("Now serving", ("task", "adapter", "by", "why"), rows)
    return None


def register(app: typer.Typer) -> None:
    for verb in (turn, train, evaluate, promote, rollback):
        app.command()(verb)
