"""Asking for a draft, and for its next version: by mention, direct message, a reply in a draft's thread, or /draft.

Slack does not send a command twice, so the row is written before the ack. Bolt acks an event before its listener, but
after its middleware: that writes the row.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient

from bot.blocks import pieces, privacy
from bot.intake import Asked, Office, accept, ask_consent, in_thread, new_event, undecided
from bot.listeners.form import open_draft_form, reader
from bot.listeners.operating import Reply, answer
from bot.listeners.privacy import privacy_answer
from bot.listeners.sender import sender
from bot.messages import say
from bot.messages.asking import SENTENCES
from bot.refining import about_us, asks_nothing, refine, stops
from bot.standing import TROUBLE, code
from bot.stopping import stop_thread
from bot.text import plain
from bot.verbs import verb_of
from curation.asking import HANGUL, LATIN
from db.session import transaction

log = logging.getLogger("flywheel.bot")
Event = dict[str, Any]
Said = tuple[str, str, str]  # what to say beside the draft (a verb or the key of a sentence), its rest, the language
TYPED = (None, "file_share", "thread_broadcast")  # subtypes of messages that people write; edits and joins are others
OTHERS = re.compile(r"<[@!]")


def register(app: App, office: Office) -> None:
    """Listen to /draft, to mentions, direct messages and replies, and to whoever opens the bot's messages."""

    @app.command("/draft")
    def draft(ack: Ack, command: dict[str, Any], context: BoltContext, client: WebClient, respond: Respond) -> None:
        text = plain(command.get("text", ""))
        if not text:
            language = reader(office, context, client)
            open_draft_form(client, command["trigger_id"], language, office.house, command["channel_id"])
            ack()
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
            language = sender(session, context).language
            asking = ask_consent(session, undecided(session, row))
        ack()
        if asking:
            respond(text=say(language, "consent"), blocks=privacy.consent(language), response_type="ephemeral")

    def store(context: BoltContext, event: Event, body: Event, next_: Callable[[], None]) -> None:
        context["reply"] = take(office, context, event, body)
        next_()

    @app.event("app_mention", matchers=[typed], middleware=[store])
    def mention(context: BoltContext, event: Event, client: WebClient) -> None:
        tell(office, context, client, event, context["reply"])

    # What stands outside threads in a channel is for us only if it mentions us, and then it comes as app_mention too.
    @app.event("message", matchers=[typed, near], middleware=[store])
    def message(context: BoltContext, event: Event, client: WebClient) -> None:
        tell(office, context, client, event, context["reply"])

    @app.event("app_home_opened", matchers=[messages_tab])
    def suggest(event: Event, context: BoltContext, client: WebClient) -> None:
        prompts = office.house.guide.prompts[reader(office, context, client)]
        shown = [{"title": words, "message": words} for words in prompts]
        try:
            if shown:
                client.assistant_threads_setSuggestedPrompts(channel_id=event["channel"], prompts=shown)
        except TROUBLE as error:  # decoration
            log.info("prompts could not be suggested (%s)", code(error))


def typed(event: Event) -> bool:
    """Whether a person wrote this just now."""
    return event.get("subtype") in TYPED and "bot_id" not in event and bool(event.get("user"))


def direct(event: Event) -> bool:
    return event.get("channel_type") == "im"


def near(event: Event) -> bool:
    """Whether this may be for us without a mention: a direct message, or a reply."""
    return direct(event) or replies(event)


def replies(event: Event) -> bool:
    return bool(event.get("thread_ts", event["ts"]) != event["ts"])


def messages_tab(event: Event) -> bool:
    return event.get("tab") == "messages"


def take(office: Office, context: BoltContext, event: Event, body: Event) -> Said | None:
    """One delivered message becomes one request, however often and in whatever order it is delivered.

    Returns what is to be said at once, or None. A message that is not for us leaves no trace.
    """
    written = str(event.get("text", ""))
    us = f"<@{context.bot_user_id}>"
    named = event["type"] == "app_mention" or us in written
    asked = Asked(
        key=f"{context.team_id}:{event['channel']}:{event['ts']}",
        source="dm" if direct(event) else "mention",
        text=plain(written),
        team_id=str(context.team_id or ""),
        user_id=str(event["user"]),
        channel_id=str(event["channel"]),
        thread_ts=str(event.get("thread_ts") or event["ts"]),
        enterprise_id=str(context.enterprise_id or ""),
        external=bool(body.get("is_ext_shared_channel")),
    )
    with transaction(office.engine) as session:
        thread = asked.thread_ts if replies(event) else ""
        rows = in_thread(session, asked.team_id, asked.channel_id, thread)
        to_others = not named and not direct(event) and OTHERS.search(written)
        for_us = named or direct(event) or about_us(rows, asked)
        if to_others or not for_us:
            return None
        verb = verb_of(asked.text, office.house.tasks)
        if verb is None and not stops(asked.text) and not asks_nothing(asked.text):
            row = refine(session, asked, rows)
            if row is None and (named or direct(event)):
                row = accept(session, office.house, asked)
            who = undecided(session, row)
            return ("consent", "", who.language) if who else None
        if not new_event(session, asked.key):
            return None
        language = "ko" if HANGUL.search(asked.text) else "en" if LATIN.search(asked.text) else ""
        language = language or sender(session, context).language
        if verb:
            return *verb, language
        if stops(asked.text):
            operator = office.is_operator(asked.user_id)
            place = (asked.team_id, asked.channel_id, thread)
            stopped = stop_thread(session, *place, asked.user_id, operator=operator)
            return None if stopped else ("nothing_to_stop", "", language)
        if rows and event.get("files"):
            return "file_hint", "", language
        return None if asked.text or not (named or direct(event)) else ("no_topic", "", language)


def tell(office: Office, context: BoltContext, client: WebClient, event: Event, said: Said | None) -> None:
    """What is said beside the draft: to the person alone, or in the thread of the message."""
    if said is None or (said[0] == "consent" and not first_asking(office, context)):
        return
    reply = beside(office, context, said)
    what: dict[str, Any] = {"channel": event["channel"], "text": reply.text, "blocks": reply.blocks}
    if reply.only_me:
        # A new thread has no reply yet: nobody would see it there.
        client.chat_postEphemeral(user=event["user"], thread_ts=event.get("thread_ts"), **what)
        return
    thread = event.get("thread_ts") or event["ts"]
    client.chat_postMessage(thread_ts=thread, unfurl_links=False, unfurl_media=False, **what)


def first_asking(office: Office, context: BoltContext) -> bool:
    """Whether to ask about learning now. Not in `take`: an ack need not wait for it, and a lost one is asked next time."""
    with transaction(office.engine) as session:
        return ask_consent(session, sender(session, context))


def beside(office: Office, context: BoltContext, said: Said) -> Reply:
    """The words for a verb or a sentence's key."""
    kind, rest, language = said
    if kind == "consent":
        return Reply(say(language, kind), privacy.consent(language))
    if kind == "privacy":
        return Reply(*privacy_answer(office, rest, context))
    if kind == "form":
        button = pieces.button(language, "draft_form_open", "form_open", "open", "primary")
        words = say(language, "form_here")
        return Reply(words, [pieces.section(words), {"type": "actions", "elements": [button]}])
    if kind in SENTENCES and kind != "help":
        return Reply(say(language, kind), only_me=kind != "no_topic")
    return answer(office, kind, rest, str(context.user_id), language)
