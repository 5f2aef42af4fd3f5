"""Asking for a draft in Slack: by mention, direct message or command, in Korean or English; one answer to each."""

import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import BoltContext
from sqlalchemy import Engine, text
from sqlmodel import col, select

from bot.intake import Office
from bot.listeners.asking import first_asking, take
from bot.messages import say
from bot.playground.member import Member
from bot.text import safe
from curation.house import House
from db.session import transaction
from db.settings import Settings
from db.tables import Draft, Request
from tests.bot_parts import DRAFTS, TEAM, Bench, Json, actions, shown
from tests.rows import fresh

pytest_plugins = ["tests.bot_bench"]
TOPICS = {"ko": "여름 음료 블로그, 동네 직장인 대상", "en": "summer drinks blog post, for office workers"}
BUTTONS = ["draft_feedback", "draft_accept", "draft_edit", "draft_regenerate", "draft_download"]


def by_mention(who: Member, channel: str, words: str) -> str:
    return who.mention(channel, words)


def by_message(who: Member, channel: str, words: str) -> str:
    return who.dm(words)


def by_command(who: Member, channel: str, words: str) -> str:
    who.command("/draft", words, channel)
    return ""


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("asked", [by_mention, by_message, by_command])
def test_given_a_topic_when_asked_then_one_answer_stands_whole_with_its_buttons(
    bench: Bench, asked: Callable[[Member, str, str], str], language: str
) -> None:
    who = bench.member("mina" if language == "ko" else "sara")
    channel = "dm" if asked is by_message else DRAFTS[language]
    before = bench.newest(Request)
    thread = asked(who, channel, TOPICS[language])
    request = bench.slack.wait_for(lambda: bench.rows(Request, col(Request.id) > before, Request.state == "done"), 60)[
        0
    ]

    answers = [m for m in bench.answers(who, channel, thread) if m["metadata"]["event_payload"]["draft_id"] > before]
    (answer,) = answers
    (draft,) = bench.rows(Draft, Draft.id == request.id)
    assert answer["metadata"] == {"event_type": "draft", "event_payload": {"draft_id": request.id}}
    assert answer.get("thread_ts", "") == thread
    assert shown(answer, "markdown") == [safe(draft.text)]
    assert actions(answer) == BUTTONS

    (line,) = shown(answer, "context")
    task = bench.house.tasks[request.task].name[language]
    words = [task, say(language, "base_model"), say(language, "draft_number", id=request.id), say(language, "toy")]
    assert line == " · ".join(words)
    assert (request.language, request.text, request.source) == (
        language, TOPICS[language], {by_mention: "mention", by_message: "dm", by_command: "command"}[asked],
    )  # fmt: skip


def test_given_a_thread_in_a_channel_when_the_bot_is_mentioned_in_a_reply_then_it_answers_there(bench: Bench) -> None:
    junho = bench.member("junho")
    root = junho.say("초안", "이번 주에 쓸 글을 정해요.")
    junho.mention("초안", "도서관 야간 개방 블로그", thread_ts=root)
    answer = bench.answer(junho, "초안", root)
    assert answer["thread_ts"] == root
    assert len(bench.answers(junho, "초안", root)) == 1


