"""In: what a person types or an app sends. Out: the form Slack stores: escaped text, rich text, ids on every block."""

import copy
import re
import secrets
from typing import Any

from bot.playground.workspace import Workspace

Json = dict[str, Any]
TOKEN = (
    r"(?P<mail>[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)|@(?P<who>{people})|#(?P<where>[^\s@#<>]+)"
    r"|(?P<url>https?://[^\s<>]+)|:(?P<sign>[+-]1|[a-z][a-z0-9_]*):"
)
NAMED_ELEMENTS = ("button", "icon_button", "feedback_buttons", "overflow", "datepicker", "checkboxes", "radio_buttons")


def spoken(typed: str, workspace: Workspace) -> tuple[str, list[Json]]:
    """A person's typing as `(text, blocks)`: `&<>` escaped, names, channels and addresses made into links.

    Slack's composer does the same, so an app never sees the raw characters.
    """
    names = {name: p.id for p in workspace.people.values() for name in (p.name, p.real_name)}
    people = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    text: list[str] = []
    parts: list[Json] = []
    position = 0

    def plain(piece: str) -> None:
        if piece:
            text.append(escape(piece))
            parts.append({"type": "text", "text": piece})

    for match in re.finditer(TOKEN.format(people=people), typed):
        linked = link(match, names, workspace)
        if linked is None:
            continue
        code, part = linked
        plain(typed[position : match.start()])
        text.append(code)
        parts.append(part)
        position = match.end()
    plain(typed[position:])
    section = {"type": "rich_text_section", "elements": parts}
    return "".join(text), [{"type": "rich_text", "block_id": short_id(), "elements": [section]}]


def link(match: re.Match[str], names: dict[str, str], workspace: Workspace) -> tuple[str, Json] | None:
    """What one match stands for: its code in the text and its rich text element; None for a channel there is not."""
    if mail := match["mail"]:
        return f"<mailto:{mail}|{mail}>", {"type": "link", "url": f"mailto:{mail}", "text": mail}
    if url := match["url"]:
        return f"<{escape(url)}>", {"type": "link", "url": url}
    if sign := match["sign"]:
        return match[0], {"type": "emoji", "name": sign}
    if who := match["who"]:
        return f"<@{names[who]}>", {"type": "user", "user_id": names[who]}
    channel = next((c for c in workspace.channels.values() if c.name == match["where"]), None)
    if channel is None:
        return None
    return f"<#{channel.id}|{channel.name}>", {"type": "channel", "channel_id": channel.id}


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
