"""A stretch of Korean text in, its morphemes with their places out (kiwipiepy; offline)."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from kiwipiepy import Kiwi

AFTER = re.compile(  # the particles that may close a name
    r"(?:은|는|이|가|을|를|와|과|의|에게서?|께|께서는?|한테서?|도|만|이?라[고는도며]|이?랑|이?나|부터|까지|처럼|보다|으?로|마저|조차|야|아|"
    r"이?여|입니다|이?에요|예요|이?었\w*|였\w*|이?고|이?며|이?다|인데?|이?지만|이?죠)?(?![가-힣])"
)
CLOSING = ("J", "VC", "XS", "NNB", "E")  # tags of what may follow a name without a space
KEPT = 512  # stretches that are read again once something beside them is hidden


class Morpheme(NamedTuple):
    """One morpheme: characters `start` to `end`, its tag, and whether the dictionary lacks it."""

    start: int
    end: int
    tag: str
    unknown: bool


class Piece(NamedTuple):
    """A stretch of text and its morphemes."""

    text: str
    morphemes: Sequence[Morpheme]

    def within(self, start: int, end: int) -> list[Morpheme]:
        """The morphemes that make up a stretch, none where one crosses its ends."""
        inside = [m for m in self.morphemes if m.start < end and m.end > start]
        return inside if inside and inside[0].start == start and inside[-1].end == end else []

    def closed(self, end: int) -> bool:
        """Whether a word ends here: no Korean letter follows, or a particle does."""
        if AFTER.match(self.text, end):
            return True
        return any(m.start == end and m.tag.startswith(CLOSING) for m in self.morphemes)


class Morphology:
    """Reads what stands around places of interest; loading takes about a second, reading most of masking's time."""

    def __init__(self) -> None:
        self._kiwi = Kiwi(num_workers=1, load_multi_dict=False)
        self.words = lru_cache(maxsize=KEPT)(self._words)
        self.words("가")  # loads the rest now, not at the first text

    def around(self, text: str, places: Iterable[tuple[int, int]]) -> Piece:
        """The morphemes of the words at these places and of their neighbours."""
        found: list[Morpheme] = []
        for start, end in _apart((_before(text, start), _behind(text, end)) for start, end in places):
            found += [m._replace(start=start + m.start, end=start + m.end) for m in self.words(text[start:end])]
        return Piece(text, found)

    def _words(self, text: str) -> list[Morpheme]:
        return [Morpheme(t.start, t.end, t.tag, bool(t.oov)) for t in self._kiwi.tokenize(text)]


def _before(text: str, start: int) -> int:
    """Where the word before begins."""
    return text.rfind(" ", 0, max(0, start - 1)) + 1


def _behind(text: str, end: int) -> int:
    """Where the second word behind ends."""
    for _ in range(3):
        end = text.find(" ", end) + 1
        if not end:
            return len(text)
    return end


def _apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping stretches as one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if apart and start < apart[-1][1]:
            start, end = apart[-1][0], max(end, apart.pop()[1])
        apart.append((start, end))
    return apart
