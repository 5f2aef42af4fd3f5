"""How the bot bears a crowd: acks, first signs and whole answers while twenty members ask and press; prints two tables.

The first: 100 requests in 10 s and 40 clicks, the tiny model saturated. The second: what routing and durable writes cost
by themselves at 100 requests a second, beside a Bolt app that only acks, on SQLite and on Postgres.
"""

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from slack_bolt import App, BoltRequest

from benchmarks.slack_town import Seen, Town, live, town
from bot.app import build_app
from bot.clients import Clients
from bot.drafting import Worker
from bot.playground.driver import SlackDriver
from bot.transports import socket_mode
from bot.writing import Studio
from curation.house import load_house
from curation.slack_desk import slack_client
from db import schema
from db.artifacts import Artifacts
from db.session import connect
from db.settings import Settings
from trainer.settings import TrainSettings

REQUESTS, CLICKS, SECONDS, PATIENCE = 100, 40, 10.0, 300.0
RATE, ROUTED = 100, 600  # requests a second, requests in all
TOKENS = 120
Json = dict[str, Any]


def settings_for(place: Town, home: Path, url: str = "") -> Settings:
    return Settings(
        home=home,
        database_url=url,
        slack_api_url=place.api_url,
        slack_bot_token=place.bot_token,
        slack_app_token=place.app_token,
        slack_signing_secret=place.signing_secret,
    )


def crowded(limits: bool) -> tuple[Seen, list[tuple[str, float]]]:
    """The whole bot on the tiny model while the members live; what they met, and every ack's seconds."""
    from trainer.runtime.local import LocalRuntime

    runtime = LocalRuntime("tiny")
    with town(rate_limits=limits) as place, tempfile.TemporaryDirectory() as home:
        settings, house = settings_for(place, Path(home)), load_house()
        engine, client = connect(settings.url), slack_client(settings)
        schema.upgrade(engine)
        handler = socket_mode(build_app(settings, engine, house, Clients(client)), place.app_token)
        handler.connect()  # type: ignore[no-untyped-call]
        studio = Studio(engine, runtime, house, Artifacts(settings.home), TrainSettings(max_tokens=TOKENS))
        worker = Worker(studio, Clients(client), "bench")
        worker.start()
        seen = live(place.url, REQUESTS, CLICKS, SECONDS, PATIENCE)
        acks = SlackDriver(place.url).log()["acks"]
        worker.stop()
        handler.close()  # type: ignore[no-untyped-call]
        engine.dispose()
    runtime.close()
    return seen, [(kind, seconds) for kind, seconds in acks]


def spread(values: Sequence[float], unit: float = 1.0, digits: int = 2) -> tuple[str, str, str]:
    """Half of all, all but one in a hundred, the most."""
    if not values:
        return ("–", "–", "–")
    found = (*np.percentile(values, [50, 99]), max(values))
    return tuple(f"{v * unit:.{digits}f}" for v in found)  # type: ignore[return-value]


def crowd_table(name: str, seen: Seen, acks: list[tuple[str, float]]) -> Table:
    title = f"{REQUESTS} requests in {SECONDS:g} s, {CLICKS} clicks, model saturated, {name}"
    made = Table("what", "how many", "p50", "p99", "most", "unit", title=title, title_justify="left")
    kinds = {"events_api": "ack of a mention", "interactive": "ack of a click"}
    for kind, words in kinds.items():
        values = [seconds for found, seconds in acks if found == kind]
        made.add_row(words, str(len(values)), *spread(values, 1000, 0), "ms")
    for words, moments in (("first sign", seen.sign), ("first text", seen.text), ("whole answer", seen.whole)):
        made.add_row(words, str(len(moments)), *spread(list(moments.values())), "s")
    twice = sum(len(found) > 1 for found in seen.answers.values())
    made.add_row("answered once", f"{len(seen.answers) - twice} of {len(seen.asked)}", "", "", "", "")
    return made


def mention(place: Json, number: int) -> Json:
    """An event as the socket brings it."""
    ts = f"{1_700_000_000 + number}.000001"
    event = {
        "type": "app_mention",
        "user": "U0MINA",
        "text": "<@U0DRAFTBOT> 여름 음료 블로그",
        "channel": "C0CHOAN",
        "ts": ts,
    }
    return {"type": "event_callback", "event_id": f"Ev{number:08d}", "team_id": "T0ONBIT", "event": event, **place}


def routed(app: App, first: int) -> list[float]:
    """Seconds from an event's arrival to its ack, at a steady rate and on as many threads as the socket has."""
    place = {"api_app_id": "A0DRAFTBOT", "authorizations": [], "token": "local"}
    taken: list[float] = []

    def deliver(number: int) -> None:
        body = mention(place, first + number)
        began = time.perf_counter()
        status = app.dispatch(BoltRequest(mode="socket_mode", body=body)).status
        taken.append(time.perf_counter() - began)
        assert status == 200

    with ThreadPoolExecutor(10) as pool:
        begin = time.monotonic()
        for number in range(ROUTED):
            time.sleep(max(0.0, begin + number / RATE - time.monotonic()))
            pool.submit(deliver, number)
    assert len(taken) == ROUTED
    return taken[ROUTED // 10 :]  # the first ones open connections


def bare(client: Any) -> App:
    """An app that acks and does nothing: what Bolt itself costs."""
    app = App(client=client, signing_secret="none", raise_error_for_unhandled_request=False)
    app.event("app_mention")(lambda: None)
    return app


@contextmanager
def databases(home: Path) -> Iterator[dict[str, str]]:
    import pgserver

    server = pgserver.get_server(home / "postgres", cleanup_mode="delete")
    yield {"SQLite": f"sqlite:///{home / 'bench.db'}", "Postgres": server.get_uri()}
    server.cleanup()


def overhead_table() -> Table:
    title = f"from an event's arrival to its ack at {RATE} requests a second, no model"
    made = Table("app", "p50 ms", "p99 ms", "most ms", "p50 over bare Bolt", title=title, title_justify="left")
    with town() as place, tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        settings, house = settings_for(place, Path(folder)), load_house()
        client = slack_client(settings)
        base = routed(bare(client), 0)
        made.add_row("Bolt alone, acks only", *spread(base, 1000), "")
        for number, (name, url) in enumerate(urls.items(), 1):
            engine = connect(url)
            schema.upgrade(engine)
            app = build_app(settings_for(place, Path(folder), url), engine, house, Clients(client))
            taken = routed(app, number * 10_000)
            more = f"+{(np.median(taken) - np.median(base)) * 1000:.2f} ms"
            made.add_row(f"ours, one durable Request a mention, {name}", *spread(taken, 1000), more)
            engine.dispose()
    return made


def main() -> None:
    logging.disable(logging.WARNING)
    shown = Console(width=110)
    shown.print(overhead_table())
    for name, limits in (("no limits", False), ("Slack's rate limits", True)):
        shown.print(crowd_table(name, *crowded(limits)))


if __name__ == "__main__":
    main()
