"""A text in a form's fields and back: what every form with somebody's wording shares."""

import json
from collections.abc import Sequence

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.blocks import forms
from bot.blocks.pieces import Block
from bot.listeners.sender import Body
from bot.messages import say
from bot.text import joined, parts_for_form


def refuse(ack: Ack, language: str, field: str, key: str) -> None:
    """The form stays open with a sentence at the field, and with what was typed."""
    ack(response_action="errors", errors={field: say(language, key)})


def open_form(
    client: WebClient,
    body: Body,
    language: str,
    text: str,
    callback_id: str,
    number: int,
    more: Sequence[Block] = (),
) -> bool:
    """The text in a form; the row it belongs to and what joins its parts travel along. False if it is too long for one."""
    try:
        pairs = parts_for_form(text)
    except ValueError:
        return False
    private = {"id": number, "joints": [joint for _, joint in pairs]}
    title = "edit_title" if callback_id == "draft_edit" else "review_edit"
    view = forms.edit_form(language, [part for part, _ in pairs], callback_id, json.dumps(private), title, more)
    client.views_open(trigger_id=body["trigger_id"], view=view)
    return True


def typed(view: Body) -> str:
    """Exactly what stands in the fields, joined as it was taken apart."""
    joints = json.loads(view["private_metadata"])["joints"]
    values = [view["state"]["values"][f"part_{i}"]["text"]["value"] or "" for i in range(len(joints))]
    return joined(values, joints)
