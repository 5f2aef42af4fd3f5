"""In: nothing. Out: Slack's rules for blocks and elements as tables (reference pages "Block Kit", read 2026-07).

Only block types that the page can draw are known; every other type is refused as Slack refuses an unknown one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One field of a block, element or object.

    kind: string, bool, int, text (plain or mrkdwn), plain, one_of, options, option, groups, elements, element, texts,
    object (another table entry, named in `of`), free (anything). most: characters of a text, or items of a list.
    """

    kind: str
    most: int = 0
    required: bool = False
    of: tuple[str, ...] = ()
    each: int = 0  # characters of each item


def need(kind: str, most: int = 0, of: tuple[str, ...] = (), each: int = 0) -> Rule:
    return Rule(kind, most, True, of, each)


Fields = dict[str, Rule]

IDENTIFIED: Fields = {"action_id": Rule("string", 255)}
CONFIRM: Fields = {"confirm": Rule("object", of=("confirm",))}
FOCUS: Fields = {"focus_on_load": Rule("bool"), "placeholder": Rule("plain", 150)}
CHOICES: Fields = {"options": Rule("options", 100, of=("plain_option",)), "option_groups": Rule("groups", 100)}
DISPATCH: Fields = {"dispatch_action_config": Rule("free")}
SPAN: Fields = {"text": need("plain", 75), "value": Rule("string", 2000), "accessibility_label": Rule("string", 75)}

ELEMENTS: dict[str, Fields] = {
    "button": {
        **IDENTIFIED,
        **SPAN,
        **CONFIRM,
        "url": Rule("string", 3000),
        "style": Rule("one_of", of=("primary", "danger")),
    },
    "icon_button": {
        **IDENTIFIED,
        **SPAN,
        **CONFIRM,
        "icon": need("one_of", of=("trash",)),
        "visible_to_user_ids": Rule("free"),
    },
    "feedback_buttons": {
        **IDENTIFIED,
        "positive_button": need("object", of=("feedback_button",)),
        "negative_button": need("object", of=("feedback_button",)),
    },
    "static_select": {**IDENTIFIED, **FOCUS, **CHOICES, **CONFIRM, "initial_option": Rule("option")},
    "multi_static_select": {
        **IDENTIFIED,
        **FOCUS,
        **CHOICES,
        **CONFIRM,
        "initial_options": Rule("options", 100),
        "max_selected_items": Rule("int"),
    },
    "users_select": {**IDENTIFIED, **FOCUS, **CONFIRM, "initial_user": Rule("string", 20)},
    "overflow": {**IDENTIFIED, **CONFIRM, "options": need("options", 5, ("plain_option",))},
    "checkboxes": {
        **IDENTIFIED,
        **CONFIRM,
        "options": need("options", 10),
        "initial_options": Rule("options", 10),
        "focus_on_load": Rule("bool"),
    },
    "radio_buttons": {
        **IDENTIFIED,
        **CONFIRM,
        "options": need("options", 10),
        "initial_option": Rule("option"),
        "focus_on_load": Rule("bool"),
    },
    "datepicker": {**IDENTIFIED, **FOCUS, **CONFIRM, "initial_date": Rule("string", 10)},
    "plain_text_input": {
        **IDENTIFIED,
        **FOCUS,
        **DISPATCH,
        "initial_value": Rule("string", 3000),
        "multiline": Rule("bool"),
        "min_length": Rule("int", 3000),
        "max_length": Rule("int", 3000),
    },
    "number_input": {
        **IDENTIFIED,
        **FOCUS,
        **DISPATCH,
        "initial_value": Rule("string"),
        "is_decimal_allowed": need("bool"),
        "min_value": Rule("string"),
        "max_value": Rule("string"),
    },
    "email_text_input": {**IDENTIFIED, **FOCUS, **DISPATCH, "initial_value": Rule("string", 3000)},
    "url_text_input": {**IDENTIFIED, **FOCUS, **DISPATCH, "initial_value": Rule("string", 3000)},
    "image": {"image_url": Rule("string", 3000), "alt_text": need("string", 2000), "slack_file": Rule("free")},
}
SELECTS = ("static_select", "multi_static_select", "users_select", "datepicker", "checkboxes", "radio_buttons")
TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
ACTIONS = ("button", "static_select", "users_select", "overflow", "datepicker", "checkboxes", "radio_buttons")
ACCESSORIES = ("button", "overflow", "image", *SELECTS)

OBJECTS: dict[str, Fields] = {
    "feedback_button": {
        "text": need("plain", 75),
        "value": need("string", 2000),
        "accessibility_label": Rule("string", 75),
    },
    "confirm": {
        "title": need("plain", 100),
        "text": need("text", 300),
        "confirm": need("plain", 30),
        "deny": need("plain", 30),
        "style": Rule("one_of", of=("primary", "danger")),
    },
    "option": {
        "text": need("text", 75),
        "value": need("string", 150),
        "description": Rule("text", 75),
        "url": Rule("string", 3000),
    },
    "plain_option": {
        "text": need("plain", 75),
        "value": need("string", 150),
        "description": Rule("plain", 75),
        "url": Rule("string", 3000),
    },
    "option_group": {"label": need("plain", 75), "options": need("options", 100, ("plain_option",))},
}

BLOCKS: dict[str, Fields] = {
    "section": {
        "text": Rule("text", 3000),
        "fields": Rule("texts", 10, each=2000),
        "expand": Rule("bool"),
        "accessory": Rule("element", of=ACCESSORIES),
    },
    "header": {"text": need("plain", 150), "level": Rule("int", 4)},
    "divider": {},
    "image": {**ELEMENTS["image"], "title": Rule("plain", 2000)},
    "context": {"elements": need("elements", 10, ("image", "plain_text", "mrkdwn"))},
    "actions": {"elements": need("elements", 25, ACTIONS)},
    "context_actions": {"elements": need("elements", 5, ("feedback_buttons", "icon_button"))},
    "input": {
        "label": need("plain", 2000),
        "element": need("element", of=(*TYPED, *SELECTS)),
        "hint": Rule("plain", 2000),
        "optional": Rule("bool"),
        "dispatch_action": Rule("bool"),
    },
    "markdown": {"text": need("string", 12_000)},
    "rich_text": {"elements": need("free")},
    "table": {"rows": need("free", 100), "column_settings": Rule("free", 20)},
}
MESSAGE_ONLY = ("context_actions", "markdown", "table")
VIEWS: dict[str, Fields] = {
    "modal": {
        "title": need("plain", 24),
        "blocks": need("free", 100),
        "submit": Rule("plain", 24),
        "close": Rule("plain", 24),
        "private_metadata": Rule("string", 3000),
        "callback_id": Rule("string", 255),
        "external_id": Rule("string", 255),
        "clear_on_close": Rule("bool"),
        "notify_on_close": Rule("bool"),
        "submit_disabled": Rule("bool"),
    },
    "home": {
        "blocks": need("free", 100),
        "private_metadata": Rule("string", 3000),
        "callback_id": Rule("string", 255),
        "external_id": Rule("string", 255),
    },
}
