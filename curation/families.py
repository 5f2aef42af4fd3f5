"""Texts in, what hangs together out: near-copies, one topic of a task, one source; and the side of the split it stands on.

A family's side is decided once, by the hash of its name alone, for ever.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from curation.dedupe import groups

HELD_OUT = 0.15  # share of families


@dataclass
class Kin:
    """One text among others: what ties it to them (the same key in two texts), its family and its side, once known."""

    source: str
    keys: list[str]
    family: str = ""
    split: str = ""


def kin(task: str, language: str, fields: dict[str, Any], source: str, family: str = "", split: str = "") -> Kin:
    """A text's ties but for copies of it: its source, and its topic if it has one."""
    topic = topic_key(task, language, fields)
    keys = [f"source {source}"] if topic.endswith(":") else [f"source {source}", f"topic {topic}"]
    return Kin(source, keys, family, split)


def topic_key(task: str, language: str, fields: dict[str, Any]) -> str:
    """The same for requests that differ only in case and spaces of their topic."""
    return f"{task}:{language}:{''.join(str(fields.get('topic', '')).split()).casefold()}"


def tie_copies(kindred: Sequence[Kin], pairs: Sequence[tuple[int, int]]) -> list[set[int]]:
    """Near-copies, and copies of copies, are tied; returns their groups."""
    found = groups(len(kindred), pairs)
    for group in found:
        for i in group:
            kindred[i].keys.append(f"copy {min(group)}")
    return found


def settle(kindred: Iterable[Kin]) -> None:
    """Texts without a family join that of the oldest text they are tied to, or found one. `kindred` is oldest first."""
    first: dict[str, tuple[int, str]] = {}
    for i, one in enumerate(kindred):
        if not one.family:
            tied = [first[key] for key in one.keys if key in first]
            one.family = min(tied)[1] if tied else named(one.source)
            one.split = split_of(one.family)
        for key in one.keys:
            first.setdefault(key, (i, one.family))


def crossing(kindred: Iterable[Kin]) -> set[int]:
    """Those tied to an older text on the other side of the split: they must stay out of any dataset.

    It happens when a new text ties two older families that were apart; it keeps the oldest's side, and is left out.
    """
    out, sides = set(), dict[str, str]()
    for i, one in enumerate(kindred):
        if any(sides.get(key, one.split) != one.split for key in one.keys):
            out.add(i)
        else:
            sides.update(dict.fromkeys(one.keys, one.split))
    return out


def named(source: str) -> str:
    """The name of a family that begins with a text of this source."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def split_of(family: str) -> str:
    """ "heldout" for 15% of families, decided by their hash alone."""
    share = int.from_bytes(hashlib.sha256(family.encode()).digest()[:8]) / 2**64
    return "heldout" if share < HELD_OUT else "train"