def test_given_a_person_who_only_uses_the_command_when_first_asking_then_they_are_asked_about_learning_once(
    bench: Bench,
) -> None:
    eun, before = bench.member("eun"), bench.newest(Request)
    bench.speak("eun", "ko")
    for _ in range(2):
        eun.command("/draft", "summer drinks blog post", "drafts")
    asked = bench.slack.wait_for(lambda: [m for m in eun.history("drafts") if "consent_yes" in actions(m)])
    bench.slack.wait_for(lambda: len(bench.rows(Request, col(Request.id) > before, Request.state == "done")) == 2, 60)
    assert [(m["viewer"], m["text"]) for m in asked] == [(eun.id, say("en", "consent"))]
    eun.click(asked[0]["ts"], "consent_yes", channel="drafts")
    assert bench.told(eun, "drafts", say("en", "consent_kept"))


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("도움말", say("ko", "help")),
        ("help", say("en", "help")),
        ("상태", "요청 "),
        ("Status", ""),
        ("", say("ko", "no_topic")),
        ("?", say("ko", "help")),
    ],
)
def test_given_a_word_about_the_bot_when_delivered_twice_then_one_answer_and_no_request(
    bench: Bench, words: str, starts: str
) -> None:
    eun, before = bench.member("eun"), bench.newest(Request)
    bench.speak("eun", "ko")
    bench.slack.switch(duplicate_deliveries=True)
    alone = len(bench.whispers(eun, "초안"))
    thread = eun.mention("초안", words)

    def said() -> list[str]:
        return [m["text"] for m in eun.thread("초안", thread)[1:]] + bench.whispers(eun, "초안")[alone:]

    bench.slack.wait_for(lambda: said() and bench.slack.health()["unacked"] == 0)
    (answer,) = said()
    assert answer.startswith(starts)
    if words == "Status":
        assert "in review" in answer and "Serving: " in answer
    assert bench.newest(Request) == before


def event(kind: str = "app_mention", ts: str = "", event_id: str = "", **more: object) -> Json:
    """One delivery of one event, as Slack sends it."""
    said = {"type": kind, "user": "U0MINA", "channel": "C0CHOAN", "text": "여름 음료", "ts": ts or f"1.{fresh()[:9]}"}
    who = {"team_id": TEAM, "enterprise_id": None, "user_id": "U0DRAFTBOT", "is_bot": True}
    body = {"type": "event_callback", "team_id": TEAM, "event_id": event_id or fresh(), "authorizations": [who]}
    return {**body, "event": {**said, **more}}


@pytest.mark.parametrize(
    "body",
    [
        event("message", channel_type="im", subtype="message_changed", message={"text": "x"}),
        event("message", channel_type="im", subtype="message_deleted"),
        event("message", channel_type="channel", subtype="channel_join"),
        event("message", channel_type="im", bot_id="B1"),
        event("message", channel_type="channel"),
        event("app_mention", bot_id="B1"),
        event("app_mention", user="U0DRAFTBOT"),
        event(
            "reaction_added",
            reaction="eyes",
            item={"type": "message", "channel": "C0CHOAN", "ts": "1.1"},
            event_ts="2.1",
        ),
        event("app_home_opened"),
    ],
    ids=lambda body: "-".join(str(body["event"].get(k)) for k in ("type", "subtype", "channel_type", "user")),
)
def test_given_what_is_no_request_when_delivered_then_it_is_acked_and_nothing_is_written(
    bench: Bench, body: Json
) -> None:
    before = bench.newest(Request)
    assert bench.deliver(body) == 200
    assert bench.newest(Request) == before


def test_given_an_event_when_it_is_acked_then_its_request_is_stored_already(bench: Bench) -> None:
    first = event(ts="1700000000.000100")
    assert bench.deliver(first, {"x-slack-retry-num": "0"}) == 200
    wanted = Request.key == f"{TEAM}:C0CHOAN:1700000000.000100"
    assert len(bench.rows(Request, wanted)) == 1
    assert bench.deliver(first, {"x-slack-retry-num": "1", "x-slack-retry-reason": "timeout"}) == 200
    assert len(bench.rows(Request, wanted)) == 1


def test_given_every_kind_of_duplicate_when_slack_repeats_itself_then_one_answer_stands_in_the_thread(
    bench: Bench,
) -> None:
    junho, before = bench.member("junho"), bench.newest(Request)
    bench.slack.switch(
        duplicate_deliveries=True, message_first=True, ack_seconds=0.4, drop_acks=3, retry_delays=(0.0, 0.2, 0.2)
    )
    thread = junho.mention("초안", "카페 대표 메뉴 소개 SNS 글")
    bench.answer(junho, "초안", thread)
    bench.slack.wait_for(lambda: bench.slack.health()["unacked"] == 0)
    sent = [e for e in bench.slack.log()["envelopes"] if e["payload"].get("event", {}).get("ts") == thread]
    assert len(sent) >= 6 and max(e["retry_attempt"] for e in sent) >= 1
    (request,) = bench.rows(Request, col(Request.id) > before)
    bench.slack.wait_for(lambda: bench.rows(Request, Request.id == request.id, Request.state == "done"))
    assert len(bench.answers(junho, "초안", thread)) == 1


