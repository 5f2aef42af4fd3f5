"""The App Home: published when somebody opens it, and again after what they do there."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.blocks.home import home
from bot.home import home_of
from bot.intake import Office
from bot.listeners.form import open_draft_form
from bot.listeners.sender import Body, language_of, sender
from db.session import transaction
from db.settings import load
from db.tables import Person
from trainer.settings import TrainSettings


def register(app: App, office: Office) -> None:
    """Listen to the opening of the App Home and to its button for a draft."""

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        if event.get("tab") == "home":
            publish(office, client, context)

    @app.action("home_draft")
    def ask(ack: Ack, body: Body, context: BoltContext, client: WebClient) -> None:
        channel = client.conversations_open(users=str(context.user_id))["channel"]["id"]  # the answer goes there
        open_draft_form(client, body["trigger_id"], language_of(office, context), office.house, channel)
        ack()


def publish(office: Office, client: WebClient, context: BoltContext, notice: str = "") -> None:
    """The page of whoever pressed; `notice` says what that has just done. Errors: TROUBLE of Slack."""
    with transaction(office.engine) as session:
        person_id = sender(session, context).id
    show(office, client, person_id or 0, notice)


def show(office: Office, client: WebClient, person_id: int, notice: str = "") -> None:
    """A person's page as it is now. Errors: TROUBLE of Slack."""
    needed = load(TrainSettings).train_after  # the trainer reads the same
    with transaction(office.engine) as session:
        team = session.get_one(Person, person_id).team_id
    if team not in office.addresses:
        office.addresses[team] = str(client.auth_test()["url"])
    with transaction(office.engine) as session:
        who = session.get_one(Person, person_id)
        page = home_of(session, office.house, who, needed, office.addresses[team])
    client.views_publish(user_id=who.user_id, view=home(page, office.house, notice))
