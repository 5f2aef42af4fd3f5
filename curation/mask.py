"""A text in, the same text with personal data replaced by stable placeholders out. Offline: patterns and checksums only.

Recognizers are presidio's, used without its language models, which would need the network. Dates, prices, statistics and product codes stay.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer

# Not inside a longer run of digits, letters or dashes: "2024-010-1234-5678" is an order number, not a phone.
BEFORE, AFTER = r"(?<![\w-])", r"(?![\w]|-\d)"
GAP = r"[-. ]?"
PATTERNS: dict[str, list[str]] = {
    "SECRET": [
        BEFORE + r"(?:xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}|sk-[\w-]{16,}|gh[opsu]_\w{20,}|AKIA[0-9A-Z]{16}|hf_\w{20,})",
        r"(?i)(?:password|passwd|비밀번호|api[_ -]?key|secret)\s*[:=]\s*(?P<value>\S{6,})",
    ],
    "URL_WITH_TOKEN": [r"https?://[^\s<>]*[?&](?:token|key|signature|sig|access_token|auth|code)=[^\s<>&]+[^\s<>]*"],
    "EMAIL": [BEFORE + r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+" + r"(?![\w@])"],
    "KR_RRN": [BEFORE + r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[- ]?[1-8]\d{6}" + AFTER],
    "CARD": [BEFORE + r"\d{4}(?:[- ]?\d{4}){2}[- ]?\d{3,4}" + AFTER, BEFORE + r"3[47]\d{2}[- ]?\d{6}[- ]?\d{5}" + AFTER],
    "BUSINESS_NO": [BEFORE + r"\d{3}-\d{2}-\d{5}" + AFTER, r"(?:사업자(?:등록)?번호)\s*:?\s*(?P<value>\d{10})" + AFTER],
    "PHONE": [
        rf"(?<![\w-])(?:\+?82{GAP}|0)(?:10|1[16-9]){GAP}\d{{3,4}}{GAP}\d{{4}}" + AFTER,
        rf"(?<![\w-])(?:\+?82{GAP}|0)(?:2|[3-6][1-5]|70|50\d?){GAP}\d{{3,4}}[-. ]\d{{4}}" + AFTER,
        r"(?<![\w-])\(0\d{1,2}\)\s?\d{3,4}[-. ]\d{4}" + AFTER,
        BEFORE + r"1[568]\d{2}-\d{4}" + AFTER,
        r"(?<![\w-])(?:\+1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}" + AFTER,
    ],
    "IP": [BEFORE + r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)"],
    "SLACK_ID": [r"<@[UW][A-Z0-9]{5,}(?:\|[^>]*)?>", BEFORE + r"[UW][A-Z0-9]*\d[A-Z0-9]{7,}" + AFTER],
    "ACCOUNT": [r"(?:계좌(?:번호)?|은행)\s*:?\s*(?P<value>\d{2,6}(?:-\d{2,6}){2,3})" + AFTER],
}


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


def mask(text: str, lang: str | None = None) -> Masked:
    """Replace personal data; the same value gets the same placeholder within a text. `lang` is a hint and may be None."""
    spans = find(text)
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    out, last = [], 0
    for span in spans:
        known = (span.type, re.sub(r"[-. ]", "", text[span.start : span.end]))
        if known not in numbers:
            counts[span.type] = counts.get(span.type, 0) + 1
            numbers[known] = counts[span.type]
        out += [text[last : span.start], f"[{span.type}_{numbers[known]}]"]
        last = span.end
    return Masked("".join([*out, text[last:]]), spans)


def find(text: str) -> list[Span]:
    """Personal data in a text, in order, never overlapping; of two that overlap the earlier type in PATTERNS wins."""
    found: list[Span] = []
    for kind, recognizer in _recognizers():
        for hit in recognizer.analyze(text, [kind]):
            # A pattern may name the part to hide ("password: …" keeps its label).
            span = Span(*_value(text, kind, hit.start, hit.end), kind)
            if VALID.get(kind, _any)(text[span.start : span.end]) and not _touches(span, found):
                found.append(span)
    return sorted(found, key=lambda s: s.start)


def _value(text: str, kind: str, start: int, end: int) -> tuple[int, int]:
    for pattern in PATTERNS[kind]:
        if "(?P<value>" in pattern and (match := re.compile(pattern).fullmatch(text, start, end)):
            return match.span("value")
    return start, end


def _touches(span: Span, others: list[Span]) -> bool:
    return any(span.start < o.end and o.start < span.end for o in others)


def _any(value: str) -> bool:
    return True


def luhn(value: str) -> bool:
    """Whether the digits pass the card checksum (ISO/IEC 7812-1)."""
    digits = [int(c) for c in value if c.isdigit()]
    doubled = [d if i % 2 == 0 else sum(divmod(d * 2, 10)) for i, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0


VALID: dict[str, Callable[[str], bool]] = {"CARD": luhn}


@lru_cache(maxsize=1)
def _recognizers() -> list[tuple[str, "PatternRecognizer"]]:
    from presidio_analyzer import Pattern, PatternRecognizer  # takes seconds to load

    return [
        (kind, PatternRecognizer(kind, name=kind, patterns=[Pattern(f"{kind}_{i}", p, 1.0) for i, p in enumerate(patterns)],
                                 global_regex_flags=re.UNICODE))
        for kind, patterns in PATTERNS.items()
    ]
