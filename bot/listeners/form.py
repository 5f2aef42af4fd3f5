"""The form that asks for a draft: opened by `/draft` alone, a button or the App Home, and sent. It comes once: the row
is written before the ack, and what was typed stays in the form until then."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.acquaint import meet
from bot.blocks import privacy
from bot.blocks.ask_form import draft_form
from bot.intake import Asked, Office, accept, ask_consent, undecided
from bot.listeners.forms import refuse
from bot.listeners.sender import Body, language_of, sender
from bot.messages import say
from bot.standing import TROUBLE, code, impatient
from curation.asking import points_of
from curation.house import Ask, House
from db.session import transaction

log = logging.getLogger("flywheel.bot")


def register(app: App, office: Office) -> None:
    """Listen to the form, to another task chosen in it, and to the button that opens it."""

    @app.action("draft_form_open")
    def opened(ack: Ack, body: Body, context: BoltContext, client: WebClient) -> None:
        open_draft_form(client, body["trigger_id"], language_of(office, context), office.house, str(context.channel_id))
        ack()

    @app.action("draft_task")
    def other_task(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        ack()
        view, task = body["view"], action["selected_option"]["value"]
        shown = draft_form(
            office.house.guide, language_of(office, context), task, view["private_metadata"], typed(view)
        )
        client.views_update(view_id=view["id"], hash=view["hash"], view=shown)

    @app.view("draft_form")
    def sent(ack: Ack, view: Body, context: BoltContext, client: WebClient) -> None:
        values, language = typed(view), language_of(office, context)
        if not values.get("topic"):
            refuse(ack, language, "topic", "no_topic")
            return
        ask = meant(office.house, values)
        asked = Asked(
            key=f"view:{view['id']}",
            source="form",
            text=str(office.house.prompts(ask.task, ask.language, ask.fields).short[-1]["content"]),
            team_id=str(context.team_id or ""),
            user_id=str(context.user_id),
            channel_id=json.loads(view["private_metadata"])["channel"],
            enterprise_id=str(context.enterprise_id or ""),
        )
        with transaction(office.engine) as session:
            sender(session, context)  # a form says nothing of the language a person reads
            row = accept(session, office.house, asked, ask)
            asking = ask_consent(session, undecided(session, row))
        ack()
        if asking:
            words, shown = say(language, "consent"), privacy.consent(language)
            client.chat_postEphemeral(channel=asked.channel_id, user=asked.user_id, text=words, blocks=shown)


def open_draft_form(
    client: WebClient,
    trigger_id: str,
    language: str,
    house: House,
    channel_id: str,
    prefill: Mapping[str, str] | None = None,
) -> None:
    """The form in a person's language; the draft will be posted to the channel. `prefill` holds texts by field name,
    "task" among them. Errors: bot.standing.TROUBLE."""
    given = prefill or {}
    task = given.get("task") or next(iter(house.tasks))
    view = draft_form(house.guide, language, task, json.dumps({"channel": channel_id}), given)
    client.views_open(trigger_id=trigger_id, view=view)


def typed(view: Body) -> dict[str, str]:
    """What stands in the form, by field; empty fields are left out."""
    found: dict[str, str] = {}
    for name, elements in view["state"]["values"].items():
        (element,) = elements.values()
        value = (element.get("selected_option") or {}).get("value") or element.get("value") or ""
        found |= {name: value.strip()} if value.strip() else {}
    return found


def meant(house: House, values: Mapping[str, str]) -> Ask:
    """What the form says as a request of the house: one line a field, in the order of the guide."""
    language, guide = values["language"], house.guide
    fields: dict[str, Any] = {name: " ".join(value.split()) for name, value in values.items()}
    if "points" in values:
        fields["points"] = points_of(values["points"] + "\n")
    if (number := values.get("length", "")).isdigit() and guide.lengths[language]:
        fields["length"] = guide.lengths[language][int(number)]
    kept = {name: fields[name] for name in guide.fields if name in fields and name != "task"}
    return Ask(values["task"], language, kept)


def reader(office: Office, context: BoltContext, client: WebClient) -> str:
    """The language a person reads; of somebody who never wrote to us Slack knows it."""
    with transaction(office.engine) as session:
        who = sender(session, context)
    if who.guest is not None:
        return who.language
    try:
        return meet(office.engine, impatient(client), who)
    except TROUBLE as error:
        log.info("person %s: Slack does not tell (%s)", who.id, code(error))
        return who.language
