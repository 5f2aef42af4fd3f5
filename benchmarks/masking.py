"""How well and how fast personal data is masked: labelled sentences of our own scored, and texts a second; prints two tables.

`development` was written to work with, `unseen` before any of it, and is only scored.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from curation.mask import find, mask

SETS = Path(__file__).parent.parent / "tests" / "masking"
LABEL = re.compile(r"\[([^\[\]]+)\]\(([A-Z_]+)\)")  # [김민지](PERSON)
Labels = list[tuple[int, int, str]]


@dataclass
class Score:
    """Counts over one set: values by type, those that were covered by a span of their type, clean sentences changed."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    alarms: int = 0

    @property
    def recall(self) -> float:
        return self.found.total() / self.wanted.total()

    @property
    def false_alarms(self) -> float:
        """Share of the clean sentences in which anything was found."""
        return self.alarms / self.clean


def sentences(name: str) -> Iterator[tuple[str, str, Labels]]:
    """Style, plain text and labels (start, end, type) of every sentence of a set."""
    for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row, text, labels, last = json.loads(line), "", Labels(), 0
        for label in LABEL.finditer(row["text"]):
            text += row["text"][last : label.start()]
            labels.append((len(text), len(text) + len(label[1]), label[2]))
            text, last = text + label[1], label.end()
        yield row["style"], text + row["text"][last:], labels


def score(name: str) -> Score:
    made = Score()
    for style, text, labels in sentences(name):
        spans = find(text)
        if style == "clean":
            made.clean, made.alarms = made.clean + 1, made.alarms + bool(spans)
        for start, end, kind in labels:
            made.wanted[kind] += 1
            made.found[kind] += any(s.type == kind and s.start <= start and end <= s.end for s in spans)
    return made


def speed() -> tuple[int, float, float]:
    """How many texts of some 400 characters, seconds of processor for masking them, and for reading them once by regex."""
    plain = [text for name in ("development", "unseen") for _, text, _ in sentences(name)]
    texts = [" ".join(plain[i : i + 10]) for i in range(0, len(plain), 2)]
    began = time.process_time()
    for text in texts:
        mask(text)
    masked = time.process_time() - began
    began = time.process_time()
    for text in texts:
        re.findall(r"\d{2,4}-\d{3,4}-\d{4}|[\w.]+@[\w.]+", text)
    return len(texts), masked, time.process_time() - began


def main() -> None:
    shown = Console(width=100)
    scores = {name: score(name) for name in ("development", "unseen")}
    table = Table("type", *scores, title="found of labelled values", title_justify="left")
    for kind in sorted(set().union(*(made.wanted for made in scores.values()))):
        table.add_row(kind, *(f"{made.found[kind]} of {made.wanted[kind]}" for made in scores.values()))
    table.add_row("all", *(f"{made.recall:.1%}" for made in scores.values()))
    table.add_row("clean sentences changed", *(f"{m.alarms} of {m.clean}" for m in scores.values()))
    shown.print(table)
    count, masked, bare = speed()
    table = Table(
        "way", "texts/s", "times the time", title=f"{count} texts of some 400 characters", title_justify="left"
    )
    table.add_row("two patterns of phones and addresses alone", f"{count / bare:,.0f}", "1")
    table.add_row("mask", f"{count / masked:,.0f}", f"{masked / bare:,.0f}")
    shown.print(table)


if __name__ == "__main__":
    main()
