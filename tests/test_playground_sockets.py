"""In: a Bolt app and broken lines. Out: proof that Socket Mode delivers, retries and reconnects as Slack does."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from slack_sdk import WebClient
from websockets.sync.client import connect

from bot.playground.server import Playground
from tests.playground_desk import Desk


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def desk(slack: Playground) -> Iterator[Desk]:
    app = Desk(slack)
    app.handler.connect()
    slack.wait_connected()
    yield app
    app.stop()


def test_given_one_mention_when_switched_then_both_events_come_in_either_order(slack: Playground, desk: Desk) -> None:
    slack.switch(ack_seconds=60.0)  # a busy machine must not look like an app that is away
    mina = slack.as_member("mina")
    for first in (False, True):
        slack.switch(message_first=first)
        ts = mina.mention("drafts", "hello")
        kinds = [
            e["payload"]["event"]["type"]
            for e in slack.log()["envelopes"]
            if e["type"] == "events_api" and e["payload"]["event"].get("ts") == ts
        ]
        assert kinds == (["message", "app_mention"] if first else ["app_mention", "message"])
    ids = {e["payload"]["event_id"] for e in slack.log()["envelopes"]}
    assert len(ids) == len(slack.log()["envelopes"])


def test_given_slow_listener_when_not_acked_then_same_event_comes_again_marked_as_retry(slack: Playground) -> None:
    slack.switch(ack_seconds=0.3, retry_delays=[0.0, 0.1, 0.1])
    desk = Desk(slack)
    slack.switch(drop_acks=1)
    mina = slack.as_member("mina")
    mina.dm("before anybody listens")
    assert slack.health()["unacked"] == 1
    desk.handler.connect()
    try:
        first, second = slack.wait_for(lambda: len(desk.bodies) >= 2 and desk.got("message"))[:2]
        assert first["event_id"] == second["event_id"]
        assert [h["x-slack-retry-num"] for h in desk.headers[:2]] == [["0"], ["1"]]
        slack.wait_for(lambda: slack.health()["unacked"] == 0)
    finally:
        desk.stop()


def test_given_doubled_deliveries_when_said_then_two_envelopes_carry_one_event(slack: Playground, desk: Desk) -> None:
    slack.switch(duplicate_deliveries=True)
    slack.as_member("sara").dm("once")
    bodies = slack.wait_for(lambda: len(desk.got("message")) >= 2 and desk.got("message"))
    assert bodies[0]["event_id"] == bodies[1]["event_id"]


def test_given_connections_cut_or_refreshed_when_said_then_bolt_reconnects_and_nothing_is_lost(
    slack: Playground, desk: Desk
) -> None:
    mina = slack.as_member("mina")
    for n, break_it in enumerate((slack.refresh_sockets, slack.cut_sockets)):
        break_it()
        mina.dm(f"number {n}")
        slack.wait_for(lambda n=n: f"number {n}" in [b["event"]["text"] for b in desk.got("message")], 20)
    assert slack.log()["lost"] == []


def test_given_ten_connections_when_an_eleventh_opens_then_it_is_refused(slack: Playground) -> None:
    client = WebClient(base_url=slack.api_url)
    with ExitStack() as stack:
        hellos = []
        for _ in range(11):
            url = client.apps_connections_open(app_token=slack.app_token)["url"]
            hellos.append(json.loads(stack.enter_context(connect(url)).recv(5)))
    assert [h["type"] for h in hellos] == ["hello"] * 10 + ["disconnect"]
    assert hellos[-1]["reason"] == "too_many_websockets"


def test_given_two_connections_when_events_come_then_each_goes_to_one(slack: Playground) -> None:
    slack.switch(ack_seconds=60.0)
    desks = [Desk(slack) for _ in range(2)]
    for desk in desks:
        desk.handler.connect()
    try:
        slack.wait_for(lambda: slack.health()["connected"] == 2)
        for n in range(6):
            slack.as_member("mina").dm(f"{n}")
        slack.wait_for(lambda: sum(len(d.got("message")) for d in desks) == 6)
        assert {len(d.got("message")) for d in desks} == {3}
    finally:
        for desk in desks:
            desk.stop()
