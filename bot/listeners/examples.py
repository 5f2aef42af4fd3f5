"""Message shortcut `use_as_example`: a good text that exists already becomes a masked review; its author must let us.

The form is opened before the ack, since its trigger lives three seconds; what it brings is a row before its ack.
"""

import json
import time
from typing import Any

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient
from sqlmodel import Session, select

from bot.acquaint import is_external, keep, meet
from bot.blocks import forms
from bot.canvas import within
from bot.intake import Office
from bot.listeners.forms import refuse, typed
from bot.listeners.sender import Body, language_of, sender
from bot.listeners.shortcuts import by_person
from bot.messages import say
from bot.reply import brought
from bot.standing import TROUBLE
from bot.text import parts_for_form, safe
from curation.asking import language_of as language_in
from curation.documents import Unreadable
from curation.house import Ask
from curation.incoming import human_review
from db.people import person
from db.session import put_once, transaction
from db.tables import Channel, Person, Review
from db.withdrawals import is_forgotten

TOPIC = 150  # characters
MEETING = 1.0  # seconds for all that is asked of Slack before the form is opened


def register(app: App, office: Office) -> None:
    """Listen to the shortcut and to its form."""

    @app.shortcut({"type": "message_action", "callback_id": "use_as_example"})
    def bring(ack: Ack, body: Body, context: BoltContext, client: WebClient, respond: Respond) -> None:
        language, message = language_of(office, context), body["message"]
        try:
            words = opened(office, context, client, body, language) if by_person(message) else "not_a_person"
        except Unreadable as error:
            words = f"file_{error.why}"
        ack()
        if words:
            line, thread = safe(say(language, words)), message.get("thread_ts")
            respond(text=line, response_type="ephemeral", replace_original=False, thread_ts=thread)

    @app.view("example_form")
    def brought_in(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        language, private, text = language_of(office, context), json.loads(view["private_metadata"]), typed(view)
        if not text.strip():
            refuse(ack, language, "part_0", "edit_empty")
            return
        with transaction(office.engine) as session:
            reason = objection(session, context, private)
            if reason is None:
                row = review_of(session, office, context, view, text)
                if is_forgotten(session, row.proposed):
                    reason = "example_forgotten"
                elif not put_once(session, row):
                    reason = "example_known"
        if reason:
            refuse(ack, language, "part_0", reason)
            return
        ack()
        client.chat_postEphemeral(
            channel=private["channel"],
            user=str(context.user_id),
            thread_ts=private["thread"] or None,
            text=say(language, "example_kept"),
        )


def opened(office: Office, context: BoltContext, client: WebClient, body: Body, language: str) -> str | None:
    """Open the form on a message's text; returns why it could not be. Errors: Unreadable."""
    message = body["message"]
    place = {"channel": str(body["channel"]["id"]), "ts": message["ts"], "thread": message.get("thread_ts") or ""}
    place["author"] = str(message["user"])
    with transaction(office.engine) as session:
        reason = objection(session, context, place)
    if reason == "example_unknown":
        introduced(office, context, client, place)
        with transaction(office.engine) as session:
            reason = objection(session, context, place)
    if reason:
        return reason
    text = brought(client, message)[0]
    if not text.strip():
        return "file_empty"
    try:
        pairs = parts_for_form(text)
    except ValueError:
        return "example_long"
    guess = office.house.ask(text.strip().splitlines()[0].strip("#*- ")[:TOPIC])
    tasks = {name: task.name[language] for name, task in office.house.tasks.items()}
    private = json.dumps({**place, "joints": [joint for _, joint in pairs]})
    with_audience = "audience" in office.house.guide.fields
    view = forms.example_form(
        language, tasks, guess.task, guess.fields["topic"][:TOPIC], with_audience, [part for part, _ in pairs], private
    )
    client.views_open(trigger_id=body["trigger_id"], view=view)
    return None


def objection(session: Session, context: BoltContext, place: dict[str, Any]) -> str | None:
    """Why a message may not become an example: it is one, or one of the two people or the channel does not allow it."""
    team = str(context.team_id or "")
    if session.exec(select(Review.id).where(Review.key == key_of(team, place))).first():
        return "example_known"
    author = person(session, team, place["author"], enterprise_id=str(context.enterprise_id or ""))
    bringer = sender(session, context)
    for who in (author, bringer):  # whoever takes their words back at this moment is waited for
        session.refresh(who, with_for_update={"read": True})
    channel = session.exec(
        select(Channel).where(Channel.team_id == team, Channel.channel_id == place["channel"])
    ).first()
    if channel and channel.external:
        return "example_external"
    if author.guest or bringer.guest:
        return "example_guest"
    if channel is None or author.guest is None or bringer.guest is None:
        return refused_by(author, bringer) or "example_unknown"
    return refused_by(author, bringer)


def introduced(office: Office, context: BoltContext, client: WebClient, place: dict[str, Any]) -> None:
    """Ask Slack who the two people are and whose the channel is; what it does not tell stays unknown."""
    until, team = time.monotonic() + MEETING, str(context.team_id or "")
    with transaction(office.engine) as session:
        company = str(context.enterprise_id or "")
        people = [person(session, team, place["author"], enterprise_id=company), sender(session, context)]
    try:
        there = within(client, until).conversations_info(channel=place["channel"])["channel"]
        with transaction(office.engine) as session:
            keep(session, team, place["channel"], is_external(there))
        for who in people:
            meet(office.engine, within(client, until), who)
    except TROUBLE:
        return


def refused_by(author: Person, bringer: Person) -> str | None:
    """Which of the two wants none of their texts learnt from."""
    if bringer.consent == "declined":
        return "example_declined"
    return "example_author_declined" if author.consent == "declined" else None


def key_of(team: str, place: dict[str, Any]) -> str:
    return f"message:{team}:{place['channel']}:{place['ts']}"


def review_of(session: Session, office: Office, context: BoltContext, view: Body, text: str) -> Review:
    """What the form says, as a review."""
    place, values = json.loads(view["private_metadata"]), view["state"]["values"]
    fields = {name: (values.get(name, {}).get("text", {}).get("value") or "").strip() for name in ("topic", "audience")}
    task = values["task"]["choice"]["selected_option"]["value"]
    ask = Ask(task, language_in(text), {name: value for name, value in fields.items() if value})
    source = f"{place['channel']}:{place['thread'] or place['ts']}"
    key = key_of(str(context.team_id or ""), place)
    row = human_review(office.house, ask, text, key, source, sender(session, context).id)
    author = person(
        session, str(context.team_id or ""), place["author"], enterprise_id=str(context.enterprise_id or "")
    )
    row.author_id = author.id  # their words: they may take them back
    return row
