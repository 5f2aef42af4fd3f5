"""What every file of past texts gives: rows with their physical line. A file is read bit by bit, whatever its size.

What a row holds is data: nothing in it is run or followed.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from db.errors import InputError

LONGEST = 100_000  # characters of one text: more is a broken quote, or a book
LINE = 20 * LONGEST  # characters of a physical line: JSON may spell one character with twelve
BROKEN = re.compile("[\0\ud800-\udfff\ufffd]")


@dataclass(frozen=True)
class Row:
    """One text as its file has it: what was asked, what was answered, or why it can't be used.

    `request` is a title, and with that the topic word for word, where `language` is known already.
    """

    file: str
    line: int  # physical line where the row begins, from 1
    request: str = ""
    answer: str = ""
    task: str | None = None
    language: str | None = None
    reason: str = ""


@dataclass
class Source:
    """Rows to come, about how many steps of `Row.line` they take, and the encodings met with so far."""

    rows: Iterator[Row]
    total: int
    encodings: Counter[str] = field(default_factory=Counter)


def opened(path: Path, encoding: str, newline: str) -> TextIO:
    """The file as text; damaged characters are marked with U+FFFD. Errors: InputError if there is nothing in it."""
    file = path.open(encoding=encoding, errors="replace", newline=newline)
    while piece := file.read(LONGEST):
        if not piece.isspace():
            file.seek(0)
            return file
    file.close()
    raise InputError(f"{path.name} is empty. Export the texts again.")


def cut(line: str) -> bool:
    """Whether a physical line goes on behind what was read of it."""
    return len(line) == LINE and not line.endswith(("\n", "\r"))


def quoted(value: object) -> str:
    """A value of a file for people to read: short, on one line, and without what a terminal would obey."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def filled(row: Row) -> Row:
    """The row, or why its texts can't be used."""
    both = row.request + row.answer
    if not row.request.strip() or not row.answer.strip():
        return Row(row.file, row.line, reason="the request or the answer is empty")
    if len(both) > LONGEST:
        return Row(row.file, row.line, reason=f"longer than {LONGEST:,} characters; is a quote missing?")
    if BROKEN.search(both):
        return Row(
            row.file, row.line, reason="holds a NUL, half a character (a lone surrogate) or bytes of another encoding"
        )
    return row
