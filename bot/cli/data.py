"""Verbs that move texts: import, sync."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from bot.cli.out import Json, plainly, show_json, side, table
from bot.cli.shop import existing, parts
from curation.importers import import_file
from curation.mask import load_light
from curation.reviews import Exchange
from db.errors import InputError
from trainer import flywheel

Task = Annotated[str | None, typer.Option("--task", help="A task of house.toml: blog, persona, reply, proposal, sns.")]

SHOWN = 20  # refused rows in a table


def known_task(task: str | None) -> str | None:
    """`task` if house.toml has it. Errors: InputError listing those it has."""
    if task is not None and task not in parts().house.tasks:
        raise InputError(f"There is no task {task!r}. The style guide has: {', '.join(parts().house.tasks)}.")
    return task


def import_(
    file: Annotated[
        Path, typer.Argument(help="JSONL with messages, CSV with input,output[,task], or a folder of posts.")
    ],
    task: Task = None,
    approved: Annotated[
        bool, typer.Option("--approved", help="The texts are known to be good: skip the review.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and check, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Bring past texts in: good rows are kept, bad rows are named with their line; importing again adds nothing."""
    own = parts()
    path = file if file.is_dir() else existing(file)
    load_light()
    with Progress(console=side, transient=True) as bar:
        rows = bar.add_task("importing", total=None)
        report = import_file(
            own.engine,
            path,
            own.house,
            task=known_task(task),
            approved=approved,
            dry_run=dry_run,
            progress=lambda done, total: bar.update(rows, completed=done, total=total),
        )
    if as_json:
        return show_json(asdict(report))
    taken = "would be accepted" if dry_run else "accepted"
    table(
        plainly(f"{report.file}: {report.accepted} {taken}"),
        ("what", "how many"),
        [
            ("known already", report.duplicates - report.withdrawn),
            ("taken back, stay out", report.withdrawn),
            ("refused", len(report.rejected)),
            *report.by_task_and_language.items(),
            *((f"{kind} masked", count) for kind, count in report.masked.items()),
            ("encoding", report.encoding),
        ],
    )
    if report.rejected:
        shown = [(r["file"], r["row"], r["reason"]) for r in report.rejected[:SHOWN]]
        left = len(report.rejected) - len(shown)
        table(
            f"Refused{f' (and {left} more; --json names them all)' if left else ''}",
            ("file", "line", "why"),
            [[plainly(str(cell)) for cell in row] for row in shown],
        )
    return None


def sync(as_json: Json = False) -> None:
    """Exchange with the review desk now: feedback goes out, decisions come back."""
    own = parts()
    exchanged: Exchange = flywheel.gather(own.shop())
    if as_json:
        return show_json(asdict(exchanged))
    moved = asdict(exchanged)
    table("Review desk", ("sent", "refused", "decided", "taken back"), [tuple(moved.values())])
    return None


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command()(sync)
