"""In: faults somebody ordered, and every HTTP request to the local Slack. Out: the request refused, slowed, lost or cut.

It stands around the whole application, since a proxy's page or a reset comes from the way to Slack, not from Slack.
Methods go by their names; `upload`, `response_url` and `download` name the addresses outside /api; "*" means all of them.
"""

import asyncio
import random
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground.refusal import Refusal

Json = dict[str, Any]
KINDS = ("ratelimited", "internal_error", "reset", "slow", "lost", "html")
ADDRESSES = {"upload": "upload", "respond": "response_url", "files": "download"}
PAGE = "<!DOCTYPE html><html><head><title>503</title></head><body><h1>Service unavailable</h1></body></html>"


@dataclass
class Fault:
    """What happens to the next `times` calls of `method`.

    ratelimited: 429, Retry-After `seconds`. internal_error: 500. html: 503 with a proxy's page. reset: cut before anything
    happened. slow: done after `seconds`. lost: done, and cut before the reply. `chance` below 1 hits calls by dice of `seed`.
    """

    method: str = "*"
    kind: str = "internal_error"
    times: int = 1
    seconds: float = 1.0
    chance: float = 1.0
    seed: int = 0
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Errors: Refusal invalid_arguments."""
        self.dice = random.Random(self.seed)
        if self.kind not in KINDS:
            raise Refusal("invalid_arguments", f"kind is one of {', '.join(KINDS)}")
        if self.times < 1 or self.seconds < 0 or not 0 < self.chance <= 1:
            raise Refusal("invalid_arguments", "times from 1, seconds from 0, chance above 0 and up to 1")

    def shape(self) -> Json:
        names = ("method", "kind", "times", "seconds", "chance", "seed")
        return {name: getattr(self, name) for name in names}


class Faults(list[Fault]):
    """The faults still to come, the oldest first."""

    def order(self, body: Json) -> None:
        """Adds one. Errors: Refusal invalid_arguments."""
        try:
            self.append(Fault(**body))
        except TypeError as error:
            raise Refusal("invalid_arguments", str(error)) from error

    def take(self, method: str) -> Fault | None:
        """The fault that befalls this call, if any."""
        for fault in self:
            if fault.method in ("*", method) and fault.dice.random() < fault.chance:
                fault.times -= 1
                if not fault.times:
                    self.remove(fault)
                return fault
        return None


class BadLine:
    """ASGI: the line between the app and the local Slack, on which the faults happen."""

    def __init__(self, app: ASGIApp, faults: Faults, log: Any) -> None:
        self.app, self.faults, self.log = app, faults, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = called(scope)
        fault = self.faults.take(method) if method else None
        if fault is None:
            await self.app(scope, receive, send)
            return
        scope["fault"] = fault.kind
        if fault.kind in ("slow", "lost"):
            await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
            await self.app(scope, receive, send if fault.kind == "slow" else unheard)
        else:
            await heard(receive)
            call = {"method": method, "args": {}, "ok": False, "error": "", "fault": fault.kind}
            self.log(call | {"at": time.time()})
        if fault.kind in ("reset", "lost"):
            await cut(send)
        elif fault.kind != "slow":
            await answer(fault)(scope, receive, send)


def called(scope: Scope) -> str:
    """The method a request is for; "" for the page's own requests."""
    if scope["type"] != "http":
        return ""
    first, _, rest = scope["path"].lstrip("/").partition("/")
    if first == "files" and not rest.endswith("/download"):
        return ""
    return rest if first == "api" else ADDRESSES.get(first, "")


def answer(fault: Fault) -> Response:
    match fault.kind:
        case "ratelimited":
            wait = {"Retry-After": str(max(1, round(fault.seconds)))}
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, wait)
        case "internal_error":
            return JSONResponse({"ok": False, "error": "internal_error"}, 500)
    return HTMLResponse(PAGE, 503)


async def heard(receive: Receive) -> None:
    """Reads the request to its end: a reply to half a request would reset the connection by itself."""
    while (await receive()).get("more_body"):
        pass


async def unheard(message: Message) -> None:
    """Takes a reply nobody will get."""


async def cut(send: Send) -> None:
    """Resets the connection. ASGI has no word for that, so the server's own transport is used."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    linger = struct.pack("ii", 1, 0)  # closing sends a reset then, not a polite end
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    await asyncio.sleep(0)
