"""In: rich_text and table blocks. Out: faults in what they hold, added to those found so far."""

from typing import TYPE_CHECKING, Any

from bot.playground.block_tables import Fields, Rule, need

if TYPE_CHECKING:
    from bot.playground.block_check import Faults

STYLE = Rule("free")
STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}
SPANS: dict[str, Fields] = {
    "text": {"text": need("string"), "style": STYLE},
    "link": {"url": need("string", 3000), "text": Rule("string"), "unsafe": Rule("bool"), "style": STYLE},
    "user": {"user_id": need("string"), "style": STYLE},
    "usergroup": {"usergroup_id": need("string"), "style": STYLE},
    "channel": {"channel_id": need("string"), "style": STYLE},
    "emoji": {"name": need("string"), "unicode": Rule("string"), "skin_tone": Rule("int"), "style": STYLE},
    "broadcast": {"range": need("one_of", of=("here", "channel", "everyone")), "style": STYLE},
    "date": {"timestamp": need("int"), "format": need("string"), "url": Rule("string"), "fallback": Rule("string")},
    "color": {"value": need("string")},
}
HOLDS: Fields = {"elements": need("free"), "border": Rule("int", 1)}
PARTS: dict[str, Fields] = {
    "rich_text_section": {"elements": need("free")},
    "rich_text_quote": HOLDS,
    "rich_text_preformatted": {**HOLDS, "language": Rule("string")},
    "rich_text_list": {
        **HOLDS,
        "style": need("one_of", of=("bullet", "ordered")),
        "indent": Rule("int", 8),
        "offset": Rule("int"),
    },
}
TABLE_CELLS = 20


def check_rich(faults: "Faults", block: dict[str, Any], at: str) -> None:
    """The parts of a rich_text block and what stands in them."""
    for here, part, kind in typed(faults, block, at, PARTS):
        inner = {"rich_text_section": PARTS["rich_text_section"]} if kind == "rich_text_list" else SPANS
        for deeper, span, span_kind in typed(faults, part, here, inner):
            if span_kind == "rich_text_section":
                for deepest, word, _ in typed(faults, span, deeper, SPANS):
                    check_style(faults, word, deepest)
            else:
                check_style(faults, span, deeper)


def typed(faults: "Faults", holder: dict[str, Any], at: str, known: dict[str, Fields]) -> list[tuple[str, Any, str]]:
    """The elements of a holder as (pointer, element, type), those of a wrong type or shape left out and noted."""
    elements = holder.get("elements")
    if not faults.amount(elements, 0, f"{at}/elements"):
        return []
    found = []
    for i, element in enumerate(elements or []):
        here = f"{at}/elements/{i}"
        kind = str(element.get("type")) if isinstance(element, dict) else ""
        if kind not in known:
            faults.add(f"unsupported type: {kind}", f"{here}/type")
            continue
        faults.fields(element, known[kind], here, ("type",))
        found.append((here, element, kind))
    return found


def check_style(faults: "Faults", span: dict[str, Any], at: str) -> None:
    style = span.get("style", {})
    if not isinstance(style, dict):
        faults.add("must be an object", f"{at}/style")
    else:
        faults.fields_known(style, STYLES, f"{at}/style")


def check_table(faults: "Faults", block: dict[str, Any], at: str) -> None:
    """Rows of at most 20 cells; a cell is plain (raw_text) or rich text."""
    rows = block.get("rows")
    for r, row in enumerate(rows if isinstance(rows, list) else []):
        if not faults.amount(row, TABLE_CELLS, f"{at}/rows/{r}"):
            continue
        for c, cell in enumerate(row):
            here = f"{at}/rows/{r}/{c}"
            kind = cell.get("type") if isinstance(cell, dict) else None
            if kind == "raw_text":
                faults.fields(cell, {"text": need("string")}, here, ("type",))
            elif kind == "rich_text":
                check_rich(faults, cell, here)
            else:
                faults.add(f"unsupported type: {kind}", f"{here}/type")
