"""Messages beside drafts: a draft that is open as a canvas."""

from bot.blocks.pieces import Block, button, section
from bot.messages import say


def canvas(language: str, link: str, canvas_id: int | None, draft_id: int) -> list[Block]:
    """A draft that is open as a canvas: the way there, and what to press afterwards."""
    return [
        section(f"{say(language, 'canvas_ready')}\n<{link}|{say(language, 'canvas_open')}>"),
        {
            "type": "actions",
            "elements": [
                button(language, "canvas_done", "canvas_done", str(canvas_id), "primary"),
                button(language, "draft_edit_form", "canvas_form", str(draft_id)),
            ],
        },
    ]
