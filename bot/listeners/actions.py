"""Buttons: votes, accept, edit, write again, consent, review, rollback. Clicks come once: the row is written before the ack."""

import json
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot import blocks
from bot.feedback import record
from bot.intake import Office, again
from bot.listeners.commands import roll_back
from bot.listeners.views import settle
from bot.messages import say
from bot.text import parts_for_form, safe
from curation.reviews import decide
from db.errors import Forbidden, InputError
from db.people import person
from db.session import transaction
from db.tables import Draft, Review

Body = dict[str, Any]


def register(app: App, office: Office) -> None:
    """Listen to every button the bot shows."""

    @app.action("draft_feedback")
    def voted(ack: Ack, body: Body, action: Body) -> None:
        kind, _, draft = action["value"].partition(":")
        signal(office, body, int(draft), kind)
        ack()

    @app.action("draft_accept")
    def accepted(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        language = language_of(office, body)
        try:
            signal(office, body, int(action["value"]), "accept")
            words = say(language, "accepted")
        except Forbidden:
            words = say(language, "only_requester")
        ack()
        whisper(client, body, words)

    @app.action("draft_edit")
    def edit(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        with transaction(office.engine) as session:
            text = session.get_one(Draft, int(action["value"])).text
        open_form(client, body, language_of(office, body), text, "draft_edit", int(action["value"]))
        ack()

    @app.action("draft_regenerate")
    def write_again(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        draft, language = int(action["value"]), language_of(office, body)
        with transaction(office.engine) as session:
            who = person(session, body["team"]["id"], body["user"]["id"])
            made = again(session, draft, who, f"again:{key_of(body)}")
            record(session, draft, who, "regenerate", f"click:{key_of(body)}")
        ack()
        if made:
            whisper(client, body, say(language, "again_asked"))

    for choice in ("consent_yes", "consent_no"):
        app.action(choice)(lambda ack, body, action, client: consent(office, ack, body, action, client))

    @app.action("review_approve")
    def approve(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        if not may_review(office, ack, body, client):
            return
        try:
            with transaction(office.engine) as session:
                row = decide(
                    session,
                    int(action["value"]),
                    key=f"click:{key_of(body)}",
                    reviewer=body["user"]["id"],
                    verdict="approve",
                )
        except InputError as error:
            ack()
            whisper(client, body, str(error))
            return
        ack()
        settle(office, client, row)

    @app.action("review_reject")
    def reject(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        if may_review(office, ack, body, client):
            form = blocks.reject_form(language_of(office, body), json.dumps({"id": int(action["value"])}))
            client.views_open(trigger_id=body["trigger_id"], view=form)
            ack()

    @app.action("review_edit")
    def edit_review(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        if not may_review(office, ack, body, client):
            return
        language = language_of(office, body)
        with transaction(office.engine) as session:
            row = session.get_one(Review, int(action["value"]))
        open_form(client, body, language, row.text or row.proposed, "review_edit", int(action["value"]))
        ack()

    @app.action("adapter_rollback")
    def undo(ack: Ack, body: Body, client: WebClient) -> None:
        words = roll_back(office, "", body["user"]["id"], language_of(office, body))
        ack()
        whisper(client, body, words)


def key_of(body: Body) -> str:
    """One click's own id: who pressed what, where and when."""
    action = body["actions"][0]
    place = body["container"].get("message_ts") or body["container"].get("view_id", "")
    return f"{body['user']['id']}:{place}:{action['action_id']}:{action['action_ts']}"


def language_of(office: Office, body: Body) -> str:
    return office.language_of(body["team"]["id"], body["user"]["id"])


def signal(office: Office, body: Body, draft: int, kind: str) -> None:
    with transaction(office.engine) as session:
        who = person(session, body["team"]["id"], body["user"]["id"])
        record(session, draft, who, kind, f"click:{key_of(body)}")


def whisper(client: WebClient, body: Body, words: str) -> None:
    """A line only the person who pressed sees."""
    thread = body.get("message", {}).get("thread_ts")
    client.chat_postEphemeral(
        channel=body["channel"]["id"], user=body["user"]["id"], text=safe(words), thread_ts=thread
    )


def open_form(client: WebClient, body: Body, language: str, text: str, callback_id: str, number: int) -> None:
    """The text in a form; where it stands and what joins its parts travel along."""
    try:
        joints = [joint for _, joint in parts_for_form(text)]
    except ValueError:
        whisper(client, body, say(language, "too_long_to_edit"))
        return
    message = body.get("message", {})
    private = json.dumps(
        {
            "id": number,
            "joints": joints,
            "channel": body["channel"]["id"],
            "thread_ts": message.get("thread_ts") or message.get("ts", ""),
        }
    )
    title = "edit_title" if callback_id == "draft_edit" else "review_edit"
    client.views_open(trigger_id=body["trigger_id"], view=blocks.edit_form(language, text, callback_id, private, title))


def consent(office: Office, ack: Ack, body: Body, action: Body, client: WebClient) -> None:
    """Keep the choice; what was asked before it follows it too (see db.queries.feedback_to_review)."""
    with transaction(office.engine) as session:
        who = person(session, body["team"]["id"], body["user"]["id"])
        who.consent = action["value"]
        language = who.language
    ack()
    words = say(language, "consent_kept" if action["value"] == "granted" else "consent_declined")
    whisper(client, body, words)


def may_review(office: Office, ack: Ack, body: Body, client: WebClient) -> bool:
    """Whether this person reviews; others are told so."""
    if office.is_reviewer(body["user"]["id"]):
        return True
    ack()
    whisper(client, body, say(language_of(office, body), "reviewers_only"))
    return False
