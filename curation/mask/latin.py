"""A text in, where people's names in Latin letters stand out: known given names, Korean names as they are spelled, titles,
and words such as "contact" or "designer" before two capitals. Firms, places, weekdays and brands stay.
"""

import re
from typing import NamedTuple

from curation.mask.lists import read_latin_lists

CAPITAL = r"(?:(?:[ODL]'|Mc|Mac)?[A-ZÀ-ÞĀ-Ž][a-zß-žḁ-ỹ]+(?:-[A-Za-zß-ž][a-zß-žḁ-ỹ]+)?)"
PART = rf"(?:(?:van|von|de|der|da|di|bin|al) )?{CAPITAL}"
RUN = re.compile(rf"(?<![A-Za-z0-9@#/._-]){PART}(?: {PART}){{0,4}}(?![A-Za-z0-9_@])")
WORD = re.compile(PART)
TITLES = ("Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Miss", "Professor", "Doctor")
TITLE = re.compile(rf"\b(?:{'|'.join(TITLES)})\.? ?$")
GREETING = re.compile(rf"\b(?:Hi|Hello|Dear|Hey|Thanks|Thank you|Cheers|Welcome),? (?P<name>{CAPITAL})(?= ?[,!\n—-]|$)")
SIGNED = re.compile(
    rf"\b(?:Best|Regards|regards|Sincerely|Cheers|Thanks|Warmly|Yours|wishes|truly),?\s{{1,3}}\n?(?P<name>{CAPITAL}(?: {CAPITAL}){{0,2}})(?=\s*(?:\n|$))"
)
SPELLED = re.compile(r"([A-Za-z][a-z]+)-([A-Za-z]?[a-z]+)")
DIVISIONS = {"gu", "dong", "ro", "gil", "si", "do", "ri", "gun", "eup", "ga"}


class Word(NamedTuple):
    """A word with a capital and where it stands."""

    text: str
    start: int
    end: int


class LatinNames:
    """Reads names in Latin letters."""

    def __init__(self) -> None:
        self.lists = lists = read_latin_lists()
        self.label = re.compile(rf"(?i)(?:\b(?:{'|'.join(lists.labels)})\b)\s?[:,]?\s$")
        self.brand = re.compile("|".join(re.escape(brand) for brand in lists.brands))

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where names stand, in order."""
        if not re.search(r"[A-Z][a-z]", text):
            return []
        found = [m.span("name") for kind in (GREETING, SIGNED) for m in kind.finditer(text) if self._may_be(m["name"])]
        for run in RUN.finditer(text):
            words = [Word(m[0], run.start() + m.start(), run.start() + m.end()) for m in WORD.finditer(run[0])]
            found += self._of(text, words)
        brands = [m.span() for m in self.brand.finditer(text)]
        return sorted(span for span in set(found) if not any(a < span[1] and span[0] < b for a, b in brands))

    def _may_be(self, name: str) -> bool:
        return not any(word in self.lists.never for word in name.split())

    def _of(self, text: str, words: list[Word]) -> list[tuple[int, int]]:
        found, place = [], 0
        while place < len(words):
            if words[place].text in TITLES:
                place += 1
                continue
            taken = self._taken(text, words, place)
            if taken:
                found.append((words[place].start, words[place + taken - 1].end))
            place += max(taken, 1)
        return found

    def _taken(self, text: str, words: list[Word], place: int) -> int:
        """How many words from here make a name."""
        rest = [word.text for word in words[place : place + 3]]
        plain = next((i for i, word in enumerate(rest) if word in self.lists.never), len(rest))
        first, second = rest[0], rest[1] if len(rest) > 1 else ""
        if plain == 0:
            return 0
        if TITLE.search(text, max(0, words[place].start - 16), words[place].start):
            return plain
        if korean := self._korean(rest[:plain]):
            return korean
        if plain < len(rest) and plain == 1 and not self._spelled(first):
            return 0  # Sophie Bakery
        if first in self.lists.given:
            return min(plain, 2)
        labelled = self.label.search(text, max(0, words[place].start - 16), words[place].start) is not None
        if first in self.lists.given_too:
            return 2 if plain >= 2 and (second in self.lists.surnames or labelled) else 0
        if self._spelled(first):
            return 1
        return min(plain, 2) if labelled and plain >= 2 else 0

    def _korean(self, rest: list[str]) -> int:
        """Hong Gil-dong, Park Ji Hoon, Minji Kim, Daehan Kim: how many words."""
        surnames, syllables = self.lists.surnames, self.lists.syllables
        if len(rest) > 2 and rest[0] in surnames and all(word.lower() in syllables for word in rest[1:3]):
            return 3
        if len(rest) > 1 and (
            (rest[0] in surnames and self._given(rest[1])) or (rest[1] in surnames and self._given(rest[0]))
        ):
            return 2
        return 0

    def _given(self, word: str) -> bool:
        if word in self.lists.given or self._spelled(word, alone=False):
            return True
        low = word.lower()
        return any(
            low[:cut] in self.lists.syllables and low[cut:] in self.lists.syllables for cut in range(1, len(low))
        )

    def _spelled(self, word: str, alone: bool = True) -> bool:
        """Ji-eun; alone it must be no district such as Jung-gu."""
        match = SPELLED.fullmatch(word)
        if not match:
            return False
        first, second = match[1].lower(), match[2].lower()
        return first in self.lists.syllables and second in self.lists.syllables and not (alone and second in DIVISIONS)
