"""A bot in HTTP mode at a local Slack that posts to it: what a test sends, and what the bot keeps of it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from bot.app import build_app
from bot.clients import clients_of
from bot.playground.http_delivery import signature
from bot.playground.server import Playground
from bot.transports import check, listen
from curation.house import House
from db.session import transaction
from db.settings import Settings

Json = dict[str, Any]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def settings_of(slack: Playground, home: Path, **more: Any) -> Settings:
    """HTTP mode at a free port, with the token of the local Slack."""
    usual = {
        "home": home,
        "slack_mode": "http",
        "http_port": free_port(),
        "slack_api_url": slack.api_url,
        "slack_bot_token": slack.bot_token,
        "slack_app_token": "",
        "slack_signing_secret": slack.signing_secret,
    }
    return Settings(**{**usual, **more})


class HttpBot:
    """The app with its web server, without worker and news; the local Slack posts to it."""

    def __init__(self, slack: Playground, settings: Settings, engine: Engine, house: House) -> None:
        check(settings)
        self.slack, self.settings, self.engine = slack, settings, engine
        self.clients = clients_of(settings, engine)
        self.app = build_app(settings, engine, house, self.clients)
        self.transport = listen(settings, self.app, self.clients)
        url = f"http://127.0.0.1:{settings.http_port}"
        self.web = httpx.Client(base_url=url, timeout=10, trust_env=False)
        slack.switch(request_url=f"{url}/slack/events", redirect_url=f"{url}/slack/oauth_redirect")

    def close(self) -> None:
        self.slack.switch(request_url="", redirect_url="")
        self.web.close()
        self.transport.close()

    def send(self, body: bytes, **headers: str | bytes) -> httpx.Response:
        """One POST with a right and fresh signature; `headers` come instead of those (names with _ for -)."""
        right: dict[str, str | bytes] = {
            **signature(self.settings.slack_signing_secret.get_secret_value(), body, now())
        }
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in {**right, **given}.items() if value != ""}
        return self.web.post("/slack/events", content=body, headers={"content-type": "application/json", **kept})

    def rows(self, kind: type[SQLModel]) -> list[Any]:
        with transaction(self.engine) as session:
            return list(session.exec(select(kind)))


def now() -> int:
    return int(time.time())


def mention(text: str = "여름 음료 블로그", number: int = 1, **more: Any) -> bytes:
    """An app_mention as Slack posts it."""
    event = {
        "type": "app_mention",
        "user": "U0MINA",
        "text": f"<@U0DRAFTBOT> {text}",
        "ts": f"17000000{number:02}.000100",
    }
    body = {
        "type": "event_callback",
        "team_id": "T0ONBIT",
        "api_app_id": "A0DRAFTBOT",
        "event_id": f"Ev{number}",
        "event": {**event, "channel": "C0CHOAN", "event_ts": event["ts"]},
        "authorizations": [{"enterprise_id": None, "team_id": "T0ONBIT", "user_id": "U0DRAFTBOT", "is_bot": True}],
    }
    return json.dumps({**body, **more}).encode()


@contextmanager
def http_bot(slack: Playground, engine: Engine, house: House, home: Path, **more: Any) -> Iterator[HttpBot]:
    bot = HttpBot(slack, settings_of(slack, home, **more), engine, house)
    try:
        yield bot
    finally:
        bot.close()
