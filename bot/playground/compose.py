"""In: what a person types or an app sends. Out: the form Slack stores: escaped text, rich text, ids on every block."""

import copy
import re
import secrets
from typing import Any

from bot.playground.workspace import Workspace

Json = dict[str, Any]
TOKEN = re.compile(
    r"@(?P<who>[^\s@#<>]+)|#(?P<where>[^\s@#<>]+)|(?P<url>https?://[^\s<>]+)|:(?P<sign>[+-]1|[a-z][a-z0-9_]*):"
)
NAMED_ELEMENTS = ("button", "icon_button", "feedback_buttons", "overflow", "datepicker", "checkboxes", "radio_buttons")


def spoken(typed: str, workspace: Workspace) -> tuple[str, list[Json]]:
    """A person's typing as `(text, blocks)`: `&<>` escaped, `@name`, `#channel` and web addresses made into links.

    Slack's composer does the same, so an app never sees the raw characters.
    """
    text: list[str] = []
    parts: list[Json] = []
    position = 0

    def plain(piece: str) -> None:
        if piece:
            text.append(escape(piece))
            parts.append({"type": "text", "text": piece})

    for match in TOKEN.finditer(typed):
        linked = link(match, workspace)
        if linked is None:
            continue
        code, part, length = linked
        plain(typed[position : match.start()])
        text.append(code)
        parts.append(part)
        position = match.start() + length
    plain(typed[position:])
    section = {"type": "rich_text_section", "elements": parts}
    return "".join(text), [{"type": "rich_text", "block_id": short_id(), "elements": [section]}]


def link(match: re.Match[str], workspace: Workspace) -> tuple[str, Json, int] | None:
    """What one match stands for: its code in the text, its rich text element, and how many characters it took."""
    if url := match["url"]:
        return f"<{escape(url)}>", {"type": "link", "url": url}, len(url)
    if sign := match["sign"]:
        return match[0], {"type": "emoji", "name": sign}, len(match[0])
    if who := match["who"]:
        names = {n: p.id for p in workspace.people.values() for n in (p.name, p.real_name)}
        name = next((n for n in sorted(names, key=len, reverse=True) if who.startswith(n)), None)
        if name:
            return f"<@{names[name]}>", {"type": "user", "user_id": names[name]}, len(name) + 1
    where = match["where"]
    for channel in workspace.channels.values():
        if where and channel.name == where:
            return f"<#{channel.id}|{where}>", {"type": "channel", "channel_id": channel.id}, len(where) + 1
    return None


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def named(blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a block_id and every interactive element an action_id, as Slack returns them."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", short_id())
        for element in interactive(block):
            element.setdefault("action_id", short_id())
    return blocks


def interactive(block: Json) -> list[Json]:
    """The elements of a block a person can act on."""
    found = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    if block["type"] == "rich_text":
        return []
    return [e for e in found if isinstance(e, dict) and is_interactive(e["type"])]


def is_interactive(kind: str) -> bool:
    return kind in NAMED_ELEMENTS or kind.endswith(("_select", "_input"))
