"""The buttons of a draft under way or put aside: stop it, write a stopped one after all, unfold an older version."""

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.folding import unfold
from bot.intake import Office, again
from bot.listeners.sender import Body, key_of, language_of, number_of, sender, whisper
from bot.messages import say
from bot.stopping import stop_request
from db.errors import Forbidden
from db.session import transaction
from db.tables import Draft, Request


def register(app: App, office: Office) -> None:
    """Listen to stop, write again and unfold."""

    @app.action("draft_stop")
    def stop(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        words = stopped(office, context, number_of(action["value"]))
        ack()
        if words:
            whisper(client, context, body, say(language_of(office, context), words))

    @app.action("draft_retry")
    def retry(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number = number_of(action["value"])
        with transaction(office.engine) as session:
            row = session.get(Request, number)
            there = row is not None and bool(row.text or row.fields)  # without them its words were forgotten
            if there:
                again(session, number, sender(session, context), f"again:{key_of(body)}")
        ack()
        whisper(client, context, body, say(language_of(office, context), "again_asked" if there else "gone"))

    @app.action("draft_unfold")
    def whole(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number = number_of(action["value"])
        with transaction(office.engine) as session:
            draft = session.get(Draft, number)
            there = draft is not None and bool(draft.messages)  # without them its words were forgotten
        ack()
        if there:
            unfold(client, office.engine, office.house, number)
        else:
            whisper(client, context, body, say(language_of(office, context), "gone"))


def stopped(office: Office, context: BoltContext, number: int) -> str | None:
    """Stop a request; returns the key of a sentence only if nothing was stopped."""
    user = str(context.user_id)
    try:
        with transaction(office.engine) as session:
            operator = office.is_operator(user)
            many = stop_request(session, number, str(context.team_id or ""), user, operator=operator)
    except Forbidden:
        return "only_requester_stops"
    return None if many else "ended_already"
