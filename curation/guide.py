"""The shape of house.toml: what a style guide must hold, and what is wrong where it does not."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
SLOT = re.compile(r"\{([A-Za-z_]\w*)\}")  # {topic}: the request's value stands here


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(Strict):
    """The same words in both languages."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ko


class Lists(Strict):
    """The same list in both languages."""

    ko: list[str] = []
    en: list[str] = []

    def __getitem__(self, language: str) -> list[str]:
        return self.en if language == "en" else self.ko


MOST_PROMPTS = 4  # Slack takes no more


def few(lists: Lists) -> Lists:
    if max(len(lists.ko), len(lists.en)) > MOST_PROMPTS:
        raise ValueError(f"at most {MOST_PROMPTS} are shown")
    return lists


class Preferred(Strict):
    """A word of the house, and the word it stands for; one language each."""

    ko: str = ""
    en: str = ""
    instead_of: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ko


class Terms(Strict):
    preferred: list[Preferred] = []
    forbidden: Lists = Lists()


Personal = Literal[
    "URL_WITH_TOKEN", "SECRET", "EMAIL", "KR_RRN", "CARD", "BUSINESS_NO", "PHONE", "IP", "SLACK_ID", "ACCOUNT",
    "DATE_OF_BIRTH", "ADDRESS", "PERSON",
]  # fmt: skip
# What masking hides; of two that overlap the first one names both.


class Masking(Strict):
    """The team's own words: what masking leaves alone, and what it hides as which type."""

    allow: list[str] = []
    deny: dict[Personal, list[str]] = {}


class Brand(Strict):
    name: Texts
    tone: Texts


def shape_of(value: Any) -> str:
    """Which of the three shapes a rule's value has, so that an error speaks of that one."""
    if isinstance(value, dict):
        return "Lists" if any(isinstance(part, list) for part in value.values()) else "Texts"
    return "list" if isinstance(value, list) else "Texts"


Value = Annotated[
    Annotated[Texts, Tag("Texts")] | Annotated[Lists, Tag("Lists")] | Annotated[list[str], Tag("list")],
    Discriminator(shape_of),
]
SHAPES: dict[str, tuple[type | None, str]] = {
    "headings": (Lists, "a { ko = […], en = […] }"),
    "copies": (list, "a list as its"),
    "points": (None, "no"),
    "length": (None, "no"),
}  # what each kind takes as its value; any other takes texts
Kind = Literal[
    "first_line", "last_line", "line", "contains", "absent", "headings", "points", "copies", "hashtags", "length"
]


class Rule(Strict):
    """One rule of the checklist; what `value` and `mark` mean depends on the kind (see house.toml)."""

    label: Texts
    kind: Kind
    value: Value | None = None
    mark: str = ""
    count: int = 0

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        kind, shape = SHAPES.get(self.kind, (Texts, 'a { ko = "…", en = "…" }'))
        if not isinstance(self.value, kind or type(None)):
            raise ValueError(f"a rule of kind {self.kind} takes {shape} value")
        if isinstance(self.value, Lists) and not (self.value.ko and self.value.en):
            raise ValueError(f"a rule of kind {self.kind} needs its list in both languages")
        if self.kind in ("headings", "points") and not self.mark:
            raise ValueError(f"a rule of kind {self.kind} needs a mark")
        if self.kind == "hashtags" and self.count < 1:
            raise ValueError("a rule of kind hashtags needs a count")
        if self.kind in ("line", "absent") and isinstance(self.value, Texts):
            for language in LANGUAGES:
                try:
                    re.compile(self.value[language])
                except re.error as error:
                    raise ValueError(f"the {language} pattern is no regular expression: {error}") from error
        return self

    def names(self) -> set[str]:
        """The fields of a request that the rule speaks of."""
        if isinstance(self.value, Texts):
            return {*SLOT.findall(self.value.ko), *SLOT.findall(self.value.en)}
        return set(self.value) if isinstance(self.value, list) else set()


class Band(Strict):
    """Shortest and longest text in characters."""

    ko: tuple[int, int]
    en: tuple[int, int]

    @model_validator(mode="after")
    def _shortest_first(self) -> Self:
        if not (0 <= self.ko[0] <= self.ko[1] and 0 <= self.en[0] <= self.en[1]):
            raise ValueError("a length is [shortest, longest]")
        return self

    def __getitem__(self, language: str) -> tuple[int, int]:
        return self.en if language == "en" else self.ko


class TaskGuide(Strict):
    """One kind of text: how people call it, what its form asks, how it is written and checked."""

    name: Texts
    keywords: Lists
    fields: list[str]
    rules: list[str]
    reasons: list[str] = []  # of [reasons]; empty: all of them
    length: Band
    platforms: Lists = Lists()
    short: Texts
    long: Texts


class Guide(Strict):
    """The whole file."""

    brand: Brand
    terms: Terms = Terms()
    masking: Masking = Masking()
    fields: dict[str, Texts]
    lengths: Lists = Lists()  # what the form offers
    reasons: dict[str, Texts] = {}  # what may be wrong with a draft: chips to choose from
    prompts: Annotated[Lists, AfterValidator(few)] = Lists()  # to a person who opens the bot's messages
    rules: dict[str, Rule]
    tasks: dict[str, TaskGuide] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for keys, kind, name in self._named():
            if name not in getattr(self, f"{kind}s"):
                message = f"names the {kind} {name!r}, which [{kind}s] does not have"
                raise PydanticCustomError("unknown_name", "{message}", {"message": message, "keys": keys})
        if len(self.lengths.ko) != len(self.lengths.en):
            raise PydanticCustomError("pairs", "needs as many in both languages", {"keys": ["lengths"]})
        if "task" not in self.fields or "topic" not in self.fields:
            raise PydanticCustomError("missing", "needs at least task and topic", {"keys": ["fields"]})
        return self

    def _named(self) -> Iterator[tuple[list[str], str, str]]:
        """Where something is named: the keys there, whether a rule or a field is meant, and the name."""
        for task, guide in self.tasks.items():
            yield from ((["tasks", task, "rules"], "rule", name) for name in guide.rules)
            yield from ((["tasks", task, "fields"], "field", name) for name in guide.fields)
            yield from ((["tasks", task, "reasons"], "reason", name) for name in guide.reasons)
        for rule, checked in self.rules.items():
            yield from ((["rules", rule, "value"], "field", name) for name in sorted(checked.names()))


def shown(value: Any) -> str:
    """A field's value as people and the model read it: lists joined by slashes."""
    return " / ".join(value) if isinstance(value, list) else str(value)
