"""Stop: at once, by whoever asked, whatever is under way; and older versions, folded and unfolded."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col

from bot.messages import say
from bot.playground.server import Playground
from bot.stopping import stop_request, stop_thread
from curation.house import House
from db.errors import Forbidden
from db.session import transaction
from db.settings import Settings
from db.tables import Draft, Request
from tests import rows
from tests.bot_parts import Bench, actions, shown
from tests.lives import PATIENCE, Stage
from tests.words import Words

pytest_plugins = ["tests.stages"]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
TEXT = "여름에는 시원한 음료가 잘 어울립니다. " * 8


@pytest.fixture(scope="module")
def words_of_bench() -> Words:
    return Words(TEXT)


@pytest.fixture(scope="module")
def bench(
    running_slack: Playground, words_of_bench: Words, house: House, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """The whole bot with a model that stands still when a test wishes."""
    slack = running_slack
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        operators="U0SARA",
        slack_api_url=slack.api_url,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_signing_secret=slack.signing_secret,
    )
    made = Bench(slack, settings, words_of_bench, house)
    yield made
    words_of_bench.going.set()
    made.stop()


def messages(bench: Bench, number: int) -> list[dict[str, Any]]:
    (asked,) = bench.rows(Request, Request.id == number)
    seen = bench.member("mina").thread(asked.channel_id, asked.thread_ts)
    mine = [m for m in seen if m.get("metadata", {}).get("event_payload", {}).get("draft_id") == number]
    return sorted(mine, key=lambda m: str(m["ts"]))


def asked_by(bench: Bench, name: str, language: str, words: str) -> int:
    """A request by mention in a thread of its own, as soon as its message stands."""
    before = bench.newest(Request)
    bench.member(name).mention({"ko": "초안", "en": "drafts"}[language], words)
    wanted = (col(Request.id) > before, col(Request.message_ts).is_not(None))
    return bench.slack.wait_for(lambda: bench.rows(Request, *wanted))[0].id or 0


@pytest.mark.parametrize(
    ("who", "language", "topic"), [("mina", "ko", "여름 음료"), ("eun", "en", "summer drinks blog")]
)
@pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "updated"])
def test_given_a_text_that_grows_when_stop_is_pressed_then_it_ends_within_a_moment_and_can_be_written_again(
    bench: Bench, words_of_bench: Words, who: str, language: str, topic: str, streaming: bool
) -> None:
    bench.slack.switch(streaming=streaming)
    words_of_bench.going.clear()
    words_of_bench.until = 9
    number, person = asked_by(bench, who, language, topic), bench.member(who)
    grows = lambda: [m for m in messages(bench, number) or [] if TEXT[:20] in json.dumps(m, ensure_ascii=False)]  # noqa: E731
    if not streaming:
        bench.slack.wait_for(grows)
    (anchor,) = [m for m in messages(bench, number) if "draft_stop" in actions(m)]
    bench.member("junho").click(anchor["ts"], "draft_stop", channel=anchor["channel"])
    bench.slack.wait_for(lambda: bench.whispers(bench.member("junho"), anchor["channel"]))
    assert bench.rows(Request, Request.id == number)[0].state == "drafting"

    person.click(anchor["ts"], "draft_stop", channel=anchor["channel"])
    (row,) = bench.rows(Request, Request.id == number)
    assert row.state == "cancelled", "it is written before the click is acked"
    bench.slack.wait_for(lambda: bench.rows(Request, Request.id == number)[0].error, 3)
    (left,) = messages(bench, number)
    assert actions(left) == ["draft_retry"] and shown(left, "context") == [say(language, "stopped")]
    assert TEXT.startswith(shown(left, "markdown")[0]) and len(shown(left, "markdown")[0]) < len(TEXT)
    assert not bench.rows(Draft, Draft.id == number)

    words_of_bench.going.set()
    before = bench.newest(Request)
    person.click(left["ts"], "draft_retry", channel=left["channel"])
    again = bench.slack.wait_for(lambda: bench.rows(Request, col(Request.id) > before, Request.state == "done"))[0]
    assert shown(messages(bench, again.id or 0)[0], "markdown") == [TEXT]
    bench.slack.switch(streaming=True)


def test_given_a_finished_draft_when_an_old_stop_button_is_pressed_then_the_person_reads_that_it_ended(
    bench: Bench,
) -> None:
    bench.draft("다 쓴 글")
    number = bench.newest(Request)
    with transaction(bench.engine) as session:
        assert stop_request(session, number, "T0ONBIT", "U0MINA") == 0
    assert bench.rows(Request, Request.id == number)[0].state == "done"


def told_stopped(stage: Stage, number: int) -> None:
    row = stage.request(number)
    assert (row.state, bool(row.error)) == ("cancelled", True)
    (left,) = stage.messages(number)
    assert actions(left) == ["draft_retry"] and row.message_ts == left["ts"]
    stage.nothing_besides(number)


def press_stop(stage: Stage, number: int) -> int:
    with transaction(stage.engine) as session:
        row = session.get_one(Request, number)
        return stop_thread(session, row.team_id, row.channel_id, row.thread_ts, "", operator=True)


def test_given_a_request_nobody_holds_when_stopped_then_its_thread_says_so_and_it_is_never_written(
    quick: Stage,
) -> None:
    (number,) = quick.ask()
    assert press_stop(quick, number) == 1 and press_stop(quick, number) == 0
    _, worker = quick.life()
    worker.start()
    quick.settled(number)
    worker.stop()
    told_stopped(quick, number)
    assert quick.drafts() == []


@pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "updated"])
def test_given_a_stop_before_each_effect_and_a_kill_after_it_then_it_stays_stopped_and_says_so(
    quick: Stage, streaming: bool
) -> None:
    quick.slack.switch(streaming=streaming)
    numbers: list[int] = []
    for at in range(40):
        (number,) = quick.ask()
        numbers.append(number)
        life, worker = quick.life(at + 3 if at % 2 else None)

        def stop(method: str, at: int = at, number: int = number, life: Any = life) -> Exception | None:
            if len(life.effects) > at and quick.request(number).state == "drafting":
                press_stop(quick, number)
            return None

        life.trouble = stop
        worker.start()
        quick.slack.wait_for(lambda: life.over or quick.request(number).state == "done" or quick.request(number).error)  # noqa: B023
        life.over = True
        if quick.request(number).state == "done":
            break
    assert quick.request(number).state == "done" and at > 8, "there was a stop in every moment of an answer"
    quick.leases_end()
    _, heir = quick.life(name="heir")
    heir.start()
    quick.settled(*numbers)
    heir.stop()
    for stopped in numbers[:-1]:
        if quick.request(stopped).state == "cancelled":
            told_stopped(quick, stopped)
        else:
            quick.answered_once(stopped)  # it was killed before anybody could stop it
    assert sum(quick.request(n).state == "cancelled" for n in numbers) > 6


def test_given_requests_of_many_when_a_word_stops_a_thread_then_only_one_s_own_unless_an_operator(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        here = {"team_id": "T1", "channel_id": "C1", "thread_ts": "1.0"}
        mine, done = rows.request(session, **here), rows.request(session, state="done", **here)
        held = rows.request(session, state="drafting", claimed_by="bot", **here)
        elsewhere = rows.request(session, **{**here, "thread_ts": "2.0"})
        theirs = rows.request(session, person_id=somebody(session), **here)
        assert stop_thread(session, "T1", "C1", "1.0", "U1") == 2
        assert [r.state for r in (mine, done, held, elsewhere, theirs)] == [
            "cancelled", "done", "cancelled", "queued", "queued",
        ]  # fmt: skip
        assert held.claimed_by == "bot", "its holder settles the message"
        with pytest.raises(Forbidden):
            stop_request(session, theirs.id, "T1", "U1")
        assert stop_thread(session, "T1", "C1", "1.0", "U9", operator=True) == 1
        assert stop_thread(session, "T1", "C1", "", "U1") == 1 and elsewhere.state == "cancelled"


def somebody(session: Session) -> int:
    from db.people import person

    return person(session, "T1", "U2").id or 0


@pytest.mark.parametrize("text", ["짧은 글입니다.", "\n\n".join("긴 글이 이어집니다. " * 40 for _ in range(20))])
def test_given_a_second_version_when_it_is_finished_then_the_first_folds_to_a_line_and_unfolds_whole(
    bench: Bench, text: str
) -> None:
    bench.draft(text)
    older = bench.newest(Request)
    bench.slack.wait_for(lambda: bench.rows(Request, Request.id == older, Request.state == "done"))
    before = messages(bench, older)
    (first,) = bench.rows(Request, Request.id == older)
    with transaction(bench.engine) as session:
        values = first.model_dump(exclude={"id", "message_ts", "claimed_by", "claimed_until", "state", "attempts"})
        session.add(Request(**{**values, "key": rows.fresh(), "version": 2, "refines": older, "source": "refine"}))
    newer = bench.slack.wait_for(lambda: bench.rows(Request, Request.refines == older, Request.state == "done"))[0]
    folded = messages(bench, older)
    assert [actions(m) for m in folded] == [[] for _ in folded[1:]] + [["draft_unfold"]]
    assert all(not shown(m, "markdown") and len(shown(m, "context")[0]) < 90 for m in folded)
    assert shown(folded[0], "context")[0].startswith("1판 · ") and "2판" in json.dumps(
        messages(bench, newer.id or 0)[-1], ensure_ascii=False
    )
    bench.member("mina").click(folded[-1]["ts"], "draft_unfold", channel=folded[-1]["channel"])
    blocks = lambda found: [[{k: v for k, v in b.items() if k != "block_id"} for b in m["blocks"]] for m in found]  # noqa: E731
    bench.slack.wait_for(lambda: json.dumps(blocks(messages(bench, older))) == json.dumps(blocks(before)), PATIENCE)
