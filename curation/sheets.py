"""A table of past texts (JSONL or CSV) in, rows out; a file that is not what its name says is refused whole."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from curation.cells import unguarded
from curation.encoding import HEAD, encoding_of, foreign, page
from curation.files import LINE, Row, Source, cut, filled, opened, quoted
from db.errors import InputError

TABLES = (".jsonl", ".ndjson", ".json", ".csv")
NEEDED, ALLOWED = ("input", "output"), "task"


def read_table(path: Path) -> Source:
    """Rows of a .jsonl or .csv file. Errors: InputError if the whole file can't be used, here or at the first row."""
    kind = path.suffix.lower()
    if kind not in TABLES:
        raise InputError(f"{path.name}: the name should end in .jsonl or .csv, or be that of a folder of posts.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(0)
            if what := "a web page; export the texts as JSONL or CSV" if page(head) else foreign(head):
                raise InputError(f"{path.name} is {what}.")
            found = encoding_of(file)
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}). Check the name and its rights.") from error
    if found is None and b"\0" in head:
        raise InputError(f"{path.name} is no text file. Export the texts as JSONL or CSV (UTF-8).")
    if found is None:
        raise InputError(f"The encoding of {path.name} could not be told. Save it as UTF-8.")
    rows = (csv_rows if kind == ".csv" else jsonl_rows)(path, found.encoding)
    return Source(rows, found.lines, Counter([found.encoding]))


def jsonl_rows(path: Path, encoding: str) -> Iterator[Row]:
    """`{"messages": [{"role", "content"}…]}` a line; the last user turn and the assistant's answer to it count."""
    with opened(path, encoding, "\n") as file:  # only "\n" ends a row: texts may hold other line breaks
        number = 0
        while line := file.readline(LINE):
            number += 1
            if cut(line):
                while cut(file.readline(LINE)):
                    pass
                yield Row(path.name, number, reason=f"a line of more than {LINE:,} characters")
            elif number == 1 and line.lstrip().startswith("["):
                raise InputError(f"{path.name} is one JSON list. Write one object a line, without brackets around.")
            elif line.strip():
                yield _json_row(path.name, number, line)


def _json_row(file: str, number: int, line: str) -> Row:
    try:
        return _message_row(file, number, json.loads(line))
    except json.JSONDecodeError as error:
        return Row(file, number, reason=f"not valid JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets nested thousands deep
        return Row(file, number, reason="not usable JSON: too deep, or a number too long")


def _message_row(file: str, number: int, value: Any) -> Row:
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        return Row(file, number, reason='needs {"messages": [...]} with at least one user and one assistant turn')
    for turn in messages:
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            return Row(file, number, reason='every turn needs "role" and a text in "content"')
        if turn.get("role") not in ("system", "user", "assistant"):
            return Row(file, number, reason=f"unknown role {quoted(turn.get('role'))}; use system, user or assistant")
    turns = [turn for turn in messages if turn["role"] != "system"]
    if [turn["role"] for turn in turns[-2:]] != ["user", "assistant"]:
        return Row(file, number, reason="must end with a user turn and the assistant's answer to it")
    task = value.get("task")
    if task is not None and not isinstance(task, str):
        return Row(file, number, reason='"task" must be the name of a task')
    return filled(Row(file, number, turns[-2]["content"], turns[-1]["content"], task or None))


class Lines:
    """Physical lines of a CSV file, with their number and the quotes of the row being read."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.number, self.quotes = file, 0, 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.file.readline(LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.quotes += line.count('"')
        if cut(line):
            while cut(line := self.file.readline(LINE)):
                self.quotes += line.count('"')
            self.quotes += line.count('"')
            raise csv.Error(f"a line of more than {LINE:,} characters")
        return line

    def pass_row(self) -> bool:
        """Go on to where the quotes of a broken row are even; False if the file ends before."""
        while self.quotes % 2:
            line = self.file.readline(LINE)
            if not line:
                return False
            self.number += not cut(line)
            self.quotes += line.count('"')
        return True


def csv_rows(path: Path, encoding: str) -> Iterator[Row]:
    """Columns `input,output` and, if there, `task`; cells may hold commas and line breaks in quotes."""
    csv.field_size_limit(LINE)  # a long cell costs its row, not the memory
    with opened(path, encoding, "") as file:
        lines = Lines(file)
        reader = csv.reader(lines, strict=True)
        try:
            header = [cell.strip().lower() for cell in next(reader, [])]
        except csv.Error:
            header = []
        if any(header.count(name) != 1 for name in NEEDED) or header.count(ALLOWED) > 1:
            raise InputError(
                f"{path.name}: the first line must name the columns input,output (and task if you like), with commas."
            )
        yield from _csv_body(path.name, reader, lines, header)


def _csv_body(file: str, reader: Any, lines: Lines, header: list[str]) -> Iterator[Row]:
    while True:
        line, lines.quotes = lines.number + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            ended = not lines.pass_row()
            yield Row(
                file, line, reason=f"broken CSV {'from here on' if ended else f'up to line {lines.number}'}: {error}"
            )
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            yield Row(file, line, reason=f"has {len(cells)} cells where the header has {len(header)}")
            continue
        row = dict(zip(header, cells, strict=True))
        asked, answered = (unguarded(row[name]) for name in NEEDED)
        yield filled(Row(file, line, asked, answered, row.get("task", "").strip() or None))
