"""The buttons under a draft but votes and edit: use as is, write again, get the file. Rows are written before the ack."""

import logging
import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.feedback import moment, record
from bot.intake import Office, again, new_event
from bot.listeners.sender import Body, key_of, language_of, number_of, sender, whisper
from bot.messages import say
from bot.standing import TROUBLE, code
from db.errors import Forbidden, InputError
from db.session import transaction
from db.tables import Draft, Request

log = logging.getLogger("flywheel.bot")
LONGEST_NAME = 60  # bytes of a file's name made of the topic


def register(app: App, office: Office) -> None:
    """Listen to these three buttons."""

    @app.action("draft_accept")
    def accepted(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        words = signal(office, context, body, number_of(action["value"]), "accept")
        ack()
        whisper(client, context, body, words or say(language_of(office, context), "accepted"))

    @app.action("draft_regenerate")
    def write_again(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        words = signal(office, context, body, number_of(action["value"]), "regenerate")
        ack()
        whisper(client, context, body, words or say(language_of(office, context), "again_asked"))

    @app.action("draft_download")
    def download(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number = number_of(action["value"])
        with transaction(office.engine) as session:
            draft, request = session.get(Draft, number), session.get(Request, number)
            wanted = draft is not None and new_event(session, f"click:{key_of(body)}")
        ack()
        language = language_of(office, context)
        if draft is None or request is None or not draft.text:
            whisper(client, context, body, say(language, "gone"))
        elif wanted and not sent(client, body, draft, request, language):
            whisper(client, context, body, say(language, "file_failed"))


def signal(office: Office, context: BoltContext, body: Body, draft: int, kind: str) -> str | None:
    """Keep what a person said about a draft by pressing; returns a sentence only if it could not be kept."""
    key, at = key_of(body), moment(str(body["actions"][0]["action_ts"]))
    try:
        with transaction(office.engine) as session:
            who = sender(session, context)
            record(session, draft, who, kind, f"click:{key}", acted_at=at)
            if kind == "regenerate":
                again(session, draft, who, f"again:{key}")
    except Forbidden:
        return say(language_of(office, context), "only_requester")
    except InputError:
        return say(language_of(office, context), "gone")
    return None


def sent(client: WebClient, body: Body, draft: Draft, request: Request, language: str) -> bool:
    """The draft as a Markdown file in its thread, else in a direct message; whether that worked."""
    file: dict[str, Any] = {
        "filename": file_name(str(request.fields.get("topic", "")), draft.id),
        "title": say(language, "file_title", id=draft.id),
        "content": draft.text.encode(),
    }
    thread = body["container"].get("thread_ts") or body["container"].get("message_ts")
    try:
        client.files_upload_v2(channel=body["channel"]["id"], thread_ts=thread, **file)
    except TROUBLE as error:
        log.info("draft %s: no file in its thread (%s)", draft.id, code(error))
    else:
        return True
    try:
        direct = client.conversations_open(users=body["user"]["id"])["channel"]["id"]
        client.files_upload_v2(channel=direct, **file)
    except TROUBLE as error:
        log.warning("draft %s: no file (%s)", draft.id, code(error))
        return False
    return True


def file_name(topic: str, number: int) -> str:
    """A name that any disk takes: letters and digits of the topic, cut between characters."""
    slug = "-".join(re.findall(r"\w+", topic)).encode()[:LONGEST_NAME].decode(errors="ignore").strip("-_")
    return f"{slug or 'draft'}-{number}.md"
