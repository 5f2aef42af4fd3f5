"""Settings in, a running bot out: Bolt and its listeners, the worker, the news; stopped cleanly by SIGTERM."""

import logging
import os
import re
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from sqlalchemy import Engine

from bot.acquaint import Acquaintance
from bot.clients import Clients, clients_of
from bot.drafting import Worker
from bot.forgetting import Closing
from bot.intake import Office
from bot.listeners import (
    asking,
    drafts,
    editing,
    examples,
    form,
    home,
    installing,
    operating,
    privacy,
    reviewing,
    shortcuts,
    stopping,
    votes,
)
from bot.messages import say
from bot.news import Herald
from bot.roles import Group
from bot.standing import TROUBLE, code
from bot.transports import check, listen
from bot.web.argilla import Puller
from bot.writing import Studio
from curation.argilla_desk import argilla_desk
from curation.house import House
from curation.mask import mask
from db.artifacts import Artifacts
from db.edge import kind
from db.errors import FlywheelError
from db.settings import Settings
from trainer.runtime import Runtime
from trainer.settings import TrainSettings

log = logging.getLogger("flywheel.bot")
LEAVE = 9.0  # seconds from SIGTERM to the end, in any case
LISTENERS = 32  # threads: Bolt's own five are soon all waiting for the database


def build_app(settings: Settings, engine: Engine, house: House, clients: Clients) -> App:
    """The Bolt app with every listener; nothing is started."""
    app = App(
        client=clients.base,
        authorize=lambda enterprise_id, team_id, user_id: clients.authorize(enterprise_id, team_id, user_id),
        signing_secret=settings.slack_signing_secret.get_secret_value() or "socket-mode-needs-none",
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        raise_error_for_unhandled_request=False,
        logger=logging.getLogger("slack_bolt"),  # Bolt's own take the root's level
    )
    office = Office(engine, house, settings, Group(clients, settings.operators_group).members)
    for part in (
        asking,
        form,
        drafts,
        votes,
        stopping,
        editing,
        shortcuts,
        examples,
        reviewing,
        privacy,
        home,
        operating,
    ):
        part.register(app, office)
    installing.register(app, engine, clients)
    app.event(re.compile(".+"))(passed)  # the last listener: whatever none of the others takes
    app.error(lambda error, body, context, request: trouble(clients, error, body, context, request))
    return app


def passed() -> None:
    """Not for us, but acked: Slack repeats an event nobody acks, and in the end stops sending any."""


def trouble(
    clients: Clients, error: Exception, body: dict[str, Any], context: BoltContext, request: BoltRequest
) -> BoltResponse:
    """The edge: whatever a listener raised, the person reads one sentence, and the log has ids, never texts.

    An event is not acked then: Slack brings it again at once, and only if that fails too is the person told.
    """
    number = os.urandom(3).hex()
    log.error("listener failed, number %s: %s", number, kind(error))
    words = say("ko", "trouble", id=number) + "\n" + say("en", "trouble", id=number)
    if body.get("type") == "view_submission":  # the form stays open: nothing that was typed is lost
        field = next((b["block_id"] for b in body["view"]["blocks"] if b["type"] == "input"), "")
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {field: words}})
    is_event = body.get("type") == "event_callback"
    again = request.headers.get("x-slack-retry-num", ["0"])[0]
    if context.user_id and context.channel_id and (not is_event or again == "1"):
        event = body.get("event") or {}
        try:
            clients.of(context.team_id or "", context.enterprise_id or "").chat_postEphemeral(
                channel=context.channel_id, user=context.user_id, thread_ts=event.get("thread_ts"), text=words
            )
        except (FlywheelError, *TROUBLE) as away:
            log.error("number %s could not be told (%s)", number, code(away))
    return BoltResponse(status=500 if is_event else 200, body="")


def run(
    settings: Settings,
    training: TrainSettings,
    engine: Engine,
    house: House,
    artifacts: Artifacts,
    runtime: Callable[[], Runtime],
) -> None:
    """Run until SIGTERM or SIGINT. Errors: SettingsError if something is missing, or Slack refuses what is there."""
    check(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clients = clients_of(settings, engine)
    # Requests are taken in while the model still loads.
    desk = argilla_desk(settings, house, engine)
    puller = Puller(engine, desk) if desk and settings.review == "argilla" else None
    transport = listen(settings, build_app(settings, engine, house, clients), clients, puller)
    # Loading the masking takes seconds; a reviewer's first word must not wait for it, Slack gives it three.
    threading.Thread(target=mask, args=("warm",), name="masking", daemon=True).start()
    opened = runtime()
    studio = Studio(engine, opened, house, artifacts, training)
    worker = Worker(studio, clients, f"{socket.gethostname()}:{os.getpid()}")
    herald = Herald(engine, clients, settings, house, partial(home.show, Office(engine, house, settings)))
    worker.start()
    herald.start()
    acquaintance = Acquaintance(engine, clients)
    acquaintance.start()
    closing = Closing(engine, clients)
    closing.start()
    if puller:
        puller.start()
    log.info("bot ready: %s on %s", opened.base_model, opened.name)
    stop.wait()
    # Whatever hangs (a listener, a call that Slack does not answer): all that counts is in the database.
    last = threading.Timer(LEAVE, os._exit, (0,))
    last.daemon = True
    last.start()
    log.info("bot leaving: open requests are given back, intake is closed")
    worker.stop()
    herald.stop()
    acquaintance.stop()
    closing.stop()
    if puller:
        puller.stop()
    transport.close()
    opened.close()
    log.info("bot left")
