"""A file somebody attached in (its name and bytes), the text in it out; a file that is not what its name says is refused."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from curation.encoding import decoded, foreign, page
from curation.files import LONGEST
from db.errors import InputError

LARGEST = 2 * 1024 * 1024  # bytes of a file
UNPACKED = 10 * 1024 * 1024  # bytes of a .docx once unpacked: a small archive can hold gigabytes
TEXTS, WORD, PAGES = (".md", ".markdown", ".txt", ".text"), ".docx", (".html", ".htm")
STYLE = re.compile(r"(?P<kind>Title|Heading|List Bullet|List Number)\s?(?P<level>\d?)")


class Unreadable(InputError):
    """No text could be had from a file; `why` is "kind", "large", "not_text", "not_word", "empty" or "long"."""

    def __init__(self, why: str, name: str) -> None:
        super().__init__(f"{name} gives no text ({why}). Attach it as .md, .txt or .docx.")
        self.why = why


def text_of(name: str, raw: bytes) -> str:
    """The text of a .md, .txt or .docx file, with "\\n" between its lines. Errors: Unreadable."""
    kind = PurePath(name).suffix.lower()
    if kind not in (*TEXTS, WORD):
        raise Unreadable("kind", name)
    return checked(name, word(name, raw) if kind == WORD else plain(name, raw)[0])


def checked(name: str, text: str) -> str:
    """The text with "\\n" between its lines, if it is one. Errors: Unreadable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable("empty", name)
    if len(text) > LONGEST:
        raise Unreadable("long", name)
    if re.search("[\0\ud800-\udfff]", text):
        raise Unreadable("not_text", name)
    return text


def plain(name: str, raw: bytes) -> tuple[str, str]:
    """The text of a file and its encoding; markup is no text, but in a page. Errors: Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable("large", name)
    other = foreign(raw) or (page(raw) and PurePath(name).suffix.lower() not in PAGES)
    if other or (found := decoded(raw)) is None:
        raise Unreadable("not_text", name)
    return found


def word(name: str, raw: bytes) -> str:
    """Markdown of a document: headings, lists and tables keep what they are. Errors: Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable("large", name)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())  # no more is ever unpacked of a part
        parts = [] if unpacked > UNPACKED else _parts(raw)
    except Exception as error:  # a damaged archive, or XML of another making, fails the libraries in a dozen ways
        raise Unreadable("not_word", name) from error
    if unpacked > UNPACKED:
        raise Unreadable("large", name)
    # Who parts paragraphs by empty ones has them all; Word's own way is a space below, which Markdown writes as a gap.
    if any(not text for text, _ in parts):
        return "\n".join(text for text, _ in parts)
    gaps = ["\n" if one and two else "\n\n" for (_, one), (_, two) in pairwise(parts)]
    return "".join(text + gap for (text, _), gap in zip(parts, [*gaps, ""], strict=True))


def _parts(raw: bytes) -> list[tuple[str, bool]]:
    document = Document(io.BytesIO(raw))
    # A paragraph looks for its own style in the whole list of them: seconds for a long text, so they are named once.
    styles = {style.style_id: STYLE.fullmatch(style.name or "") for style in document.styles}
    return [part for block in document.iter_inner_content() for part in _markdown(block, styles)]


def _markdown(block: Any, styles: Mapping[str, re.Match[str] | None]) -> Iterator[tuple[str, bool]]:
    """Each piece of a document, and whether it belongs close to a neighbour of its kind (a list, a table)."""
    if isinstance(block, Table):
        for number, row in enumerate(block.rows):
            cells = [" ".join(cell.text.split()) for cell in row.cells]
            yield f"| {' | '.join(cells)} |", True
            if number == 0:
                yield f"|{' --- |' * len(cells)}", True
    elif isinstance(block, Paragraph):
        style = styles.get(block._p.style or "")
        level = int(style["level"] or 1) if style else 0
        match style and style["kind"]:
            case "Title" | "Heading":
                yield f"{'#' * min(level, 6)} {block.text}", False
            case "List Bullet" | "List Number" as kind:
                yield f"{'  ' * (level - 1)}{'-' if kind == 'List Bullet' else '1.'} {block.text}", True
            case _:
                yield block.text, False
