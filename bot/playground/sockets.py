"""In: event payloads and acts of people. Out: Socket Mode envelopes to the app (or HTTP), with timed acks and redelivery.

Rules: an events_api envelope that is not acked in `ack_seconds` goes out again, up to three times, with the same
event_id; interactive and slash envelopes go out once, and whoever waits for them learns that nobody answered.
"""

import asyncio
import itertools
import secrets
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.playground.http_delivery import Delivery, post
from bot.playground.switches import Switches

Json = dict[str, Any]
MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0


@dataclass(eq=False)
class Connection:
    """One open socket of the app and what it has not acked yet."""

    socket: WebSocket
    open: dict[str, Delivery] = field(default_factory=dict)  # by envelope id


class Sockets:
    """All connections of the app. Runs on the server's loop; `send_events` and `ask` may be called from there only."""

    def __init__(self, switches: Switches, app_id: str, signing_secret: str) -> None:
        self._switches = switches
        self._app_id = app_id
        self._signing_secret = signing_secret
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._turn = itertools.count()
        self._waiting: deque[Delivery] = deque()  # while no socket is connected
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivered: deque[Json] = deque(maxlen=20_000)  # envelopes sent, in order: for tests
        self.lost: deque[Json] = deque(maxlen=1_000)  # event payloads given up on
        self.acks: deque[tuple[str, float]] = deque(maxlen=20_000)  # kind of envelope, seconds until its ack

    @property
    def connected(self) -> int:
        return len(self._connections)

    @property
    def unacked(self) -> int:
        """Events queued or sent and not yet acked."""
        return len(self._waiting) + sum(len(c.open) for c in self._connections)

    def ticket(self) -> str:
        """One connection's permission, good once and for half a minute."""
        key = secrets.token_urlsafe(16)
        self._tickets[key] = time.monotonic() + TICKET_SECONDS
        return key

    def send_events(self, payloads: list[Json]) -> None:
        """Sends what one act caused; the switches may double, delay or turn it round."""
        if self._switches.reverse_order:
            payloads = payloads[::-1]
        copies = 2 if self._switches.duplicate_deliveries else 1
        for payload in payloads:
            for _ in range(copies):
                self._spawn(self._deliver(Delivery("events_api", payload), self._switches.delivery_delay))

    async def ask(self, kind: str, payload: Json) -> tuple[bool, Json | None]:
        """Sends an act of a person once. Returns (acked in time, the ack's payload)."""
        answered: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        delivery = Delivery(kind, payload, answered=answered)
        await self._deliver(delivery, self._switches.delivery_delay)
        try:
            return True, await asyncio.wait_for(answered, self._switches.ack_seconds)
        except TimeoutError:
            return False, None

    async def serve(self, socket: WebSocket, ticket: str) -> None:
        """One connection from hello to goodbye."""
        await socket.accept()
        if self._tickets.pop(ticket, 0.0) < time.monotonic():
            await socket.close(4001)
            return
        if len(self._connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return
        connection = Connection(socket)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._connections) + 1,
                "connection_info": {"app_id": self._app_id},
                "debug_info": {"host": "local", "approximate_connection_time": 18060},
            }
        )
        self._connections.append(connection)
        try:
            while self._waiting:
                await self._deliver(self._waiting.popleft())
            while True:
                self._take(connection, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass  # the app went away; what it had not acked goes to another connection
        finally:
            self._connections.remove(connection)
            for delivery in connection.open.values():
                self._again(delivery, at_once=True)

    async def refresh(self) -> None:
        """Asks every connection to renew itself, as Slack does every few hours."""
        for connection in list(self._connections):
            await connection.socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def hang_up(self) -> None:
        """Closes every connection without a word, as a broken network does."""
        for connection in list(self._connections):
            if connection.socket.application_state == WebSocketState.CONNECTED:
                await connection.socket.close(1011)

    def _take(self, connection: Connection, message: Json) -> None:
        delivery = connection.open.get(message.get("envelope_id", ""))
        if delivery is None:
            return
        if self._switches.drop_acks > 0:
            self._switches.drop_acks -= 1
            return
        del connection.open[message["envelope_id"]]
        self._acked(delivery, message.get("payload"))

    def _acked(self, delivery: Delivery, payload: Json | None) -> None:
        self.acks.append((delivery.kind, time.monotonic() - delivery.sent))
        if delivery.answered is not None and not delivery.answered.done():
            delivery.answered.set_result(payload)

    async def _deliver(self, delivery: Delivery, delay: float = 0.0) -> None:
        if delay:
            await asyncio.sleep(delay)
        if self._switches.request_url:
            await self._post(delivery)
            return
        alive = [c for c in self._connections if c.socket.application_state == WebSocketState.CONNECTED]
        if not alive:  # one that was hung up on is still in the list until its end is noticed
            if delivery.answered is None:
                self._waiting.append(delivery)
            return
        connection = alive[next(self._turn) % len(alive)]
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.answered is not None,
        }
        if delivery.answered is None:
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": "timeout" if delivery.attempt else ""}
        connection.open[envelope_id], delivery.sent = delivery, time.monotonic()
        self.delivered.append(envelope)
        try:
            await connection.socket.send_json(envelope)
        except (WebSocketDisconnect, RuntimeError):
            if connection.open.pop(envelope_id, None):
                self._again(delivery, at_once=True)
            return
        self._spawn(self._watch(connection, envelope_id))

    async def _post(self, delivery: Delivery) -> None:
        """The same over HTTP: an answer in time is the ack."""
        url, delivery.sent = self._switches.request_url, time.monotonic()
        acked, said = await post(url, self._signing_secret, delivery, self._switches.ack_seconds)
        self._acked(delivery, said) if acked else self._again(delivery, at_once=False)

    async def _watch(self, connection: Connection, envelope_id: str) -> None:
        """Waits for the ack; without one the event is sent again later."""
        await asyncio.sleep(self._switches.ack_seconds)
        if delivery := connection.open.pop(envelope_id, None):
            self._again(delivery, at_once=False)

    def _again(self, delivery: Delivery, at_once: bool) -> None:
        if delivery.answered is not None:
            return
        delays = self._switches.retry_delays
        if not at_once and delivery.attempt >= len(delays):
            self.lost.append(delivery.payload)
            return
        delay = 0.0 if at_once else delays[delivery.attempt]
        self._spawn(self._deliver(Delivery(delivery.kind, delivery.payload, delivery.attempt + 1), delay))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
