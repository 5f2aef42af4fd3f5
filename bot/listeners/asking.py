"""Asking for a draft: by mention, direct message or /draft.

Slack does not send a command twice, so the row is written before the ack. Bolt acks an event before its listener, but
after its middleware: that writes the row.
"""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient

from bot.blocks import cards
from bot.intake import Asked, Office, accept, ask_consent, new_event
from bot.listeners.operating import status_line
from bot.listeners.sender import language_of, sender
from bot.messages import say
from bot.text import plain, safe
from curation.asking import HANGUL, LATIN
from db.session import transaction

Event = dict[str, Any]
HELP = ("help", "도움말", "도움", "?")
STATUS = ("status", "상태")
TYPED = (None, "file_share", "thread_broadcast")  # subtypes of messages that people write; edits and joins are others


def register(app: App, office: Office) -> None:
    """Listen to /draft, to mentions in channels and to direct messages."""

    @app.command("/draft")
    def draft(ack: Ack, command: dict[str, Any], context: BoltContext, respond: Respond) -> None:
        text = plain(command.get("text", ""))
        if not text:
            ack(text=say(language_of(office, context), "no_topic"), response_type="ephemeral")
            return
        asked = Asked(
            key=f"command:{command['trigger_id']}",
            source="command",
            text=text,
            team_id=str(context.team_id or ""),
            user_id=str(context.user_id),
            channel_id=command["channel_id"],
            enterprise_id=str(context.enterprise_id or ""),
        )
        with transaction(office.engine) as session:
            row = accept(session, office.house, asked)
            asking = row is not None and ask_consent(session, row)
        ack()
        if row and asking:
            respond(text=say(row.language, "consent"), blocks=cards.consent(row.language), response_type="ephemeral")

    def store(context: BoltContext, event: Event, body: Event, next_: Callable[[], None]) -> None:
        context["reply"] = take(office, context, event, body)
        next_()

    @app.event("app_mention", matchers=[typed], middleware=[store])
    def mention(context: BoltContext, event: Event, client: WebClient) -> None:
        answer(office, client, event, context["reply"])

    # A mention in a channel also arrives as a message there: only direct messages are taken from these.
    @app.event("message", matchers=[typed, direct], middleware=[store])
    def message(context: BoltContext, event: Event, client: WebClient) -> None:
        answer(office, client, event, context["reply"])


def typed(event: Event) -> bool:
    """Whether a person wrote this just now."""
    return event.get("subtype") in TYPED and "bot_id" not in event and bool(event.get("user"))


def direct(event: Event) -> bool:
    return event.get("channel_type") == "im"


def take(office: Office, context: BoltContext, event: Event, body: Event) -> tuple[str, str] | None:
    """One delivered message becomes one request, however often and in whatever order it is delivered.

    Returns (what to say at once, language), or None if nothing is to be said.
    """
    text = plain(str(event.get("text", "")))
    word = text.lower()
    asked = Asked(
        key=f"{context.team_id}:{event['channel']}:{event['ts']}",
        source="dm" if direct(event) else "mention",
        text=text,
        team_id=str(context.team_id or ""),
        user_id=str(event["user"]),
        channel_id=str(event["channel"]),
        thread_ts=thread_of(event),
        enterprise_id=str(context.enterprise_id or ""),
        external=bool(body.get("is_ext_shared_channel")),
    )
    with transaction(office.engine) as session:
        if not new_event(session, str(body["event_id"])):
            return None
        if word and word not in (*HELP, *STATUS):
            row = accept(session, office.house, asked)
            return ("consent", row.language) if row and ask_consent(session, row) else None
        if not new_event(session, asked.key):
            return None
        language = "ko" if HANGUL.search(text) else "en" if LATIN.search(text) else sender(session, context).language
    return "status" if word in STATUS else "help" if word else "no_topic", language


def answer(office: Office, client: WebClient, event: Event, reply: tuple[str, str] | None) -> None:
    """What is said beside the draft, in the thread of the message."""
    if reply is None:
        return
    kind, language = reply
    if kind == "consent":
        client.chat_postEphemeral(
            channel=event["channel"],
            user=event["user"],
            thread_ts=event.get("thread_ts"),  # a new thread has no reply yet: nobody would see the question there
            text=say(language, "consent"),
            blocks=cards.consent(language),
        )
        return
    place = {"channel": event["channel"], "thread_ts": thread_of(event)}
    words = status_line(office, language) if kind == "status" else say(language, kind)
    client.chat_postMessage(text=safe(words), unfurl_links=False, unfurl_media=False, **place)


def thread_of(event: Event) -> str:
    return str(event.get("thread_ts") or event["ts"])
