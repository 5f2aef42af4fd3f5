"""words.toml in, the lists names are read with out."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Lists:
    """Parts of Korean names, and the words around them."""

    surnames: frozenset[str]
    double_surnames: frozenset[str]
    given: frozenset[str]
    first: frozenset[str]
    second: frozenset[str]
    common: frozenset[str]
    titles: frozenset[str]
    callings: frozenset[str]
    labels: frozenset[str]
    never: frozenset[str]
    foreign: frozenset[str]

    def likely(self, given: str) -> bool:
        """Whether a given name is made as most are."""
        return given in self.common or (len(given) == 2 and given[0] in self.first and given[1] in self.second)


@dataclass(frozen=True)
class LatinLists:
    """Parts of names in Latin letters, and the words around them; `brands` may hold spaces."""

    surnames: frozenset[str]
    syllables: frozenset[str]
    given: frozenset[str]
    given_too: frozenset[str]
    labels: frozenset[str]
    never: frozenset[str]
    brands: tuple[str, ...]


@lru_cache(maxsize=1)
def _file() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def read_lists() -> Lists:
    words = {name: frozenset(text.split()) for name, text in _file()["korean"].items()}
    words["given"] = words["given"].union(words["first"], words["second"], *words["common"])
    return Lists(**words)


def read_latin_lists() -> LatinLists:
    section = dict(_file()["latin"])
    brands = tuple(brand.strip() for brand in section.pop("brands").split("|"))
    return LatinLists(**{name: frozenset(words.split()) for name, words in section.items()}, brands=brands)
