"""A text before and after in; out, how much of it was changed, and whether its words were or only their dress."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

import regex
from rapidfuzz.distance import Levenshtein

Kind = Literal["none", "cosmetic", "substantive"]
# What carries meaning: letters, digits, emoji; a point, colon or slash between digits, a sign before a digit, units after.
MEANING = regex.compile(
    r"[\p{L}\p{M}\p{N}\p{Emoji_Presentation}]|(?<=\d\s*)[.:/](?=\s*\d)"
    r"|(?<![\p{L}\p{N}%])[-+−](?=\d)|(?<=\d\s*)[%‰°]|[€$₩£¥]"
)


@dataclass(frozen=True)
class Change:
    """Normalised edit distances, 0 (nothing changed) to 1 (everything); of an edit in looks alone `kind` is "cosmetic"."""

    characters: float
    words: float
    kind: Kind


def measure(before: str, after: str) -> Change:
    """Levenshtein distance over the longer length: in characters as they stand, in words between spaces without dress."""
    kind: Kind = "none" if before == after else "cosmetic" if bare(before) == bare(after) else "substantive"
    return Change(
        float(Levenshtein.normalized_distance(before, after)),
        float(Levenshtein.normalized_distance(words(before), words(after))),
        kind,
    )


def words(text: str) -> list[str]:
    """Korean words keep their particles: both languages are cut at spaces alone."""
    return [word for part in text.split() if (word := bare(part))]


def bare(text: str) -> str:
    """The text without spaces, punctuation, Markdown marks, case and width."""
    return "".join(MEANING.findall(unicodedata.normalize("NFKC", text).casefold()))
