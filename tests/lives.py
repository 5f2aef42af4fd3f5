"""Lives of a bot for tests: each has its own database connection and its own wire to Slack, and can be cut off at any effect.

What counts for the world is which effects happened, so a kill is simulated exactly: from the chosen one on, nothing that
this life tries (a call to Slack, a commit) gets out any more. What `kill -9` does to real processes shows tests/soak.py.
"""

import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from functools import cached_property
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from slack_sdk import WebClient
from sqlalchemy import Engine, event
from sqlmodel import col, select

from bot.clients import Clients
from bot.drafting import Worker
from bot.playground.member import Member
from bot.playground.server import Playground
from bot.writing import Studio
from curation.house import House
from curation.slack_desk import slack_client
from db.artifacts import Artifacts
from db.people import person
from db.session import connect, transaction
from db.settings import Settings
from db.tables import Draft, Part, Request, now
from trainer.runtime import Runtime
from trainer.settings import TrainSettings

Json = dict[str, Any]
LEASE = 600.0  # seconds; no test waits for it, see `leases_end`
PATIENCE = 60.0  # seconds for what takes one; machines that test are busy


class Killed(BaseException):
    """This life is over; no code of ours may catch it."""


@dataclass
class Life:
    """Effects of one life on the world, in order; before effect number `ends` it is over."""

    ends: int | None = None
    effects: list[str] = field(default_factory=list)
    over: bool = False
    going: threading.Event = field(default_factory=threading.Event)  # cleared: it stands still, as after SIGSTOP
    trouble: Callable[[str], Exception | None] = lambda method: None  # what comes instead of a call to Slack
    lost: Callable[[str], bool] = lambda method: False  # whether the reply of a call is lost that did arrive
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.going.set()

    def effect(self, name: str) -> None:
        with self._lock:
            self.over = self.over or len(self.effects) == self.ends
            if self.over:
                raise Killed
            if threading.current_thread().name not in ("take", "beat"):  # clockwork of its own, at no fixed moments
                self.effects.append(name)


class Wire(WebClient):
    """The way to Slack: counted, and as bad as a test wishes."""

    def __init__(self, slack: Playground, life: Life) -> None:
        real = slack_client(Settings(slack_bot_token=slack.bot_token, slack_api_url=slack.api_url))
        super().__init__(token=real.token, base_url=real.base_url, timeout=30, retry_handlers=real.retry_handlers)
        self.life = life

    def _perform_urllib_http_request_internal(self, url: str, req: Any) -> Any:
        method = url.rpartition("/")[2]
        self.life.effect(method)
        if (error := self.life.trouble(method)) is not None:
            raise error
        self.life.going.wait()
        answer = super()._perform_urllib_http_request_internal(url, req)
        if self.life.lost(method):
            raise RemoteDisconnected("lost")
        return answer


def refused_connection() -> Exception:
    return URLError(ConnectionRefusedError(111, "Connection refused"))


def broken_gateway() -> Exception:
    return HTTPError("", 503, "", Message(), io.BytesIO(b"<html>Service Unavailable</html>"))


def internal_error() -> Exception:
    return HTTPError("", 500, "", Message(), io.BytesIO(json.dumps({"ok": False, "error": "internal_error"}).encode()))


def rate_limited(seconds: int = 0) -> Exception:
    headers = Message()
    headers["Retry-After"] = str(seconds)
    body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
    return HTTPError("", 429, "", headers, io.BytesIO(body))


