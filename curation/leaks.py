"""A dataset's written files in, held-out texts that training would see out: the same, nearly the same, or in large part.

The files are read back, so that what is judged is what will be trained on, however it came there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from curation.dedupe import near_pairs, plain
from db.errors import InputError

GRAM = 20  # characters without spaces and punctuation: six or seven words
SHARE = 0.5  # of a held-out text's own runs of GRAM characters; from there on the text is known by heart
COMMON = 10  # texts; a run that stands in more of them is a phrase of the house and gives nothing away
FEWEST = 10  # own runs; shorter texts are compared as a whole alone
SHOWN = 5  # leaks named in the message
Kind = Literal["the same text", "a near-copy", "the same passages"]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Leak:
    """A training row and the held-out row that it gives away, by the hashes of their lines."""

    train: str
    heldout: str
    kind: Kind


@dataclass(frozen=True)
class Side:
    """Texts of one side of the split, and the hash of the line each stands in."""

    texts: list[str]
    lines: list[str]


def check(folder: Path, owners: Mapping[tuple[str, str], str]) -> None:
    """Refuse a dataset with a leak. `owners` says whose a line is ("example 12"), by split and hash. Errors: InputError."""
    leaks = find(folder)
    if leaks:
        named = sorted(
            f"{owners['train', leak.train]} (train) and {owners['heldout', leak.heldout]} (held out): {leak.kind}"
            for leak in leaks
        )
        more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        raise InputError(
            f"Held-out texts would be trained on: {'; '.join(named[:SHOWN])}{more}. "
            "Reject one of each two in review, or take it back with `flywheel forget EXAMPLE`; then build again."
        )


def find(folder: Path) -> list[Leak]:
    """All leaks, by answers alone and by requests with their answers; a pair of rows is named once."""
    found: dict[tuple[str, str], Leak] = {}
    for with_prompt in (False, True):
        train, heldout = (_side(folder, split, with_prompt) for split in ("train", "heldout"))
        for i, j, kind in _between(train.texts, heldout.texts):
            leak = Leak(train.lines[i], heldout.lines[j], kind)
            found.setdefault((leak.train, leak.heldout), leak)
    return list(found.values())


def _side(folder: Path, split: str, with_prompt: bool) -> Side:
    """Every text once: a row of one form may say again what another one says."""
    texts: dict[str, str] = {}
    for file in sorted(folder.glob(f"*{split}.jsonl")):
        for line in file.open(encoding="utf-8"):
            for text in _texts(json.loads(line), with_prompt):
                texts.setdefault(text, hashlib.sha256(line.encode()).hexdigest())
    return Side(list(texts), list(texts.values()))


def _texts(row: dict[str, Any], with_prompt: bool) -> Iterator[str]:
    asked = f"{row['prompt'][-1]['content']}\n" if with_prompt else ""
    for name in ("completion", "chosen", "rejected"):
        for turn in row.get(name, ()):
            yield asked + turn["content"]


def _between(train: Sequence[str], heldout: Sequence[str]) -> Iterator[tuple[int, int, Kind]]:
    """Places of a training and a held-out text that must not be parted."""
    first = {plain(text): i for i, text in enumerate(train)}
    for j, text in enumerate(heldout):
        if (i := first.get(plain(text))) is not None:
            yield i, j, "the same text"
    for one, two in near_pairs([*train, *heldout]):
        if one < len(train) <= two:
            yield one, two - len(train), "a near-copy"
    for i, j in overlapping(train, heldout):
        yield i, j, "the same passages"


def overlapping(train: Sequence[str], heldout: Sequence[str]) -> list[tuple[int, int]]:
    """Places (train, held out) where at least SHARE of the held-out text's own runs of characters stand in the other."""
    asked, owner = _grams(heldout)
    if not len(asked):
        return []
    known, place = np.unique(asked, return_inverse=True)
    met, reader = _met(train, known)
    rare = (np.bincount(met, minlength=len(known)) <= COMMON) & (np.bincount(place) <= COMMON)
    own = np.bincount(owner[rare[place]], minlength=len(heldout))
    order = np.argsort(place, kind="stable")  # the held-out texts of each run, one run after the other
    begins = np.searchsorted(place[order], np.arange(len(known) + 1))
    met, reader = met[rare[met]], reader[rare[met]]
    counts = begins[met + 1] - begins[met]
    at = np.repeat(begins[met] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    pairs, common = np.unique(np.repeat(reader, counts) * len(heldout) + owner[order][at], return_counts=True)
    i, j = np.divmod(pairs, len(heldout))
    leaks = (own[j] >= FEWEST) & (common >= SHARE * own[j])
    return list(zip(i[leaks].tolist(), j[leaks].tolist(), strict=True))


def _met(texts: Sequence[str], known: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the known runs the texts hold: places in `known`, and the text each was met in."""
    met, reader = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at in range(0, len(texts), 1000):
        grams, owner = _grams(texts[at : at + 1000])
        found = np.minimum(np.searchsorted(known, grams), len(known) - 1)
        same = known[found] == grams
        met.append(found[same])
        reader.append(owner[same] + at)
    return np.concatenate(met), np.concatenate(reader)


def _grams(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """Every different run of GRAM characters of each text as a hash, and the text it is of."""
    runs = [_runs(text) for text in texts]
    return np.concatenate([np.empty(0, np.uint64), *runs]), np.repeat(np.arange(len(texts)), [len(run) for run in runs])


def _runs(text: str) -> Hashes:
    points = np.frombuffer(plain(text).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashes = np.zeros(max(0, len(points) - GRAM + 1), dtype=np.uint64)
    for i in range(GRAM if len(hashes) else 0):
        hashes = (hashes ^ points[i : i + len(hashes)]) * np.uint64(0x100000001B3)  # FNV-1a's step, on code points
    return np.unique(hashes)
