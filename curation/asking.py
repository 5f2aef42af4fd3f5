"""What a person typed goes in; the task, the language and the fields they meant come out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curation.guide import LANGUAGES, Guide, Language

HANGUL, LATIN = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]"), re.compile(r"[A-Za-z]")
LETTERS_A_SYLLABLE = 4  # a Korean sentence may be full of English terms; an English one may hold a Korean name
BULLET = re.compile(r"^\s*[-•*]\s+")
# "…, 관공서 담당자 대상" and "… for public officers" name the reader at the end of what people type; "tips for saving
# water" names none.
AUDIENCE = {
    "ko": re.compile(
        r"^(?P<rest>.+)[,，]\s*(?P<audience>[^,，]+?)\s*(?:대상으로|대상|에게|[을를] 위한|[을를] 위해)\s*[.!]?$"
    ),
    "en": re.compile(r"^(?P<rest>.+?\S),?\s+for\s+(?P<audience>(?!\w+ing\b)(?:(?!\bfor\b)[^,])+?)\s*[.!]?$", re.I),
}
PLEASE = {
    "ko": re.compile(
        r"(?:\s+(?:초안|글))?[을를]?(?:\s*(?:하나|한 편|좀))*\s*(?:써|적어|작성해|작성|만들어|부탁해|부탁)"
        r"\s*(?:주세요|주실래요|줘요|줘|드려요|드립니다|해요|합니다)?\s*[.!~?]*$"
    ),
    "en": re.compile(
        r"^(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:please\s+)?(?:write|draft|make|create|prepare)\s+"
        r"(?:(?:me|us)\s+)?(?:(?:an?|the)\s+)?",
        re.I,
    ),
}
# What joins the topic to the task word: "여름 음료에 대한 블로그", "a blog post about summer drinks".
JOINT = {
    "ko": re.compile(r"\s*(?:에 대한|에 대해서?|에 관한|에 관해서?)$"),
    "en": re.compile(r"^(?:on|about|of|to|:)\s+", re.I),
}


@dataclass(frozen=True)
class Ask:
    """One request as the house understands it. `fields` always has "topic"; "points" is a list of strings."""

    task: str
    language: str
    fields: dict[str, Any]


def understand(guide: Guide, text: str, task: str | None, language: str | None) -> Ask:
    """Labelled lines count as they are; the rest is a topic, perhaps with a task word and a reader. Nothing is lost."""
    fields, free, spoken = labelled(guide, text)
    language = language or spoken or language_of(text)
    named = task_of(guide, fields.pop("task", ""))
    topic = " ".join(free.split())
    if topic and "topic" not in fields:
        topic = PLEASE[language].sub("", topic) or topic
        if "audience" not in fields and (found := AUDIENCE[language].match(topic)):
            topic, fields["audience"] = found["rest"].strip(), found["audience"].strip()
        guessed = task_of(guide, topic)
        fields["topic"] = without_task_word(guide, topic, guessed, language)
        named = named or guessed
    fields.setdefault("topic", " ".join(text.split()))
    values: dict[str, Any] = {name: fields[name] for name in guide.fields if name in fields}
    if "points" in values:
        values["points"] = points_of(fields["points"])
    return Ask(task or named or next(iter(guide.tasks)), language, values)


def language_of(text: str) -> Language:
    """Korean if Hangul carries a fair share of it, else English."""
    return "ko" if len(HANGUL.findall(text)) * LETTERS_A_SYLLABLE >= len(LATIN.findall(text)) + 1 else "en"


def labelled(guide: Guide, text: str) -> tuple[dict[str, str], str, Language | None]:
    """Fields of "label: value" lines, the rest of the text, and the language of the labels.

    Lines under a label go on with its value once the topic has a label of its own, or where they are a list of points.
    """
    labels = {words[lang].casefold(): (name, lang) for name, words in guide.fields.items() for lang in LANGUAGES}
    lines = text.strip().splitlines()
    found = [labels.get(line.partition(":")[0].strip().casefold()) if ":" in line else None for line in lines]
    topic_labelled = any(hit and hit[0] == "topic" for hit in found)
    fields: dict[str, str] = {}
    free: list[str] = []
    last = ""
    for line, hit in zip(lines, found, strict=True):
        if hit and hit[0] not in fields:
            last = hit[0]
            fields[last] = line.partition(":")[2].strip()
        elif last == "points" and BULLET.match(line):
            fields[last] += "\n" + line
        elif topic_labelled and last and line.strip():
            fields[last] = f"{fields[last]} {line.strip()}".strip()
        else:
            free.append(line)
    spoken = next((hit[1] for hit in found if hit), None)
    return {name: value for name, value in fields.items() if value}, "\n".join(free), spoken


def points_of(value: str) -> list[str]:
    """Key points written as a list, or parted by slashes or commas. "A/B 테스트 / 가격 1,000원" is two points."""
    if "\n" in value:
        parts: Iterable[str] = (BULLET.sub("", line) for line in value.splitlines())
    elif re.search(r"\s/|/\s", value):
        parts = re.split(r"\s*/\s+|\s+/\s*", value)
    elif "/" in value and min(len(part.strip()) for part in value.split("/")) > 1:
        parts = value.split("/")
    else:
        parts = re.split(r"[,，]\s+", value)
    return [part.strip() for part in parts if part.strip()]


def task_of(guide: Guide, text: str) -> str | None:
    """The task whose word stands last in the text: "제안서 작성법 블로그" is a blog post."""
    best = (-1, 0, "")
    for task, words in guide.tasks.items():
        for word in (*words.name.model_dump().values(), *words.keywords.ko, *words.keywords.en):
            for hit in re.finditer(whole(word), text, re.I):
                best = max(best, (hit.end(), len(word), task))
    return best[2] or None


def whole(word: str) -> str:
    """A pattern that finds an English word only as a whole ("particle" holds no "article"), a Korean one anywhere."""
    escaped = re.escape(word)
    return rf"(?<![A-Za-z]){escaped}s?(?![A-Za-z])" if word.isascii() else escaped


def without_task_word(guide: Guide, topic: str, task: str | None, language: str) -> str:
    """The topic without a task word at its end (or, in English, at its start); never empty."""
    if task is None:
        return topic
    words = sorted({guide.tasks[task].name[language], *guide.tasks[task].keywords[language]}, key=len, reverse=True)
    either = "|".join(whole(word) for word in words)
    tail = r"(?:\s*(?:글|게시물|포스트|게시글)|에|로|용)?" if language == "ko" else r"(?:\s+post)?"
    bare = re.sub(rf"(?:^|[\s,])(?:{either}){tail}\s*[.:]?$", "", topic, flags=re.I)
    if language == "en":
        bare = re.sub(rf"^(?:an?\s+)?(?:{either})\b\s*", "", bare, flags=re.I)
    elif bare != topic:
        bare = re.sub(r"(?<=[가-힣])[을를]$", "", bare.strip())
    bare = JOINT[language].sub("", bare.strip(" ,:")).strip(" ,:")
    return bare or topic
