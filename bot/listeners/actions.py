"""Buttons: votes, accept, edit, write again, consent, review, rollback. Clicks come once: the row is written before the ack.

Forms are opened before the ack too: their trigger lives three seconds. All else that Slack is asked for comes after.
"""

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient

from bot import blocks
from bot.feedback import judge, open_review, record
from bot.intake import Office, again
from bot.listeners.commands import roll_back
from bot.listeners.sender import Body, key_of, language_of, number_of, sender, whisper
from bot.listeners.views import open_form, open_note, settle
from bot.messages import say
from bot.text import safe
from db.errors import FlywheelError, Forbidden, InputError
from db.session import transaction
from db.tables import Draft


def register(app: App, office: Office) -> None:
    """Listen to every button the bot shows."""
    drafts(app, office)
    reviews(app, office)

    @app.action("consent_yes")
    @app.action("consent_no")
    def consent(ack: Ack, action: Body, context: BoltContext, respond: Respond) -> None:
        granted = action["action_id"] == "consent_yes"
        with transaction(office.engine) as session:
            who = sender(session, context)
            who.consent = "granted" if granted else "declined"
            language = who.language
        ack()
        # The answer stands where the question stood, so that it is not asked again.
        respond(text=say(language, "consent_kept" if granted else "consent_declined"), replace_original=True)

    @app.action("adapter_rollback")
    def undo(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        user, language = str(context.user_id), language_of(office, context)
        words, changed = roll_back(office, "", user, language, version=number_of(action["value"]))
        ack()
        if not changed:
            whisper(client, context, body, words)
            return
        line = safe(f"{words} · <@{user}>", allow=[user])
        card = body["message"]
        client.chat_update(
            channel=str(context.channel_id), ts=card["ts"], text=line, blocks=blocks.undone(card["blocks"], line)
        )


def drafts(app: App, office: Office) -> None:
    """The buttons under a draft."""

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

    @app.action("draft_edit")
    def edit(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number, language = number_of(action["value"]), language_of(office, context)
        with transaction(office.engine) as session:
            draft = session.get(Draft, number)
        opened = draft is not None and open_form(client, body, language, draft.text, "draft_edit", number)
        ack()
        if not opened:
            whisper(client, context, body, say(language, "too_long_to_edit" if draft else "gone"))

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


def reviews(app: App, office: Office) -> None:
    """The buttons of a review card."""

    @app.action("review_approve")
    def approve(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        user, number = str(context.user_id), number_of(action["value"])
        try:
            may_review(office, user)
            with transaction(office.engine) as session:
                row = judge(session, number, key=f"click:{key_of(body)}", reviewer=user, verdict="approve")
        except FlywheelError as error:
            refuse(office, ack, body, context, client, error)
            return
        ack()
        settle(office, client, row)

    @app.action("review_reject")
    @app.action("review_edit")
    def ask(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        number, language = number_of(action["value"]), language_of(office, context)
        try:
            may_review(office, str(context.user_id))
            with transaction(office.engine) as session:
                row = open_review(session, number)
        except FlywheelError as error:
            refuse(office, ack, body, context, client, error)
            return
        if action["action_id"] == "review_reject":
            opened = open_note(client, body, language, number)
        else:
            opened = open_form(client, body, language, row.proposed, "review_edit", number)
        ack()
        if not opened:
            whisper(client, context, body, say(language, "too_long_to_edit"))


def may_review(office: Office, user: str) -> None:
    """Errors: Forbidden for people who don't review."""
    if not office.is_reviewer(user):
        raise Forbidden("Only reviewers may decide.")


def refuse(office: Office, ack: Ack, body: Body, context: BoltContext, client: WebClient, error: FlywheelError) -> None:
    """Tell a person why a review can't be decided by them, or no more."""
    ack()
    key = "reviewers_only" if isinstance(error, Forbidden) else "review_closed"
    whisper(client, context, body, say(language_of(office, context), key))
