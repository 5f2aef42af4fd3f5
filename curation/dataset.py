"""Examples in, a frozen dataset out: without copies, masked again, split by family, named by the hash of its bytes."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from curation.dedupe import SHINGLE, THRESHOLD, near_duplicates
from curation.examples import HELD_OUT, crossing, known
from curation.mask import find
from curation.reviews import masked_messages
from db import withdrawals
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.tables import Dataset, DatasetItem, Example, Message

TRAIN, HELDOUT, ITEMS, MANIFEST = "train.jsonl", "heldout.jsonl", "items.jsonl", "manifest.json"
RANK = {"human": 0, "edited": 1, "accepted": 2}  # of copies the most human stays


@dataclass(frozen=True)
class Chosen:
    """The examples of a dataset, and those left out, each with the reason."""

    kept: list[Example]
    dropped: list[tuple[Example, str]]


def build(engine: Engine, artifacts: Artifacts) -> Dataset | None:
    """Freeze all examples. The same texts give the same bytes, name and row. None if there is nothing to train on.

    Errors: InputError if personal data is still found in a text after masking.
    """
    with transaction(engine) as session:
        examples, sources = known(session)
    chosen = choose(examples, sources)
    if not any(e.split == "train" for e in chosen.kept):
        return None
    with artifacts.staging() as staged:
        folder = staged / "dataset"
        folder.mkdir()
        manifest = _write(folder, chosen)
        name = artifacts.put("dataset", folder)
    manifest["left_out"] = {str(example.id): reason for example, reason in chosen.dropped}  # here by our own ids
    return _row(engine, name, chosen.kept, manifest)


def show(engine: Engine, artifacts: Artifacts, name: str) -> dict[str, Any]:
    """The manifest of a dataset; one whose texts were taken back says so, since its files are gone."""
    with transaction(engine) as session:
        row = _known(session, name)
        if row and withdrawals.is_withdrawn(session, row.id or 0):
            return {"withdrawn": "Some of its texts were taken back; its files are gone.", **row.manifest}
    found: dict[str, Any] = json.loads((artifacts.path(name) / MANIFEST).read_text(encoding="utf-8"))
    return found


def choose(examples: list[Example], sources: list[str]) -> Chosen:
    """Leave out copies (the most human, then newest one stays) and texts that belong to both sides of the split."""
    crossed = crossing(examples, sources)
    dropped = [(e, "belongs to both sides of the split") for e in examples if e.id in crossed]
    left = [e for e in examples if e.id not in crossed]
    for group in near_duplicates([e.completion for e in left]):
        ordered = sorted((left[i] for i in group), key=lambda e: (RANK[e.origin], -(e.id or 0)))
        dropped += [(copy, "copy of a text that is in") for copy in ordered[1:]]
    gone = {example.id for example, _ in dropped}
    return Chosen([e for e in examples if e.id not in gone], dropped)


def _write(folder: Path, chosen: Chosen) -> dict[str, Any]:
    """Files with one JSON object a line, in order of their text: no ids, no clock and no machine in them."""
    files: dict[str, list[str]] = {TRAIN: [], HELDOUT: [], ITEMS: []}
    for example in chosen.kept:
        completion = [{"role": "assistant", "content": example.completion}]
        row = {"prompt": _clean(example, example.short_prompt), "completion": _clean(example, completion)}
        line = _line(row)
        files[HELDOUT if example.split == "heldout" else TRAIN].append(line)
        about = {name: getattr(example, name) for name in ("task", "language", "origin", "family", "split")}
        files[ITEMS].append(_line({"sha256": _sha256(line), **about}))
    for name, lines in files.items():
        (folder / name).write_text("".join(sorted(lines)), encoding="utf-8")
    manifest = _manifest(chosen, "".join(sorted(files[ITEMS])))
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def _clean(example: Example, turns: list[Message]) -> list[Message]:
    clean = masked_messages(turns)
    if kinds := sorted({span.type for turn in clean for span in find(turn["content"])}):
        listed = ", ".join(kinds)
        raise InputError(f"Example {example.id} still holds {listed} after masking. Reject or correct its review.")
    return clean


def _manifest(chosen: Chosen, items: str) -> dict[str, Any]:
    def count(*names: str) -> dict[str, int]:
        return dict(sorted(Counter("/".join(getattr(e, n) for n in names) for e in chosen.kept).items()))

    return {
        "inputs_sha256": _sha256(items),
        "examples": len(chosen.kept),
        "split": count("split"),
        "by_task_and_language": count("task", "language"),
        "by_origin": count("origin"),
        "rules": {"held_out_share_of_families": HELD_OUT, "copy_from_jaccard": THRESHOLD, "shingle": SHINGLE},
        "left_out": sorted([_sha256(example.completion), reason] for example, reason in chosen.dropped),
    }


def _row(engine: Engine, name: str, kept: list[Example], manifest: dict[str, Any]) -> Dataset:
    try:
        with transaction(engine) as session:
            if found := _known(session, name):
                return found
            held = sum(e.split == "heldout" for e in kept)
            made = Dataset(name=name, train=len(kept) - held, heldout=held, manifest=manifest)
            session.add(made)
            session.flush()
            session.add_all(DatasetItem(dataset_id=made.id or 0, example_id=e.id or 0) for e in kept)
            return made
    except IntegrityError:  # another process froze the same examples at the same moment
        with transaction(engine) as session:
            found = _known(session, name)
            assert found is not None
            return found


def _known(session: Session, name: str) -> Dataset | None:
    return session.exec(select(Dataset).where(Dataset.name == name)).first()
