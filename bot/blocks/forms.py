"""Forms people fill in."""

from collections.abc import Sequence

from bot.blocks.pieces import Block, text_of
from bot.messages import say


def edit_form(language: str, parts: Sequence[str], callback_id: str, private: str, title: str) -> Block:
    """A form with a text's parts (see bot.text.parts_for_form) in a field each."""
    fields = []
    for i, part in enumerate(parts):
        label = say(language, "part", n=i + 1, of=len(parts)) if len(parts) > 1 else say(language, "whole")
        element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 3000}
        if part:
            element["initial_value"] = part
        field = {"type": "input", "block_id": f"part_{i}", "label": text_of(label), "element": element}
        fields.append({**field, "optional": len(parts) > 1})  # a person may empty a part, not the whole
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private,
        "title": text_of(say(language, title)),
        "submit": text_of(say(language, "save")),
        "close": text_of(say(language, "close")),
        "blocks": fields,
    }


def reject_form(language: str, private: str) -> Block:
    """Why a text is left out; the person who wrote it reads the note."""
    note: Block = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": 500}
    return {
        "type": "modal",
        "callback_id": "review_reject",
        "private_metadata": private,
        "title": text_of(say(language, "reject_title")),
        "submit": text_of(say(language, "leave_out")),
        "close": text_of(say(language, "close")),
        "blocks": [
            {
                "type": "input",
                "block_id": "note",
                "optional": True,
                "label": text_of(say(language, "reject_why")),
                "element": note,
            }
        ],
    }
