"""Mentions and direct messages."""

from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from bot import blocks
from bot.intake import Asked, Office, accept, new_event
from bot.messages import say
from bot.text import plain, safe
from curation.asking import HANGUL
from db.people import person
from db.session import transaction

HELP = ("help", "도움말", "도움", "?")
STATUS = ("status", "상태")


def register(app: App, office: Office) -> None:
    """Listen to mentions in channels and to direct messages."""

    @app.event("app_mention")
    def mention(event: dict[str, Any], body: dict[str, Any], client: WebClient) -> None:
        take(office, client, event, body, "mention")

    @app.event("message")
    def message(event: dict[str, Any], body: dict[str, Any], client: WebClient) -> None:
        # A mention in a channel also arrives as a message; edits, joins and bots' own lines are no requests.
        if event.get("channel_type") == "im" and "subtype" not in event and "bot_id" not in event:
            take(office, client, event, body, "dm")


def take(office: Office, client: WebClient, event: dict[str, Any], body: dict[str, Any], source: str) -> None:
    """One delivered message becomes one request, however often and in whatever order it is delivered."""
    team = str(body.get("team_id") or event.get("team") or "")
    text = plain(str(event.get("text", "")))
    key = f"{team}:{event['channel']}:{event['ts']}"
    thread = str(event.get("thread_ts") or event["ts"])
    with transaction(office.engine) as session:
        if not new_event(session, str(body["event_id"])):
            return
        word = text.lower()
        if word and word not in (*HELP, *STATUS):
            asked = Asked(
                key,
                source,
                text,
                team,
                str(event["user"]),
                str(event["channel"]),
                thread,
                str(body.get("enterprise_id") or ""),
                bool(body.get("is_ext_shared_channel")),
            )
            row = accept(session, office.house, asked)
            if row is None:
                return
            who = person(session, team, str(event["user"]), enterprise_id=asked.enterprise_id)
            language, first = row.language, who.consent == "unasked" and row.collect
            first = first and new_event(session, f"asked-consent:{who.id}")
        else:
            if not new_event(session, key):
                return
            first, language = False, person(session, team, str(event["user"])).language
    if not word or word in HELP:
        language = "ko" if HANGUL.search(text) or (not word and language == "ko") else "en"
        say_in(client, event, thread, say(language, "help" if word else "no_topic"))
    elif word in STATUS:
        from bot.listeners.commands import status_line

        say_in(client, event, thread, status_line(office, "ko" if HANGUL.search(text) else "en"))
    elif first:
        client.chat_postEphemeral(
            channel=event["channel"],
            user=event["user"],
            thread_ts=thread,
            text=say(language, "consent"),
            blocks=blocks.consent(language),
        )


def say_in(client: WebClient, event: dict[str, Any], thread: str, words: str) -> None:
    client.chat_postMessage(
        channel=event["channel"], thread_ts=thread, text=safe(words), unfurl_links=False, unfurl_media=False
    )
