"""In: a form or a message and what a person chose or typed. Out: its state, checked as Slack's own client checks it."""

from typing import Any

from bot.playground.compose import interactive
from bot.playground.payloads import VALUE_FIELD, chosen

Json = dict[str, Any]
INITIAL = ("initial_value", "initial_option", "initial_options", "initial_user", "initial_date")
STATELESS = ("button", "icon_button", "feedback_buttons", "overflow")


def state(blocks: list[Json], values: Json) -> Json:
    """`state.values`: block id -> action id -> what stands in the element.

    `values` maps a block_id or action_id to a text, an option's value, or a list of them; what is left out keeps the
    element's initial value. Errors: Refusal option_not_found.
    """
    filled: Json = {}
    for block in blocks:
        for element in interactive(block):
            if element["type"] not in STATELESS:
                entry = {"type": element["type"], **chosen(element, given(block, element, values))}
                filled.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return filled


def problems(blocks: list[Json], values: Json, language: str) -> dict[str, str]:
    """What is wrong with the input blocks of a form, by block id; empty if it may be sent."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        value = given(block, block["element"], values)
        if value is None and not block.get("optional"):
            found[block["block_id"]] = say(language, "이 칸을 채워 주세요.", "Please complete this field.")
        elif value is not None and (problem := too_long_or_short(block["element"], value, language)):
            found[block["block_id"]] = problem
    return found


def given(block: Json, element: Json, values: Json) -> Any:
    """The value of one element; an empty text or list counts as none."""
    keys = (block["block_id"], element["action_id"])
    value = next((values[key] for key in keys if key in values), untouched(element))
    return None if value in ("", []) else value


def untouched(element: Json) -> Any:
    """The value of an element nobody has touched."""
    initial = next((element[k] for k in INITIAL if k in element), None)
    if isinstance(initial, dict):
        return initial["value"]
    if isinstance(initial, list):
        return [o["value"] for o in initial]
    return initial


def too_long_or_short(element: Json, value: Any, language: str) -> str:
    if element["type"] in VALUE_FIELD:
        return ""
    most = element.get("max_length", 3000)
    if len(value) > most:
        ko, en = f"{most}자까지 쓸 수 있어요 (지금 {len(value)}자).", f"Up to {most} characters (now {len(value)})."
        return say(language, ko, en)
    least = element.get("min_length", 0)
    if len(value) < least:
        return say(language, f"{least}자 이상 써 주세요.", f"At least {least} characters, please.")
    return ""


def say(language: str, ko: str, en: str) -> str:
    return ko if language == "ko" else en
