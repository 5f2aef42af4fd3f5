"""What became of edits and trainings in, one message each out: nothing lost, nothing said twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot.clients import Clients
from bot.news import LEASE, Herald
from bot.playground.server import Playground
from curation.house import House
from db.session import transaction
from db.settings import Settings
from db.tables import Event, Request, now
from tests import rows
from tests.lives import Killed, Life, Stage, Wire, rate_limited, refused_connection

POINTS = 8  # more effects than one piece of news has


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def stage(slack: Playground, sqlite_url: str, sqlite_engine: Engine, house: House, tmp_path: Path) -> Stage:
    runtime: Any = None  # news needs no model
    return Stage(slack, sqlite_url, runtime, house, tmp_path / "home", sqlite_engine)


def herald(stage: Stage, ends: int | None = None) -> tuple[Life, Herald]:
    life = Life(ends)
    return life, Herald(
        stage.studio(life).engine, Clients(Wire(stage.slack, life)), Settings(admin_channel="C0FLYWHEEL")
    )


def decided(stage: Stage) -> Request:
    """A member's edit was approved in review."""
    (number,) = stage.ask()
    with transaction(stage.engine) as session:
        request = session.get_one(Request, number)
        edit = rows.feedback(session, rows.draft(session, request))
        rows.review(session, edit, state="approved", text="고친 글", decided_by="U0EUN", decided_at=now())
    return request


def told(stage: Stage, request: Request) -> list[str]:
    """What was said in the request's thread."""
    thread = stage.slack.as_member("mina").thread("초안", request.thread_ts)
    return [m["metadata"]["event_payload"]["key"] for m in thread if m.get("metadata", {}).get("event_type") == "news"]


def time_passes(stage: Stage) -> None:
    with transaction(stage.engine) as session:
        for lease in session.exec(select(Event).where(Event.id == "telling")):
            lease.taken_at = now() - timedelta(seconds=LEASE + 1)


@pytest.mark.parametrize("ends", range(POINTS))
def test_given_a_herald_killed_before_any_effect_when_the_next_tells_then_it_was_said_once(
    stage: Stage, ends: int
) -> None:
    request = decided(stage)
    life, first = herald(stage, ends)
    try:
        first.tell()
    except Killed:
        time_passes(stage)
    assert life.over == (ends < POINTS - 1), f"all effects were tried: {life.effects}"
    herald(stage)[1].tell()
    assert told(stage, request) == ["told:review:1:approved"]


@pytest.mark.parametrize("call", range(2))
def test_given_a_reply_of_slack_that_is_lost_when_told_again_then_it_was_said_once(stage: Stage, call: int) -> None:
    request = decided(stage)
    life, first = herald(stage)
    calls: list[str] = []

    def lost(method: str) -> bool:
        calls.append(method)
        return len(calls) == call + 1

    life.lost = lost
    assert (first.tell(), first.tell(), first.tell()) == (0, 1, 0)
    assert told(stage, request) == ["told:review:1:approved"]


@pytest.mark.parametrize("error", [refused_connection, rate_limited])
def test_given_slack_away_when_it_is_back_then_the_news_is_told(stage: Stage, error: type[Exception]) -> None:
    request = decided(stage)
    life, one = herald(stage)
    life.trouble = lambda method: error()
    assert one.tell() == 0
    life.trouble = lambda method: None
    assert one.tell() == 1
    assert told(stage, request) == ["told:review:1:approved"]


def test_given_a_thread_that_is_gone_when_telling_then_it_is_given_up_and_the_rest_is_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    gone, there = decided(stage), decided(stage)
    with transaction(stage.engine) as session:
        session.get_one(Request, gone.id).thread_ts = "1.000001"
    one = herald(stage)[1]
    assert (one.tell(), one.tell()) == (2, 0)
    assert told(stage, there) == ["told:review:2:approved"]
    assert caplog.messages == ["told:review:1:approved could not be told (thread_not_found)"]


def test_given_a_promotion_when_told_then_the_person_who_edited_and_the_operators_know(stage: Stage) -> None:
    (number,) = stage.ask()
    with transaction(stage.engine) as session:
        edit = rows.feedback(session, rows.draft(session, session.get_one(Request, number)))
        example = rows.example(session, rows.review(session, edit, state="approved", text="고친 글", decided_at=now()))
        adapter = rows.adapter(session, rows.run(session, rows.dataset(session, example), state="done"))
        rows.promotion(session, rows.evaluation(session, adapter))
    one, other = herald(stage)[1], herald(stage)[1]
    assert (one.tell(), other.tell()) == (3, 0)
    assert told(stage, stage.request(number)) == ["told:review:1:approved", "told:taught:1"]
    cards = stage.slack.as_member("sara").history("flywheel")
    assert [m["metadata"]["event_payload"]["key"] for m in cards] == ["told:evaluation:1"]
