"""A workspace that takes the app or its tokens away: they are deleted here, and what it asked for waits."""

from collections.abc import Callable
from typing import Any

from slack_bolt import App, BoltContext
from sqlalchemy import Engine

from bot.clients import Clients
from bot.intake import new_event
from db.queries import audit
from db.session import transaction
from db.tables import Event

Body = dict[str, Any]


def register(app: App, engine: Engine, clients: Clients) -> None:
    """Listen to app_uninstalled and tokens_revoked; Slack sends both, in any order, when an app is removed."""

    def store(context: BoltContext, body: Body, next_: Callable[[], None]) -> None:
        revoke(engine, clients, context, body)
        next_()

    app.event("app_uninstalled", middleware=[store])(done)
    app.event("tokens_revoked", middleware=[store])(done)


def done() -> None:
    """Stored before the ack already."""


def revoke(engine: Engine, clients: Clients, context: BoltContext, body: Body) -> None:
    """Delete what was revoked, once: a late repeat must not take away what a new installation brought."""
    key, event = str(body["event_id"]), body["event"]
    with transaction(engine) as session:
        if session.get(Event, key):
            return
    revoked = event.get("tokens") or {}
    whole = event["type"] == "app_uninstalled" or bool(revoked.get("bot"))
    people = [str(user) for user in revoked.get("oauth") or []]
    if clients.installs:
        team = None if context.is_enterprise_install else context.team_id
        where: dict[str, Any] = {"enterprise_id": context.enterprise_id, "team_id": team}
        if whole:
            clients.installs.delete_all(**where)
        for user in people:
            clients.installs.delete_installation(user_id=user, **where)
        clients.forget()
    with transaction(engine) as session:
        if new_event(session, key):
            note = "the app was removed" if whole else f"tokens of {', '.join(people)}"
            audit(session, "slack", "revoked", f"workspace:{context.team_id or context.enterprise_id}", note)
