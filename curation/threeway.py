"""A text, the same text as an editor rewrote it, and what a person made of that in; their changes alone applied out.

A three-way merge, first by lines, then inside the lines that changed by words and signs. Where the person and the
rewriting touched the same place, the person's words stand.
"""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Indel

LINE = re.compile(r"[^\n]*\n|[^\n]+")
TOKEN = re.compile(r"[^\W_]+|[\W_]")
SIGNS = re.compile(r"[\W_]+")


def threeway(original: str, baseline: str, edited: str) -> str:
    """`original` with the changes that lead from `baseline` (the rewritten original) to `edited`."""
    # The line breaks at the end are one place of their own, or words added below would stick to the last line.
    bodies = [text.rstrip("\n") for text in (original, baseline, edited)]
    ends = [text[len(body) :] for text, body in zip((original, baseline, edited), bodies, strict=True)]
    return "".join(_lines(*(LINE.findall(body) for body in bodies))) + (ends[0] if ends[2] == ends[1] else ends[2])


def _lines(original: list[str], baseline: list[str], edited: list[str]) -> Iterator[str]:
    # Rewriting changes signs and spaces, not words: by their words lines are known again.
    known = _pairs([SIGNS.sub("", line) for line in baseline], [SIGNS.sub("", line) for line in original])
    for before, after, made in _stretches(original, baseline, edited, known):
        texts = TOKEN.findall("".join(before)), TOKEN.findall("".join(after)), TOKEN.findall("".join(made))
        for old, rewritten, new in _stretches(*texts, _pairs(texts[1], texts[0])):
            yield "".join(old if new == rewritten else new)


def _stretches(
    original: Sequence[str], baseline: Sequence[str], edited: Sequence[str], known: dict[int, int]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """The three side by side, cut wherever a piece of the baseline stands in both others."""
    kept = _pairs(baseline, edited)
    at = here = there = 0
    for i in sorted(known.keys() & kept.keys()):
        yield original[at : known[i]], baseline[here:i], edited[there : kept[i]]
        yield original[known[i] : known[i] + 1], baseline[i : i + 1], edited[kept[i] : kept[i] + 1]
        at, here, there = known[i] + 1, i + 1, kept[i] + 1
    yield original[at:], baseline[here:], edited[there:]


def _pairs(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Where each piece of the longest common subsequence stands in both."""
    blocks = Indel.editops(old, new).as_matching_blocks()
    return {block.a + i: block.b + i for block in blocks for i in range(block.size)}
