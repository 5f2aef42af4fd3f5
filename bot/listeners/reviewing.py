"""The review channel: a reviewer approves, rewords or leaves out. The word is kept before the ack; then the card shows it."""

import json
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.blocks import forms
from bot.feedback import judge, open_review
from bot.intake import Office
from bot.listeners.forms import open_form, refuse, typed
from bot.listeners.sender import Body, key_of, language_of, number_of, whisper
from bot.messages import say
from curation.card import final_text
from curation.decisions import standing_of
from curation.pulling import show
from curation.slack_desk import SlackDesk
from db.errors import FlywheelError, Forbidden, InputError
from db.session import transaction
from db.tables import Review


def register(app: App, office: Office) -> None:
    """Listen to the buttons of a review card and their forms."""

    @app.action("review_approve")
    def approve(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        user, number = str(context.user_id), number_of(action["value"])
        try:
            may_review(office, user)
            with transaction(office.engine) as session:
                row = judge(session, number, key=f"click:{key_of(body)}", reviewer=user, verdict="approve")
        except FlywheelError as error:
            decline(office, ack, body, context, client, error)
            return
        ack()
        settle(office, client, row)

    @app.action("review_reject")
    @app.action("review_edit")
    def ask(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number, language = number_of(action["value"]), language_of(office, context)
        try:
            may_review(office, str(context.user_id))
            with transaction(office.engine) as session:
                row = open_review(session, number)
                text = final_text(row, standing_of(session, row).words)
        except FlywheelError as error:
            decline(office, ack, body, context, client, error)
            return
        if action["action_id"] == "review_reject":
            opened = open_note(office, client, body, language, row)
        else:
            more = [forms.quality_field(language)]
            opened = open_form(client, body, language, text, "review_edit", number, more)
        ack()
        if not opened:
            whisper(client, context, body, say(language, "too_long_to_edit"))

    @app.view("review_edit")
    def reworded(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        text = typed(view)
        if text.strip():
            chosen = view["state"]["values"]["quality"]["choice"].get("selected_option")
            quality = int(chosen["value"]) if chosen else None
            decided(office, ack, view, context, client, "part_0", verdict="approve", text=text, quality=quality)
        else:
            refuse(ack, language_of(office, context), "part_0", "edit_empty")

    @app.view("review_reject")
    def left_out(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        filled = view["state"]["values"]
        note, reasons = (filled["note"]["note"]["value"] or "").strip(), forms.checked(filled)
        decided(office, ack, view, context, client, "note", verdict="reject", note=note, reasons=reasons)


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


def open_note(office: Office, client: WebClient, body: Body, language: str, row: Review) -> bool:
    """The form that asks a reviewer why a text is left out."""
    chips = office.house.reasons(row.task, language) if row.task in office.house.tasks else {}
    form = forms.reject_form(language, json.dumps({"id": row.id}), chips)
    client.views_open(trigger_id=body["trigger_id"], view=form)
    return True


def may_review(office: Office, user: str) -> None:
    """Errors: Forbidden for people who don't review."""
    if not office.is_reviewer(user):
        raise Forbidden("Only reviewers may decide.")


def decline(
    office: Office, ack: Ack, body: Body, context: BoltContext, client: WebClient, error: FlywheelError
) -> None:
    """Tell a person why a review can't be decided by them, or no more."""
    ack()
    key = "reviewers_only" if isinstance(error, Forbidden) else "review_closed"
    whisper(client, context, body, say(language_of(office, context), key))


def settle(office: Office, client: WebClient, row: Review) -> None:
    """The card in the review channel shows who said what, and whether that decides."""
    show(office.engine, SlackDesk(client, office.settings.review_channel, office.house), row.id or 0)
