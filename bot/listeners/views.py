"""Forms, opened and submitted: a person's edit, a reviewer's wording, a reviewer's note."""

import json
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot import blocks
from bot.feedback import judge, record
from bot.intake import Office
from bot.listeners.sender import Body, language_of, sender
from bot.messages import say
from bot.text import joined, parts_for_form, safe
from curation.slack_desk import SlackDesk
from db.errors import InputError
from db.session import transaction
from db.tables import Request, Review


def register(app: App, office: Office) -> None:
    """Listen to the three forms."""

    @app.view("draft_edit")
    def edited(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        private, text, language = json.loads(view["private_metadata"]), typed(view), language_of(office, context)
        if not text.strip():
            refuse(ack, language, "part_0", "edit_empty")
            return
        try:
            with transaction(office.engine) as session:
                who = sender(session, context)
                row = record(session, private["id"], who, "edit", f"view:{view['id']}", text)
                kept = session.get_one(Request, private["id"]).collect and who.consent != "declined"
        except InputError:
            refuse(ack, language, "part_0", "gone")
            return
        ack()
        if row:
            share = round(100 * (row.edit_share or 0))
            words = safe(say(language, "edit_saved" if kept else "edit_saved_only", share=share))
            client.chat_postMessage(
                channel=private["channel"],
                thread_ts=private["thread_ts"],
                text=words,
                blocks=[blocks.context(words)],
                unfurl_links=False,
                unfurl_media=False,
            )

    @app.view("review_edit")
    def reworded(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        text = typed(view)
        if text.strip():
            decided(office, ack, view, context, client, "part_0", verdict="approve", text=text)
        else:
            refuse(ack, language_of(office, context), "part_0", "edit_empty")

    @app.view("review_reject")
    def left_out(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        note = view["state"]["values"]["note"]["note"]["value"] or ""
        decided(office, ack, view, context, client, "note", verdict="reject", note=note.strip())


def decided(
    office: Office, ack: Ack, view: Body, context: BoltContext, client: WebClient, field: str, **word: Any
) -> None:
    """Keep a reviewer's word from a form before the ack; then the card shows it."""
    user, number = str(context.user_id), json.loads(view["private_metadata"])["id"]
    if not office.is_reviewer(user):
        refuse(ack, language_of(office, context), field, "reviewers_only")
        return
    try:
        with transaction(office.engine) as session:
            row = judge(session, number, key=f"view:{view['id']}", reviewer=user, **word)
    except InputError:
        refuse(ack, language_of(office, context), field, "review_closed")
        return
    ack()
    settle(office, client, row)


def refuse(ack: Ack, language: str, field: str, key: str) -> None:
    """The form stays open with a sentence at the field, and with what was typed."""
    ack(response_action="errors", errors={field: say(language, key)})


def open_form(client: WebClient, body: Body, language: str, text: str, callback_id: str, number: int) -> bool:
    """The text in a form; where it stands and what joins its parts travel along. False if it is too long for one."""
    try:
        pairs = parts_for_form(text)
    except ValueError:
        return False
    message = body["message"]
    private = {
        "id": number,
        "joints": [joint for _, joint in pairs],
        "channel": body["channel"]["id"],
        "thread_ts": message.get("thread_ts") or message["ts"],
    }
    title = "edit_title" if callback_id == "draft_edit" else "review_edit"
    view = blocks.edit_form(language, [part for part, _ in pairs], callback_id, json.dumps(private), title)
    client.views_open(trigger_id=body["trigger_id"], view=view)
    return True


def open_note(client: WebClient, body: Body, language: str, number: int) -> bool:
    """The form that asks a reviewer why a text is left out."""
    client.views_open(trigger_id=body["trigger_id"], view=blocks.reject_form(language, json.dumps({"id": number})))
    return True


def typed(view: Body) -> str:
    """Exactly what stands in the fields, joined as it was taken apart."""
    joints = json.loads(view["private_metadata"])["joints"]
    values = [view["state"]["values"][f"part_{i}"]["text"]["value"] or "" for i in range(len(joints))]
    return joined(values, joints)


def settle(office: Office, client: WebClient, row: Review) -> None:
    """The card in the review channel shows what was decided."""
    SlackDesk(client, office.settings.review_channel, office.house).settle(row)
