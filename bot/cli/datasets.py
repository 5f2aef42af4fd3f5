"""Verbs about what is learnt from: dataset build, list, show, diff; export."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import col, select

from bot.cli.data import Task, known_task
from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from curation import dataset as datasets
from curation.datacard import listed
from db import withdrawals
from db.errors import InputError
from db.session import transaction
from db.tables import Dataset
from trainer import flywheel

group = typer.Typer(help="Frozen sets of examples, named by the hash of their bytes.", no_args_is_help=True)
PARTS = ("split", "by_task_and_language", "by_origin", "forms", "also_left_out", "rules")  # of a manifest
Name = Annotated[str, typer.Argument(help="A dataset's name, the beginning of one, or `latest`.")]


class Format(StrEnum):
    """What `export` writes."""

    JSONL = "jsonl"
    CSV = "csv"
    HUB = "hub"


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
    side.print(f"Its card: {own.artifacts.path(row.name) / 'hub' / 'README.md'}", soft_wrap=True)
    return None


@group.command("list")
def dataset_list(as_json: Json = False) -> None:
    """All datasets, newest last."""
    with transaction(parts().engine) as session:
        rows = list(session.exec(select(Dataset).order_by(col(Dataset.id))))
        gone = {row.id for row in withdrawals.withdrawn_datasets(session)}
    shown: list[dict[str, Any]] = [
        {
            "name": row.name,
            "train": row.train,
            "heldout": row.heldout,
            "heldout_version": row.manifest.get("heldout_version"),
            "made": row.created_at,
            "withdrawn": row.id in gone,
        }
        for row in rows
    ]
    if as_json:
        return show_json(shown)
    columns = ("name", "train", "held out", "held-out version", "made", "")
    words = {True: "withdrawn", False: ""}
    table(
        "Datasets",
        columns,
        [[*list(o.values())[:4], f"{o['made']:%Y-%m-%d %H:%M}", words[o["withdrawn"]]] for o in shown],
    )
    return None


@group.command("show")
def dataset_show(name: Name = "latest", as_json: Json = False) -> None:
    """What is in a dataset, and what was left out and why."""
    own = parts()
    with transaction(own.engine) as session:
        row = datasets.named(session, name)
    manifest = datasets.show(own.engine, own.artifacts, row.name)
    ticks = datasets.checklist(manifest)
    if as_json:
        return show_json({**manifest, "checklist": [asdict(tick) for tick in ticks]})
    flat = [(key, "", value) for key, value in manifest.items() if not isinstance(value, dict | list)]
    kept = {part: manifest.get(part) or {} for part in PARTS}
    rows = [*flat, *((part, key, value) for part, found in kept.items() for key, value in found.items())]
    table(row.name, ("what", "", "value"), [(what.replace("_", " "), key, value) for what, key, value in rows])
    marks = {True: "[green]✓[/green]", False: "[yellow]✗[/yellow]"}
    asked = [(marks[tick.good], tick.question, tick.found, tick.aim) for tick in ticks]
    table("checklist", ("", "is it", "found", "should be"), asked)
    reasons: dict[str, list[int]] = {}
    for example, reason in row.manifest.get("left_out", {}).items():
        reasons.setdefault(reason, []).append(int(example))
    if reasons:
        left_out = [(reason, len(examples), listed(examples)) for reason, examples in sorted(reasons.items())]
        table("left out", ("why", "texts", "examples"), left_out)
    return None


@group.command("diff")
def dataset_diff(before: Name, after: Name = "latest", as_json: Json = False) -> None:
    """What a dataset has more, less and otherwise than an earlier one, by the numbers of the examples."""
    with transaction(parts().engine) as session:
        one, two = datasets.named(session, before), datasets.named(session, after)
        found = datasets.diff(session, one, two)
    if as_json:
        versions = {name: row.manifest.get("heldout_version") for name, row in (("from", one), ("to", two))}
        return show_json({"from": one.name, "to": two.name, **found.as_dict(), "heldout_version": versions})
    reasons: dict[str, list[int]] = {}
    for example, reason in found.removed.items():
        reasons.setdefault(reason, []).append(example)
    rows: list[tuple[Any, ...]] = [("added", "", len(found.added), listed(found.added))]
    rows += [("removed", reason, len(gone), listed(gone)) for reason, gone in sorted((reasons or {"": []}).items())]
    rows += [("changed", "", len(found.changed), listed(found.changed.values()))]
    table(f"{one.name} → {two.name}", ("", "why", "texts", "examples"), rows)
    return None


def export(
    file: Annotated[Path, typer.Argument(help="The file to write; with --format hub the folder.")],
    form: Annotated[Format, typer.Option("--format", help="hub: the newest dataset with its card.")] = Format.JSONL,
    task: Task = None,
    as_json: Json = False,
) -> None:
    """Write the approved examples, masked: JSONL messages, CSV, or the newest dataset for a model hub."""
    from curation.export import export as write
    from curation.export import export_dataset

    own = parts()
    known_task(task)
    with transaction(own.engine) as session:
        if form is Format.HUB:
            newest = datasets.named(session, "latest")
        else:
            count = write(session, file, task, "csv" if form is Format.CSV else "jsonl")
    if form is Format.HUB:
        count = export_dataset(own.artifacts, newest, file, task)
    if as_json:
        return show_json({"file": str(file), "rows": count})
    side.print(f"{count} {'rows' if form is Format.HUB else 'examples'} written to {file}", soft_wrap=True)
    return None


def register(app: typer.Typer) -> None:
    app.command()(export)
    app.add_typer(group, name="dataset")
