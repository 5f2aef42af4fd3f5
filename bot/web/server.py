"""In: a web application and an address. Out: it is served in a thread of this process until closed."""

import asyncio
import socket
import threading

import uvicorn
from fastapi import FastAPI

from db.errors import SettingsError

GRACE = 2  # seconds for requests under way at the end


class Server:
    """Serves at once. Errors: SettingsError if the address is taken or not ours."""

    def __init__(self, web: FastAPI, host: str, port: int) -> None:
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise SettingsError(
                f"Nothing can listen at {host}:{port} ({error.strerror}). Set FLYWHEEL_HTTP_HOST and FLYWHEEL_HTTP_PORT."
            ) from error
        # asyncio turns Nagle off only on sockets that name TCP; without this every kept-open call waits 40 ms
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        # The query of a redirect holds a code that is worth a token: no log of accesses.
        config = uvicorn.Config(
            web, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, server_header=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def close(self) -> None:
        """Take nothing new, let what is under way end within seconds."""
        self._server.should_exit = True
        self._thread.join(GRACE + 1)
