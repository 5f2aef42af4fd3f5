"""A text people wrote in; out, the masked review it becomes, and the keys it is known by when it comes again."""

import hashlib
import json
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from curation.asking import task_of
from curation.families import topic_key
from curation.files import Row
from curation.house import Ask, House
from curation.mask import mask
from curation.reviews import masked_fields
from db.tables import Message, Review


@dataclass(frozen=True)
class Incoming:
    """A masked row on its way: the columns of its review, the personal data it held, the key an export of it would have."""

    values: dict[str, Any]
    found: Counter[str]
    exported: str

    @property
    def keys(self) -> set[str]:
        """A text comes again as it came first, or as it was given out."""
        return {self.values["key"], self.exported}


def incoming(row: Row, house: House, task: str | None) -> Incoming:
    """A row with the prompts a live request would get: so training and serving see the same. `task`: if the row has none."""
    request, answer = (unicodedata.normalize("NFC", text).strip() for text in (row.request, row.answer))
    ask = _titled(row, house, task) if row.language else house.ask(request, task=row.task or task)
    values, found = _masked(house, ask, answer)
    values["key"] = text_key(ask.task, request, answer)
    values["source"] = f"topic:{topic_key(ask.task, ask.language, values['fields'])}"
    return Incoming(values, found, text_key(ask.task, values["short_prompt"][-1]["content"], values["proposed"]))


def _titled(row: Row, house: House, task: str | None) -> Ask:
    """What a post answers: its title is the topic, and may name the task."""
    topic = " ".join(unicodedata.normalize("NFC", row.request).split())
    task = row.task or task or task_of(house.guide, topic) or next(iter(house.tasks))
    return Ask(task, str(row.language), {"topic": topic})


def text_key(task: str, request: str, answer: str) -> str:
    """The same for the same texts, from whichever file and however their letters are composed."""
    texts = [task, *(unicodedata.normalize("NFC", text).strip() for text in (request, answer))]
    return f"import:{hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:32]}"


def human_review(house: House, ask: Ask, text: str, key: str, source: str, person_id: int | None = None) -> Review:
    """A masked review of a text people wrote, as if it had been the answer to `ask`; `source` names its family."""
    values, _ = _masked(house, ask, text)
    return Review(key=key, source=source, person_id=person_id, **values)


def _masked(house: House, ask: Ask, text: str) -> tuple[dict[str, Any], Counter[str]]:
    """Columns of the review, and the kinds of personal data that were in request and text."""
    prompts = house.prompts(ask.task, ask.language, ask.fields)
    asked, answered = mask(prompts.short[-1]["content"]), mask(text)

    def masked(prompt: list[Message]) -> list[Message]:  # both end with the same user turn
        system = [{**turn, "content": _instruction(turn["content"])} for turn in prompt[:-1]]
        return [*system, {**prompt[-1], "content": asked.text}]

    values = {
        "origin": "human",
        "task": ask.task,
        "language": ask.language,
        "fields": masked_fields(ask.fields),
        "short_prompt": masked(prompts.short),
        "long_prompt": masked(prompts.long),
        "proposed": answered.text,
    }
    return values, Counter(span.type for one in (asked, answered) for span in one.spans)


@lru_cache(maxsize=64)
def _instruction(text: str) -> str:
    return mask(text).text  # the style guide's own words, the same for every text of a task
