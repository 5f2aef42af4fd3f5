"""A text and the style guide in, the broken rules out: the checklist that people and the gate share."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from curation.guide import LANGUAGES, SLOT, Lists, Rule, Texts, shown
from curation.house import House
from curation.phrases import whole


class Checkable(Protocol):
    """Anything with these four: an Example row, a Text."""

    @property
    def task(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...
    @property
    def completion(self) -> str: ...


@dataclass(frozen=True)
class Text:
    """A draft on its way to be checked."""

    task: str
    language: str
    completion: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One rule that a text breaks: the rule's name and its label in both languages."""

    rule: str
    message: dict[str, str]


def check(example: Checkable, house: House) -> list[Problem]:
    """The rules of its task that a text breaks, in the order of the checklist."""
    return [problem for problem, kept in _judged(example, house) if not kept]


def score(example: Checkable, house: House) -> float:
    """The share of the rules that apply to this request and are kept, 0 to 1."""
    kept = [ok for _, ok in _judged(example, house)]
    return sum(kept) / len(kept) if kept else 1.0


def wording(example: Checkable, house: House) -> list[Problem]:
    """Words the house avoids, with the word it prefers: flags for reviewers, not part of the score."""
    terms, text, language = house.guide.terms, example.completion, example.language
    avoided = {word: f"✕ {word}" for word in terms.forbidden[language]}
    avoided |= {t.instead_of: f"{t.instead_of} → {t[language]}" for t in terms.preferred if t[language]}
    notes = [note for word, note in avoided.items() if re.search(whole(word), text, re.I)]
    return [Problem("wording", dict.fromkeys(LANGUAGES, note)) for note in notes]


def _judged(example: Checkable, house: House) -> list[tuple[Problem, bool]]:
    judged = []
    guide = house.tasks.get(example.task)  # a task may have left the style guide since the text was written
    for name in guide.rules if guide else []:
        rule = house.guide.rules[name]
        kept = _keeps(rule, example, house)
        if kept is not None:
            judged.append((Problem(name, rule.label.model_dump()), kept))
    return judged


def _keeps(rule: Rule, example: Checkable, house: House) -> bool | None:
    """Whether the text keeps a rule; None if the request lacks what the rule is about."""
    text, fields, language = example.completion.strip(), example.fields, example.language
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if rule.kind == "length":
        low, high = house.tasks[example.task].length[language]
        return low <= len(text) <= high
    if rule.kind == "points":
        points = fields.get("points")
        marked = [line[len(rule.mark) :].strip() for line in lines if line.startswith(rule.mark)]
        return marked == list(points) if points else len(marked) >= 2
    if rule.kind == "copies":
        wanted = [fields[name] for name in rule.names() if fields.get(name)]
        return all(shown(value).casefold() in text.casefold() for value in wanted) if wanted else None
    if rule.kind == "headings":
        assert isinstance(rule.value, Lists)
        found = [line[len(rule.mark) :].strip() for line in lines if line.startswith(rule.mark)]
        return found == rule.value[language]
    return _keeps_wording(rule, text, lines, fields, language)


def _keeps_wording(rule: Rule, text: str, lines: list[str], fields: Mapping[str, Any], language: str) -> bool | None:
    assert isinstance(rule.value, Texts)
    pattern = rule.kind in ("line", "absent")
    wanted = _filled(rule.value[language], fields, re.escape if pattern else str)
    if wanted is None:
        return None
    if rule.kind == "first_line":
        return lines[0] == wanted
    if rule.kind == "last_line":
        return lines[-1] == wanted
    if rule.kind == "contains":
        return wanted in text
    if rule.kind == "absent":
        return re.search(wanted, text) is None
    if rule.kind == "line":
        return any(re.fullmatch(wanted, line) for line in lines)
    tags = re.findall(r"#\S+", text)
    return len(tags) == rule.count and tags[-1:] == [wanted]


def _filled(template: str, fields: Mapping[str, Any], quoted: Callable[[str], str]) -> str | None:
    """The template with the request's values; None if one is missing."""
    if any(not fields.get(name) for name in SLOT.findall(template)):
        return None
    return SLOT.sub(lambda slot: quoted(shown(fields[slot[1]])), template)
