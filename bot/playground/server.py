"""In: a port. Out: a running local Slack on 127.0.0.1: Web API, Socket Mode and the page, in one process or thread."""

import asyncio
import socket as sockets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from bot.playground import control, installing, ui, web_api
from bot.playground.doorkeeper import Doorkeeper
from bot.playground.driver import SlackDriver
from bot.playground.faults import BadLine
from bot.playground.local import LocalSlack
from bot.playground.refusal import Refusal
from bot.playground.seed import new_workspace
from bot.playground.switches import Switches

STATIC = Path(__file__).parent / "static"
POLICY = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def create_app(slack: LocalSlack) -> FastAPI:
    """The web application around one local Slack."""
    app = FastAPI(title="local Slack", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(web_api.routes(slack))
    app.include_router(ui.routes(slack))
    app.include_router(control.routes(slack))
    app.include_router(installing.routes(slack))
    app.add_middleware(Doorkeeper)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return JSONResponse(refusal.answer(), 400)

    @app.websocket("/link/")
    async def link(socket: WebSocket, ticket: str = "") -> None:
        await slack.sockets.serve(socket, ticket)

    @app.get("/")
    async def page() -> Response:
        return FileResponse(
            STATIC / "index.html", headers={"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        )

    @app.get("/docs/{team}/{canvas_id}")
    async def canvas(team: str, canvas_id: str) -> Response:
        """A canvas opens over the page, for the first of those who may write in it."""
        access = slack.workspace.canvases.get(canvas_id, {}).get("access", {})
        writer = next((slack.workspace.people[who].name for who, level in access.items() if level != "read"), "")
        return RedirectResponse("/?" + urlencode({**({"as": writer} if writer else {}), "canvas": canvas_id}))

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


class Playground(SlackDriver):
    """A local Slack running in a thread of this process; drive it with the verbs of SlackDriver."""

    def __init__(self, port: int = 0, **switches: Any) -> None:
        wishes = Switches()
        wishes.change(switches)
        self._slack = LocalSlack(new_workspace(), wishes)
        self._socket = sockets.create_server(("127.0.0.1", port))
        # asyncio turns Nagle off only on sockets that name TCP; without this every kept-open call waits 40 ms
        self._socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self._slack.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            BadLine(create_app(self._slack), self._slack.faults, self._slack.calls.append),
            log_level="warning",
            ws="websockets-sansio",
            ws_ping_interval=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="local-slack", daemon=True)
        super().__init__(f"{self._slack.base}/")

    @classmethod
    @contextmanager
    def start(cls, port: int = 0, **switches: Any) -> Iterator["Playground"]:
        """A running local Slack for the length of a `with` block; `port` 0 takes a free one.

        Errors: OSError if the port is taken, ValueError for an unknown switch.
        """
        playground = cls(port, **switches)
        playground._thread.start()
        try:
            playground.wait_for(lambda: playground._server.started, 10.0)
            yield playground
        finally:
            playground._server.should_exit = True
            playground._thread.join(5.0)
            playground.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    @property
    def api_url(self) -> str:
        """The base URL for a WebClient; ends with /api/."""
        return f"{self._slack.base}/api/"

    @property
    def bot_token(self) -> str:
        return self._slack.workspace.identity.bot_token

    @property
    def app_token(self) -> str:
        return self._slack.workspace.identity.app_token

    @property
    def signing_secret(self) -> str:
        return self._slack.workspace.identity.signing_secret

    @property
    def client_id(self) -> str:
        return self._slack.workspace.identity.client_id

    @property
    def client_secret(self) -> str:
        return self._slack.workspace.identity.client_secret

    @property
    def bot_user(self) -> str:
        return self._slack.workspace.identity.bot_user
