"""HTTP mode: only Slack is listened to, every event becomes one row before it is acked, and all that people do arrives."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.playground.http_delivery import signature
from bot.playground.server import Playground
from bot.transports import check
from bot.web.signed import MOST
from curation.house import House
from db.errors import SettingsError
from db.tables import Person, Request
from tests.bot_parts import actions
from tests.http_bot import HttpBot, free_port, http_bot, mention, now, settings_of
from tests.test_processes import PATIENCE, Place


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def bot(slack: Playground, sqlite_engine: Engine, house: House, tmp_path: Path) -> Iterator[HttpBot]:
    with http_bot(slack, sqlite_engine, house, tmp_path) as running:
        yield running


def stale(body: bytes, bot: HttpBot, seconds: int) -> dict[str, str]:
    return signature(bot.settings.slack_signing_secret.get_secret_value(), body, now() + seconds)


def test_given_whoever_is_not_slack_when_posting_then_401_and_nothing_is_kept(bot: HttpBot) -> None:
    body = mention()
    good = stale(body, bot, 0)["x-slack-signature"]
    forged: list[dict[str, Any]] = [
        {"x_slack_signature": ""},
        {"x_slack_request_timestamp": ""},
        {"x_slack_signature": "", "x_slack_request_timestamp": ""},
        {"x_slack_signature": "v0=" + "0" * 64},
        {"x_slack_signature": good.replace("v0=", "v1=")},
        {"x_slack_signature": "v0=서명".encode()},
        {"x_slack_signature": b"v0=\xff\xfe"},
        {"x_slack_request_timestamp": "yesterday"},
        {"x_slack_request_timestamp": str(now()) + ".5"},
        {"x_slack_request_timestamp": "١٢٣".encode()},
        {"x_slack_request_timestamp": "9" * 400},
        {"x_slack_request_timestamp": "9" * 5_000},
        {"x_slack_request_timestamp": "-1"},
        {"x_slack_request_timestamp": "nan"},
        stale(body, bot, -301),
        stale(body, bot, 302),
        stale(mention("다른 글"), bot, 0),
    ]
    answers = [bot.send(body, **{k.replace("-", "_"): v for k, v in headers.items()}) for headers in forged]
    assert [answer.status_code for answer in answers] == [401] * len(forged)
    assert {answer.text for answer in answers} == {'{"detail":"Unauthorized"}'}
    assert bot.rows(Request) == [] == bot.rows(Person)
    assert bot.send(body, **{k.replace("-", "_"): v for k, v in stale(body, bot, -290).items()}).status_code == 200
    assert len(bot.rows(Request)) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.binary(max_size=80), st.binary(max_size=200))
def test_given_any_headers_and_body_when_unsigned_then_401(
    bot: HttpBot, moment: bytes, name: bytes, body: bytes
) -> None:
    plain = [bytes(sign for sign in header if sign >= 32 and sign != 127).strip() or b"x" for header in (moment, name)]
    answer = bot.send(body, x_slack_request_timestamp=plain[0], x_slack_signature=plain[1])
    assert answer.status_code == 401


def test_given_slack_when_it_checks_the_address_then_it_is_answered(bot: HttpBot) -> None:
    asked = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"}).encode()
    answer = bot.send(asked)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})
    assert bot.web.get("/healthz").json() == {"ok": True}
    assert bot.web.get("/slack/install").status_code == 404  # one token in the settings: nothing to install


def test_given_bodies_that_are_no_payload_when_signed_then_refused_in_good_order(bot: HttpBot) -> None:
    assert bot.send(b'{"type": ').status_code == 400
    assert bot.send(b"\xff\xfe").status_code == 401
    assert bot.send(b'"' + b"x" * MOST + b'"').status_code == 413
    assert bot.send(mention()).status_code == 200


def test_given_one_event_when_delivered_again_and_at_once_then_one_row(bot: HttpBot) -> None:
    body = mention()
    assert bot.send(body).status_code == 200
    assert len(bot.rows(Request)) == 1  # before the ack, not some time after it
    codes: list[int] = []
    again = [
        threading.Thread(target=lambda n=n: codes.append(bot.send(body, x_slack_retry_num=str(n)).status_code))
        for n in (1, 2, 3)
    ]
    for thread in again:
        thread.start()
    for thread in again:
        thread.join()
    assert codes == [200, 200, 200] and len(bot.rows(Request)) == 1


def test_given_a_slack_that_answers_slowly_when_events_come_then_acks_do_not_wait_for_it(bot: HttpBot) -> None:
    bot.slack.call(
        "POST", "control/faults", json={"method": "chat.postMessage", "kind": "slow", "seconds": 3, "times": 9}
    )
    started = time.monotonic()
    for number in range(3):
        assert bot.send(mention("help", number)).status_code == 200
    took = time.monotonic() - started
    bot.slack.call("DELETE", "control/faults")
    assert took < 2


def test_given_people_in_slack_when_its_app_is_in_http_mode_then_all_they_do_arrives(bot: HttpBot) -> None:
    mina = bot.slack.as_member("mina")
    mina.mention("초안", "여름 음료 블로그")
    mina.dm("가을 축제 블로그")
    mina.command("/draft", "겨울 난로 블로그")
    bot.slack.wait_for(lambda: len(bot.rows(Request)) == 3)
    assert {row.source for row in bot.rows(Request)} == {"mention", "dm", "command"}
    mina.command("/flywheel", "status")
    bot.slack.wait_for(lambda: [m for m in mina.history("drafts") if m["viewer"]])  # the ack's own text
    seen = bot.slack.wait_for(
        lambda: [
            (place, m) for place in ("초안", "dm", "drafts") for m in mina.history(place) if m["viewer"] and actions(m)
        ]
    )
    place, question = seen[0]
    mina.click(question["ts"], actions(question)[0], channel=place)
    bot.slack.wait_for(lambda: [p for p in bot.rows(Person) if p.consent != "unasked"])


def test_given_an_app_that_is_away_when_it_comes_back_then_slacks_repeats_bring_what_happened(
    slack: Playground, sqlite_engine: Engine, house: House, tmp_path: Path
) -> None:
    port, mina = free_port(), slack.as_member("mina")
    slack.switch(request_url=f"http://127.0.0.1:{port}/slack/events", retry_delays=[0.2, 0.5, 2.0])
    mina.mention("초안", "여름 음료 블로그")
    with http_bot(slack, sqlite_engine, house, tmp_path, http_port=port) as bot:
        slack.wait_for(lambda: bot.rows(Request), 20)
        assert len(bot.rows(Request)) == 1
    slack.switch(retry_delays=[0.0, 60.0, 300.0])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"slack_signing_secret": ""}, "SLACK_SIGNING_SECRET is needed in HTTP mode"),
        ({"slack_signing_secret": "  "}, "SLACK_SIGNING_SECRET is needed in HTTP mode"),
        ({"slack_bot_token": ""}, "SLACK_BOT_TOKEN is needed"),
    ],
)
def test_given_http_mode_without_its_secrets_when_checked_then_a_sentence(
    slack: Playground, tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        check(settings_of(slack, tmp_path, **more))


def test_given_a_taken_port_when_listening_then_a_sentence(
    slack: Playground, sqlite_engine: Engine, house: House, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SettingsError, match="Nothing can listen at"),
            http_bot(slack, sqlite_engine, house, tmp_path, http_port=port),
        ):
            pass


def test_given_the_process_in_http_mode_when_told_to_stop_then_it_leaves_in_time_and_its_log_holds_no_texts(
    slack: Playground, tmp_path: Path
) -> None:
    place, port = Place(slack, tmp_path), free_port()
    http = {"FLYWHEEL_SLACK_MODE": "http", "FLYWHEEL_HTTP_PORT": str(port), "SLACK_APP_TOKEN": ""}
    bot: subprocess.Popen[bytes] = place.begin("bot", SLACK_SIGNING_SECRET=slack.signing_secret, **http)
    try:
        place.read("listening at")
        slack.switch(request_url=f"http://127.0.0.1:{port}/slack/events")
        ts = slack.as_member("mina").mention("초안", "비밀스런 여름 음료 블로그")
        place.read("bot ready")
        slack.wait_for(lambda: any(m.get("blocks") for m in slack.as_member("mina").thread("초안", ts)[1:]), PATIENCE)
        began = time.monotonic()
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(PATIENCE) == 0
        assert time.monotonic() - began < 10
        said = place.log.read_text(encoding="utf-8")
        assert "비밀스런" not in said and slack.signing_secret not in said and "Traceback" not in said
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    finally:
        slack.switch(request_url="")
        place.end()
