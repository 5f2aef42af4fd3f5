"""In: an open modal and what a person typed. Out: the view's state, checked as Slack's own client checks it."""

from typing import Any

from bot.playground.payloads import VALUE_FIELD, chosen

Json = dict[str, Any]
INITIAL = ("initial_value", "initial_option", "initial_options", "initial_user", "initial_date")


def state(view: Json, values: Json, language: str) -> tuple[Json, dict[str, str]]:
    """`(state.values, errors by block_id)` for the input blocks of a view.

    `values` maps an action_id or block_id to a text, an option's value, or a list of them; what is left out keeps the
    element's initial value. Errors: Refusal option_not_found.
    """
    filled: Json = {}
    errors: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = next((values[k] for k in (element["action_id"], block["block_id"]) if k in values), untouched(element))
        if value in ("", [], None):
            value = None
            if not block.get("optional"):
                errors[block["block_id"]] = say(language, "이 칸을 채워 주세요.", "Please complete this field.")
        elif problem := too_long_or_short(element, value, language):
            errors[block["block_id"]] = problem
        filled[block["block_id"]] = {element["action_id"]: {"type": element["type"], **chosen(element, value)}}
    return filled, errors


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
