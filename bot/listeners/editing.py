"""A person's own version of a draft. The form is opened before the ack, since its trigger lives three seconds."""

import json

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.blocks import pieces
from bot.feedback import record
from bot.intake import Office
from bot.listeners.forms import open_form, refuse, typed
from bot.listeners.sender import Body, language_of, number_of, sender, whisper
from bot.messages import say
from bot.text import safe
from db.errors import InputError
from db.session import transaction
from db.tables import Draft, Request


def register(app: App, office: Office) -> None:
    """Listen to the edit button and its form."""

    @app.action("draft_edit")
    def edit(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number, language = number_of(action["value"]), language_of(office, context)
        with transaction(office.engine) as session:
            draft = session.get(Draft, number)
        opened = draft is not None and open_form(client, body, language, draft.text, "draft_edit", number)
        ack()
        if not opened:
            whisper(client, context, body, say(language, "too_long_to_edit" if draft else "gone"))

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
                blocks=[pieces.context(words)],
                unfurl_links=False,
                unfurl_media=False,
            )
