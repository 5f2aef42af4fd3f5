"""What a person typed goes in; the task, the language and the fields they meant come out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curation.guide import LANGUAGES, Guide, Language
from curation.phrases import AUDIENCE, BULLET, JOINT, LABEL, PLEASE, SLASH, TAIL, VERB, WANTED, named, whole

HANGUL, LATIN = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]"), re.compile(r"[A-Za-z]")
LETTERS_A_SYLLABLE = 4  # a Korean sentence may be full of English terms; an English one may hold a Korean name


@dataclass(frozen=True)
class Ask:
    """One request as the house understands it. `fields` always has "topic"; "points" is a list of strings.

    `language` is the answer's; `spoken` is the one the person wrote in.
    """

    task: str
    language: str
    fields: dict[str, Any]
    spoken: str = ""


def understand(guide: Guide, text: str, task: str | None, language: str | None) -> Ask:
    """Labelled lines count as they are; the rest is a topic, perhaps with a task word and a reader. Nothing is lost."""
    fields, free, spoken = labelled(guide, text)
    answered, language = language, language or spoken or language_of(text)
    named, *aside = parted(guide, fields.pop("task", ""), language)
    said = " ".join(free.split())
    wanted, meant = wanted_language(PLEASE[language].sub("", said).strip())
    meant = PLEASE[language].sub("", meant).strip()
    if "topic" in fields:
        guessed, beside = parted(guide, meant, language)
        aside.append(beside)
    else:
        guessed, fields["topic"], reader = topic_and_reader(guide, meant or said, language, "audience" in fields)
        fields |= {"audience": reader} if reader else {}
    task = task or named or guessed or next(iter(guide.tasks))
    values: dict[str, Any] = {"platform": platform_of(guide, task, text, language), **fields}
    # Words beside labelled lines are worth a line of their own.
    values["points"] = [part for part in aside if part] + points_of(fields.get("points", ""))
    values["topic"] = fields["topic"] or " ".join(text.split())
    kept = {name: values[name] for name in guide.fields if values.get(name) or name == "topic"}
    return Ask(task, answered or wanted or language, kept, language)


def wanted_language(said: str) -> tuple[Language | None, str]:
    """The language a sentence asks the answer in, and the sentence without that."""
    for language in LANGUAGES:
        rest, found = WANTED[language].subn("", said, count=1)
        if found:
            return language, rest.strip(" ,")
    return None, said


def topic_and_reader(guide: Guide, said: str, language: str, reader_known: bool) -> tuple[str | None, str, str]:
    """Task, topic and reader of a sentence; the topic is empty only if the sentence is."""
    task, topic = parted(guide, said, language)
    found = None if reader_known else next(filter(None, (form.match(topic) for form in AUDIENCE[language])), None)
    if not found:
        return task, topic or said, ""
    if topic == said:  # no task word at an end; one in the reader's own name ("블로그 운영자") does not count
        task, topic = parted(guide, found["rest"].strip(), language)
    else:
        topic = without_task_word(guide, found["rest"].strip(), task, language)
    return task, topic or found["rest"].strip(), found["audience"].strip()


def parted(guide: Guide, said: str, language: str) -> tuple[str | None, str]:
    """The task a sentence names, and the sentence without the word for it."""
    task = task_of(guide, said)
    return task, without_task_word(guide, said, task, language)


def platform_of(guide: Guide, task: str, text: str, language: str) -> str:
    """The platform of the task that a text names, also by a short name: "인스타" is 인스타그램. Else empty."""
    kind, said = guide.tasks[task], text.casefold()
    words = [word.casefold() for word in kind.keywords[language] if re.search(whole(word), text, re.I)]
    for name in kind.platforms[language]:
        if name.casefold() in said or any(name.casefold().startswith(word) for word in words):
            return name
    return ""


def language_of(text: str) -> Language:
    """Korean if Hangul carries a fair share of it, else English."""
    return "ko" if len(HANGUL.findall(text)) * LETTERS_A_SYLLABLE >= len(LATIN.findall(text)) + 1 else "en"


def labelled(guide: Guide, text: str) -> tuple[dict[str, str], str, Language | None]:
    """Fields of "label: value" lines (perhaps bulleted), the rest of the text, and the language of the labels.

    Bulleted lines are points, or the value of a label that has none beside it. Other lines under a label go on with its
    value once the topic has a label of its own.
    """
    lines = text.strip().splitlines()
    found = [_label(guide, line) for line in lines]
    topic_labelled = any(hit and hit[0] == "topic" for hit in found)
    fields: dict[str, str] = {}
    free: list[str] = []
    last, listing, listed = "", "points", True  # listed: labels stand behind bullets themselves
    for line, hit in zip(lines, found, strict=True):
        bulleted = bool(BULLET.match(line))
        if hit and hit[0] not in fields and (listed or not bulleted):
            last, value, _ = hit
            fields[last] = value
            listing, listed = ("points" if value else last), bulleted or last != "points"
        elif bulleted:
            fields[listing] = f"{fields.get(listing, '')}\n{line}"
        elif topic_labelled and last and line.strip():
            fields[last] = f"{fields[last]} {line.strip()}".strip()
        else:
            free.append(line)
    spoken = next((hit[2] for hit in found if hit), None)
    for name, value in fields.items():
        if name != "points" and "\n" in value:
            fields[name] = ", ".join(points_of(value))
    return {name: value for name, value in fields.items() if value}, "\n".join(free), spoken


def _label(guide: Guide, line: str) -> tuple[str, str, Language] | None:
    """Field, value and language of a "label: value" line."""
    if hit := LABEL.match(BULLET.sub("", line)):
        for name, words in guide.fields.items():
            for language in LANGUAGES:
                if words[language].casefold() == hit["label"].casefold():
                    return name, hit["value"], language
    return None


def points_of(value: str) -> list[str]:
    """Key points written as a list, or parted by slashes or commas. "A/B 테스트 / 가격 1,000원" is two points."""
    if "\n" in value:
        parts: Iterable[str] = (BULLET.sub("", line) for line in value.splitlines())
    elif re.search(r"\s/|/\s", value):
        parts = re.split(r"\s*/\s+|\s+/\s*", value)
    elif "://" not in value and SLASH.search(value):
        parts = SLASH.split(value)
    else:
        parts = re.split(r"[,，]\s+", value)
    return [part.strip() for part in parts if part.strip()]


def task_of(guide: Guide, text: str) -> str | None:
    """The task whose word stands last in the text: "제안서 작성법 블로그" is for a blog."""
    best = (-1, 0, "")
    for task, words in guide.tasks.items():
        for word in (*words.name.model_dump().values(), *words.keywords.ko, *words.keywords.en):
            for hit in named(word).finditer(text):
                best = max(best, (hit.end(), hit.end() - hit.start(), task))
    return best[2] or None


def without_task_word(guide: Guide, topic: str, task: str | None, language: str) -> str:
    """The topic without a task word at its end (or, in English, at its start)."""
    if task is None:
        return topic
    words = sorted({guide.tasks[task].name[language], *guide.tasks[task].keywords[language]}, key=len, reverse=True)
    either = "|".join(whole(word) for word in words)
    bare = re.sub(rf"(?:^|[\s,])(?:{either}){TAIL[language]}\s*[.:]?$", "", topic, flags=re.I)
    if language == "en":
        bare = re.sub(rf"^{VERB}(?:(?:an?|the)\s+)?(?:{either})(?:\s+post)?\b\s*", "", bare, flags=re.I)
    elif bare != topic:
        bare = re.sub(r"(?<=[가-힣])[을를]$", "", bare.strip())
    return JOINT[language].sub("", bare.strip(" ,:")).strip(" ,:") if bare != topic else topic
