"""The small parts every surface is made of: texts, buttons, lines."""

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


def body(text: str) -> list[Block]:
    """A draft's Markdown; mentions in it reach nobody."""
    return [{"type": "markdown", "text": safe(text)}] if text.strip() else []
