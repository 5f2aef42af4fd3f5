"""house.toml in; out, the style guide that understands what people type and makes the prompts for it."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curation.asking import Ask, understand
from curation.guide import Guide, TaskGuide, shown
from db.errors import SettingsError
from db.tables import Message

__all__ = ["Ask", "House", "Prompts", "TaskGuide", "load_house"]

SHIPPED = Path(__file__).parents[1] / "house.toml"


@dataclass(frozen=True)
class Prompts:
    """The same request under the short instruction (for an adapter) and the long one (for the bare base model)."""

    short: list[Message]
    long: list[Message]


@dataclass(frozen=True)
class House:
    """A style guide with the two things it does: understand requests and make prompts."""

    guide: Guide

    @property
    def tasks(self) -> dict[str, TaskGuide]:
        return self.guide.tasks

    def ask(self, text: str, *, task: str | None = None, language: str | None = None) -> Ask:
        """Understand what a person typed; a given task or language wins over what the text says."""
        return understand(self.guide, text, task, language)

    def reasons(self, task: str, language: str) -> dict[str, str]:
        """What a person may find wrong with a draft of this task: words by name."""
        chosen = self.tasks[task].reasons or self.guide.reasons
        return {name: self.guide.reasons[name][language] for name in chosen}

    def prompts(self, task: str, language: str, fields: Mapping[str, Any]) -> Prompts:
        """System and user turns; the user turn is one labelled line a field, in the order of [fields]."""
        guide = self.tasks[task]
        values = {**fields, "task": guide.name[language]}
        lines = [
            f"{label[language]}: {shown(values[name])}" for name, label in self.guide.fields.items() if values.get(name)
        ]
        user = {"role": "user", "content": "\n".join(lines)}

        def under(system: str) -> list[Message]:
            return [{"role": "system", "content": system.strip()}, user]

        return Prompts(under(guide.short[language]), under(guide.long[language]))


def load_house(path: Path | None = None) -> House:
    """The style guide of `path`, else FLYWHEEL_HOUSE, ./house.toml, the shipped one. Errors: SettingsError."""
    named = path or (Path(value) if (value := os.environ.get("FLYWHEEL_HOUSE")) else None)
    here = Path("house.toml")
    return House(read(named or (here if here.is_file() else SHIPPED)))


def read(path: Path) -> Guide:
    """The style guide of a file. Errors: SettingsError naming file, line and key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Guide.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist. Set FLYWHEEL_HOUSE to your style guide.") from error
    except OSError as error:
        raise SettingsError(
            f"{path} can't be read ({error.strerror}). Set FLYWHEEL_HOUSE to your style guide."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}. Correct that line.") from error
    except ValidationError as error:
        first = error.errors()[0]
        named = first.get("ctx", {}).get("keys", first["loc"])
        keys = [str(part) for part in named if part not in ("Texts", "Lists", "list")]
        line = line_of(text, keys)
        where = f"{path}, line {line}" if line else str(path)
        raise SettingsError(f"{where}: {'.'.join(keys) or 'file'}: {first['msg']}. Correct it there.") from error


def line_of(text: str, keys: list[str]) -> int | None:
    """The line where a dotted key (or the nearest table around it) is set; tomllib keeps no positions."""
    best: tuple[int, int] | None = None  # how many leading keys match, line
    table: list[str] = []
    inside = False  # a text of several lines, whose lines may look like keys
    for number, line in enumerate(text.splitlines(), 1):
        began, inside = inside, inside ^ (len(re.findall(r'"{3}|\'{3}', line)) % 2 == 1)
        if began:
            continue
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
