"""Verbs about ways to train: compare."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from sqlmodel import col, select

from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from bot.cli.wheel import Columns
from curation.dataset import build
from db import withdrawals
from db.errors import InputError
from db.session import transaction
from db.tables import Dataset, DatasetItem, Example
from trainer.compare import Compared, picture
from trainer.compare import compare as compared
from trainer.recipes.spec import METHODS, TrainStep
from trainer.runtime import Sampling
from trainer.train import spec_of

MOST = 40  # held-out texts: enough to tell methods apart, and minutes instead of hours


def compare(
    methods: Annotated[list[str], typer.Argument(help=f"Of {', '.join(METHODS)}.")],
    image: Annotated[Path, typer.Option("--picture", help="Where the picture goes.")] = Path("methods.png"),
    as_json: Json = False,
) -> None:
    """Train each method on the same examples and show what it costs and brings. Nothing is promoted or kept."""
    if unknown := [name for name in methods if name not in METHODS]:
        raise typer.BadParameter(f"Unknown: {', '.join(unknown)}. Choose of {', '.join(METHODS)}.")
    own = parts()
    dataset = build(own.engine, own.artifacts)
    heldout = held_out(dataset) if dataset else []
    if dataset is None or not heldout:
        raise InputError("There are no texts to train on and to compare with. Import some with `flywheel import`.")
    sampling = Sampling(own.training.seed, own.training.temperature, max_tokens=own.training.max_tokens)
    with tempfile.TemporaryDirectory() as folder, Progress(*Columns, console=side, transient=True) as bar:
        shown = {"id": bar.add_task("base", total=None)}

        def on_method(name: str) -> None:
            shown["id"] = bar.add_task(name, total=None)

        def on_step(step: TrainStep) -> None:
            bar.update(shown["id"], completed=step.step, total=step.steps)

        specs = [
            replace(
                spec_of(
                    own.training.model_copy(update={"method": name}),
                    own.artifacts,
                    dataset.name,
                    own.settings.base_model,
                    0,
                ),
                folder=f"{folder}/{name}",
            )
            for name in methods
        ]
        timeout = float(own.training.train_timeout)
        rows = compared(specs, heldout, own.runtime, own.house, sampling, timeout, on_method, on_step)
    picture(rows, image)
    report(rows, len(heldout), image, as_json)


def held_out(dataset: Dataset) -> list[Example]:
    """The held-out examples of a dataset, at most so many."""
    with transaction(parts().engine) as session:
        joined = select(Example).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
        wanted = joined.where(
            DatasetItem.dataset_id == dataset.id, Example.split == "heldout", ~withdrawals.withdrawn()
        )
        return list(session.exec(wanted.order_by(col(Example.family), col(Example.id)).limit(MOST)))


def report(rows: list[Compared], held: int, image: Path, as_json: bool) -> None:
    if as_json:
        return show_json({"heldout": held, "picture": str(image), "methods": [row.as_dict() for row in rows]})
    table(
        f"Methods, on {held} held-out texts",
        ("method", "trained %", "memory MB", "seconds", "size KB", "log-likelihood", "checklist", ""),
        [
            (
                row.method,
                f"{100 * row.trainable:.3f}",
                round(row.memory / 1e6),
                round(row.seconds, 1),
                round(row.bytes / 1e3),
                None if row.log_likelihood is None else f"{row.log_likelihood:.3f}",
                None if row.checklist is None else f"{row.checklist:.2f}",
                row.error,
            )
            for row in rows
        ],
    )
    side.print(f"picture: {image}", highlight=False)
    return None


def register(app: typer.Typer) -> None:
    app.command()(compare)
