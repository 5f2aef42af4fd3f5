"""A draft in Slack: while it is awaited, while it grows, finished with its buttons, stopped, and folded to a line."""

import textwrap

from bot.blocks.pieces import Block, body, button, context, text_of
from bot.messages import say
from bot.text import safe, split

FIRST_WORDS = 60  # characters of a folded draft that stay


def growing(text: str, line: str, draft_id: int, language: str) -> list[Block]:
    """A draft while it is awaited or written, with what stops it."""
    stop = {"type": "actions", "elements": [button(language, "draft_stop", "stop", str(draft_id))]}
    return [*body(text), context(safe(line)), stop]


def laid(text: str, head: list[Block], foot: list[Block]) -> list[tuple[str, list[Block]]]:
    """A whole text as messages, each its part and its blocks: `head` above the first, `foot` under the last."""
    parts = split(text)
    last = len(parts) - 1
    return [
        (part, [*(head if number == 0 else []), *body(part), *(foot if number == last else [])])
        for number, part in enumerate(parts)
    ]


def finished(draft_id: int, language: str, line: str) -> list[Block]:
    """What stands under a draft: grey line, votes and buttons."""
    return [context(safe(line)), votes(language, draft_id), choices(language, draft_id)]


def stopped(draft_id: int, language: str) -> list[Block]:
    """What stands under a draft that was stopped: nobody can judge half a text."""
    again = button(language, "draft_retry", "again", str(draft_id))
    return [context(say(language, "stopped")), {"type": "actions", "elements": [again]}]


def folded(text: str, version: int, draft_id: int, language: str, part: int, parts: int) -> tuple[str, list[Block]]:
    """A message of a draft that has a newer version, as one line; the button stands under the last."""
    counted = {"n": version, "part": part + 1, "parts": parts}
    words = textwrap.shorten(text, FIRST_WORDS, placeholder="…")
    line = safe(say(language, "folded_part" if part else "folded", words=words, **counted))
    unfold = {"type": "actions", "elements": [button(language, "draft_unfold", "unfold", str(draft_id))]}
    return line, [context(line), unfold] if part == parts - 1 else [context(line)]


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
            button(language, "draft_download", "download", value),
        ],
    }
