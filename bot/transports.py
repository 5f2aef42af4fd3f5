"""A built app in, Slack's events arriving out: over a socket we open, or over HTTP at an address Slack knows."""

import logging
from contextlib import ExitStack

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError

from bot.clients import Clients
from bot.installs import flow
from bot.standing import TROUBLE, code
from bot.web.argilla import Puller
from bot.web.server import Server
from bot.web.slack import create_web
from db.errors import SettingsError
from db.settings import Settings

log = logging.getLogger("flywheel.bot")
BUFFER = (
    256 * 1024
)  # bytes read at once: the SDK goes one call deeper for each piece of a burst, and ends at a thousand


def check(settings: Settings) -> None:
    """Errors: SettingsError for what is missing before anything is started."""
    bot, app = settings.slack_bot_token.get_secret_value(), settings.slack_app_token.get_secret_value()
    http = settings.slack_mode == "http"
    if not (http or app) or not (bot or settings.many_workspaces):
        wanted = "SLACK_BOT_TOKEN is" if http else "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are"
        raise SettingsError(f"{wanted} needed; `flywheel demo` works without a workspace.")
    if http and not settings.slack_signing_secret.get_secret_value().strip():
        raise SettingsError(
            "SLACK_SIGNING_SECRET is needed in HTTP mode: without it anybody could speak for Slack. It stands under "
            "Basic Information of the app."
        )


def listen(settings: Settings, app: App, clients: Clients, puller: Puller | None = None) -> ExitStack:
    """Listen to Slack (and over HTTP to Argilla) from now on, until the result is closed.

    Errors: SettingsError if Slack can't be reached or refuses a token, or the address is taken.
    """
    http = settings.slack_mode == "http"
    oauth = flow(settings, clients.installs, clients.base) if clients.installs else None
    with ExitStack() as open_:
        try:
            if clients.installs is None:
                clients.ourselves()
            if http or oauth:
                secret = settings.slack_signing_secret.get_secret_value() if http else ""
                server = Server(create_web(app, secret, oauth, puller), settings.http_host, settings.http_port)
                open_.callback(server.close)
                log.info("listening at http://%s:%s", settings.http_host, server.port)
            if not http:
                handler = socket_mode(app, settings.slack_app_token.get_secret_value())
                handler.connect()  # type: ignore[no-untyped-call]
                open_.callback(handler.close)
        except (BoltError, *TROUBLE) as error:
            raise SettingsError(
                f"Slack can't be reached or refuses the tokens ({code(error)}). `flywheel doctor` says what to correct."
            ) from error
        return open_.pop_all()


def socket_mode(app: App, app_token: str) -> SocketModeHandler:
    """Bolt's socket, not connected yet; one whose frames fell out of step is replaced instead of read on for ever."""
    handler = SocketModeHandler(app, app_token)
    client = handler.client
    client.receive_buffer_size = BUFFER

    def replaced(error: Exception) -> None:
        if not isinstance(error, OSError) and client.auto_reconnect_enabled:
            log.error("the socket brings nonsense (%s); it is opened anew", type(error).__name__)
            client.connect_to_new_endpoint(force=True)

    client.on_error_listeners.append(replaced)
    return handler
