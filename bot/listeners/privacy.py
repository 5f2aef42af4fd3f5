"""What is kept and why: the question about learning, and its answer."""

from slack_bolt import Ack, App, BoltContext, Respond

from bot.intake import Office
from bot.listeners.sender import Body, sender
from bot.messages import say
from db.session import transaction


def register(app: App, office: Office) -> None:
    """Listen to the answer to the question about learning."""

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
