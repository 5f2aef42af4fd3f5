"""In: a modal or home page as an app sends it. Out: nothing, or Slack's refusal with a pointer to each fault."""

import json
from typing import Any

from bot.playground.block_check import Faults, listed
from bot.playground.block_tables import MESSAGE_ONLY, VIEWS
from bot.playground.refusal import Refusal

VIEW_BYTES = 250_000


def check_view(view: Any, kind: str) -> None:
    """Errors: Refusal invalid_arguments or view_too_large. `kind` is "modal" or "home"."""
    faults = Faults()
    if not isinstance(view, dict) or view.get("type") != kind:
        raise Refusal("invalid_arguments", f"must be a view of type {kind} [json-pointer:/view/type]")
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
    faults.fields(view, VIEWS[kind], "/view", ("type",))
    faults.blocks(view.get("blocks", []), 100, "/view/blocks", MESSAGE_ONLY)
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in listed(view, "blocks"))
    if kind == "modal" and has_input and "submit" not in view:
        faults.add("missing required field: submit", "/view")
    if faults:
        raise Refusal("invalid_arguments", *faults)
