"""Pure builders of Block Kit: rows and words in, blocks out."""

from collections.abc import Sequence
from typing import Any

from bot.messages import say
from bot.text import safe

Block = dict[str, Any]


def text_of(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": True}


def button(language: str, action: str, key: str, value: str, style: str | None = None) -> Block:
    made: Block = {"type": "button", "action_id": action, "text": text_of(say(language, key)), "value": value}
    return {**made, "style": style} if style else made


def context(words: str) -> Block:
    """A small grey line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words}]}


def section(words: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def growing(text: str, line: str) -> list[Block]:
    """A draft while it is written."""
    return [*body(text), context(safe(line))]


def body(text: str) -> list[Block]:
    """A draft's Markdown; mentions in it reach nobody."""
    return [{"type": "markdown", "text": safe(text)}] if text.strip() else []


def finished(text: str, draft_id: int, language: str, line: str) -> list[Block]:
    """The last message of a draft: text, grey line, votes and buttons."""
    return [*body(text), context(safe(line)), votes(language, draft_id), choices(language, draft_id)]


def votes(language: str, draft_id: int) -> Block:
    def side(name: str, key: str) -> Block:
        words = say(language, key)
        return {"text": text_of(words), "accessibility_label": words, "value": f"{name}:{draft_id}"}

    element = {
        "type": "feedback_buttons",
        "action_id": "draft_feedback",
        "positive_button": side("up", "good"),
        "negative_button": side("down", "bad"),
    }
    return {"type": "context_actions", "elements": [element]}


def choices(language: str, draft_id: int) -> Block:
    value = str(draft_id)
    return {
        "type": "actions",
        "elements": [
            button(language, "draft_accept", "accept", value, "primary"),
            button(language, "draft_edit", "edit", value),
            button(language, "draft_regenerate", "again", value),
        ],
    }


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


def consent(language: str) -> list[Block]:
    """What is kept and why, once for each person."""
    return [
        section(say(language, "consent")),
        {
            "type": "actions",
            "elements": [
                button(language, "consent_yes", "consent_yes", "granted", "primary"),
                button(language, "consent_no", "consent_no", "declined"),
            ],
        },
    ]


def verdict_card(language: str, title: str, reasons: list[str], adapter: str | None) -> list[Block]:
    """News of a training for the operators; with `adapter` it can be rolled back from here."""
    listed = "\n".join(f"• {safe(reason)}" for reason in reasons)
    card = [section(f"*{safe(title)}*\n{listed}"[:2900])]
    if adapter:
        undo = button(language, "adapter_rollback", "rollback", adapter, "danger")
        undo["confirm"] = {
            "title": text_of(say(language, "rollback")),
            "text": text_of(say(language, "rollback_sure")),
            "confirm": text_of(say(language, "yes")),
            "deny": text_of(say(language, "no")),
        }
        card.append({"type": "actions", "elements": [undo]})
    return card


def undone(shown: Sequence[Block], line: str) -> list[Block]:
    """A verdict's card once it was rolled back: who did it stands where the button was."""
    return [*(block for block in shown if block["type"] != "actions"), context(line)]
