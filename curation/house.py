"""The style guide with the two things it does: understand what people type, and make the prompts for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.asking import Ask, understand
from curation.guide import SHIPPED, Guide, TaskGuide, read, shown
from db.tables import Message

__all__ = ["Ask", "House", "Prompts", "TaskGuide", "load_house"]


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
