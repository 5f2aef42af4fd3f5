"""A local Slack, a database and a model that writes given words, for tests of the worker (`pytest_plugins`)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot import drafting, growing, settling
from bot.playground.server import Playground
from curation.house import House
from tests.lives import Stage
from tests.words import Words


@pytest.fixture(scope="module")
def running_slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no bot of this test waits longer than it must."""
    monkeypatch.setattr(drafting, "LOOK", 0.02)
    monkeypatch.setattr(settling, "LOOK", 0.02)
    monkeypatch.setattr(settling, "OUTAGE", timedelta(seconds=0.05))
    monkeypatch.setattr(growing, "EVERY", 0.02)


@pytest.fixture
def words() -> Words:
    return Words(pause=0.01)


@pytest.fixture
def quick(
    running_slack: Playground,
    words: Words,
    sqlite_url: str,
    sqlite_engine: Engine,
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """A stage on which nothing waits longer than it must."""
    hurry(monkeypatch)
    monkeypatch.setattr(settling, "POSITION", 0.05)
    usual = running_slack.switch()
    made = Stage(running_slack, sqlite_url, words, house, tmp_path / "home", sqlite_engine)
    yield made
    words.going.set()
    made.close()
    running_slack.switch(**usual)
