"""A person's own version of a draft: as a canvas or in a form; a reply or a file comes by bot.listeners.shortcuts.

A form is opened before the ack, since its trigger lives three seconds; a canvas has to be there quickly, or a form is.
Slack sends no click twice: what came is stored before the ack, and where it can't be read, the person is asked to press again.
"""

import hashlib
import json
import time
from datetime import datetime

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient
from sqlmodel import Session, col, select

from bot.blocks import cards, pieces
from bot.canvas import READING, Canvases, link, read, within
from bot.feedback import moment, record
from bot.intake import Office, willing
from bot.listeners.forms import open_form, refuse, typed
from bot.listeners.sender import Body, language_of, number_of, sender, whisper
from bot.messages import say
from bot.standing import TROUBLE, code
from bot.text import FIELD, safe
from curation.threeway import threeway
from db.errors import InputError
from db.session import transaction
from db.tables import Canvas, Draft, Feedback, Person, Request


def register(app: App, office: Office) -> None:
    """Listen to the edit button, to its form, and to the buttons beside a canvas."""
    opening(app, office)
    saving(app, office)


def opening(app: App, office: Office) -> None:
    """The edit button: the text opens where it can be edited well."""
    canvases = Canvases(office.engine)

    @app.action("draft_edit")
    @app.action("draft_edit_form")
    def edit(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number, language = number_of(action["value"]), language_of(office, context)
        with transaction(office.engine) as session:
            draft, who = session.get(Draft, number), sender(session, context)
        if draft is None or not draft.text:
            ack()
            whisper(client, context, body, say(language, "gone"))
            return
        canvas = None
        if action["action_id"] == "draft_edit" and len(draft.text) > FIELD:
            canvas = canvases.open(client, draft, who, say(language, "draft_number", id=draft.id))
        opened = canvas is not None or open_form(client, body, language, draft.text, "draft_edit", number)
        ack()
        if canvas:
            client.chat_postEphemeral(
                channel=str(context.channel_id),
                user=str(context.user_id),
                thread_ts=body["container"].get("thread_ts"),
                text=say(language, "canvas_ready"),
                blocks=cards.canvas(language, link(client, canvas), canvas.id, draft.id),
            )
        elif not opened:
            whisper(client, context, body, say(language, "edit_by_file"))


def saving(app: App, office: Office) -> None:
    """What a person made of the text, from a canvas or a form."""

    @app.action("canvas_done")
    def done(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        language = language_of(office, context)
        with transaction(office.engine) as session:
            canvas, who = session.get(Canvas, number_of(action["value"])), sender(session, context)
        row, words = None, "canvas_gone"
        if canvas and canvas.baseline and canvas.person_id == who.id:
            try:
                now_there = read(within(client, time.monotonic() + READING), canvas.canvas_id)
                row, words = taken(office, context, canvas, now_there, moment(action["action_ts"]))
            except TROUBLE as error:
                words = "canvas_gone" if code(error) == "canvas_not_found" else "canvas_away"
        ack()
        if row:
            tell(office, client, language, row)
        else:
            whisper(client, context, body, say(language, words))

    @app.view("draft_edit")
    def edited(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        private, text, language = json.loads(view["private_metadata"]), typed(view), language_of(office, context)
        if not text.strip():
            refuse(ack, language, "part_0", "edit_empty")
            return
        try:
            with transaction(office.engine) as session:
                who = sender(session, context)
                row = record(session, private["id"], who, "edit", f"view:{view['id']}", text, way="form")
        except InputError:
            refuse(ack, language, "part_0", "gone")
            return
        ack()
        if row:
            tell(office, client, language, row)


def taken(
    office: Office, context: BoltContext, canvas: Canvas, there: str, acted_at: datetime
) -> tuple[Feedback | None, str]:
    """The edit a canvas holds, stored; or why there is none to store."""
    with transaction(office.engine) as session:
        draft = session.get_one(Draft, canvas.draft_id)
        text = threeway(draft.text, canvas.baseline, there)
        if not text.strip():
            return None, "canvas_empty"
        who, place = sender(session, context), f"canvas:{canvas.canvas_id}"
        row = keep(session, draft, who, text, place, way="canvas", acted_at=acted_at)
    return row, "unchanged"


def keep(
    session: Session, draft: Draft, who: Person, text: str, place: str, *, way: str, acted_at: datetime
) -> Feedback | None:
    """A person's version of a draft, stored; None if it is what they said last (or what the draft says) already."""
    theirs = (Feedback.draft_id == draft.id, Feedback.person_id == who.id, Feedback.kind == "edit")
    last = session.exec(select(Feedback).where(*theirs).order_by(col(Feedback.id).desc()).limit(1)).first()
    if text == (last.text if last else draft.text):
        return None
    # The same words may come back after others: the row before is part of the key.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    key = f"{place}:{digest}:{last.id if last else 0}"
    return record(session, draft.id, who, "edit", key, text, way=way, acted_at=acted_at)


def tell(office: Office, client: WebClient, language: str, row: Feedback) -> None:
    """The line about a kept edit, in the draft's thread."""
    with transaction(office.engine) as session:
        request, who = session.get_one(Request, row.draft_id), session.get_one(Person, row.person_id)
    kept = request.collect and willing(who)
    share = round(100 * (row.edit_share or 0))
    words = safe(say(language, "edit_saved" if kept else "edit_saved_only", share=share))
    client.chat_postMessage(
        channel=request.channel_id,
        thread_ts=request.thread_ts or request.message_ts,
        text=words,
        blocks=[pieces.context(words)],
        unfurl_links=False,
        unfurl_media=False,
    )
