"""What became of edits and trainings in, one message each out: nothing lost, nothing said twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.clients import Clients, NotInstalled
from bot.messages import say
from bot.news import LEASE, Herald
from bot.playground.server import Playground
from curation.house import House
from db.people import person
from db.session import transaction
from db.settings import Settings
from db.tables import Adapter, Draft, Event, Example, Request, Review, now
from tests import rows
from tests.lives import Killed, Life, Stage, Wire, rate_limited, refused_connection
from trainer.promote import put_in_service, rollback

POINTS = 8  # more effects than one piece of news has


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def stage(slack: Playground, sqlite_url: str, sqlite_engine: Engine, house: House, tmp_path: Path) -> Stage:
    runtime: Any = None  # news needs no model
    return Stage(slack, sqlite_url, runtime, house, tmp_path / "home", sqlite_engine)


def herald(stage: Stage, ends: int | None = None, channel: str = "C0FLYWHEEL") -> tuple[Life, Herald]:
    life = Life(ends)
    return life, Herald(
        stage.studio(life).engine, Clients(Wire(stage.slack, life)), Settings(admin_channel=channel), stage.house
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


def edited(session: Session, request: Request, user: str = "U0MINA", **more: Any) -> Review:
    """Somebody's edit of a request's draft, approved."""
    draft = session.get(Draft, request.id) or rows.draft(session, request)
    who = person(session, "T0ONBIT", user)
    edit = rows.feedback(session, draft, person_id=who.id)
    return rows.review(session, edit, **{"state": "approved", "text": "고친 글", "decided_at": now(), **more})


def learns(session: Session, *reviews: Review) -> Adapter:
    """An adapter that was promoted on these texts."""
    known = {example.review_id: example for example in session.exec(select(Example))}
    examples = [known.get(review.id or 0) or rows.example(session, review) for review in reviews]
    sequence = 1 + len(session.exec(select(Adapter)).all())
    made = rows.adapter(session, rows.run(session, rows.dataset(session, *examples), state="done", sequence=sequence))
    rows.promotion(session, rows.evaluation(session, made))
    return made


def lines(stage: Stage, request: Request) -> list[str]:
    """What was said in the request's thread, but for how reviews ended."""
    thread = stage.slack.as_member("mina").thread("초안", request.thread_ts)
    news = [m for m in thread if m.get("metadata", {}).get("event_type") == "news"]
    return [m["text"] for m in news if not m["metadata"]["event_payload"]["key"].startswith("told:review:")]


def test_given_a_message_brought_as_an_example_when_decided_and_taught_then_its_thread_is_told(stage: Stage) -> None:
    ts = stage.slack.as_member("mina").say("초안", "여름 음료를 알립니다.")
    with transaction(stage.engine) as session:
        who = person(session, "T0ONBIT", "U0MINA")
        place = {"key": f"message:T0ONBIT:C0CHOAN:{ts}", "source": f"C0CHOAN:{ts}", "person_id": who.id}
        brought = rows.review(session, state="approved", text="글", decided_at=now(), **place)
        imported = rows.review(session, state="approved", text="글", decided_at=now())
        learns(session, brought, imported)
    assert herald(stage)[1].tell() == 3
    thread = stage.slack.as_member("mina").thread("초안", ts)
    keys = [m["metadata"]["event_payload"]["key"] for m in thread if m.get("metadata")]
    assert keys == [f"told:review:{brought.id}:approved", f"told:taught:{brought.id}"]


def test_given_several_texts_when_adapters_learn_then_each_thread_hears_of_the_first_once_and_not_of_texts_taken_back(
    stage: Stage,
) -> None:
    together, alone, silent = (stage.request(number) for number in stage.ask(3))
    with transaction(stage.engine) as session:
        first, second = edited(session, together), edited(session, together, "U0JUNHO")
        third, fourth = edited(session, alone), edited(session, silent)
        learns(session, first, second, third, fourth)
        fourth.state = "withdrawn"
    herald(stage)[1].tell()
    voice = say("ko", "our_voice", version=1)
    expected = [say("ko", "taught_many", voice=voice, n=2)], [say("ko", "taught", voice=voice)], []
    assert (lines(stage, together), lines(stage, alone), lines(stage, silent)) == expected
    with transaction(stage.engine) as session:
        session.get_one(Review, first.id).state = "withdrawn"  # what was told before stays told
        learns(session, first, second, third)
    herald(stage)[1].tell()
    assert (lines(stage, together), lines(stage, alone), lines(stage, silent)) == expected


