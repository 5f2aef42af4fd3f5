"""Messages that ask or tell something beside drafts: the question about learning, a training's verdict."""

from collections.abc import Sequence

from bot.blocks.pieces import Block, button, context, section, text_of
from bot.messages import say
from bot.text import safe


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
