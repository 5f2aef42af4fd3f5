"""Slack at its worst: whatever fails on whichever call, each request is answered whole, once, in order in its thread."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from bot import drafting
from bot.app import build_app
from bot.clients import Clients
from bot.messages import say
from bot.transports import socket_mode
from curation.slack_desk import slack_client
from db.session import transaction
from db.settings import Settings
from db.tables import Audit, Request
from tests.bot_parts import shown
from tests.lives import PATIENCE, Stage, internal_error, rate_limited, refused_connection
from tests.words import Words

pytest_plugins = ["tests.stages"]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
METHODS = (
    "chat.postMessage",
    "chat.update",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.delete",
    "conversations.replies",
    "assistant.threads.setStatus",
)
FAULTS = ("429", "500", "reset", "slow", "lost")
SOCKETS = ("dropped socket", "refresh")
SHORT = "여름에는 시원한 음료가 잘 어울립니다. 이번 주에는 세 가지를 소개할게요."
LONG = "\n\n".join(f"{i}번째 문단입니다. " + "글이 이어집니다. " * 20 for i in range(25))  # two messages


class Weather:
    """What goes wrong in one schedule: a fault for the nth call of some methods."""

    def __init__(self, stage: Stage, seed: int, always: tuple[str, str] | None = None) -> None:
        self.stage, self.dice, self.left = stage, random.Random(seed), {}
        for _ in range(self.dice.randint(1, 5)):
            method, fault = self.dice.choice(METHODS), self.dice.choice(FAULTS)
            self.left[method, self.dice.randint(1, 4)] = fault
        if always:
            self.left = {(always[0], 1): always[1], **self.left}
        self.calls: dict[str, int] = {}
        self.lose: set[int] = set()
        self.lock = threading.Lock()

    def before(self, method: str) -> Exception | None:
        with self.lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            fault = self.left.pop((method, self.calls[method]), "")
        if fault == "lost":
            self.lose.add(threading.get_ident())
        elif fault == "slow":
            time.sleep(self.dice.uniform(0.01, 0.1))
        elif fault in SOCKETS:
            self.stage.slack.wait_connected()
            self.stage.slack.cut_sockets() if fault == "dropped socket" else self.stage.slack.refresh_sockets()
        made: dict[str, Callable[[], Exception]] = {
            "429": rate_limited,
            "500": internal_error,
            "reset": refused_connection,
        }
        return made[fault]() if fault in made else None

    def after(self, method: str) -> bool:
        if threading.get_ident() in self.lose:
            self.lose.discard(threading.get_ident())
            return True
        return False


@pytest.fixture
def listening(quick: Stage) -> Any:
    """The real listeners, connected: what people ask through the socket becomes requests of this stage."""
    slack = quick.slack
    settings = Settings(
        slack_api_url=slack.api_url,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_signing_secret=slack.signing_secret,
    )
    handler = socket_mode(
        build_app(settings, quick.engine, quick.house, Clients(slack_client(settings))), slack.app_token
    )
    handler.connect()
    slack.wait_connected(PATIENCE)
    slack.switch(retry_delays=(0.0, *[1.0] * 20))
    yield handler
    handler.client.auto_reconnect_enabled = False
    slack.cut_sockets()
    slack.wait_for(lambda: not handler.client.is_connected())
    handler.close()


def schedule(stage: Stage, seed: int, always: tuple[str, str] | None = None) -> list[int]:
    """One schedule of faults over three requests, two of them in one thread; their ids."""
    stage.slack.switch(streaming=seed % 4 != 3)
    (first,) = stage.ask()
    (second,) = stage.ask(thread_ts=stage.request(first).thread_ts)
    (alone,) = stage.ask()
    weather = Weather(stage, seed, always)
    life, worker = stage.life(name=f"bot {seed}")
    life.trouble, life.lost = weather.before, weather.after
    worker.start()
    stage.settled(first, second, alone)
    worker.stop()
    return [first, second, alone]


def holds(stage: Stage, first: int, second: int, alone: int) -> None:
    for number in (first, second, alone):
        stage.answered_once(number)
    ends, begins = stage.messages(first)[-1]["ts"], stage.messages(second)[0]["ts"]
    assert ends < begins, "in order in their thread"


@pytest.mark.parametrize("rounds", [range(1), pytest.param(range(1, 5), marks=pytest.mark.slow)], ids=["40", "200"])
@pytest.mark.parametrize("method", METHODS)
def test_given_each_fault_on_a_method_and_others_beside_it_when_answering_then_once_whole_and_in_order(
    quick: Stage, words: Words, method: str, rounds: range
) -> None:
    words.text, words.pause = LONG, 0.0
    for number, fault in ((r * len(FAULTS) + i, fault) for r in rounds for i, fault in enumerate(FAULTS)):
        holds(quick, *schedule(quick, METHODS.index(method) * 100 + number, (method, fault)))
        words.text, words.pause = SHORT, 0.003


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
def test_given_sockets_that_break_on_each_method_when_answering_then_once_whole_and_what_is_asked_meanwhile_too(
    quick: Stage, words: Words
) -> None:
    words.text, words.pause = SHORT, 0.003
    threads = []
    for number, method in enumerate(METHODS):
        threads.append(quick.slack.as_member("junho").mention("초안", "도서관 야간 개방 블로그"))
        holds(quick, *schedule(quick, 4 * number, (method, SOCKETS[number % 2])))
    quick.slack.wait_connected()

    def asked() -> list[int]:
        with transaction(quick.engine) as session:
            return [n or 0 for n in session.exec(select(Request.id).where(col(Request.thread_ts).in_(threads)))]

    quick.slack.wait_for(lambda: len(asked()) == len(METHODS), PATIENCE)
    _, worker = quick.life(name="last")
    worker.start()
    quick.settled(*asked())
    worker.stop()
    for one in asked():
        quick.answered_once(one)


def test_given_a_slack_that_hangs_when_the_bot_stops_then_it_leaves_in_time_and_the_next_one_answers(
    quick: Stage, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "LEAVE", 1.0)
    words.going.clear()
    waiting = quick.ask(9)  # eight are written, one waits
    life, worker = quick.life()
    worker.start()
    quick.slack.wait_for(lambda: all(quick.request(n).message_ts for n in waiting), PATIENCE)
    hangs = threading.Event()
    life.trouble = lambda method: hangs.wait(60) and None
    (fresh,) = quick.ask()  # its first message never gets through
    quick.slack.wait_for(lambda: "chat.postMessage" in life.effects[-3:], PATIENCE)
    begun = time.monotonic()
    worker.stop()
    assert time.monotonic() - begun < 3.0
    given_back = [quick.request(n) for n in (*waiting, fresh)]
    assert all(row.claimed_by is None for row in given_back)
    life.over = True  # the process ends
    hangs.set()
    words.going.set()
    _, heir = quick.life(name="heir")
    heir.start()
    quick.settled(*waiting, fresh)
    heir.stop()
    for number in (*waiting, fresh):
        quick.answered_once(number)


def test_given_a_command_where_the_bot_is_not_when_answering_then_in_a_direct_message_that_says_why(
    quick: Stage,
) -> None:
    channel = quick.slack.new_channel("비밀")
    (number,) = quick.ask(channel_id=channel, thread_ts="", source="command")
    _, worker = quick.life()
    worker.start()
    quick.settled(number)
    worker.stop()
    quick.answered_once(number)
    asked = quick.request(number)
    assert asked.channel_id != channel and asked.thread_ts == ""
    (answer,) = quick.messages(number)
    assert shown(answer, "context")[0] == say("ko", "answered_here")
    with transaction(quick.engine) as session:
        assert session.exec(select(Audit.note).where(Audit.subject == f"request:{number}")).all() == [channel]


def test_given_a_mention_where_the_bot_is_not_when_answering_then_failed_with_the_reason(quick: Stage) -> None:
    channel = quick.slack.new_channel("비밀 둘")
    (number,) = quick.ask(channel_id=channel, thread_ts="", source="mention")
    _, worker = quick.life()
    worker.start()
    quick.settled(number)
    worker.stop()
    row = quick.request(number)
    assert (row.state, row.error) == ("failed", "Slack answers not_in_channel")
