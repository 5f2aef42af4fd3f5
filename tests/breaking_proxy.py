"""A small HTTP proxy in front of a real server that breaks when told to: nothing of the server itself is imitated."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx

WRITES = ("POST", "PUT", "PATCH", "DELETE")
HOP_BY_HOP = {"connection", "transfer-encoding", "content-encoding", "content-length", "host", "keep-alive"}
Fate = Literal["pass", "drop", "lose", "error", "html", "unauthorized"]


@dataclass(frozen=True)
class Call:
    method: str
    path: str

    @property
    def writes(self) -> bool:
        """Whether it changes something; a search is asked by POST too."""
        return self.method in WRITES and not self.path.split("?")[0].endswith("/search")


class Proxy:
    """`fate` decides over each call: "drop" it unseen, or "lose" the answer of one that arrived."""

    def __init__(self, target: str) -> None:
        self.fate: Callable[[Call], Fate] = lambda call: "pass"
        self.calls: list[Call] = []
        self.client = httpx.Client(base_url=target, timeout=60)
        handler = type("Handler", (_Handler,), {"proxy": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def heal(self) -> None:
        self.fate = lambda call: "pass"

    def lose_after(self, calls: int) -> None:
        """From the n-th writing call on the server takes them, and their answers get lost."""
        taken = 0

        def fate(call: Call) -> Fate:
            nonlocal taken
            taken += call.writes
            return "lose" if call.writes and taken >= calls else "pass"

        self.fate = fate


@contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield proxy
    proxy.server.shutdown()
    proxy.server.server_close()
    proxy.client.close()


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None: ...

    def _any(self) -> None:
        call = Call(self.command, self.path)
        self.proxy.calls.append(call)
        fate = self.proxy.fate(call)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if fate == "drop":
            self.close_connection = True
        elif fate == "error":
            self._send(500, b'{"detail": "boom"}', "application/json")
            self.close_connection = True
        elif fate == "html":
            self._send(200, b"<html><h1>Please sign in to the WiFi</h1></html>", "text/html")
        elif fate == "unauthorized":
            self._send(
                401, b'{"detail": {"code": "argilla.api.errors::UnauthorizedError", "params": {}}}', "application/json"
            )
        else:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            answer = self.proxy.client.request(self.command, self.path, content=body, headers=headers)
            if fate == "lose":
                self.close_connection = True
            else:
                self._send(answer.status_code, answer.content, answer.headers.get("content-type", ""))

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815
