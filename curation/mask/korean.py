"""A Korean text in, where its people's names stand out: form proposes, morphology and the words around decide.

A name is hidden without its honorific, title and particle. Whole names (김민지) count alone where morphology takes them for
a name; a lone surname (김 과장) or given name (민지 씨) only beside what calls a person.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from curation.mask.lists import read_lists
from curation.mask.morphemes import AFTER, Morpheme, Morphology, Piece

PIECE = re.compile(r"[^.!?\n]{1,200}[.!?\n]*|[.!?\n]+")
JOINED = re.compile(
    r"(?:\([^()\n]{1,12}\))?\s?님?(?:[,·/&]|과|와|이랑|랑|하고|및)?\s?"
)  # between two names of one list
FREQUENT = "김이박최정강조윤장임한오서신권황안송전홍"
PLACE_ENDS = "시군구동읍면도산역길로섬점당관집청천강촌성문제전대"
VERB_ENDS = "기지고게"
NOT_LONE = "한전현신각모본총부원공단여고상주시도군구"  # new, whole, present, each, …: before a title they are words
STRICT = "이정안"  # this, vice, not …: before a title a surname only where 님 or a particle closes the title

Place = tuple[int, int]


class Name(NamedTuple):
    """A stretch that has the form of a whole name; `called`: a title or honorific follows, `labelled`: a label precedes."""

    start: int
    end: int
    text: str
    given: str
    called: bool
    labelled: bool


class KoreanNames:
    """Reads names; loading takes about a second and no network."""

    def __init__(self) -> None:
        self.morphology = Morphology()
        self.lists = lists = read_lists()
        self.words = lists.never | lists.titles | lists.callings | lists.labels
        one, two, given = f"[{''.join(lists.surnames)}]", "|".join(lists.double_surnames), f"[{''.join(lists.given)}]"
        title = "|".join(sorted(lists.titles, key=len, reverse=True))
        calling = "|".join(sorted(lists.titles | lists.callings, key=len, reverse=True))
        self.calls = re.compile(rf"(?:\(\d{{1,3}}\))?\s?(?:(?:{calling})\s?님?|님|씨|쌤|샘|드림|올림|배상)")
        self.label = re.compile(rf"(?:{'|'.join(lists.labels)})님?(?:은|는|이|가|인|로는)?\s?[:(]?\s?$")
        self.whole = re.compile(rf"(?<![가-힣])(?:(?:{two}){given}{{1,2}}|{one}{given}{{1,2}})")
        self.lone = re.compile(rf"(?<![가-힣])(?P<name>{one})\s?(?:{title})(?P<sir>님)?")
        self.honoured = re.compile(r"(?<![가-힣])(?P<name>[가-힣]{2,5}?)\s?(?:님|씨|쌤|샘)(?![가-힣]?[가-힣]{3})")
        self.friend = re.compile(
            rf"(?<![가-힣])(?P<name>{'|'.join(lists.common)})(?:아|야|이가|이는|이랑|이도|이한테)(?![가-힣])"
        )
        self.foreign = re.compile(rf"(?<![가-힣])(?P<name>{'|'.join(lists.foreign)})(?=\s?(?:{title}|님|씨))")

    def find(self, text: str) -> list[Place]:
        """Where names stand, in order; a whole name found once is found everywhere in the text."""
        found: set[Place] = set()
        for match in PIECE.finditer(text) if re.search(r"[가-힣]", text) else []:
            found |= {(match.start() + start, match.start() + end) for start, end in self._of(match[0])}
        return sorted(found.union(_again(text, {text[a:b] for a, b in found if b - a >= 3})))

    def _of(self, text: str) -> set[Place]:
        whole = list(self._proposed(text))
        lone = [m for m in self.lone.finditer(text) if m["sir"] or m["name"] not in NOT_LONE]
        honoured = [m for m in self.honoured.finditer(text) if m["name"] not in self.words]
        friends, found = list(self.friend.finditer(text)), {m.span("name") for m in self.foreign.finditer(text)}
        if not (whole or lone or honoured or friends):  # morphology costs most of the time
            return found
        matches = [m.span() for some in (lone, honoured, friends) for m in some]
        piece = self.morphology.around(text, [*matches, *((name.start, name.end) for name in whole)])
        found |= set(self._whole(piece, whole))
        for some, is_name in ((lone, self._lone), (honoured, self._honoured), (friends, self._friend)):
            taken = {start for start, _ in found}
            found |= {m.span("name") for m in some if m.start() not in taken and is_name(piece, m)}
        return found

    def _proposed(self, text: str) -> Iterator[Name]:
        """All that has the form of a whole name, the longer one first."""
        for match in self.whole.finditer(text):
            start, double = match.start(), match[0][:2] in self.lists.double_surnames
            labelled = self.label.search(text, max(0, start - 12), start) is not None
            for end in range(match.end(), start + 1 + double, -1):
                name = text[start:end]
                given = name[2:] if double else name[1:]
                called = (call := self.calls.match(text, end)) is not None and AFTER.match(text, call.end()) is not None
                alone = AFTER.match(text, end) and (self.lists.likely(given) or name[0] in FREQUENT or double)
                if (
                    name in self.words
                    or given in self.lists.titles
                    or (name[:-1] in self.lists.common and name[-1] == "이")
                ):
                    continue  # 김대리, 지민이
                if called or labelled or (len(name) > 2 and alone):
                    yield Name(start, end, name, given, called, labelled)

    def _whole(self, piece: Piece, names: list[Name]) -> Iterator[Place]:
        last = Name(-1, -1, "", "", False, False)
        for name in names:
            listed = last.end >= 0 and JOINED.fullmatch(piece.text, last.end, name.start) is not None
            if name.start != last.start and self._is_name(piece, name, name.called or name.labelled or listed):
                yield name.start, name.end
                last = name

    def _is_name(self, piece: Piece, name: Name, near: bool) -> bool:
        """`near`: a title, a label or another name stands beside."""
        common, likely = name.given in self.lists.common, self.lists.likely(name.given)
        parts = piece.within(name.start, name.end)
        if not (name.called or piece.closed(name.end)):
            return False
        if len(name.text) == 2:
            return near and bool(parts) and (parts[0].tag == "NNP" or (parts[0].tag == "NNG" and parts[-1].unknown))
        if len(parts) == 1:
            return self._is_word(name, parts[0], near, likely)
        if not parts:
            return common or near
        if parts[-1].tag[0] == "J" and not (name.called or common):
            return False  # 승인이
        if near and likely and name.text[-1] not in VERB_ENDS:
            return True
        if common and parts[-1].tag[0] not in "XJ":  # 권한별
            return True
        if any(part.tag[0] in "VE" for part in parts):
            return False  # 모으지
        return self._is_compound(name, parts, near, likely)

    @staticmethod
    def _is_word(name: Name, part: Morpheme, near: bool, likely: bool) -> bool:
        """Whether what morphology takes for one word is a name."""
        if part.tag == "NNP":
            return near or likely or ((part.unknown or name.text[0] in FREQUENT) and name.text[-1] not in PLACE_ENDS)
        return part.tag == "NNG" and part.unknown and (near or likely)

    @staticmethod
    def _is_compound(name: Name, parts: list[Morpheme], near: bool, likely: bool) -> bool:
        """Whether what morphology takes for several words is a name."""
        first = parts[0]
        if first.end - first.start == 1 and likely and first.tag in ("NNP", "NNG"):
            return True
        if near:
            return not any(part.tag == "NNG" and not part.unknown and part.end - part.start > 1 for part in parts)
        return first.tag == "NNP" and likely and name.text[-1] not in PLACE_ENDS

    @staticmethod
    def _lone(piece: Piece, match: re.Match[str]) -> bool:
        """김 과장, 박대표님: the surname of somebody with a title."""
        parts, after = piece.within(*match.span("name")), piece.text[match.end() :]
        if not parts or not piece.closed(match.end()):
            return False
        tag, surname = parts[0].tag, match["name"]
        if match["sir"]:
            return tag == "NNP" or (tag in ("NNG", "NR", "MM", "IC", "MAG") and surname not in NOT_LONE)
        if surname in STRICT:
            closed = re.match(r"[가-힣.,!?\n)]|$", after) is not None
            return tag == "NNP" and closed and not match[0].endswith("대표")
        return tag in ("NNP", "NNG")

    def _honoured(self, piece: Piece, match: re.Match[str]) -> bool:
        """민지 씨, 나카무라 님: a name without its surname."""
        return match["name"] in self.lists.common or self._friend(piece, match)

    @staticmethod
    def _friend(piece: Piece, match: re.Match[str]) -> bool:
        """수빈아, 지민이가: a given name that morphology takes for a name."""
        parts = piece.within(*match.span("name"))
        return len(parts) == 1 and parts[0].tag == "NNP"


def _again(text: str, names: set[str]) -> Iterator[Place]:
    for word in re.finditer(r"(?<![가-힣])[가-힣]{3,4}", text) if names else []:
        for end in range(3, len(word[0]) + 1):
            if word[0][:end] in names:
                yield word.start(), word.start() + end
