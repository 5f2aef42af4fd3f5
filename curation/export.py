"""Approved examples in, a file or folder for other tools out: JSON lines, a table, or the layout of model hubs; masked.

Importing an export again adds nothing.
"""

import csv
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TextIO

from sqlmodel import Session, col, select

from curation.cells import guarded
from curation.datacard import part_card
from curation.dataset.files import ITEMS, read, sha256
from curation.dataset.forms import FILES
from curation.dataset.hub import write_data
from db import queries
from db.artifacts import VIEWS, Artifacts
from db.errors import InputError
from db.tables import Dataset, Example

COLUMNS = ("input", "output", "task")


def export(session: Session, path: Path, task: str | None = None, form: Literal["jsonl", "csv"] = "jsonl") -> int:
    """Write the examples that count as JSONL messages or CSV; returns how many. No half-written file appears.

    Errors: InputError if the folder is missing.
    """
    wanted = select(Example).where(queries.counting()).order_by(col(Example.id))
    rows = session.exec((wanted.where(Example.task == task) if task else wanted).execution_options(yield_per=500))
    _parent(path)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8", newline="") as out:
        write = _csv(out) if form == "csv" else _jsonl(out)
        count = sum(write(row) for row in rows)
    temporary.replace(path)
    return count


def _jsonl(out: TextIO) -> Callable[[Example], int]:
    def write(row: Example) -> int:
        turns = [*row.short_prompt, {"role": "assistant", "content": row.completion}]
        out.write(json.dumps({"messages": turns, "task": row.task}, ensure_ascii=False) + "\n")
        return 1

    return write


def _csv(out: TextIO) -> Callable[[Example], int]:
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)

    def write(row: Example) -> int:
        table.writerow([guarded(row.short_prompt[-1]["content"]), guarded(row.completion), row.task])
        return 1

    return write


def export_dataset(artifacts: Artifacts, dataset: Dataset, folder: Path, task: str | None = None) -> int:
    """Write a dataset in the layout of model hubs, with its card; returns how many rows of all forms. `task` takes one alone.

    Errors: InputError if the folder is there already, or its parent is not; ArtifactError if the dataset's files are gone.
    """
    _parent(folder)
    if folder.exists():
        raise InputError(f"{folder} is there already. Name a new folder.")
    source = artifacts.path(dataset.name)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        copy = Path(made) / folder.name
        shutil.copytree(source / VIEWS, copy)
        items = [item for item in read(source, [ITEMS]) if task in (None, item["task"])]
        if task:
            shutil.rmtree(copy / "data")
            written = write_data(copy, _rows(source, {item["sha256"] for item in items}))
            whole = (copy / "README.md").read_text(encoding="utf-8")
            languages = sorted({item["language"] for item in items})
            (copy / "README.md").write_text(part_card(whole, task, written, languages, len(items)), encoding="utf-8")
        copy.rename(folder)
    return len(items)


def _rows(source: Path, wanted: set[str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The rows of these hashes, by form and split."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for key, name in FILES.items():
        if (source / name).is_file():
            lines = (source / name).read_text(encoding="utf-8").splitlines(keepends=True)
            found[key] = [json.loads(line) for line in lines if sha256(line) in wanted]
    return found


def _parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist. Make it first.")
