"""The form that asks for a draft: a field each for what a request of this task is made of."""

from collections.abc import Mapping

from bot.blocks.forms import field, modal
from bot.blocks.pieces import Block, text_of
from bot.messages import say
from curation.guide import LANGUAGES, Guide

LONG = ("points", "question")  # fields that take several lines
MOST = 2800  # characters of a field with several lines; Slack takes 3,000
LINE = 300  # characters of the others


def draft_form(guide: Guide, language: str, task: str, private: str, given: Mapping[str, str]) -> Block:
    """`given` is what stands in the fields at first, by field; "language" is the draft's. Choosing another task asks again."""
    tasks = {name: words.name[language] for name, words in guide.tasks.items()}
    languages: dict[str, str] = {name: say(language, f"in_{name}") for name in LANGUAGES}
    names = ["topic", *(name for name in guide.tasks[task].fields if name != "topic")]
    blocks = [
        {**field("task", guide.fields["task"][language], menu("draft_task", tasks, task)), "dispatch_action": True},
        *(asked(guide, language, task, name, given.get(name, "")) for name in names),
        field("language", say(language, "form_language"), menu("language", languages, given.get("language", language))),
    ]
    return modal(language, "draft_form", private, "form_title", "form_send", blocks)


def asked(guide: Guide, language: str, task: str, name: str, value: str) -> Block:
    """One field of a request; all but the topic may stay empty."""
    label, platforms = guide.fields[name][language], guide.tasks[task].platforms[language]
    if name == "length" and guide.lengths[language]:
        element = menu(name, {str(i): words for i, words in enumerate(guide.lengths[language])}, value)
    elif name == "platform" and platforms:
        element = menu(name, {words: words for words in platforms}, value)
    else:
        long = name in LONG
        element = {
            "type": "plain_text_input",
            "action_id": name,
            "multiline": long,
            "max_length": MOST if long else LINE,
        }
        element |= {"initial_value": value} if value else {}
    made = field(name, label, element, optional=name != "topic")
    return {**made, "hint": text_of(say(language, "form_points"))} if name == "points" else made


def menu(action: str, choices: Mapping[str, str], chosen: str) -> Block:
    """`choices` are words by value."""
    options = {value: {"text": text_of(words[:75]), "value": value} for value, words in choices.items()}
    made: Block = {"type": "static_select", "action_id": action, "options": list(options.values())}
    return {**made, "initial_option": options[chosen]} if chosen in options else made
