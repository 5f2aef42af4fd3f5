"""In: an act of a person. Out: the interactive payloads and slash commands that slack_bolt parses."""

import time
from typing import Any

from bot.playground.compose import interactive
from bot.playground.local import LocalSlack
from bot.playground.methods.views import public
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel, Message, Person

Json = dict[str, Any]
VALUE_FIELD = {  # what the payload and the view state call the chosen value of an element
    "static_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "datepicker": "selected_date",
}


def envelope(slack: LocalSlack, kind: str, person: Person, view_id: str = "") -> Json:
    """The fields every interactive payload has."""
    who = slack.workspace.identity
    return {
        "type": kind,
        "token": "local",
        "api_app_id": who.app_id,
        "team": {"id": who.team_id, "domain": who.domain},
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": who.team_id},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": slack.triggers.give(person.id, view_id),
    }


def find_element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """The block and the element of an action. Errors: Refusal action_not_found (there is no such thing to press)."""
    for block in blocks:
        for element in interactive(block):
            if element.get("action_id") == action_id and block_id in (None, "", block["block_id"]):
                return block, element
    raise Refusal("action_not_found")


def chosen(element: Json, value: Any) -> Json:
    """The part of an action or of a state that tells what was chosen; option values become whole options.

    Errors: Refusal option_not_found.
    """
    field = VALUE_FIELD.get(element["type"])
    if field is None:
        return {} if element["type"] in ("button", "icon_button", "feedback_buttons") else {"value": value}
    if field == "selected_options":
        return {field: [option_of(element, v) for v in value or []]}
    if field == "selected_option":
        return {field: option_of(element, value) if value is not None else None}
    return {field: value}


def option_of(element: Json, value: str) -> Json:
    groups = element.get("option_groups", [])
    for option in [*element.get("options", []), *(o for g in groups for o in g["options"])]:
        if option["value"] == value:
            return dict(option)
    raise Refusal("option_not_found")


def action(block: Json, element: Json, value: Any) -> Json:
    """One entry of `actions`. Errors: Refusal option_not_found."""
    body: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": f"{time.time():.6f}",
    }
    if element["type"] == "feedback_buttons":
        spans = (element["positive_button"], element["negative_button"])
        span = next((s for s in spans if s["value"] == value), None)
        if span is None:
            raise Refusal("option_not_found")
        return body | {"text": span["text"], "value": span["value"]}
    return body | {k: element[k] for k in ("text", "value", "style", "icon") if k in element} | chosen(element, value)


def message_action(slack: LocalSlack, person: Person, channel: Channel, message: Message, done: Json) -> Json:
    """block_actions for a press in a message. An ephemeral message's content is not in the payload, as with Slack."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.viewer),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body = envelope(slack, "block_actions", person) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "actions": [done],
        "response_url": slack.base + slack.response_urls.give(channel.id, person.id, message.ts, message.thread_ts),
    }
    if not message.viewer:
        body["message"] = message.shape(slack.workspace.identity.team_id)
    return body


def view_action(slack: LocalSlack, person: Person, view: Json, done: Json) -> Json:
    """block_actions for a press in a modal or on the App Home."""
    return envelope(slack, "block_actions", person, view["id"]) | {
        "container": {"type": "view", "view_id": view["id"]},
        "view": public(view),
        "actions": [done],
        "state": view["state"],
    }


def view_submission(slack: LocalSlack, person: Person, view: Json) -> Json:
    return envelope(slack, "view_submission", person, view["id"]) | {"view": public(view), "response_urls": []}


def view_closed(slack: LocalSlack, person: Person, view: Json, cleared: bool) -> Json:
    body = envelope(slack, "view_closed", person) | {"view": public(view), "is_cleared": cleared}
    del body["trigger_id"]
    return body


def shortcut(slack: LocalSlack, person: Person, channel: Channel, message: Message, callback_id: str) -> Json:
    """A message shortcut (`message_action`)."""
    return envelope(slack, "message_action", person) | {
        "callback_id": callback_id,
        "action_ts": f"{time.time():.6f}",
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message.shape(slack.workspace.identity.team_id),
        "response_url": slack.base + slack.response_urls.give(channel.id, person.id, message.ts, message.thread_ts),
    }


def command(slack: LocalSlack, person: Person, channel: Channel, name: str, text: str) -> Json:
    """A slash command."""
    who = slack.workspace.identity
    return {
        "token": "local",
        "team_id": who.team_id,
        "team_domain": who.domain,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": who.app_id,
        "is_enterprise_install": "false",
        "response_url": slack.base + slack.response_urls.give(channel.id, person.id),
        "trigger_id": slack.triggers.give(person.id),
    }
