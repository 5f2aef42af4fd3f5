"""Who pressed or typed, in which language they read, and what their click is called: what every listener asks of Bolt."""

from typing import Any

from slack_bolt import BoltContext
from slack_sdk import WebClient
from sqlmodel import Session

from bot.intake import Office
from bot.text import safe
from db.people import person
from db.session import transaction
from db.tables import Person

Body = dict[str, Any]


def sender(session: Session, context: BoltContext) -> Person:
    """The one row of a person, by the same three ids whether they typed, pressed, sent a form or a command."""
    return person(
        session, str(context.team_id or ""), str(context.user_id), enterprise_id=str(context.enterprise_id or "")
    )


def language_of(office: Office, context: BoltContext) -> str:
    """The language a person last wrote in."""
    with transaction(office.engine) as session:
        return sender(session, context).language


def key_of(body: Body) -> str:
    """One click's own id: who pressed what, where and when."""
    action = body["actions"][0]
    place = body["container"].get("message_ts") or body["container"].get("view_id", "")
    return f"{body['user']['id']}:{place}:{action['action_id']}:{action['action_ts']}"


def number_of(value: object) -> int:
    """The row a button names; 0, which no row has, for a value that is not ours."""
    digits = str(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def whisper(client: WebClient, context: BoltContext, body: Body, words: str) -> None:
    """A line only the person who pressed sees, in the thread they pressed in."""
    client.chat_postEphemeral(
        channel=str(context.channel_id),
        user=str(context.user_id),
        text=safe(words),
        thread_ts=body["container"].get("thread_ts"),
    )
