"""Rows in, a dataset's files out: JSON lines in order of their text and a manifest, the same bytes on every machine.

No ids, no clock and no machine stands in them. Its name is their hash; the hub layout made of them is outside it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from curation.dataset.choose import Chosen
from curation.dataset.forms import FILES, SFT, Row
from curation.dedupe import EDITS, SHINGLE, THRESHOLD
from curation.families import HELD_OUT

ITEMS, MANIFEST = "items.jsonl", "manifest.json"
RULES = {
    "held_out_share_of_families": HELD_OUT,
    "copy_from_jaccard": THRESHOLD,
    "copy_to_edited_share": EDITS,
    "shingle": SHINGLE,
}


def write(folder: Path, rows: Sequence[Row], chosen: Chosen, edition: int) -> dict[str, Any]:
    """Write all files into a fresh folder; returns the manifest. Both files of the SFT form are there, if empty."""
    folder.mkdir()
    lines: dict[str, list[str]] = {FILES[SFT, split]: [] for split in ("train", "heldout")}
    for row in rows:
        lines.setdefault(FILES[row.form, row.split], []).append(row.line)
    lines[ITEMS] = [_line({"sha256": row.sha256, "form": row.form, "split": row.split, **row.about}) for row in rows]
    for name, found in lines.items():
        (folder / name).write_text("".join(sorted(found)), encoding="utf-8")
    manifest = _manifest(rows, chosen, "".join(sorted(lines[ITEMS])))
    if edition > 1:
        manifest["edition"] = edition
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _manifest(rows: Sequence[Row], chosen: Chosen, items: str) -> dict[str, Any]:
    kept = [{"split": row.split, **row.about} for row in rows if row.form == SFT]

    def count(*names: str) -> dict[str, int]:
        return dict(sorted(Counter("/".join(row[name] for name in names) for row in kept).items()))

    return {
        "inputs_sha256": sha256(items),
        "heldout_sha256": sha256(
            "".join(sorted(row.sha256 for row in rows if (row.form, row.split) == (SFT, "heldout")))
        ),
        "examples": len(kept),
        "split": count("split"),
        "by_task_and_language": count("task", "language"),
        "by_origin": count("origin"),
        "forms": dict(sorted(Counter(f"{row.form}/{row.split}" for row in rows).items())),
        "rules": RULES,
        "left_out": sorted([sha256(example.completion), reason] for example, reason in chosen.dropped),
    }


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def read(folder: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of those of the files that are there, in their order."""
    here = [folder / name for name in names if (folder / name).is_file()]
    return [json.loads(line) for path in here for line in path.open(encoding="utf-8")]
