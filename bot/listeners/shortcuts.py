"""Message shortcut `use_as_edit`: a reply, or the file in it, is the edited version of the draft before it in the thread.

Slack sends a shortcut once: a text is stored before the ack, a file is fetched before it too or not at all, and then the
person reads that they should press again.
"""

from typing import Any

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient
from sqlmodel import Session, col, select

from bot.feedback import moment
from bot.intake import Office
from bot.listeners.editing import keep, tell
from bot.listeners.sender import Body, language_of
from bot.messages import say
from bot.reply import brought
from bot.text import safe
from curation.documents import Unreadable
from db.people import person
from db.queries import of_thread
from db.session import transaction
from db.tables import Draft, Feedback, Request


def register(app: App, office: Office) -> None:
    """Listen to the shortcut on a reply."""

    @app.shortcut({"type": "message_action", "callback_id": "use_as_edit"})
    def use(ack: Ack, body: Body, context: BoltContext, client: WebClient, respond: Respond) -> None:
        language = language_of(office, context)
        try:
            row, words = taken(office, context, client, body)
        except Unreadable as error:
            row, words = None, f"file_{error.why}"
        ack()
        if row:
            tell(office, client, language, row)
        else:
            thread = body["message"].get("thread_ts")
            respond(
                text=safe(say(language, words)), response_type="ephemeral", replace_original=False, thread_ts=thread
            )


def taken(office: Office, context: BoltContext, client: WebClient, body: Body) -> tuple[Feedback | None, str]:
    """The edit, stored for whoever wrote the message; or why there is none. Errors: Unreadable."""
    message, channel, team = body["message"], str(body["channel"]["id"]), str(context.team_id or "")
    if not by_person(message):
        return None, "not_a_person"
    with transaction(office.engine) as session:
        draft = draft_before(session, team, channel, message)
    if draft is None:
        return None, "no_draft_here"
    text, way = brought(client, message)
    if not text.strip():
        return None, "file_empty"
    with transaction(office.engine) as session:
        author = person(session, team, str(message["user"]), enterprise_id=str(context.enterprise_id or ""))
        place, acted_at = f"{way}:{team}:{channel}:{message['ts']}", moment(body["action_ts"])
        return keep(session, draft, author, text, place, way=way, acted_at=acted_at), "unchanged"


def by_person(message: dict[str, Any]) -> bool:
    """Whether a person wrote a message, and no app."""
    return bool(message.get("user")) and "bot_id" not in message


def draft_before(session: Session, team: str, channel: str, message: dict[str, Any]) -> Draft | None:
    """The newest finished draft that stands above a message in its thread."""
    thread = str(message.get("thread_ts") or "")
    wanted = select(Request.message_ts, Draft).join(Draft, col(Draft.id) == col(Request.id))
    wanted = wanted.where(of_thread(team, channel, thread), Request.state == "done")
    rows = session.exec(wanted.where(Draft.text != "").order_by(col(Request.id).desc())).all() if thread else []
    return next((draft for ts, draft in rows if ts and float(ts) < float(message["ts"])), None)
