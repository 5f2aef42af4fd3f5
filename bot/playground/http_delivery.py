"""In: a payload for an app in HTTP mode. Out: a signed POST to its request URL, and whether that was an ack.

Shapes: events come as JSON, interactions as a form with one field `payload`, commands as a form.
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

Json = dict[str, Any]


@dataclass
class Delivery:
    """One payload on its way to the app."""

    kind: str  # events_api, interactive, slash_commands
    payload: Json
    attempt: int = 0
    answered: asyncio.Future[Json | None] | None = None  # interactive and slash: resolves to the ack's payload or None
    sent: float = 0.0  # monotonic seconds


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and its content type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = {"payload": json.dumps(payload)} if kind == "interactive" else payload
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def signature(secret: str, body: bytes, moment: int) -> dict[str, str]:
    """The two headers that prove who sent a body, and when."""
    digest = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": str(moment), "x-slack-signature": f"v0={digest}"}


async def post(url: str, secret: str, delivery: Delivery, seconds: float) -> tuple[bool, Json | None]:
    """Sends it and waits so long. Returns (acked, what came with the ack)."""
    body, kind = encoded(delivery.kind, delivery.payload)
    headers = {"content-type": kind, "user-agent": "Slackbot 1.0", **signature(secret, body, int(time.time()))}
    if delivery.attempt:
        headers |= {"x-slack-retry-num": str(delivery.attempt), "x-slack-retry-reason": "http_timeout"}
    try:
        async with httpx.AsyncClient(timeout=seconds, trust_env=False) as client:
            answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError:
        return False, None
    acked = answer.status_code == 200
    try:
        said = answer.json() if acked and answer.content else None
    except ValueError:
        said = {"text": answer.text}  # Slack takes plain text as the answer to a command
    return acked, said
