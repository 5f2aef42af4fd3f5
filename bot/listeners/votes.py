"""Votes: buttons under a draft and reactions on any of its messages, and the reason of a vote against it.

Clicks come once: the row is written before the ack, and so is an event's, by middleware. Votes are kept as they came, with
Slack's own time; `db.votes.vote` tells what they come to.
"""

import logging
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient
from sqlmodel import Session, select

from bot.blocks import reasons
from bot.blocks.forms import checked
from bot.feedback import moment, record
from bot.intake import Office, new_event
from bot.listeners.sender import Body, key_of, language_of, number_of, sender, whisper
from bot.messages import say
from bot.standing import TROUBLE, code
from db.errors import InputError
from db.session import transaction
from db.tables import Part, Request
from db.votes import vote

log = logging.getLogger("flywheel.bot")
Event = dict[str, Any]
SIDES = {"+1": "up", "thumbsup": "up", "-1": "down", "thumbsdown": "down"}
Why = tuple[int, str, str]  # the draft to be asked about, the language, the thread


def register(app: App, office: Office) -> None:
    """Listen to votes, by button and by reaction, and to their reasons."""
    buttons(app, office)
    reactions(app, office)


def buttons(app: App, office: Office) -> None:
    """The two sides under a draft, and the form that asks why."""

    @app.action("draft_feedback")
    def voted(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        kind, _, digits = str(action["value"]).partition(":")
        draft, at = number_of(digits), moment(str(action["action_ts"]))
        try:
            with transaction(office.engine) as session:
                who = sender(session, context)
                record(session, draft, who, kind, f"click:{key_of(body)}", acted_at=at)
                against = vote(session, draft, who.id or 0) == "down"
                language = who.language
        except InputError:
            ack()
            whisper(client, context, body, say(language_of(office, context), "gone"))
            return
        if against and kind == "down":
            ask(office, client, body, language, draft)
        ack()

    @app.action("feedback_why")
    def asked(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        ask(office, client, body, language_of(office, context), number_of(action["value"]))
        ack()

    @app.view("feedback_reason")
    def told(ack: Ack, view: Body, context: BoltContext) -> None:
        filled, draft = view["state"]["values"], number_of(view["private_metadata"])
        chosen = checked(filled)
        words = (filled["words"]["words"]["value"] or "").strip()
        if chosen or words:
            try:
                with transaction(office.engine) as session:
                    who, key = sender(session, context), f"view:{view['id']}"
                    record(session, draft, who, "reason", key, way="form", reasons=chosen, reason=words)
            except InputError:
                log.info("a reason for draft %s, which is gone", draft)
        ack()


def reactions(app: App, office: Office) -> None:
    """Thumbs on any message of an answer."""

    def store(context: BoltContext, event: Event, next_: Callable[[], None]) -> None:
        context["why"] = reacted(office, context, event)
        next_()

    @app.event("reaction_added", matchers=[judges], middleware=[store])
    @app.event("reaction_removed", matchers=[judges], middleware=[store])
    def reaction(context: BoltContext, event: Event, client: WebClient) -> None:
        if context["why"] is None:
            return
        draft, language, thread = context["why"]
        client.chat_postEphemeral(
            channel=event["item"]["channel"],
            user=event["user"],
            thread_ts=thread or None,
            text=say(language, "why_ask"),
            blocks=reasons.why(language, draft),
        )


def ask(office: Office, client: WebClient, body: Body, language: str, draft: int) -> None:
    """Open the form; the vote stands without it."""
    with transaction(office.engine) as session:
        request = session.get(Request, draft)
    if request is None:
        return
    chips = office.house.reasons(request.task, language)
    try:
        client.views_open(trigger_id=body["trigger_id"], view=reasons.reason_form(language, chips, draft))
    except TROUBLE as error:
        log.info("draft %s: its reason could not be asked for (%s)", draft, code(error))


def judges(event: Event) -> bool:
    """Whether a reaction is a vote at all."""
    return event["item"].get("type") == "message" and side(event) != ""


def side(event: Event) -> str:
    return SIDES.get(str(event["reaction"]).partition("::")[0], "")


def reacted(office: Office, context: BoltContext, event: Event) -> Why | None:
    """A reaction kept as a vote, however often it is delivered; who is to be asked why, once for each draft and person."""
    item, kind = event["item"], side(event)
    if event["user"] == context.bot_user_id:
        return None
    with transaction(office.engine) as session:
        request = stands_at(session, item["channel"], item["ts"])
        if request is None:
            return None
        who, number = sender(session, context), request.id or 0
        key = ":".join(("reaction", event["user"], item["channel"], item["ts"], event["type"], event["event_ts"], kind))
        act = kind if event["type"] == "reaction_added" else f"unvote_{kind}"
        stood = vote(session, number, who.id or 0)
        try:
            kept = record(session, number, who, act, key, way="reaction", acted_at=moment(event["event_ts"]))
        except InputError:  # nobody can judge what is not written yet
            log.info("a reaction on request %s, which has no draft", number)
            return None
        against = kept is not None and stood != "down" and vote(session, number, who.id or 0) == "down"
        if not against or not new_event(session, f"asked-why:{number}:{who.id}"):
            return None
        return number, who.language, request.thread_ts


def stands_at(session: Session, channel: str, ts: str) -> Request | None:
    """The request a message of Slack answers."""
    part = select(Request).join(Part).where(Part.channel_id == channel, Part.ts == ts)
    anchor = select(Request).where(Request.channel_id == channel, Request.message_ts == ts)
    return session.exec(part).first() or session.exec(anchor).first()
