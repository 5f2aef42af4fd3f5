"""A text in, the form it is read in out: wide letters plain, hidden parts one sign each, and where every character stood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Wide letters and the dashes and spaces of word processors count as the plain ones; each stays one character.
HIDDEN = "\ue000"  # of Unicode's private use: no letter, no digit, in no pattern
PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
    | {0xA0: " ", 0x3000: " ", ord("’"): "'", ord(HIDDEN): " "}
)


@dataclass(frozen=True)
class Flat:
    """`at[i]`: where character i of `text` stands in the original; one more for the end.

    A placeholder and data found are hidden alike, so a text and its masked form read the same to the last character.
    """

    text: str
    at: Sequence[int]

    @classmethod
    def of(cls, text: str, placeholder: re.Pattern[str]) -> "Flat":
        flat = cls(text.translate(PLAIN), range(len(text) + 1))
        return flat.without([match.span() for match in placeholder.finditer(text)])

    @staticmethod
    def hides(text: str, start: int, end: int) -> bool:
        """Whether a hidden part lies in a stretch of a flat text."""
        return HIDDEN in text[start:end]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch without hidden parts stands in the original."""
        return self.at[start], self.at[end - 1] + 1

    def without(self, stretches: Sequence[tuple[int, int]]) -> "Flat":
        """The text with these stretches hidden; they come in order and apart."""
        if not stretches:
            return self
        text, at, last = [], [], 0
        for start, end in stretches:
            text += [self.text[last:start], HIDDEN]
            at += [*self.at[last:start], self.at[start]]
            last = end
        return Flat("".join([*text, self.text[last:]]), [*at, *self.at[last:]])
