"""A dataset folder in, the rows to train on and those to watch out. Nothing of the held-out file is read here."""

import hashlib
import json
from functools import reduce
from math import gcd
from pathlib import Path
from typing import Any

TRAIN, ITEMS = "train.jsonl", "items.jsonl"
# How often a text is seen beside the others: people's own words teach most, a draft used as it was least.
WEIGHTS = {"human": 3, "edited": 2, "accepted": 1}
WATCHED, LEAST_WATCHED = 0.1, 20  # share of the training rows watched for overfitting; fewer say nothing

Row = dict[str, Any]


def rows_of(folder: str) -> list[Row]:
    """Rows {"prompt": [...], "completion": [...], "times": n} of a dataset's training file."""
    lines = (Path(folder) / TRAIN).read_text(encoding="utf-8").splitlines(keepends=True)
    origins = _origins(Path(folder) / ITEMS)
    times = [WEIGHTS.get(origins.get(hashlib.sha256(line.encode()).hexdigest(), "human"), 1) for line in lines]
    least = reduce(gcd, times, 0) or 1  # where all are of one kind, each is seen once
    return [{**json.loads(line), "times": n // least} for line, n in zip(lines, times, strict=True)]


def _origins(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    items = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {item["sha256"]: item["origin"] for item in items}


def parted(rows: list[Row], patience: int) -> tuple[list[Row], list[Row]]:
    """What is trained on, and what is watched to end in time: some of the training rows, by their prompts' hash.

    The held-out examples must not choose when to stop, or the gate would judge on texts that helped to win.
    """
    if not patience or len(rows) * WATCHED < LEAST_WATCHED:
        return rows, []
    watched = [row for row in rows if _share(row) < WATCHED]
    return [row for row in rows if _share(row) >= WATCHED], watched


def _share(row: Row) -> float:
    digest = hashlib.sha256(json.dumps(row["prompt"], sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def repeated(rows: list[Row]) -> list[Row]:
    """Each row as often as it is to be seen in an epoch."""
    return [{"prompt": r["prompt"], "completion": r["completion"]} for r in rows for _ in range(r["times"])]
