"""The shape of house.toml: what a style guide must hold, and an error naming line and key where it does not."""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from db.errors import SettingsError

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
SHIPPED = Path(__file__).parents[1] / "house.toml"


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


class Brand(Strict):
    name: Texts
    tone: Texts


Kind = Literal[
    "first_line", "last_line", "line", "contains", "absent", "headings", "points", "copies", "hashtags", "length"
]


class Rule(Strict):
    """One rule of the checklist; what `value` and `mark` mean depends on the kind (see house.toml)."""

    label: Texts
    kind: Kind
    value: Texts | Lists | list[str] | None = None
    mark: str = ""
    count: int = 0

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        wanted: dict[str, type | None] = {"headings": Lists, "copies": list, "points": None, "length": None}
        kind = wanted.get(self.kind, Texts)
        if (kind is None and self.value is not None) or (kind is not None and not isinstance(self.value, kind)):
            shapes: dict[type | None, str] = {Texts: 'a { ko = "…", en = "…" }', Lists: "a { ko = […], en = […] }"}
            shape = shapes.get(kind, "no" if kind is None else "a list as its")
            raise ValueError(f"a rule of kind {self.kind} takes {shape} value")
        if self.kind in ("headings", "points") and not self.mark:
            raise ValueError(f"a rule of kind {self.kind} needs a mark")
        if self.kind in ("line", "absent") and isinstance(self.value, Texts):
            for language in LANGUAGES:
                try:
                    re.compile(self.value[language])
                except re.error as error:
                    raise ValueError(f"the {language} pattern is no regular expression: {error}") from error
        return self


class Band(Strict):
    """Shortest and longest text in characters."""

    ko: tuple[int, int]
    en: tuple[int, int]

    def __getitem__(self, language: str) -> tuple[int, int]:
        return self.en if language == "en" else self.ko


class TaskGuide(Strict):
    """One kind of text: how people call it, what its form asks, how it is written and checked."""

    name: Texts
    keywords: Lists
    fields: list[str]
    rules: list[str]
    length: Band
    platforms: Lists = Lists()
    short: Texts
    long: Texts


class Guide(Strict):
    """The whole file."""

    brand: Brand
    terms: Terms = Terms()
    fields: dict[str, Texts]
    rules: dict[str, Rule]
    tasks: dict[str, TaskGuide] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for task, guide in self.tasks.items():
            for kind, named, known in (("rule", guide.rules, self.rules), ("field", guide.fields, self.fields)):
                for name in named:
                    if name not in known:
                        raise ValueError(f"task {task} names the {kind} {name!r}, which [{kind}s] does not have")
        if "task" not in self.fields or "topic" not in self.fields:
            raise ValueError("[fields] needs at least task and topic")
        return self


def read(path: Path) -> Guide:
    """The style guide of a file. Errors: SettingsError naming file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
        return Guide.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist. Set FLYWHEEL_HOUSE to your style guide.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}. Correct that line.") from error
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(part) for part in first["loc"] if part not in ("Texts", "Lists", "list[str]")]
        line = line_of(text, keys)
        where = f"{path}, line {line}" if line else str(path)
        raise SettingsError(f"{where}: {'.'.join(keys) or 'file'}: {first['msg']}. Correct it there.") from error


def line_of(text: str, keys: list[str]) -> int | None:
    """The line where a dotted key (or the nearest table around it) is set; tomllib keeps no positions."""
    best: tuple[int, int] | None = None  # how many leading keys match, line
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            table = [part.strip().strip('"') for part in header[1].split(".")]
            here = table
        elif key := re.match(r"\s*([\w.\"-]+)\s*=", line):
            here = [*table, *(part.strip('"') for part in key[1].split("."))]
        else:
            continue
        if here == keys[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


def shown(value: Any) -> str:
    """A field's value as people and the model read it: lists joined by slashes."""
    return " / ".join(value) if isinstance(value, list) else str(value)
