"""The buttons under a draft: votes, use as is, write again. Clicks come once: the row is written before the ack."""

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.feedback import record
from bot.intake import Office, again
from bot.listeners.sender import Body, key_of, language_of, number_of, sender, whisper
from bot.messages import say
from db.errors import Forbidden, InputError
from db.session import transaction


def register(app: App, office: Office) -> None:
    """Listen to the buttons under a draft, but for its edit."""

    @app.action("draft_feedback")
    def voted(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        kind, _, number = str(action["value"]).partition(":")
        words = signal(office, context, body, number_of(number), kind)
        ack()
        if words:
            whisper(client, context, body, words)

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


def signal(office: Office, context: BoltContext, body: Body, draft: int, kind: str) -> str | None:
    """Keep what a person said about a draft by pressing; returns a sentence only if it could not be kept."""
    key = key_of(body)
    try:
        with transaction(office.engine) as session:
            who = sender(session, context)
            record(session, draft, who, kind, f"click:{key}")
            if kind == "regenerate":
                again(session, draft, who, f"again:{key}")
    except Forbidden:
        return say(language_of(office, context), "only_requester")
    except InputError:
        return say(language_of(office, context), "gone")
    return None
