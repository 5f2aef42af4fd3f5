"""Verbs that move texts: import, export, sync, dataset."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from sqlmodel import select

from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import existing, parts
from curation import dataset as datasets
from curation.importers import export as write_export
from curation.importers import import_file
from curation.reviews import Exchange
from db.errors import InputError
from db.session import transaction
from db.tables import Dataset
from trainer import flywheel

Task = Annotated[str | None, typer.Option("--task", help="A task of house.toml: blog, persona, reply, proposal, sns.")]


def known_task(task: str | None) -> str | None:
    """`task` if house.toml has it. Errors: InputError listing those it has."""
    if task is not None and task not in parts().house.tasks:
        raise InputError(f"There is no task {task!r}. The style guide has: {', '.join(parts().house.tasks)}.")
    return task


def import_(
    file: Annotated[Path, typer.Argument(help="JSONL with messages, or CSV with input,output[,task].")],
    task: Task = None,
    approved: Annotated[
        bool, typer.Option("--approved", help="The texts are known to be good: skip the review.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring past texts in: good rows are kept, bad rows are named with their line; importing again adds nothing."""
    own = parts()
    with Progress(console=side, transient=True) as bar:
        rows = bar.add_task(f"reading {file.name}", total=None)
        report = import_file(
            own.engine,
            existing(file),
            own.house,
            task=known_task(task),
            approved=approved,
            progress=lambda done, total: bar.update(rows, completed=done, total=total),
        )
    if as_json:
        return show_json(asdict(report))
    table(
        f"{file.name}: {report.accepted} accepted, {report.duplicates} known already, {len(report.rejected)} refused",
        ("row", "why it was refused"),
        [(r["row"], r["reason"]) for r in report.rejected],
    )
    return None


def export(
    file: Annotated[Path, typer.Argument(help="JSONL file to write.")], task: Task = None, as_json: Json = False
) -> None:
    """Write the approved examples as JSONL messages, masked."""
    own = parts()
    with transaction(own.engine) as session:
        count = write_export(session, file, task=known_task(task))
    if as_json:
        return show_json({"file": str(file), "rows": count})
    side.print(f"{count} examples written to {file}")
    return None


def sync(as_json: Json = False) -> None:
    """Exchange with the review desk now: feedback goes out, decisions come back."""
    own = parts()
    exchanged: Exchange = flywheel.gather(own.shop())
    if as_json:
        return show_json(asdict(exchanged))
    table("Review desk", ("sent", "refused", "decided"), [(exchanged.pushed, exchanged.refused, exchanged.decided)])
    return None


group = typer.Typer(help="Frozen sets of examples, named by the hash of their bytes.", no_args_is_help=True)


@group.command("build")
def dataset_build(as_json: Json = False) -> None:
    """Freeze the approved examples into a dataset; the same examples give the same name."""
    own = parts()
    flywheel.gather(own.shop())
    row = datasets.build(own.engine, own.artifacts)
    if row is None:
        raise InputError("There are no approved examples yet. Import some with `flywheel import FILE --approved`.")
    if as_json:
        return show_json({"name": row.name, "train": row.train, "heldout": row.heldout})
    table("Dataset", ("name", "train", "held out"), [(row.name, row.train, row.heldout)])
    return None


@group.command("list")
def dataset_list(as_json: Json = False) -> None:
    """All datasets, newest last."""
    with transaction(parts().engine) as session:
        rows = list(session.exec(select(Dataset).order_by(Dataset.id)))  # type: ignore[arg-type]
    if as_json:
        return show_json([{"name": r.name, "train": r.train, "heldout": r.heldout} for r in rows])
    table("Datasets", ("name", "train", "held out", "made"), [(r.name, r.train, r.heldout, r.created_at) for r in rows])
    return None


@group.command("show")
def dataset_show(name: str, as_json: Json = False) -> None:
    """The manifest of one dataset: what is in it, what was left out and why."""
    own = parts()
    manifest = datasets.show(own.engine, own.artifacts, name)
    if as_json:
        return show_json(manifest)
    rows = [
        (f"{part} {key}", value)
        for part, held in manifest.items()
        if isinstance(held, dict)
        for key, value in held.items()
    ]
    table(name, ("what", "value"), [*((k, v) for k, v in manifest.items() if not isinstance(v, dict)), *rows])
    return None


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command()(export)
    app.command()(sync)
    app.add_typer(group, name="dataset")
