"""What is kept and why: the question about learning, the switch, and deleting. Clicks come once: done before the ack."""

from slack_bolt import Ack, App, BoltContext, Respond
from slack_sdk import WebClient

from bot.blocks import pieces, privacy
from bot.blocks.pieces import Block
from bot.forgetting import receipt, tidy
from bot.intake import Office
from bot.listeners.home import publish
from bot.listeners.sender import Body, language_of, sender
from bot.messages import say
from bot.text import safe
from curation import consent
from curation.forget import Forgotten, forget
from db.session import transaction
from db.tables import Person


def register(app: App, office: Office) -> None:
    """Listen to the answer to the question about learning, to the switch and to the delete button."""

    @app.action("consent_yes")
    @app.action("consent_no")
    def answered(ack: Ack, action: Body, context: BoltContext, respond: Respond, client: WebClient) -> None:
        granted = action["action_id"] == "consent_yes"
        set_consent(office, context, granted)
        ack()
        # The answer stands where the question stood, so that it is not asked again.
        words = say(language_of(office, context), "consent_kept" if granted else "consent_declined")
        respond(text=words, replace_original=True)
        tidy(office.engine, office.house, office.settings, client)

    @app.action("consent_details")
    def explain(ack: Ack, body: Body, context: BoltContext, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=privacy.details(language_of(office, context)))
        ack()

    @app.action("privacy_on")
    @app.action("privacy_off")
    def switched(ack: Ack, action: Body, body: Body, context: BoltContext, respond: Respond, client: WebClient) -> None:
        words = set_consent(office, context, action["action_id"] == "privacy_on")
        ack()
        tell(office, client, context, body, respond, words)
        tidy(office.engine, office.house, office.settings, client)

    @app.action("privacy_delete")
    def deleted(ack: Ack, body: Body, context: BoltContext, respond: Respond, client: WebClient) -> None:
        with transaction(office.engine) as session:
            who = sender(session, context)
            gone, language = forget(session, who, who.user_id), who.language
        ack()
        tell(office, client, context, body, respond, receipt_words(language, gone))
        tidy(office.engine, office.house, office.settings, client)


def privacy_answer(office: Office, rest: str, context: BoltContext) -> tuple[str, list[Block]]:
    """`/flywheel privacy [on|off|delete]`: what the person reads, and the blocks with the switch as it is then."""
    word = rest.strip().lower()
    words = set_consent(office, context, word == "on") if word in ("on", "off") else ""
    with transaction(office.engine) as session:
        who = sender(session, context)
    language = who.language
    if word == "delete":  # Slack asks whether they are sure when the button is pressed
        return say(language, "delete_ask"), privacy.delete_question(language)
    if word not in ("", "on", "off"):
        words = say(language, "privacy_usage")
    return words or privacy.state(language, who.consent, bool(who.guest)), switch_after(who, words)


def switch_after(who: Person, words: str) -> list[Block]:
    """What was done, and the switch as it is now."""
    return [
        *([pieces.section(safe(words))] if words else []),
        *privacy.switch(who.language, who.consent, bool(who.guest)),
    ]


def set_consent(office: Office, context: BoltContext, granted: bool) -> str:
    """Keep a person's word about learning; returns what they read. The same word again changes nothing."""
    with transaction(office.engine) as session:
        who = sender(session, context)
        if granted:
            consent.allow(session, who)
            return say(who.language, "privacy_is_on")
        return say(who.language, "privacy_is_off", n=consent.decline(session, who))


def receipt_words(language: str, gone: Forgotten) -> str:
    """What went, and honestly what learnt from it already."""
    if not gone:
        return say(language, "deleted_nothing")
    told = receipt(gone)
    return say(language, "deleted", **told) + (" " + say(language, "deleted_taught", **told) if gone.adapters else "")


def tell(office: Office, client: WebClient, context: BoltContext, body: Body, respond: Respond, words: str) -> None:
    """The answer stands where the button was, with the switch as it is now."""
    if body["container"]["type"] == "view":
        publish(office, client, context, words)
        return
    with transaction(office.engine) as session:
        who = sender(session, context)
    respond(text=words, blocks=switch_after(who, words), replace_original=True)
