"""The bytes of a file in; out, the encoding its text stands in, or what it is instead of a text."""

import codecs
import io
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

FOREIGN = {
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"PK\x03\x04": "a spreadsheet, Word file or zip archive; save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet or document; save it as CSV (UTF-8)",
    b"%PDF": "a PDF; export its text as JSONL or CSV",
    b"{\\rtf": "a rich text file; save it as .docx or .txt",
    b"\x7fELF": "no text file but a program; export the texts as JSONL or CSV",
} | dict.fromkeys(
    (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "no text file but a picture; export the texts as JSONL or CSV"
)
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEAD = 64  # bytes; what is no text shows a zero among its first ones, or is known by its mark
BLOCK = 16 * 1024 * 1024  # bytes of a line looked at in one go
ASKED, LONG = 50, 64 * 1024  # lines the library is asked about, and bytes of each


@dataclass(frozen=True)
class Encoded:
    """An encoding ("utf-8", "utf-8-sig" with a byte order mark, "utf-16", "cp949" …), and about how many lines there are."""

    encoding: str
    lines: int


def page(head: bytes) -> bool:
    """Whether a file that begins like this is a web page."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


def foreign(head: bytes) -> str:
    """What a file is that begins like this, if it is known to be no text; else empty."""
    return next((what for mark, what in FOREIGN.items() if head.startswith(mark)), "")


def encoding_of(file: BinaryIO) -> Encoded | None:
    """How a file is to be read, looked at line by line; None if that can't be told, or it is no text at all.

    UTF-8 stands if most lines beyond plain ASCII are valid: the others are damaged. All else charset-normalizer tells.
    """
    head = file.read(LONG)
    file.seek(0)
    lines = valid = 0
    odd: list[bytes] = []
    while line := file.readline(BLOCK):
        lines += 1
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            valid += 1
        except UnicodeDecodeError:
            odd.append(line[:LONG])
            valid -= 1
        del odd[ASKED:]
    if head.startswith(WIDE):
        return Encoded("utf-16", lines) if _begins("utf-16", head) else None
    if b"\0" in head[:HEAD]:
        return _guessed([head], ["utf_16_le", "utf_16_be"], lines)
    if not odd or valid > 0:
        return Encoded("utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8", lines)
    return _guessed(odd, ["cp949", "cp1252"], lines)


def _begins(encoding: str, head: bytes) -> bool:
    try:
        return bool(codecs.getincrementaldecoder(encoding)().decode(head))
    except UnicodeDecodeError:
        return False


def _guessed(samples: list[bytes], among: list[str], lines: int) -> Encoded | None:
    """What most samples are in; a long one ends at a space, lest half a character stand there."""
    found = (from_bytes(_whole(sample), cp_isolation=among).best() for sample in samples)
    name, _ = Counter(best.encoding if best else "" for best in found).most_common(1)[0]
    return Encoded(name.replace("_", "-"), lines) if name else None


def _whole(sample: bytes) -> bytes:
    return sample if len(sample) < LONG else sample[: sample.rfind(b" ")]


def decoded(raw: bytes) -> tuple[str, str] | None:
    """The text of bytes and its encoding; None if they are no text, or it could not be told which."""
    found = encoding_of(io.BytesIO(raw))
    try:
        return (raw.decode(found.encoding), found.encoding) if found else None
    except UnicodeDecodeError:
        return None
