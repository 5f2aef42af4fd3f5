"""Requests in, answers out: each exactly once, whatever dies, fails or is cut off in between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from benchmarks.adapters import draw_adapter
from bot.playground.server import Playground
from curation.house import House
from db import schema
from db.artifacts import Artifacts
from db.claims import REQUEST_TRIES
from db.errors import RuntimeAway
from db.session import connect, transaction
from db.tables import Adapter, Draft, Promotion, Run
from tests.lives import PATIENCE, Life, Stage, Wire, broken_gateway, internal_error, rate_limited, refused_connection
from tests.rows import dataset
from tests.stages import hurry
from tests.words import Words
from trainer.runtime import Order, Runtime, Stream
from trainer.tiny import BASE

pytest_plugins = ["tests.stages"]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
LONG = "\n\n".join(f"{i}번째 문단입니다. " + "긴 글이 이어집니다. " * 60 for i in range(15))  # three messages of Slack
MIDDLE = "\n\n".join(f"{i}번째 문단입니다. " + "글이 이어집니다. " * 20 for i in range(25))  # two messages of Slack


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    from trainer.runtime.local import LocalRuntime

    opened = LocalRuntime("tiny")
    yield opened
    opened.close()


@pytest.fixture
def stage(
    running_slack: Playground,
    sqlite_url: str,
    sqlite_engine: Engine,
    runtime: Runtime,
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    hurry(monkeypatch)
    usual = running_slack.switch()
    made = Stage(running_slack, sqlite_url, runtime, house, tmp_path / "home", sqlite_engine)
    yield made
    made.close()
    running_slack.switch(**usual)


def written(stage: Stage, number: int, text: str) -> None:
    """The draft is there, as after a kill between writing and delivering."""
    with transaction(stage.engine) as session:
        prompt = [{"role": "user", "content": "글"}]
        prompts = {"messages": prompt, "short_prompt": prompt, "long_prompt": prompt, "instruction": "long"}
        made = {"base_model": "tiny", "runtime": "local", "sampling": {}, "text": text, "stop": "end", "tokens": 1}
        session.add(Draft(id=number, **prompts, **made, seconds=0.1, first_token_seconds=0.1))


def run_to_the_end(stage: Stage, *numbers: int) -> None:
    """A life nobody disturbs."""
    _, worker = stage.life(name="heir")
    stage.leases_end()
    worker.start()
    stage.settled(*numbers)
    worker.stop()


@pytest.mark.parametrize("streaming", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["streamed", "updated"])
@pytest.mark.parametrize("kind", ["short", "long", "written"])
def test_given_bots_killed_before_each_effect_when_another_takes_over_then_all_are_answered_exactly_once(
    stage: Stage, kind: str, streaming: bool
) -> None:
    stage.slack.switch(streaming=streaming)
    stage.runtime = Words(pause=0.01) if kind == "short" else Words(MIDDLE, pause=0.0005)
    asked: list[int] = []
    for ends in range(60):
        (number,) = stage.ask()
        asked.append(number)
        if kind == "written":
            written(stage, number, LONG)
        life, worker = stage.life(ends)
        worker.start()
        stage.slack.wait_for(lambda: life.over or stage.request(number).state == "done", PATIENCE, 0.01)  # noqa: B023
        if stage.request(number).state == "done":
            break
    life.over = True
    assert 8 < ends < 59, f"all effects of an answer were tried: {life.effects}"
    assert "chat.startStream" in life.effects or kind == "written"
    run_to_the_end(stage, *asked)
    for number in asked:
        stage.answered_once(number)
        assert len(stage.messages(number)) == {"short": 1, "long": 2, "written": 3}[kind]
    assert len(stage.drafts()) == len(asked)


def test_given_bots_killed_again_and_again_when_one_lives_then_answered_once_and_written_once(stage: Stage) -> None:
    (number,) = stage.ask()
    for ends in (2, 3, 2, 2, 3, 3):
        life, worker = stage.life(ends)
        worker.start()
        stage.slack.wait_for(lambda life=life: life.over, PATIENCE)  # type: ignore[misc]
        stage.leases_end()
    run_to_the_end(stage, number)
    stage.answered_once(number)
    assert stage.request(number).attempts == 7


@pytest.mark.parametrize("call", range(5))
def test_given_a_reply_of_slack_that_is_lost_when_tried_again_then_nothing_is_doubled(stage: Stage, call: int) -> None:
    (number,) = stage.ask()
    written(stage, number, LONG)
    life, worker = stage.life()
    calls: list[str] = []

    def lost(method: str) -> bool:
        calls.append(method)
        return len(calls) == call + 1

    life.lost = lost
    worker.start()
    stage.settled(number)
    worker.stop()
    stage.answered_once(number)
    assert len(stage.messages(number)) == 3
    assert (len(calls) > call) == (call < 4), f"all calls were tried: {calls}"


@pytest.mark.parametrize("error", [refused_connection, broken_gateway, internal_error])
def test_given_slack_away_for_longer_than_there_are_tries_when_it_is_back_then_answered_once(
    stage: Stage, error: type[Exception]
) -> None:
    (number,) = stage.ask()
    life, worker = stage.life()
    calls: list[str] = []

    def trouble(method: str) -> Exception | None:
        calls.append(method)
        return error() if len(calls) <= 2 * REQUEST_TRIES else None

    life.trouble = trouble
    worker.start()
    stage.settled(number)
    worker.stop()
    stage.answered_once(number)
    assert stage.request(number).attempts <= 2, "an outage uses up no tries"


def test_given_growing_updates_refused_when_drafting_then_the_answer_comes_whole_and_without_waiting(
    stage: Stage,
) -> None:
    stage.slack.switch(streaming=False)
    (number,) = stage.ask()
    life, worker = stage.life()
    updates: list[str] = []

    def trouble(method: str) -> Exception | None:
        if method == "chat.update" and not stage.drafts():
            updates.append(method)
            return rate_limited(3600)
        return None

    life.trouble = trouble
    worker.start()
    stage.settled(number)
    worker.stop()
    stage.answered_once(number)
    assert len(updates) == 1, "Slack asked for an hour of silence, and got it"
    assert stage.request(number).attempts == 1


def test_given_the_answer_s_message_deleted_while_written_when_finishing_then_failed_with_the_reason_at_once(
    stage: Stage,
) -> None:
    stage.slack.switch(streaming=False)
    (number,) = stage.ask()
    life, worker = stage.life()
    once = iter([True])

    def lost(method: str) -> bool:
        if method == "chat.update" and next(once, False):
            mina.chat_delete(channel="C0CHOAN", ts=stage.request(number).message_ts or "")
        return False

    mina = Wire(stage.slack, Life())
    life.lost = lost
    worker.start()
    stage.settled(number)
    worker.stop()
    row = stage.request(number)
    assert (row.state, row.error, row.attempts) == ("failed", "Slack answers message_not_found", 1)
    assert stage.messages(number) == []


@pytest.mark.parametrize(
    ("place", "code"), [({"thread_ts": "1.000001"}, "thread_not_found"), ({"channel_id": "C9"}, "channel_not_found")]
)
def test_given_a_place_that_is_gone_when_answering_then_failed_with_the_reason_and_others_go_on(
    stage: Stage, place: dict[str, str], code: str
) -> None:
    (gone,) = stage.ask(**place)
    (there,) = stage.ask()
    run_to_the_end(stage, gone, there)
    row = stage.request(gone)
    assert (row.state, row.error, row.attempts) == ("failed", f"Slack answers {code}", 1)
    stage.answered_once(there)


def test_given_a_request_that_can_t_be_written_when_failing_then_the_person_reads_it_in_place_of_the_draft(
    stage: Stage,
) -> None:
    (number,) = stage.ask(fields={"topic": "여름 음료 " * 3000, "audience": ""})
    run_to_the_end(stage, number)
    assert stage.request(number).state == "failed"
    (told,) = stage.messages(number)
    assert "Shorten it" in told["text"] and "Shorten it" in (stage.request(number).error or "")


class Away:
    """A model server that is away for the first few drafts."""

    def __init__(self, runtime: Runtime, times: int) -> None:
        self.runtime, self.times = runtime, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runtime, name)

    def stream(self, order: Order) -> Stream:
        self.times -= 1
        if self.times >= 0:
            raise RuntimeAway("The model server is away.")
        return self.runtime.stream(order)


def test_given_a_model_server_away_for_longer_than_there_are_tries_when_it_is_back_then_answered_once(
    stage: Stage,
) -> None:
    stage.runtime = away = Away(stage.runtime, REQUEST_TRIES + 3)
    (number,) = stage.ask()
    _, worker = stage.life()
    worker.start()
    stage.settled(number)
    stage.answered_once(number)
    assert away.times < 0


def test_given_a_request_that_kills_every_bot_when_the_last_try_comes_then_it_only_tells_the_person(
    stage: Stage,
) -> None:
    (number,) = stage.ask(attempts=REQUEST_TRIES - 1)
    run_to_the_end(stage, number)
    (told,) = stage.messages(number)
    assert stage.request(number).state == "failed" and "never finished" in told["text"]
    assert stage.drafts() == []


def test_given_the_database_away_for_a_while_when_it_is_back_then_the_worker_goes_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    _, worker = stage.life()
    (first,) = stage.ask()
    worker.start()
    stage.settled(first)
    with transaction(stage.engine) as session:
        session.connection().exec_driver_sql("ALTER TABLE request RENAME TO hidden")
    stage.slack.wait_for(lambda: caplog.text.count("take failed") > 2)
    with transaction(stage.engine) as session:
        session.connection().exec_driver_sql("ALTER TABLE hidden RENAME TO request")
    (second,) = stage.ask()
    stage.settled(second)
    worker.stop()
    stage.answered_once(second)
    assert "OperationalError at" in caplog.text and "동네 직장인" not in caplog.text


def test_given_open_requests_when_the_bot_stops_then_they_are_given_back_at_once_and_cost_no_try(stage: Stage) -> None:
    numbers = stage.ask(12)
    life, worker = stage.life()
    worker.start()
    stage.slack.wait_for(lambda: "chat.update" in life.effects, PATIENCE)
    worker.stop()
    rows = [stage.request(n) for n in numbers]
    assert {row.state for row in rows} <= {"queued", "done"} and any(row.state == "queued" for row in rows)
    assert all(row.attempts == (row.state == "done") for row in rows)
    run_to_the_end(stage, *numbers)
    for number in numbers:
        stage.answered_once(number)
        assert stage.request(number).attempts == 1


@pytest.mark.parametrize("stands_before", ["chat.update", "chat.startStream"])
def test_given_a_bot_that_stood_still_and_lost_its_lease_when_it_goes_on_then_the_answer_stays(
    stage: Stage, stands_before: str
) -> None:
    stage.slack.switch(streaming=stands_before == "chat.startStream")
    (number,) = stage.ask()  # what it was about to send when it stood still goes out late, over the finished answer
    life, worker = stage.life()

    def stand_still(method: str) -> Exception | None:
        if method == stands_before and stands_before not in life.effects[:-1]:
            life.going.clear()
        return None

    life.trouble = stand_still
    worker.start()
    stage.slack.wait_for(lambda: not life.going.is_set(), PATIENCE)
    run_to_the_end(stage, number)
    life.going.set()
    worker.stop()
    stage.answered_once(number)
    assert len(stage.drafts()) == 1


def test_given_two_bots_on_one_database_when_many_ask_then_each_is_answered_by_one(
    database_url: str, running_slack: Playground, runtime: Runtime, house: House, tmp_path: Path
) -> None:
    engine = connect(database_url)
    schema.upgrade(engine)
    stage = Stage(running_slack, database_url, runtime, house, tmp_path / "home", engine)
    numbers = stage.ask(12)
    lives = [stage.life(name=name) for name in ("one", "two")]
    for _, worker in lives:
        worker.start()
    stage.settled(*numbers)
    for _, worker in lives:
        worker.stop()
    for number in numbers:
        stage.answered_once(number)
    assert len(stage.drafts()) == 12
    stage.close()
    engine.dispose()


def test_given_a_promotion_between_requests_when_asked_then_the_running_bot_serves_the_new_adapter(
    stage: Stage, tmp_path: Path
) -> None:
    _, worker = stage.life()
    worker.start()
    before = stage.ask(3)
    stage.settled(*before)
    under_way = stage.ask(6)
    name = Artifacts(stage.home).put("adapter", draw_adapter(BASE, tmp_path / "drawn", 1, spread=0.1))
    with transaction(stage.engine) as session:
        data = dataset(session)
        run = Run(sequence=1, dataset_id=data.id or 0, through_example_id=0, trigger="operator", spec={}, state="done")
        session.add(run)
        session.flush()
        adapter = Adapter(run_id=run.id or 0, name=name, version=1, base_model="tiny", method="lora")
        session.add(adapter)
        session.flush()
        session.add(Promotion(adapter_id=adapter.id, task="blog", actor="test"))
    after = stage.ask(3)
    stage.settled(*before, *under_way, *after)
    worker.stop()
    served = {draft.id: (draft.adapter_id, draft.instruction) for draft in stage.drafts()}
    assert {served[n] for n in before} == {(None, "long")} and {served[n] for n in after} == {(1, "short")}
    assert {served[n] for n in under_way} <= {(None, "long"), (1, "short")}
    for number in (*before, *under_way, *after):
        stage.answered_once(number)
    assert any("v1" in str(stage.messages(n)[0]["blocks"]) for n in after)
