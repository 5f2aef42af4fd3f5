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

# Wide letters and the dashes and spaces of word processors count as the plain ones; each stays one character, so places
# in a text stay the same.
WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | {0xA0: " "}
# Not inside a longer run of digits, Latin letters or dashes: "2024-010-1234-5678" is an order number, not a phone.
# Korean letters may touch it ("010-1234-5678로").
BEFORE, AFTER = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_]|-\d)"
GAP = r"(?: ?[-.] ?| )?"
SIGN = r"(?:(?!\[[A-Z_]+_\d+\])[^\s가-힣])"  # of a password: no Korean, and no placeholder begins here
AREA = rf"(?:\+?82{GAP}(?:\(0\))?|0)"
PATTERNS: dict[str, list[str]] = {
    "SECRET": [
        BEFORE + r"(?:xox[abeprs]-[A-Za-z0-9_-]{10,}|xapp-[A-Za-z0-9_-]{10,}|sk-[A-Za-z0-9_-]{16,})",
        BEFORE + r"(?:gh[opsu]_[A-Za-z0-9_]{20,}|AKIA[0-9A-Z]{16}|hf_[A-Za-z0-9_]{20,})",
        BEFORE + r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        rf"(?i)(?:password|passwd|비밀번호|api[_ -]?key)\s*[:=]\s*(?P<value>{SIGN}{{6,}})",
        rf"(?i)secret\s*[:=]\s*(?P<value>(?={SIGN}*\d){SIGN}{{6,}})",
    ],
    "URL_WITH_TOKEN": [
        r"https?://(?:(?!https?://)[^\s<>])*?[?&](?:token|key|signature|sig|access_token|auth|code)=(?!\[)"
        r"[^\s<>가-힣]*[^\s<>가-힣).,]"
    ],
    "EMAIL": [r"(?<![A-Za-z0-9_.+%-])[A-Za-z0-9_.+%-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9@])"],
    "KR_RRN": [BEFORE + r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?: ?- ?| )?[1-8]\d{6}" + AFTER],
    "CARD": [
        BEFORE + r"\d{4}(?:[- ]?\d{4}){2}[- ]?\d{3,4}" + AFTER,
        BEFORE + r"3[47]\d{2}[- ]?\d{6}[- ]?\d{5}" + AFTER,
    ],
    "BUSINESS_NO": [BEFORE + r"\d{3}-\d{2}-\d{5}" + AFTER, r"(?:사업자(?:등록)?번호)\s*:?\s*(?P<value>\d{10})" + AFTER],
    "PHONE": [
        BEFORE + rf"{AREA}(?:10|1[16-9]){GAP}\d{{3,4}}{GAP}\d{{4}}" + AFTER,
        BEFORE + rf"{AREA}(?:2|[3-6][1-5]|70|50\d?){GAP}\d{{3,4}}(?: ?[-.] ?| )\d{{4}}" + AFTER,
        BEFORE + r"\(?0\d{1,2}\)\s?\d{3,4}[-. ]?\d{4}" + AFTER,
        r"(?i)(?:전화|연락처|팩스|휴대폰|tel|phone|fax)[^\d\n]{0,6}(?P<value>0\d{8,10})" + AFTER,
        BEFORE + r"\+1[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}" + AFTER,
        BEFORE + r"(?:\+1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}" + AFTER,
    ],
    "IP": [
        r"(?<![A-Za-z0-9_.-])(?i:(?<!(?:버전|version|ver\.?)\s?))"
        r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![A-Za-z0-9_]|\.\d)"
    ],
    "SLACK_ID": [r"<@[UW][A-Z0-9]{5,}(?:\|[^>]*)?>", BEFORE + r"[UW]0[A-Z0-9]{7,10}" + AFTER],
    "ACCOUNT": [
        r"(?i)(?:계좌|은행|뱅크|농협|수협|신협|새마을금고|우체국|account)[^\d\n]{0,10}(?P<value>\d{2,6}(?:-\d{2,8}){1,3}|\d{10,14})"
        + AFTER
    ],
}
PLACEHOLDER = re.compile(r"\[([A-Z_]+)_(\d+)\]")  # as mask() writes them


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
    counts: dict[str, int] = {}  # placeholders that stand in the text already keep their numbers to themselves
    for kind, number in PLACEHOLDER.findall(text):
        counts[kind] = max(counts.get(kind, 0), int(number))
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
    return re.sub(r"^\+?82(?:0(?=\d{9,10}$)|(?=\d{9,10}$))", "0", re.sub(r"[-. ()]", "", value.translate(WIDTH)))


def find(text: str) -> list[Span]:
    """Personal data in a text, in order, never overlapping; what overlaps is one span of the type earlier in PATTERNS."""
    found: list[Span] = []
    flat = text.translate(WIDTH)
    while fresh := [span for span in _search(flat) if not _meets(span, found)]:
        found += fresh
        for span in fresh:  # what stood close to it may show now that it is gone
            flat = flat[: span.start] + "가" * (span.end - span.start) + flat[span.end :]
    return sorted(found, key=lambda s: s.start)


def _search(flat: str) -> list[Span]:
    found: list[Span] = []
    for kind, recognizer in _recognizers() if flat else []:
        for hit in recognizer.analyze(flat, [kind]):
            # A pattern may name the part to hide ("password: …" keeps its label).
            start, end = _value(flat, kind, hit.start, hit.end)
            if VALID.get(kind, _any)(flat[start:end]):
                met = _meets(Span(start, end, kind), found)
                first, last = min([start, *(s.start for s in met)]), max([end, *(s.end for s in met)])
                found = [span for span in found if span not in met]
                found.append(Span(first, last, met[0].type if met else kind))
    return found


def _meets(span: Span, others: list[Span]) -> list[Span]:
    return [other for other in others if span.start < other.end and other.start < span.end]


def _value(text: str, kind: str, start: int, end: int) -> tuple[int, int]:
    for pattern in PATTERNS[kind]:
        if "(?P<value>" in pattern and (match := re.compile(pattern).fullmatch(text, start, end)):
            return match.span("value")
    return start, end


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


def account(value: str) -> bool:
    """Whether there are enough digits for a bank account (a date has eight)."""
    return sum(c.isdigit() for c in value) >= 10


VALID: dict[str, Callable[[str], bool]] = {"CARD": luhn, "KR_RRN": resident, "ACCOUNT": account}


@lru_cache(maxsize=1)
def _recognizers() -> list[tuple[str, "PatternRecognizer"]]:
    from presidio_analyzer import Pattern, PatternRecognizer  # takes seconds to load

    def recognizer(kind: str, sources: list[str]) -> PatternRecognizer:
        patterns = [Pattern(f"{kind}_{i}", source, 1.0) for i, source in enumerate(sources)]
        return PatternRecognizer(kind, name=kind, patterns=patterns, global_regex_flags=re.UNICODE)

    return [(kind, recognizer(kind, sources)) for kind, sources in PATTERNS.items()]