DELIVERIES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["app_mention", "message"])), max_size=10).flatmap(
    lambda repeats: st.permutations([*((m, k) for m in range(3) for k in ("app_mention", "message")), *repeats])
)


@given(order=DELIVERIES, threads=st.sampled_from([1, 4]))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_given_any_order_of_any_duplicates_when_taken_by_any_threads_then_each_message_is_one_request(
    engine: Engine, house: House, order: list[tuple[int, str]], threads: int
) -> None:
    office, run = Office(engine, house, Settings()), fresh()
    context = BoltContext({"team_id": TEAM, "user_id": "U0MINA"})

    def deliver(one: tuple[int, str]) -> str:
        number, way = one
        body = event(way, f"{run}.{number}", f"{run}:{number}:{way}", channel_type="im")
        kind, *_ = take(office, context, body["event"], body) or ("",)
        return "" if kind == "consent" and not first_asking(office, context) else kind

    with ThreadPoolExecutor(threads) as pool:
        said = [kind for kind in pool.map(deliver, order) if kind]
    with transaction(engine) as session:
        keys = session.exec(select(Request.key).where(col(Request.key).contains(run))).all()
    assert sorted(keys) == [f"{TEAM}:C0CHOAN:{run}.{number}" for number in range(3)]
    assert said in ([], ["consent"])  # and the question about learning is asked once in a life


PINGS = "쉬는 <!channel> 날 <@U0EUN> 에는 @here 와 @Everyone <#C0REVIEW> <!subteam^S1|team> 이 있어요."


def test_given_a_draft_full_of_pings_when_shown_then_nobody_is_pinged_and_nothing_unfurls(bench: Bench) -> None:
    answer, _ = bench.draft(PINGS)
    assert shown(answer, "markdown") == [safe(PINGS)]
    log = bench.slack.log()["calls"]
    sent = [c["args"] for c in log if c["method"].startswith("chat.") and c["method"] != "chat.delete"]
    assert sent
    for args in sent:
        said = json.dumps([args.get("text"), args.get("blocks")], ensure_ascii=False)
        assert not re.search(r"<[!@#]|@(here|channel|everyone|subteam)\b", said, re.IGNORECASE)
    for call in (c["args"] for c in log if c["method"] == "chat.postMessage"):
        assert str(call["unfurl_links"]).lower() == str(call["unfurl_media"]).lower() == "false"


def test_given_a_broken_database_when_somebody_asks_then_they_read_one_sentence_and_logs_hold_no_text(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    junho, before = bench.member("junho"), bench.newest(Request)
    caplog.set_level(logging.INFO)
    with bench.engine.begin() as connection:
        connection.execute(text("ALTER TABLE person RENAME TO lost"))
    try:
        junho.mention("초안", "비밀스러운 신제품 블로그")
        told = bench.slack.wait_for(lambda: [w for w in bench.whispers(junho, "초안") if "번호" in w])[0]
    finally:
        with bench.engine.begin() as connection:
            connection.execute(text("ALTER TABLE lost RENAME TO person"))
    number = re.search(r"번호 (\w+)", told)
    assert number and told == say("ko", "trouble", id=number[1]) + "\n" + say("en", "trouble", id=number[1])
    assert number[1] in caplog.text
    assert "비밀" not in caplog.text and "Traceback" not in caplog.text and "INSERT" not in caplog.text
    assert bench.newest(Request) == before

    thread = junho.mention("초안", "신제품 블로그")  # and the bot goes on
    assert bench.answer(junho, "초안", thread)
