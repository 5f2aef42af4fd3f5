"""A draft in Slack: while it grows, and finished with its buttons."""

from bot.blocks.pieces import Block, body, button, context, text_of
from bot.messages import say
from bot.text import safe


def growing(text: str, line: str) -> list[Block]:
    """A draft while it is written."""
    return [*body(text), context(safe(line))]


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