@dataclass
class Stage:
    """Where lives of the bot play: one local Slack, one database, one model."""

    slack: Playground
    url: str
    runtime: Runtime
    house: House
    home: Path
    engine: Engine
    lives: list[tuple[Life, Worker]] = field(default_factory=list)

    @cached_property
    def mina(self) -> Member:
        return self.slack.as_member("mina")

    def life(self, ends: int | None = None, name: str = "bot") -> tuple[Life, Worker]:
        """A new life of the bot, not started."""
        life = Life(ends)
        self.lives.append((life, Worker(self.studio(life), Clients(Wire(self.slack, life)), name, lease=LEASE)))
        return self.lives[-1]

    def close(self) -> None:
        """All threads of all lives end, also where a test failed half-way."""
        for life, worker in self.lives:
            life.over = True
            life.going.set()
            worker.stop()

    def studio(self, life: Life) -> Studio:
        """What a life works with; its commits are effects."""
        engine = connect(self.url)
        event.listen(engine, "engine_connect", lambda connection: life.going.wait())
        event.listen(engine, "commit", lambda connection: life.effect("commit"))
        return Studio(engine, self.runtime, self.house, Artifacts(self.home), TrainSettings(max_tokens=24))

    def leases_end(self) -> None:
        """Time passes: whatever is held may be taken over now."""
        with transaction(self.engine) as session:
            for row in session.exec(select(Request).where(col(Request.state).in_(("drafting", "cancelled")))):
                row.claimed_until = now() - timedelta(seconds=1)

    def ask(self, number: int = 1, **more: Any) -> list[int]:
        """Requests of a member, each in a thread of its own; their ids."""
        mina = self.mina
        ids = []
        for i in range(number):
            ts = mina.say("초안", f"여름 음료 {i} 블로그")
            with transaction(self.engine) as session:
                who = person(session, "T0ONBIT", mina.id)
                fields = {"topic": f"여름 음료 {i}", "audience": "동네 직장인"}
                values: Json = {"source": "mention", "task": "blog", "language": "ko", "text": "글", "fields": fields}
                place = {"channel_id": "C0CHOAN", "thread_ts": ts}
                row = Request(person_id=who.id or 0, key=f"T0ONBIT:C0CHOAN:{ts}", **{**values, **place, **more})
                session.add(row)
                session.flush()
                ids.append(row.id or 0)
        return ids

    def request(self, number: int) -> Request:
        with transaction(self.engine) as session:
            return session.get_one(Request, number)

    def drafts(self) -> list[Draft]:
        with transaction(self.engine) as session:
            return list(session.exec(select(Draft)))

    def settled(self, *numbers: int) -> None:
        """Wait until the requests are answered, have failed, or were stopped and say so."""

        def ended() -> bool:
            with transaction(self.engine) as session:
                rows = session.exec(select(Request).where(col(Request.id).in_(numbers))).all()
            return all(r.state in ("done", "failed") or (r.state == "cancelled" and r.error is not None) for r in rows)

        self.slack.wait_for(ended, PATIENCE, 0.03)

    def messages(self, number: int) -> list[Json]:
        """The bot's messages of one request, in order of appearance."""
        mine = [
            m for m in self.around(number) if m.get("metadata", {}).get("event_payload", {}).get("draft_id") == number
        ]
        return sorted(mine, key=lambda m: str(m["ts"]))

    def around(self, number: int) -> list[Json]:
        """All that stands in the thread of one request."""
        asked = self.request(number)
        root = asked.thread_ts or asked.message_ts or ""
        return self.mina.thread(asked.channel_id, root)

    def answered_once(self, number: int) -> None:
        """Exactly one whole answer stands there: every part once, in order and noted, the buttons under the last."""
        asked = self.request(number)
        assert asked.state == "done", asked.error
        with transaction(self.engine) as session:
            text = session.get_one(Draft, number).text
            noted = session.exec(select(Part.ts).where(Part.request_id == number).order_by(col(Part.number))).all()
        shown = self.messages(number)
        assert [m["ts"] for m in shown] == list(noted) and noted[0] == asked.message_ts
        parts = [m["metadata"]["event_payload"].get("part", 0) for m in shown]
        assert parts == list(range(len(shown))), f"each part once, in order, not {parts}"
        body = "".join(b["text"] for m in shown for b in m["blocks"] if b["type"] == "markdown")
        assert body == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert [i for i, m in enumerate(shown) if any(b["type"] == "actions" for b in m["blocks"])] == [len(shown) - 1]
        assert "draft_stop" not in json.dumps(shown)
        self.nothing_besides(number)

    def nothing_besides(self, number: int) -> None:
        """No message of the bot stands in the thread that nobody knows, and none still streams."""
        here = [m for m in self.around(number) if m.get("bot_id")]
        assert all(m.get("metadata") for m in here), "a stream that nobody noted"
        assert not any(m["streaming"] for m in here)
