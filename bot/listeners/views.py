"""Forms that were submitted: a person's edit, a reviewer's wording."""

import json
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot import blocks
from bot.feedback import record
from bot.intake import Office
from bot.messages import say
from bot.text import safe
from curation.reviews import decide
from curation.slack_desk import SlackDesk
from db.errors import InputError
from db.people import person
from db.session import transaction
from db.tables import Request, Review

Body = dict[str, Any]


def register(app: App, office: Office) -> None:
    """Listen to both forms."""

    @app.view("draft_edit")
    def edited(ack: Ack, body: Body, view: Body, client: WebClient) -> None:
        private, text = json.loads(view["private_metadata"]), typed(view)
        language = office.language_of(body["team"]["id"], body["user"]["id"])
        if not text.strip():
            ack(response_action="errors", errors={"part_0": say(language, "edit_empty")})
            return
        with transaction(office.engine) as session:
            who = person(session, body["team"]["id"], body["user"]["id"])
            row = record(session, private["id"], who, "edit", f"view:{view['id']}", text)
            kept = session.get_one(Request, private["id"]).collect and who.consent != "declined"
        ack()
        if row:
            share = round(100 * (row.edit_share or 0))
            words = safe(say(language, "edit_saved" if kept else "edit_saved_only", share=share))
            client.chat_postMessage(
                channel=private["channel"],
                thread_ts=private["thread_ts"],
                text=words,
                blocks=[blocks.context(words)],
                unfurl_links=False,
                unfurl_media=False,
            )

    @app.view("review_edit")
    def reworded(ack: Ack, body: Body, view: Body, client: WebClient) -> None:
        text = typed(view)
        if not text.strip():
            language = office.language_of(body["team"]["id"], body["user"]["id"])
            ack(response_action="errors", errors={"part_0": say(language, "edit_empty")})
            return
        decided(office, ack, body, client, "part_0", verdict="approve", text=text)

    @app.view("review_reject")
    def left_out(ack: Ack, body: Body, view: Body, client: WebClient) -> None:
        note = view["state"]["values"]["note"]["note"]["value"] or ""
        decided(office, ack, body, client, "note", verdict="reject", note=note.strip())


def decided(office: Office, ack: Ack, body: Body, client: WebClient, field: str, **word: Any) -> None:
    """Keep a reviewer's word from a form before the ack; then the card shows it."""
    view, user = body["view"], body["user"]["id"]
    if not office.is_reviewer(user):
        language = office.language_of(body["team"]["id"], user)
        ack(response_action="errors", errors={field: say(language, "reviewers_only")})
        return
    number = json.loads(view["private_metadata"])["id"]
    try:
        with transaction(office.engine) as session:
            row = decide(session, number, key=f"view:{view['id']}", reviewer=user, **word)
    except InputError as error:
        ack(response_action="errors", errors={field: str(error)})
        return
    ack()
    settle(office, client, row)


def typed(view: Body) -> str:
    """Exactly what stands in the fields, joined as it was taken apart."""
    joints = json.loads(view["private_metadata"])["joints"]
    values = [view["state"]["values"][f"part_{i}"]["text"]["value"] or "" for i in range(len(joints))]
    return "".join(value + joint for value, joint in zip(values, joints, strict=True)).replace("\r\n", "\n")


def settle(office: Office, client: WebClient, row: Review) -> None:
    """The card in the review channel shows what was decided."""
    SlackDesk(client, office.settings.review_channel, office.house).settle(row)
