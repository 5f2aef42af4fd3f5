"""In: faults ordered by a test. Out: proof that each befalls just the calls it is meant for, as a real network would do it."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import RemoteDisconnected
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.faults import KINDS
from bot.playground.member import NotAllowedError
from bot.playground.server import Playground

WHERE = {"channel": "C0DRAFTS", "text": "x"}
NOTHING_CAME = (ConnectionResetError, RemoteDisconnected)


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    with Playground.start() as slack:
        yield slack


@pytest.fixture
def slack(running: Playground) -> Iterator[Playground]:
    yield running
    running.usual()


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5, retry_handlers=[])


def posted(slack: Playground) -> int:
    return len(slack.as_member("sara").history("drafts"))


@pytest.mark.parametrize(
    ("kind", "status", "body", "header"),
    [
        ("ratelimited", 429, "ratelimited", ("Retry-After", "7")),
        ("internal_error", 500, "internal_error", ("content-type", "application/json")),
        ("html", 503, "<html>", ("content-type", "text/html; charset=utf-8")),
    ],
)
def test_given_refusing_fault_when_called_then_the_next_calls_of_that_method_fail_undone_and_then_all_is_well(
    slack: Playground, client: WebClient, kind: str, status: int, body: str, header: tuple[str, str]
) -> None:
    slack.fault("chat.postMessage", kind, times=2, seconds=7)
    before = posted(slack)
    for _ in range(2):
        client.auth_test()
        with pytest.raises(SlackApiError) as failure:
            client.chat_postMessage(**WHERE)
        answer = failure.value.response
        assert (answer.status_code, body in str(answer.data)) == (status, True)
        assert {name.lower(): value for name, value in answer.headers.items()}[header[0].lower()] == header[1]
    assert posted(slack) == before and slack.faults() == []
    client.chat_postMessage(**WHERE)
    assert [call["fault"] for call in slack.calls("chat.postMessage")[-3:]] == [kind, kind, ""]


@pytest.mark.parametrize(("kind", "done"), [("reset", 0), ("lost", 1)])
def test_given_cut_line_when_called_then_no_reply_comes_and_only_a_lost_call_was_done(
    slack: Playground, client: WebClient, kind: str, done: int
) -> None:
    before = posted(slack)
    slack.fault("chat.postMessage", kind)
    with pytest.raises(NOTHING_CAME):
        client.chat_postMessage(**WHERE)
    assert posted(slack) == before + done
    client.chat_postMessage(**WHERE)


def test_given_slow_fault_when_called_then_done_after_that_time(slack: Playground, client: WebClient) -> None:
    slack.fault("*", "slow", seconds=0.4)
    began = time.monotonic()
    client.chat_postMessage(**WHERE)
    assert time.monotonic() - began >= 0.4


def test_given_upload_and_response_url_faults_when_used_then_they_fail_too(
    slack: Playground, client: WebClient
) -> None:
    slack.fault("upload", "reset")
    with pytest.raises(NOTHING_CAME):
        client.files_upload_v2(channel="C0DRAFTS", content="x", filename="x.md")
    slack.fault("response_url", "internal_error")
    with pytest.raises(NotAllowedError, match="internal_error"):
        slack.call("POST", "respond/none", json={})


def test_given_dice_when_thrown_with_one_seed_then_the_same_calls_fail_each_time(
    slack: Playground, client: WebClient
) -> None:
    def schedule(seed: int) -> list[str]:
        slack.clear_faults()
        slack.fault("auth.test", "internal_error", times=100, chance=0.4, seed=seed)
        slack.fault("auth.test", "html", times=100, chance=0.4, seed=seed + 1)
        for _ in range(20):
            with suppress(SlackApiError):
                client.auth_test()
        return [call["fault"] for call in slack.calls("auth.test")[-20:]]

    first = schedule(1)
    assert set(first) == {"", "internal_error", "html"}
    assert schedule(1) == first != schedule(3)


@pytest.mark.parametrize(
    "wrong", [{"method": "chat.sing"}, {"kind": "tired"}, {"times": 0}, {"seconds": -1}, {"chance": 0}, {"colour": 1}]
)
def test_given_wrong_fault_when_ordered_then_refused(slack: Playground, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAllowedError, match="invalid_arguments"):
        slack.fault(**wrong)


def test_given_faults_and_switches_when_everything_is_as_usual_then_nothing_is_left_of_them(slack: Playground) -> None:
    usual = slack.switch()
    for kind in KINDS:
        slack.fault(kind=kind)
    slack.switch(rate_limits=True, delivery_delay=1.0, drop_acks=2)
    assert [fault["kind"] for fault in slack.faults()] == list(KINDS)
    slack.usual()
    assert slack.faults() == [] and slack.switch() == usual
