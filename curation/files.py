"""A file of past texts in, rows with their physical line out; a file that is not what it claims is refused whole."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from db.errors import InputError

NOT_TEXT = {
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"PK\x03\x04": "a spreadsheet or zip archive; save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet or document; save it as CSV (UTF-8)",
    b"%PDF": "a PDF; export its text as JSONL or CSV",
}
ENCODINGS = ["utf_8", "utf_16", "cp949", "latin_1"]
LONGEST = 100_000  # characters of one text: more is a broken quote, or a book


@dataclass(frozen=True)
class Row:
    """One row as the file has it: what was asked, what was answered, or why it can't be used."""

    line: int  # physical line where the row begins, from 1
    request: str = ""
    answer: str = ""
    task: str | None = None
    reason: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a .jsonl or .csv file. Errors: InputError if the whole file can't be used."""
    text = decoded(path)
    if not text.strip():
        raise InputError(f"{path.name} is empty. Export the texts again.")
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return jsonl_rows(text)
    if path.suffix.lower() == ".csv":
        return csv_rows(text, path.name)
    raise InputError(f"{path.name}: the name should end in .jsonl or .csv.")


def decoded(path: Path) -> str:
    """The text of a file in UTF-8 (with or without BOM), UTF-16 or CP949."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}). Check the name and its rights.") from error
    for magic, what in NOT_TEXT.items():
        if raw.startswith(magic):
            raise InputError(f"{path.name} is {what}.")
    if raw.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise InputError(f"{path.name} is a web page. Export the texts as JSONL or CSV.")
    if binary(raw):
        raise InputError(f"{path.name} is no text file. Export the texts as JSONL or CSV (UTF-8).")
    if (text := text_in(raw)) is None:
        raise InputError(f"The encoding of {path.name} could not be told. Save it as UTF-8.")
    return text


def binary(raw: bytes) -> bool:
    """Whether bytes are no text at all: UTF-16 holds zeros too, but begins with a mark."""
    return b"\0" in raw[:64] and not raw.startswith((b"\xff\xfe", b"\xfe\xff"))


def text_in(raw: bytes) -> str | None:
    """The text of bytes in UTF-8 (with or without BOM), UTF-16 or CP949; None if it could not be told which."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(raw, cp_isolation=ENCODINGS).best()
    return str(best).removeprefix("\ufeff") if best else None


def jsonl_rows(text: str) -> Iterator[Row]:
    """`{"messages": [{"role", "content"}…]}` a line; the last user turn and the assistant's answer to it count."""
    for number, line in enumerate(io.StringIO(text), 1):  # only "\n" ends a row: texts may hold other line breaks
        if not line.strip():
            continue
        try:
            yield _message_row(number, json.loads(line))
        except json.JSONDecodeError as error:
            yield Row(number, reason=f"not valid JSON: {error.msg} at column {error.colno}")
        except (ValueError, RecursionError):  # a number of thousands of digits, brackets nested thousands deep
            yield Row(number, reason="not usable JSON: too deep, or a number too long")


def _message_row(number: int, value: Any) -> Row:
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        return Row(number, reason='needs {"messages": [...]} with at least one user and one assistant turn')
    for turn in messages:
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            return Row(number, reason='every turn needs "role" and a text in "content"')
        if turn.get("role") not in ("system", "user", "assistant"):
            return Row(number, reason=f"unknown role {turn.get('role')!r}; use system, user or assistant")
    turns = [turn for turn in messages if turn["role"] != "system"]
    if [turn["role"] for turn in turns[-2:]] != ["user", "assistant"]:
        return Row(number, reason="must end with a user turn and the assistant's answer to it")
    task = value.get("task")
    if task is not None and not isinstance(task, str):
        return Row(number, reason='"task" must be the name of a task')
    return _filled(Row(number, turns[-2]["content"], turns[-1]["content"], task or None))


def csv_rows(text: str, name: str) -> Iterator[Row]:
    """Columns `input,output` and, if there, `task`; cells may hold commas and line breaks in quotes."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a long cell costs its row, not the rest of the file
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [cell.strip().lower() for cell in next(reader, [])]
    if not {"input", "output"} <= set(header):
        raise InputError(f"{name}: the first line must name the columns input,output (and task if you like).")
    return _csv_body(reader, header)


def _csv_body(reader: Any, header: list[str]) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, reason=f"broken CSV from here on: {error}")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            yield Row(line, reason=f"has {len(cells)} cells where the header has {len(header)}")
            continue
        row = dict(zip(header, cells, strict=True))
        yield _filled(Row(line, row["input"], row["output"], row.get("task", "").strip() or None))


def _filled(row: Row) -> Row:
    both = row.request + row.answer
    if not row.request.strip() or not row.answer.strip():
        return Row(row.line, reason="the request or the answer is empty")
    if len(both) > LONGEST:
        return Row(row.line, reason=f"longer than {LONGEST:,} characters; is a quote missing?")
    if re.search("[\0\ud800-\udfff]", both):
        return Row(row.line, reason="holds a NUL or half a character (a lone surrogate)")
    return row
