"""In: every request to the local Slack. Out: only those that come from this machine's own page or programs.

The page has no password, so no other site may reach it through a person's browser (neither by HTTP nor by WebSocket).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

HOSTS = {"127.0.0.1", "localhost"}


class Doorkeeper:
    """ASGI middleware: a foreign Host or Origin is turned away."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not from_here(Headers(scope=scope)):
            refusal = (
                PlainTextResponse("only for this machine", 403) if scope["type"] == "http" else WebSocketClose(4403)
            )
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def from_here(headers: Headers) -> bool:
    host, origin = headers.get("host", ""), headers.get("origin")
    return urlsplit(f"//{host}").hostname in HOSTS and origin in (None, f"http://{host}")
