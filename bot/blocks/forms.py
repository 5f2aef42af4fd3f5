"""Forms people fill in."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.blocks.pieces import Block, section, text_of
from bot.messages import say


def edit_form(
    language: str, parts: Sequence[str], callback_id: str, private: str, title: str, more: Sequence[Block] = ()
) -> Block:
    """A form with a text's parts (see bot.text.parts_for_form) in a field each, and what else is asked."""
    return modal(language, callback_id, private, title, "save", [*text_fields(language, parts), *more])


def example_form(
    language: str,
    tasks: Mapping[str, str],
    task: str,
    topic: str,
    with_audience: bool,
    parts: Sequence[str],
    private: str,
) -> Block:
    """A text brought as an example: what it is an example of, and the text itself to be trimmed. `tasks` by name."""
    options = {name: {"text": text_of(words[:75]), "value": name} for name, words in tasks.items()}
    menu = {
        "type": "static_select",
        "action_id": "choice",
        "options": list(options.values()),
        "initial_option": options[task],
    }
    blocks = [
        section(say(language, "example_why")),
        field("task", say(language, "example_task"), menu),
        line_field(language, "topic", topic, optional=False),
        *([line_field(language, "audience", "", optional=True)] if with_audience else []),
        *text_fields(language, parts),
    ]
    return modal(language, "example_form", private, "example_title", "example_send", blocks)


def text_fields(language: str, parts: Sequence[str]) -> list[Block]:
    """A text's parts in a field each."""
    fields: list[Block] = []
    for i, part in enumerate(parts):
        label = say(language, "part", n=i + 1, of=len(parts)) if len(parts) > 1 else say(language, "whole")
        element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 3000}
        if part:
            element["initial_value"] = part
        fields.append(field(f"part_{i}", label, element, optional=len(parts) > 1))  # of several one may be emptied
    return fields


def line_field(language: str, name: str, value: str, optional: bool) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": "text", "max_length": 300}
    if value:
        element["initial_value"] = value
    return field(name, say(language, f"example_{name}"), element, optional)


def field(name: str, label: str, element: Block, optional: bool = False) -> Block:
    """One question of a form; `name` is what its answer is found by."""
    return {"type": "input", "block_id": name, "optional": optional, "label": text_of(label), "element": element}


def modal(language: str, callback_id: str, private: str, title: str, submit: str, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private,
        "title": text_of(say(language, title)),
        "submit": text_of(say(language, submit)),
        "close": text_of(say(language, "close")),
        "blocks": blocks,
    }


def quality_field(language: str) -> Block:
    """How good a text is, 1 to 5; nobody has to say."""
    options = [{"text": text_of(str(n)), "value": str(n)} for n in range(1, 6)]
    menu = {"type": "static_select", "action_id": "choice", "options": options}
    return field("quality", say(language, "review_quality"), menu, optional=True)


def reject_form(language: str, private: str, chips: Mapping[str, str]) -> Block:
    """Why a text is left out; the person who wrote it reads reasons and note. `chips`: the reasons' words by name."""
    note: Block = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": 500}
    asked = [field("note", say(language, "reject_why"), note, optional=True)]
    if chips:
        asked.insert(0, field("chips", say(language, "why_chips"), checkboxes(chips), optional=True))
    return modal(language, "review_reject", private, "reject_title", "leave_out", asked)


def checkboxes(chips: Mapping[str, str]) -> Block:
    """Words by name, at most ten (Slack takes no more boxes in a group)."""
    options = [{"text": text_of(words[:75]), "value": name} for name, words in chips.items()]
    return {"type": "checkboxes", "action_id": "chips", "options": options[:10]}


def checked(values: Mapping[str, Any]) -> list[str]:
    """The names of the boxes a person ticked, of what a form says."""
    return [box["value"] for box in values.get("chips", {}).get("chips", {}).get("selected_options") or []]
