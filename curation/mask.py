"""A text in, the same text with personal data replaced by stable placeholders out. Offline: patterns and checksums.

Recognizers are presidio's, used without its language models, which would need the network. Dates, prices, statistics
and product codes stay.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer

# Not inside a longer run of digits, Latin letters or dashes: "2024-010-1234-5678" is an order number, not a phone.
# Korean letters may touch it ("010-1234-5678로").
BEFORE, AFTER = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_]|-\d)"
GAP = r"[-. ]?"
PATTERNS: dict[str, list[str]] = {
    "SECRET": [
        BEFORE + r"(?:xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}|sk-[\w-]{16,}|gh[opsu]_\w{20,})",
        BEFORE + r"(?:AKIA[0-9A-Z]{16}|hf_\w{20,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})",
        r"(?i)(?:password|passwd|비밀번호|api[_ -]?key|secret)\s*[:=]\s*(?P<value>(?!\[SECRET_)\S{6,})",
    ],
    "URL_WITH_TOKEN": [r"https?://[^\s<>]*[?&](?:token|key|signature|sig|access_token|auth|code)=[^\s<>&]+[^\s<>]*"],
    "EMAIL": [BEFORE + r"[A-Za-z0-9_.+%-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9@])"],
    "KR_RRN": [BEFORE + r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[- ]?[1-8]\d{6}" + AFTER],
    "CARD": [
        BEFORE + r"\d{4}(?:[- ]?\d{4}){2}[- ]?\d{3,4}" + AFTER,
        BEFORE + r"3[47]\d{2}[- ]?\d{6}[- ]?\d{5}" + AFTER,
    ],
    "BUSINESS_NO": [BEFORE + r"\d{3}-\d{2}-\d{5}" + AFTER, r"(?:사업자(?:등록)?번호)\s*:?\s*(?P<value>\d{10})" + AFTER],
    "PHONE": [
        BEFORE + rf"(?:\+?82{GAP}|0)(?:10|1[16-9]){GAP}\d{{3,4}}{GAP}\d{{4}}" + AFTER,
        BEFORE + rf"(?:\+?82{GAP}|0)(?:2|[3-6][1-5]|70|50\d?){GAP}\d{{3,4}}[-. ]\d{{4}}" + AFTER,
        BEFORE + r"\(0\d{1,2}\)\s?\d{3,4}[-. ]\d{4}" + AFTER,
        BEFORE + r"\+1[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}" + AFTER,
        BEFORE + r"(?:\+1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}" + AFTER,
    ],
    "IP": [BEFORE + r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)"],
    "SLACK_ID": [r"<@[UW][A-Z0-9]{5,}(?:\|[^>]*)?>", BEFORE + r"[UW]0[A-Z0-9]{7,10}" + AFTER],
    "ACCOUNT": [r"(?:계좌(?:번호)?|은행)\s*:?\s*(?P<value>\d{2,6}(?:-\d{2,6}){2,3})" + AFTER],
}
PLACEHOLDER = re.compile(r"\[([A-Z_]+)_\d+\]")  # as mask() writes them


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
    """Replace personal data; the same value gets the same placeholder within a text. `lang` may be None."""
    spans = find(text)
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    out, last = [], 0
    for span in spans:
        known = (span.type, plain(text[span.start : span.end]))
        if known not in numbers:
            counts[span.type] = counts.get(span.type, 0) + 1
            numbers[known] = counts[span.type]
        out += [text[last : span.start], f"[{span.type}_{numbers[known]}]"]
        last = span.end
    return Masked("".join([*out, text[last:]]), spans)


def plain(value: str) -> str:
    """The same for all ways to write one number: "+82 10-1234-5678" is 010 1234 5678."""
    return re.sub(r"^\+?82(?=\d{9,10}$)", "0", re.sub(r"[-. ()]", "", value))


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


def resident(value: str) -> bool:
    """Whether 13 digits are a resident number: with a separator, or with its old checksum (bar codes fail)."""
    digits = [int(c) for c in value if c.isdigit()]
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(w * d for w, d in zip(weights, digits[:12], strict=True))
    return not value.isdigit() or (11 - total % 11) % 10 == digits[12]


VALID: dict[str, Callable[[str], bool]] = {"CARD": luhn, "KR_RRN": resident}


@lru_cache(maxsize=1)
def _recognizers() -> list[tuple[str, "PatternRecognizer"]]:
    from presidio_analyzer import Pattern, PatternRecognizer  # takes seconds to load

    def recognizer(kind: str, sources: list[str]) -> PatternRecognizer:
        patterns = [Pattern(f"{kind}_{i}", source, 1.0) for i, source in enumerate(sources)]
        return PatternRecognizer(kind, name=kind, patterns=patterns, global_regex_flags=re.UNICODE)

    return [(kind, recognizer(kind, sources)) for kind, sources in PATTERNS.items()]
