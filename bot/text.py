"""Drafts in, text that Slack takes whole and that pings nobody out; and text from Slack made plain again."""

import html
import re
from collections.abc import Collection, Iterator, Sequence

import regex

ZERO_WIDTH = "\u200b"  # between the sign and the name: reads the same, means nothing to Slack
PARAGRAPH = re.compile(r"(?<=\n\n)(?!\n)")
FENCE = re.compile(r"^(`{3,}|~{3,}).*$")
TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$")
FIELD = 2800  # characters in one field of a form: Slack takes 3,000, and people add words
FORM_BYTES = 120_000  # Slack refuses forms above 250 KB; a Korean syllable may count six bytes there
JOINT = re.compile(r"[ \n]{0,8}")  # short, since a form takes only 3,000 characters of them in all
SPACE = r"(?:(?=\s)\X)"  # with what combines with it, so that a cut after it parts no character
SENTENCE, WORD, CHARACTER = (regex.compile(p) for p in (rf"(?<=[.!?。！？…]){SPACE}+", SPACE, r"\X"))


def size(text: str) -> int:
    """Bytes in UTF-8 once escaped (see `safe`), which is what Slack counts; a Korean syllable is three, "<" is four."""
    return len(text.encode()) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def split(markdown: str, max_bytes: int = 9000) -> list[str]:
    """Parts of at most `max_bytes` that give the text again when joined, cut at paragraphs, else lines, sentences, words.

    A code fence or a table that fits stays whole. A longer fence is closed and opened again in the next part (the only
    characters ever added); a line of a table and a character made of several code points are never cut.
    Errors: ValueError for a limit below 64 bytes.
    """
    if max_bytes < 64:
        raise ValueError("a part needs at least 64 bytes")
    parts: list[str] = []
    part, fence = "", ""
    for piece, inside in _pieces(markdown, max_bytes // 2, max_bytes - 16):
        closing = f"\n{fence}\n" if fence else ""
        if part.strip() and size(part) + size(piece) + size(closing or f"\n{inside}\n") > max_bytes:
            parts.append(part + (closing if not part.endswith("\n") else closing[1:]))
            part = f"{fence}\n" if fence else ""
        part += piece
        fence = inside
    return [*parts, part] if part or not parts else parts


def _pieces(markdown: str, limit: int, whole: int) -> Iterator[tuple[str, str]]:
    """Pieces small enough to place, each with the fence that is open after it ("" outside).

    A fence or a table that fits into one part stays whole; of a larger one the lines are the pieces.
    """
    for segment, fence in _segments(markdown):
        lines = segment.splitlines(keepends=True)
        if fence and size(segment) > whole:
            for number, line in enumerate(lines, 1):
                ended = number == len(lines) and number > 1 and line.strip().startswith(fence)
                for small in [line] if size(line) <= limit else _smaller(line, limit):
                    yield small, "" if ended else fence
        elif fence or (TABLE_ROW.match(lines[0]) and size(segment) <= whole):
            yield segment, ""
        elif TABLE_ROW.match(lines[0]):
            yield from ((line, "") for line in lines)
        else:
            yield from ((piece, "") for block in PARAGRAPH.split(segment) for piece in _of_text(block, limit))


def _segments(markdown: str) -> Iterator[tuple[str, str]]:
    """The text as runs of lines that belong together: a fenced block with its mark, a table, or what stands between."""
    run, fence, table = "", "", False
    for line in markdown.splitlines(keepends=True):
        mark, row = FENCE.match(line.rstrip("\n")), bool(TABLE_ROW.match(line))
        if not fence and run and (mark or row != table):
            yield run, ""
            run = ""
        run, table = run + line, row
        if fence and mark and line.strip().startswith(fence):
            yield run, fence
            run, fence, table = "", "", False
        elif mark and not fence:
            fence = mark[1]
    if run:
        yield run, fence


def _of_text(block: str, limit: int) -> Iterator[str]:
    """A paragraph; a long one by lines."""
    for line in [block] if size(block) <= limit else block.splitlines(keepends=True):
        yield from [line] if size(line) <= limit else _smaller(line, limit)


def _smaller(line: str, limit: int) -> Iterator[str]:
    """A long line by sentences, a long sentence by words, a long word by whole characters."""
    for separator in (SENTENCE, WORD, CHARACTER):
        held = ""
        cut = [m.end() for m in separator.finditer(line)]
        pieces = [line[a:b] for a, b in zip([0, *cut], [*cut, len(line)], strict=True) if a < b]
        if separator is not SENTENCE or all(size(p) <= limit for p in pieces):
            if any(size(p) > limit for p in pieces):
                continue
            for piece in pieces:
                if held and size(held) + size(piece) > limit:
                    yield held
                    held = ""
                held += piece
            yield held
            return
    yield line


def safe(text: str, allow: Collection[str] = ()) -> str:
    """Text for Slack in which nothing pings anybody but the user ids in `allow`, written as <@U123>."""
    out = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for user in allow:
        out = out.replace(f"&lt;@{user}&gt;", f"<@{user}>")
    return re.sub(r"(?<!<)@(?=(?:channel|here|everyone|subteam)\b)", f"@{ZERO_WIDTH}", out, flags=re.IGNORECASE)


def plain(text: str) -> str:
    """What a person typed, from Slack's wire form: links as they read, no mentions, no escapes."""
    text = re.sub(r"<[@!#][^>|]*(?:\|([^>]*))?>", lambda m: m[1] or "", text)
    text = re.sub(
        r"<((?:https?|mailto|tel):[^>|]+)(?:\|([^>]*))?>", lambda m: m[2] or m[1].removeprefix("mailto:"), text
    )
    return html.unescape(text).strip()


def parts_for_form(text: str, most: int = FIELD, count: int = 90) -> list[tuple[str, str]]:
    """(part, joint) pairs whose concatenation is the text: a form's field may lose line breaks at its ends, a joint not.

    Only an empty text has an empty part. Errors: ValueError if the text is too long for one form.
    """
    pairs: list[tuple[str, str]] = []
    rest = text
    while len(rest) > most:
        window = rest[:most]
        cut = max(window.rfind("\n\n"), 0) or max(window.rfind("\n"), 0) or max(window.rfind(" "), 0)
        if cut == 0:  # no place to breathe: between two whole characters, or anywhere in a monstrous one
            cut = max(m.start() for m in regex.finditer(r"\X", window)) or most
        gap = JOINT.match(rest, cut, len(rest) - 1)
        joint = gap[0] if gap else ""
        pairs.append((rest[:cut], joint))
        rest = rest[cut + len(joint) :]
    pairs.append((rest, ""))
    if len(pairs) > count or size(text) > FORM_BYTES:
        raise ValueError("the text is too long for a form")
    return pairs


def joined(parts: Sequence[str], joints: Sequence[str]) -> str:
    """What stands in a form's fields as one text: emptied fields are gone, with the gap they leave."""
    text, gap = "", ""
    for part, joint in zip(parts, joints, strict=True):
        if part:
            text, gap = (text + gap if text else "") + part, ""
        gap = max(gap, joint, key=len)
    return text
