"""Why a draft was voted down: the form that asks, and the line that leads to it."""

from collections.abc import Mapping

from bot.blocks.forms import checkboxes, field, modal
from bot.blocks.pieces import Block, button, section
from bot.messages import say

MOST_WORDS = 500  # characters in a person's own words


def reason_form(language: str, chips: Mapping[str, str], draft_id: int) -> Block:
    """`chips`: the reasons' words by name."""
    words = {"type": "plain_text_input", "action_id": "words", "multiline": True, "max_length": MOST_WORDS}
    blocks = [field("chips", say(language, "why_chips"), checkboxes(chips), optional=True)] if chips else []
    blocks.append(field("words", say(language, "why_words"), words, optional=True))
    return modal(language, "feedback_reason", str(draft_id), "why_title", "send", blocks)


def why(language: str, draft_id: int) -> list[Block]:
    """Asks a person whose vote came as a reaction, for that opens no form."""
    asking = button(language, "feedback_why", "why", str(draft_id))
    return [section(say(language, "why_ask")), {"type": "actions", "elements": [asking]}]
