"""Settings in, a running bot out: Bolt over Socket Mode, the worker, the news; stopped cleanly by SIGTERM."""

import logging
import os
import re
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import App, BoltContext, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.clients import Clients
from bot.drafting import Worker
from bot.intake import Office
from bot.listeners import asking, drafts, editing, operating, privacy, reviewing
from bot.messages import say
from bot.news import Herald
from bot.standing import TROUBLE, code
from bot.writing import Studio
from curation.house import House
from curation.mask import mask
from curation.slack_desk import slack_client
from db.artifacts import Artifacts
from db.edge import kind
from db.errors import SettingsError
from db.settings import Settings
from trainer.runtime import Runtime
from trainer.settings import TrainSettings

log = logging.getLogger("flywheel.bot")
LISTENERS = 32  # threads: Bolt's own five are soon all waiting for the database


def build_app(settings: Settings, engine: Engine, house: House, client: WebClient) -> App:
    """The Bolt app with every listener; nothing is started."""
    app = App(
        client=client,
        signing_secret=settings.slack_signing_secret.get_secret_value() or "socket-mode-needs-none",
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        raise_error_for_unhandled_request=False,
        logger=logging.getLogger("slack_bolt"),  # Bolt's own take the root's level
    )
    office = Office(engine, house, settings)
    for part in (asking, drafts, editing, reviewing, privacy, operating):
        part.register(app, office)
    app.event(re.compile(".+"))(passed)  # the last listener: whatever none of the others takes
    app.error(lambda error, body, context: trouble(client, error, body, context))
    return app


def passed() -> None:
    """Not for us, but acked: Slack repeats an event nobody acks, and in the end stops sending any."""


def trouble(client: WebClient, error: Exception, body: dict[str, Any], context: BoltContext) -> BoltResponse:
    """The edge: whatever a listener raised, the person reads one sentence, and the log has ids, never texts."""
    number = os.urandom(3).hex()
    log.error("listener failed, number %s: %s", number, kind(error))
    words = say("ko", "trouble", id=number) + "\n" + say("en", "trouble", id=number)
    if body.get("type") == "view_submission":  # the form stays open: nothing that was typed is lost
        field = next((b["block_id"] for b in body["view"]["blocks"] if b["type"] == "input"), "")
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {field: words}})
    if context.user_id and context.channel_id:
        event = body.get("event") or {}
        try:
            client.chat_postEphemeral(
                channel=context.channel_id, user=context.user_id, thread_ts=event.get("thread_ts"), text=words
            )
        except TROUBLE as away:
            log.error("number %s could not be told (%s)", number, code(away))
    return BoltResponse(status=200, body="")


def run(
    settings: Settings,
    training: TrainSettings,
    engine: Engine,
    house: House,
    artifacts: Artifacts,
    runtime: Callable[[], Runtime],
) -> None:
    """Run until SIGTERM or SIGINT. Errors: SettingsError if a token is missing."""
    if not settings.slack_bot_token.get_secret_value() or not settings.slack_app_token.get_secret_value():
        raise SettingsError(
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are needed; `flywheel demo` works without a workspace."
        )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    client = slack_client(settings)
    handler = connect(settings, engine, house, client)  # requests are taken in while the model still loads
    # Loading the masking takes seconds; a reviewer's first word must not wait for it, Slack gives it three.
    threading.Thread(target=mask, args=("warm",), name="masking", daemon=True).start()
    opened = runtime()
    studio = Studio(engine, opened, house, artifacts, training)
    clients = Clients(client)
    worker, herald = Worker(studio, clients, f"{socket.gethostname()}:{os.getpid()}"), Herald(engine, clients, settings)
    worker.start()
    herald.start()
    log.info("bot ready: %s on %s", opened.base_model, opened.name)
    stop.wait()
    log.info("bot leaving: open requests are given back, intake is closed")
    worker.stop()
    herald.stop()
    handler.close()  # type: ignore[no-untyped-call]
    opened.close()
    log.info("bot left")


def connect(settings: Settings, engine: Engine, house: House, client: WebClient) -> SocketModeHandler:
    """Listen to Slack from now on. Errors: SettingsError if Slack can't be reached or refuses a token."""
    try:
        app = build_app(settings, engine, house, client)
        handler = SocketModeHandler(app, settings.slack_app_token.get_secret_value())
        handler.connect()  # type: ignore[no-untyped-call]
    except (BoltError, *TROUBLE) as error:
        raise SettingsError(
            f"Slack can't be reached or refuses the tokens ({code(error)}). `flywheel doctor` says what to correct."
        ) from error
    return handler
