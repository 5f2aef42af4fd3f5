"""A text that is being written, as people see it: a sign at once, streams where Slack has them, updates where not."""

import json
import time
from typing import Any

import pytest

from bot import streaming
from bot.pace import RATES, Pace
from bot.playground.server import Playground
from bot.text import safe, split
from tests.lives import PATIENCE, Life, Stage, rate_limited
from tests.words import Words

pytest_plugins = ["tests.stages"]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
LONG = "\n\n".join(f"{i}번째 문단 & 사례입니다. " + "글이 이어집니다. " * 20 for i in range(40))  # three messages


def answered(stage: Stage, number: int, life: Life | None = None) -> list[dict[str, Any]]:
    """The answer's messages once it is there; the calls of Slack since are in the log."""
    made, worker = stage.life()
    if life:
        made.trouble, made.lost = life.trouble, life.lost
    worker.start()
    stage.settled(number)
    worker.stop()
    stage.answered_once(number)
    return stage.messages(number)


def calls(slack: Playground, method: str, since: int) -> list[dict[str, Any]]:
    return [c for c in slack.log()["calls"][since:] if c["method"] == method]


@pytest.fixture
def since(quick: Stage) -> int:
    """How many calls were made before this test."""
    return len(quick.slack.log()["calls"])


def test_given_a_workspace_that_streams_when_a_long_text_is_written_then_each_part_grows_in_a_stream_of_its_own(
    quick: Stage, words: Words, since: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pace.RATES", dict.fromkeys(RATES, (1000, 1.0)))
    words.text, words.pause = LONG, 0.001
    (number,) = quick.ask()
    shown = answered(quick, number)
    begun, added = (calls(quick.slack, f"chat.{kind}Stream", since) for kind in ("start", "append"))
    assert [c["ok"] for c in begun] == [True] * 3 and all(c["args"]["recipient_user_id"] for c in begun)
    assert len(shown) == 3 and len(added) > 3
    for message, start, part in zip(shown, begun, split(LONG), strict=True):
        streamed = start["args"]["markdown_text"] + "".join(
            c["args"]["markdown_text"] for c in added if c["args"]["ts"] == message["ts"] and c["ok"]
        )
        assert len(streamed.encode()) <= 9000 and safe(part)[:200].startswith(streamed[:200])
    anchor = calls(quick.slack, "chat.postMessage", since)[0]["args"]
    assert "draft_stop" in json.dumps(anchor["blocks"])


def test_given_a_workspace_without_streams_when_many_ask_then_it_is_tried_once_and_the_text_grows_in_its_message(
    quick: Stage, since: int
) -> None:
    quick.slack.switch(streaming=False)
    first, second = quick.ask(2)
    _, worker = quick.life()
    worker.start()
    quick.settled(first, second)
    (third,) = quick.ask()
    quick.settled(third)
    worker.stop()
    for number in (first, second, third):
        quick.answered_once(number)
    assert len(calls(quick.slack, "chat.startStream", since)) <= 2  # two may have begun at the same moment
    grown = [c["args"] for c in calls(quick.slack, "chat.update", since)]
    assert any("draft_stop" in json.dumps(args["blocks"]) and "여름에는" in args["text"] for args in grown)


def test_given_a_direct_message_when_streamed_then_nobody_has_to_be_named(quick: Stage, since: int) -> None:
    mina = quick.slack.as_member("mina")
    root = mina.dm("여름 음료")
    place = next(m["channel"] for m in mina.history("dm") if m["ts"] == root)
    (number,) = quick.ask(channel_id=place, thread_ts=root)
    answered(quick, number)
    (begun,) = calls(quick.slack, "chat.startStream", since)
    assert begun["ok"] and "recipient_user_id" not in begun["args"]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream"])
@pytest.mark.parametrize("wrong", ["ratelimited", "lost"])
def test_given_a_stream_that_fails_when_written_then_the_answer_comes_whole_and_no_half_stands_beside_it(
    quick: Stage, words: Words, method: str, wrong: str
) -> None:
    words.text, words.pause = LONG, 0.001
    (number,) = quick.ask()
    life = Life()
    if wrong == "lost":
        life.lost = lambda called: called == method
    else:
        life.trouble = lambda called: rate_limited(60) if called == method else None
    assert len(answered(quick, number, life)) == 3


@pytest.mark.parametrize("closed_by", ["slack", "us"])
def test_given_a_stream_that_grows_old_when_the_text_goes_on_then_it_goes_on_in_the_same_message(
    quick: Stage, words: Words, closed_by: str, since: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.slack.switch(stream_seconds=0.1 if closed_by == "slack" else 300.0)
    monkeypatch.setattr(streaming, "LONGEST", 0.1 if closed_by == "us" else 240.0)
    words.text, words.pause = "한 문장입니다. " * 30, 0.02
    (number,) = quick.ask()
    (message,) = answered(quick, number)
    updates = [c for c in calls(quick.slack, "chat.update", since) if c["args"]["ts"] == message["ts"] and c["ok"]]
    assert len(calls(quick.slack, "chat.startStream", since)) == 1 and len(updates) > 1


def test_given_slack_that_answers_slowly_when_written_then_the_writing_does_not_wait_for_it(
    quick: Stage, words: Words
) -> None:
    words.pause = 0.0
    (number,) = quick.ask()
    life, worker = quick.life()

    def slow(method: str) -> Exception | None:
        if method in ("assistant.threads.setStatus", "chat.startStream", "chat.update") and not quick.drafts():
            time.sleep(1.0)
        return None

    life.trouble = slow
    worker.start()
    begun = quick.slack.wait_for(lambda: quick.request(number).message_ts and time.monotonic(), PATIENCE, 0.01)
    quick.slack.wait_for(quick.drafts, PATIENCE, 0.01)
    assert time.monotonic() - begun < 0.8
    quick.settled(number)
    worker.stop()
    quick.answered_once(number)


def test_given_more_requests_than_the_model_takes_when_asked_then_all_see_their_place_and_only_eight_are_written(
    quick: Stage, words: Words
) -> None:
    words.going.clear()
    numbers = quick.ask(12)
    _, worker = quick.life()
    worker.start()
    quick.slack.wait_for(lambda: all(quick.request(n).message_ts for n in numbers), PATIENCE)
    last = quick.messages(numbers[-1])[0]
    assert "앞에 11건" in last["text"] and "draft_stop" in json.dumps(last["blocks"])
    quick.slack.wait_for(lambda: words.at_once == 8, PATIENCE)
    mina, asked = quick.slack.as_member("mina"), quick.request(numbers[-1])
    quick.slack.wait_for(lambda: "앞에" in mina.status("C0CHOAN", asked.thread_ts))
    words.going.set()
    quick.settled(*numbers)
    worker.stop()
    assert words.most == 8
    for number in numbers:
        quick.answered_once(number)
    quick.slack.wait_for(lambda: not mina.status("C0CHOAN", asked.thread_ts))


def test_given_several_requests_in_one_thread_when_written_then_one_is_begun_after_the_other_ended(
    quick: Stage,
) -> None:
    (first,) = quick.ask()
    thread = quick.request(first).thread_ts
    second, third = quick.ask(2, thread_ts=thread)
    (elsewhere,) = quick.ask()
    worker = quick.life()[1]
    worker.start()
    quick.settled(first, second, third, elsewhere)
    worker.stop()
    for number in (first, second, third, elsewhere):
        quick.answered_once(number)
    shown = [quick.messages(number)[0]["ts"] for number in (first, second, third)]
    assert shown == sorted(shown) and len(set(shown)) == 3


def test_given_a_team_s_pace_when_many_decorate_then_no_minute_has_more_than_slack_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("bot.pace.time.monotonic", lambda: clock[0])
    allowed = {"chat_update": 50, "chat_appendStream": 100, "chat_startStream": 20, "chat_stopStream": 20}
    for method, most in allowed.items():
        pace, made = Pace(), []
        for _ in range(3000):
            clock[0] += 0.1
            if pace.take("T1", method):
                made.append(clock[0])
        assert max(sum(t <= u < t + 60 for u in made) for t in made) <= most
        assert len(made) > 0.8 * most * 5  # five minutes
        assert pace.take("T2", method)
        pace.hush("T1", method, 30)
        clock[0] += 29
        assert not pace.take("T1", method)
        clock[0] += 2
        assert pace.take("T1", method)


def test_given_words_still_under_way_when_shown_then_no_half_word_is() -> None:
    assert streaming.whole_words("안녕하세요 @chan") == "안녕하세요 "
    assert streaming.whole_words("한") == ""