@pytest.mark.parametrize(
    ("shares", "told"), [([0.1, 0.12, 0.1, 0.12, 0.11], True), ([0.2, 0.25, 0.2, 0.25, 0.2], False)]
)
def test_given_enough_edits_of_an_adapters_drafts_when_fewer_are_needed_then_each_teacher_hears_so_once(
    stage: Stage, shares: list[float], told: bool
) -> None:
    one, other, third = (stage.request(number) for number in stage.ask(3))

    def edits(session: Session, adapter: Adapter | None, some: list[float]) -> None:
        for share in some:
            draft = rows.draft(session, adapter_id=adapter and adapter.id)
            rows.feedback(session, draft, edit_share=share)

    with transaction(stage.engine) as session:
        edits(session, None, [0.1, 0.26, 0.18, 0.18, 0.18])
        teacher = learns(session, edited(session, one), edited(session, other), edited(session, third, "U0JUNHO"))
        edits(session, teacher, shares[:4])
    herald(stage)[1].tell()
    assert [len(lines(stage, request)) for request in (one, other, third)] == [1, 1, 1]
    with transaction(stage.engine) as session:
        edits(session, teacher, shares[4:])
    herald(stage)[1].tell()
    herald(stage)[1].tell()
    words = say("ko", "eased", voice=say("ko", "our_voice", version=1), before=18, after=11, n=5)
    heard = [lines(stage, request)[1:] for request in (one, other, third)]
    assert heard == ([[words], [], [words]] if told else [[], [], []])
    with transaction(stage.engine) as session:
        edits(session, teacher, [0.0] * 20)  # the first five have decided
    herald(stage)[1].tell()
    assert heard == [lines(stage, request)[1:] for request in (one, other, third)]


def test_given_an_operators_channel_that_refuses_when_told_then_the_news_waits_a_day_and_keeps_nobody_else(
    stage: Stage,
) -> None:
    request = decided(stage)
    with transaction(stage.engine) as session:
        rows.promotion(session, rows.evaluation(session))
        old = rows.adapter(session, rows.run(session, state="done", sequence=2))
        rows.promotion(session, rows.evaluation(session, old, created_at=now() - timedelta(days=1, hours=1)))
        late = rows.adapter(session, rows.run(session, state="done", sequence=3))
        rows.evaluation(session, late)  # a winner that was not placed yet
    life, deaf = herald(stage, channel="C0NOWHERE")
    assert (deaf.tell(), deaf.tell()) == (1, 0)
    assert life.effects.count("conversations.history") == 1  # a channel that refuses is left alone for a while
    assert told(stage, request) == ["told:review:1:approved"]
    assert herald(stage)[1].tell() == 1
    with transaction(stage.engine) as session:
        kept = session.exec(select(Event.id).where(col(Event.id).startswith("told:evaluation:"))).all()
    assert kept == ["told:evaluation:1"]


def test_given_a_workspace_that_removed_the_app_when_told_then_the_others_hear_their_news(stage: Stage) -> None:
    gone, there = decided(stage), decided(stage)
    with transaction(stage.engine) as session:
        session.get_one(Request, gone.id).team_id = "T0GONE"

    class Several(Clients):
        def of(self, team_id: str, enterprise_id: str = "") -> WebClient:
            return NotInstalled() if team_id == "T0GONE" else self.base

    life = Life(None)
    one = Herald(stage.studio(life).engine, Several(Wire(stage.slack, life)), Settings(), stage.house)
    assert (one.tell(), one.tell()) == (1, 0)
    assert told(stage, there) == ["told:review:2:approved"] and told(stage, gone) == []


def test_given_what_operators_did_when_told_then_one_line_says_who_and_what_changed(stage: Stage) -> None:
    with transaction(stage.engine) as session:
        first, second = learns(session), learns(session)
        placed = put_in_service(session, first, ["blog", "sns"], "U0SARA", "asked in Slack")
        back = rollback(session, "blog", "jane", "at the terminal")
        session.flush()
        numbers = [placed[0].id, back.id]
    before = len(stage.slack.as_member("sara").history("flywheel"))
    assert herald(stage)[1].tell() == 4
    seen = stage.slack.as_member("sara").history("flywheel")[before:]
    said = {m["metadata"]["event_payload"]["key"]: m["text"] for m in seen}
    base, old, new = say("ko", "base_model"), f"v{first.version}", f"v{second.version}"
    moves = f"blog {new} → {old}; sns {base} → {old}"
    assert said[f"told:placed:{numbers[0]}"].startswith(say("ko", "put_in_service", moves=moves) + " · <@U0SARA>")
    assert said[f"told:placed:{numbers[1]}"].endswith(say("en", "rolled_back", moves=f"blog {old} → {new}") + " · jane")
