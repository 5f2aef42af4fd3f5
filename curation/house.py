"""What a person typed goes in; task, language, fields and the two prompts come out, as house.toml says."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from curation.guide import LANGUAGES, SHIPPED, Guide, TaskGuide, read, shown
from db.tables import Message

HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
SPLIT_POINTS = re.compile(r"\s*/\s+|\s+/\s*|\n\s*[-•*]\s*|^\s*[-•*]\s*")
# "…, 관공서 담당자 대상" and "… for public officers" name the reader at the end of what people type.
AUDIENCE = {
    "ko": re.compile(r"^(?P<rest>.+?)[,，]\s*(?P<audience>[^,，\n]+?)\s*(?:대상으로|대상|에게|을 위한|를 위한)\s*[.!]?$"),
    "en": re.compile(r"^(?P<rest>.+?),?\s+for\s+(?P<audience>[^,\n]+?)\s*[.!]?$", re.IGNORECASE),
}
PLEASE = {
    "ko": re.compile(r"\s*(?:초안|글)?\s*(?:을|를|좀)?\s*(?:써|작성해|만들어|부탁)\s*(?:해)?\s*(?:주세요|줘요|줘|드려요|드립니다|해요)?[.!~]*$"),
    "en": re.compile(r"^(?:please\s+)?(?:can you\s+|could you\s+)?(?:write|draft|make|create|prepare)\s+(?:me\s+|us\s+)?(?:an?\s+|the\s+)?", re.I),
}
OF = {"ko": re.compile(r"$^"), "en": re.compile(r"^(?:on|about|of|:)\s+", re.I)}


@dataclass(frozen=True)
class Ask:
    """One request as the house understands it. `fields` always has "topic"; "points" is a list of strings."""

    task: str
    language: str
    fields: dict[str, Any]


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

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Every label in either language, lower case, to its field."""
        return {text[lang].casefold(): name for name, text in self.guide.fields.items() for lang in LANGUAGES}

    def ask(self, text: str, *, task: str | None = None, language: str | None = None) -> Ask:
        """Understand what a person typed: labelled lines, else a topic with a task word and a reader."""
        fields, free = self._labelled(text)
        language = language or ("ko" if HANGUL.search(text) else "en")
        named = self._task_of(str(fields.pop("task", ""))) if "task" in fields else None
        topic = " ".join(free.split())
        if topic:
            topic = PLEASE[language].sub("", topic) or topic
            if "audience" not in fields and (found := AUDIENCE[language].match(topic)):
                topic, fields["audience"] = found["rest"].strip(), found["audience"].strip()
            guessed = self._task_of(topic)
            topic = self._without_task_word(topic, guessed, language)
            named = named or guessed
        if topic and "topic" not in fields:
            fields["topic"] = topic
        fields.setdefault("topic", " ".join(text.split()))
        ordered = {name: fields[name] for name in self.guide.fields if name in fields}
        return Ask(task or named or next(iter(self.tasks)), language, ordered)

    def _labelled(self, text: str) -> tuple[dict[str, Any], str]:
        """Fields of "label: value" lines, and the rest of the text."""
        fields: dict[str, Any] = {}
        free: list[str] = []
        last = ""
        for line in text.strip().splitlines():
            label, colon, value = line.partition(":")
            name = self._labels.get(label.strip().casefold()) if colon else None
            if name:
                fields[name], last = value.strip(), name
            elif last == "points" and re.match(r"\s*[-•*]", line):
                fields["points"] += "\n" + line
            else:
                free.append(line)
        if "points" in fields:
            fields["points"] = [p for p in (part.strip() for part in SPLIT_POINTS.split(fields["points"])) if p]
        return {name: value for name, value in fields.items() if value}, "\n".join(free)

    def _task_of(self, text: str) -> str | None:
        """The task whose word stands last in the text: "제안서 작성법 블로그" is a blog post."""
        folded, best = text.casefold(), (-1, "")
        for task, guide in self.tasks.items():
            for word in (guide.name.ko, guide.name.en, *guide.keywords.ko, *guide.keywords.en):
                best = max(best, (folded.rfind(word.casefold()), task))
        return best[1] if best[0] >= 0 else None

    def _without_task_word(self, topic: str, task: str | None, language: str) -> str:
        """The topic without a task word at its end (or, in English, at its start); never empty."""
        if task is None:
            return topic
        guide = self.tasks[task]
        words = sorted({guide.name[language], *guide.keywords[language]}, key=len, reverse=True)
        tail = {"ko": r"(?:\s*(?:글|게시물|포스트))?", "en": r"(?:\s+post)?"}[language]
        either = "|".join(re.escape(w) for w in words)
        bare = re.sub(rf"[\s,]*\b(?:{either}){tail}\s*[.:]?$", "", topic, flags=re.I)
        if language == "en":
            bare = re.sub(rf"^(?:an?\s+)?(?:{either})\b\s*", "", bare, flags=re.I)
        bare = OF[language].sub("", bare).strip(" ,:")
        return bare or topic

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
    """The style guide of `path`, else FLYWHEEL_HOUSE, else ./house.toml, else the shipped one. Errors: SettingsError."""
    named = path or (Path(value) if (value := os.environ.get("FLYWHEEL_HOUSE")) else None)
    here = Path("house.toml")
    return House(read(named or (here if here.is_file() else SHIPPED)))
