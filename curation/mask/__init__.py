"""A text in, the same text with personal data replaced by stable placeholders out. Offline; the text stays trainable.

Company names, places in general talk, prices, dates, product codes, statistics and hot lines (1588-…, 080-…) stay.
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from curation.guide import Guide, Personal
from curation.mask.flat import Flat
from curation.mask.values import plain

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

__all__ = ["PLACEHOLDER", "Masked", "Span", "Words", "find", "load_light", "mask", "plain"]

PLACEHOLDER = re.compile(r"\[([A-Z_]+)_(\d+)\]")  # as mask() writes them
HEAVY = ("torch", "transformers")
RANK = {kind: rank for rank, kind in enumerate(get_args(Personal))}


@dataclass(frozen=True)
class Span:
    """Where personal data stood in the original text: characters `start` to `end`, and its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Masked:
    """The text with placeholders such as [PHONE_1], and where they came from."""

    text: str
    spans: list[Span]


class Words:
    """A team's own words: those that always stay, and those that always go, by type."""

    def __init__(self, allow: Iterable[str] = (), deny: dict[Personal, list[str]] | None = None) -> None:
        self.allow = _any_of(allow)
        self.deny = [(kind, _any_of(words)) for kind, words in (deny or {}).items()]

    def stays(self, text: str, span: Span) -> bool:
        """Whether a span lies inside a word that stays."""
        near = self.allow.finditer(text, max(0, span.start - 100), span.end + 100)
        return any(word.start() <= span.start and span.end <= word.end() for word in near)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=1)
def house_words() -> Words:
    """Those of the house.toml in force: [masking] and the brand's own names."""
    from curation.house import load_house
    from db.settings import Settings

    guide: Guide = load_house(Settings().house).guide
    return Words([guide.brand.name.ko, guide.brand.name.en, *guide.masking.allow], guide.masking.deny)


def mask(text: str, lang: str | None = None, words: Words | None = None) -> Masked:
    """Replace personal data; the same value gets the same placeholder within a text.

    `lang` is a hint no recognizer needs: people mix languages. `words` None: those of house.toml.
    """
    spans = find(text, words)
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}  # placeholders that stand in the text already keep their numbers to themselves
    for kind, number in PLACEHOLDER.findall(text):
        counts[kind] = max(counts.get(kind, 0), int(number))
    out, last = [], 0
    for span in spans:
        known = (span.type, plain(text[span.start : span.end], span.type))
        if known not in numbers:
            counts[span.type] = counts.get(span.type, 0) + 1
            numbers[known] = counts[span.type]
        out += [text[last : span.start], f"[{span.type}_{numbers[known]}]"]
        last = span.end
    return Masked("".join([*out, text[last:]]), spans)


def find(text: str, words: Words | None = None) -> list[Span]:
    """Personal data in a text, in order, never overlapping; what overlaps is one span of the type named first in Personal.

    What is found is hidden and the rest read again, until nothing shows: so a masked text holds nothing more.
    """
    words = words or house_words()
    flat = Flat.of(text, PLACEHOLDER)
    found: list[Span] = []
    while hits := _read(flat.text, words):
        found += [Span(*flat.place(hit.start, hit.end), hit.type) for hit in hits]
        flat = flat.without([(hit.start, hit.end) for hit in hits])
    return sorted(found, key=lambda span: span.start)


def _read(text: str, words: Words) -> list[Span]:
    hits = [Span(*match.span(), kind) for kind, pattern in words.deny for match in pattern.finditer(text)]
    for recognizer in _recognizers() if text.strip() else []:
        results = recognizer.analyze(text, recognizer.supported_entities)
        hits += [Span(hit.start, hit.end, hit.entity_type) for hit in results]
    return _apart(hit for hit in hits if not Flat.hides(text, hit.start, hit.end) and not words.stays(text, hit))


def _apart(hits: Iterable[Span]) -> list[Span]:
    """Overlapping hits become one of the type that ranks first."""
    apart: list[Span] = []
    for hit in sorted(hits, key=lambda span: (span.start, span.end)):
        if apart and hit.start < apart[-1].end:
            met = apart.pop()
            kind = min(met.type, hit.type, key=RANK.__getitem__)
            hit = Span(met.start, max(met.end, hit.end), kind)
        apart.append(hit)
    return apart


def load_light() -> None:
    """Load what masking needs without torch, which presidio's imports bring along: 320 MB less.

    Only where nobody else may import torch at this moment (they would not find it): at the start of a command.
    """
    hidden = [name for name in HEAVY if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python says "not to be found"
    try:
        _recognizers()
    finally:
        for name in hidden:
            del sys.modules[name]


@lru_cache(maxsize=1)
def _recognizers() -> "list[EntityRecognizer]":
    from curation.mask.recognizers import recognizers  # presidio takes seconds to load

    return recognizers()
