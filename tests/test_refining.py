"""A reply in a draft's thread: it makes the next version from the conversation, or it is none of our business."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import BoltContext
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.conversation import conversation, fitting
from bot.intake import Office, again, in_thread
from bot.listeners.asking import take
from bot.messages import say
from bot.playground.member import Member
from bot.refining import asks_nothing, stops
from curation.house import House
from db.claims import claim_request
from db.errors import InputError
from db.people import person
from db.session import transaction
from db.settings import Settings
from db.tables import Draft, Event, Feedback, Person, Request
from tests import rows
from tests.bot_parts import TEAM, Bench, Json
from tests.rows import fresh

pytest_plugins = ["tests.bot_bench"]
US, CHANNEL, ROOT = "U0DRAFTBOT", "C0CHOAN", "1700000000.000100"
TOPIC = "여름 음료 블로그, 동네 직장인 대상"


# ---- in Slack, with the whole bot


def versions(bench: Bench, root: str) -> list[Request]:
    return bench.rows(Request, Request.thread_ts == root)


def finished(bench: Bench, root: str, count: int) -> list[Request]:
    """Waits until a thread has this many finished versions."""

    def done() -> list[Request]:
        found = [row for row in versions(bench, root) if row.state == "done"]
        return found if len(found) == count else []

    return bench.slack.wait_for(done, 60)


def asked(bench: Bench, who: Member, topic: str = TOPIC) -> str:
    root = who.mention("초안", topic)
    finished(bench, root, 1)
    return root


def quiet(bench: Bench) -> None:
    """Waits until every event is acked, and so taken."""
    bench.slack.wait_for(lambda: bench.slack.health()["unacked"] == 0)


def test_given_a_draft_when_people_reply_in_its_thread_then_versions_follow_each_other_with_the_whole_conversation(
    bench: Bench,
) -> None:
    mina, junho = bench.member("mina"), bench.member("junho")
    root = asked(bench, mina)
    mina.say("초안", "더 부드럽게", thread_ts=root)
    finished(bench, root, 2)
    junho.mention("초안", "가격 3,000원 추가", thread_ts=root)
    first, second, third = finished(bench, root, 3)

    assert [row.source for row in (first, second, third)] == ["mention", "refine", "refine"]
    assert [row.version for row in (first, second, third)] == [1, 2, 3]
    assert [row.refines for row in (first, second, third)] == [None, first.id, second.id]
    assert [(row.task, row.language, row.fields) for row in (second, third)] == [("blog", "ko", first.fields)] * 2
    with transaction(bench.engine) as session:
        assert session.get_one(Person, third.person_id).user_id == junho.id  # team work, each in their own name
        drafts = [session.get_one(Draft, row.id) for row in (first, second, third)]
        signals = session.exec(select(Feedback).where(col(Feedback.draft_id).in_([first.id, second.id]))).all()
    assert [(row.kind, row.draft_id, row.person_id, row.way) for row in signals] == [
        ("refine", first.id, second.person_id, "reply"),
        ("refine", second.id, third.person_id, "reply"),
    ]
    one, two, three = drafts
    turns = [
        *one.messages[1:],
        {"role": "assistant", "content": one.text},
        {"role": "user", "content": "더 부드럽게"},
        {"role": "assistant", "content": two.text},
        {"role": "user", "content": "가격 3,000원 추가"},
    ]
    house = bench.house.tasks["blog"]
    assert three.messages == three.long_prompt == [{"role": "system", "content": house.long["ko"].strip()}, *turns]
    assert three.short_prompt == [{"role": "system", "content": house.short["ko"].strip()}, *turns]
    assert len(bench.answers(mina, "초안", root)) >= 1


def test_given_replies_that_wish_for_nothing_when_they_come_then_no_version_follows(bench: Bench) -> None:
    mina, before = bench.member("mina"), bench.newest(Request)
    root = asked(bench, mina)
    for words in ("감사합니다!", "@junho 이거 어때요?", ":+1: 좋아요"):
        mina.say("초안", words, thread_ts=root)
    mina.upload("초안", "mine.md", "고친 글".encode(), thread_ts=root)
    assert bench.told(mina, "초안", say("ko", "file_hint"))
    quiet(bench)
    assert [row.thread_ts for row in bench.rows(Request, col(Request.id) > before)] == [root]


def test_given_a_discussion_that_named_the_bot_once_when_it_goes_on_then_only_what_names_it_counts(
    bench: Bench,
) -> None:
    mina = bench.member("mina")
    root = mina.say("초안", "이번 주에 쓸 글을 정해요.")
    mina.mention("초안", TOPIC, thread_ts=root)
    finished(bench, root, 1)
    mina.say("초안", "조금 짧았으면 좋겠네요", thread_ts=root)
    quiet(bench)
    assert len(versions(bench, root)) == 1
    mina.mention("초안", "조금 짧게", thread_ts=root)
    assert [row.text for row in finished(bench, root, 2)][1] == "조금 짧게"


@pytest.mark.parametrize("way", ["dm", "command"])
def test_given_a_draft_that_began_its_thread_when_somebody_replies_below_it_then_it_is_refined(
    bench: Bench, way: str
) -> None:
    sara, before = bench.member("sara"), bench.newest(Request)
    if way == "dm":
        root = sara.dm("summer drinks blog post")
        finished(bench, root, 1)
    else:
        sara.command("/draft", "summer drinks blog post", "drafts")
        (first,) = bench.slack.wait_for(
            lambda: bench.rows(Request, col(Request.id) > before, Request.state == "done"), 60
        )
        root = first.message_ts or ""
    sara.say("dm" if way == "dm" else "drafts", "shorter, in Korean", thread_ts=root)
    refined = bench.slack.wait_for(lambda: [row for row in versions(bench, root) if row.source == "refine"], 60)[0]
    bench.slack.wait_for(lambda: bench.rows(Request, Request.id == refined.id, Request.state == "done"), 60)
    assert (refined.version, refined.language, refined.text) == (2, "ko", "shorter, in Korean")
    sara.dm("autumn menu blog post")  # outside the thread it is a wish of its own
    own = bench.slack.wait_for(lambda: bench.rows(Request, col(Request.id) > refined.id), 60)[0]
    assert (own.source, own.version, own.refines) == ("dm", 1, None)


def test_given_words_for_the_bot_in_a_thread_when_it_is_mentioned_then_they_are_answered_and_refine_nothing(
    bench: Bench,
) -> None:
    mina, sara = bench.member("mina"), bench.member("sara")
    bench.speak("mina", "ko")
    root = asked(bench, mina)
    mina.mention("초안", "되돌리기", thread_ts=root)
    assert bench.told(mina, "초안", say("ko", "operators_only"))  # a refusal is for the person's eyes only
    number = versions(bench, root)[0].id
    mina.mention("초안", f"추적 {number}", thread_ts=root)
    bench.slack.wait_for(lambda: any(m["text"].startswith(f"*draft {number}*") for m in mina.thread("초안", root)))
    sara.mention("초안", "rollback", thread_ts=root)
    bench.slack.wait_for(lambda: say("en", "nothing_to_roll_back") in [m["text"] for m in sara.thread("초안", root)])
    mina.mention("초안", "그만", thread_ts=root)
    assert bench.told(mina, "초안", say("ko", "nothing_to_stop"))
    assert len(versions(bench, root)) == 1


# ---- rules, without Slack


@pytest.fixture
def office(engine: Engine, house: House) -> Office:
    return Office(engine, house, Settings())


def event(kind: str, text: str, ts: str, **more: object) -> Json:
    """One delivery of a reply in our thread."""
    said = {"type": kind, "user": "U0MINA", "channel": CHANNEL, "text": text, "ts": ts, "thread_ts": ROOT}
    return {"team_id": TEAM, "event_id": fresh(), "event": {**said, **more}}


def hear(office: Office, body: Json) -> object:
    context = BoltContext({"team_id": TEAM, "user_id": body["event"]["user"], "bot_user_id": US})
    return take(office, context, body["event"], body)


def first(session: Session, **more: Any) -> Request:
    """The request that began our thread, by a person we may learn from."""
    who = person(session, TEAM, "U0MINA")
    who.guest, who.consent = False, "granted"
    place = {"team_id": TEAM, "channel_id": CHANNEL, "thread_ts": ROOT, "key": f"{TEAM}:{CHANNEL}:{ROOT}"}
    return rows.request(session, person_id=who.id, **{**place, **more})


def thread(office: Office) -> list[Request]:
    with transaction(office.engine) as session:
        return in_thread(session, TEAM, CHANNEL, ROOT)[::-1]


@given(
    order=st.permutations([(m, k) for m in range(3) for k in ("app_mention", "message")] * 2),
    threads=st.sampled_from([1, 4]),
)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_given_any_order_of_any_duplicates_of_replies_when_taken_then_each_is_one_version(
    office: Office, order: list[tuple[int, str]], threads: int
) -> None:
    root = f"17{fresh()[:8]}.1"
    with transaction(office.engine) as session:
        first(session, thread_ts=root, key=f"{TEAM}:{CHANNEL}:{root}", state="done")
        parent = session.exec(select(Request).where(Request.thread_ts == root)).one()
        rows.draft(session, parent)

    def deliver(one: tuple[int, str]) -> None:
        body = event(one[1], f"<@{US}> shorter {one[0]}", f"{root}{one[0]}", thread_ts=root)
        hear(office, body | {"event_id": f"{root}:{one}"})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(deliver, order))
    with transaction(office.engine) as session:
        found = in_thread(session, TEAM, CHANNEL, root)[::-1]
        signals = session.exec(select(Feedback).where(Feedback.draft_id == parent.id)).all()
    assert sorted(row.text for row in found[1:]) == [f"shorter {n}" for n in range(3)]
    assert [row.version for row in found] == [1, 2, 3, 4]
    assert [row.refines for row in found] == [None, *(row.id for row in found[:-1])]
    assert len(signals) == 1  # the others refine what nobody has seen yet


def test_given_a_draft_under_way_when_it_is_refined_then_the_refinement_waits_and_falls_back_if_it_fails(
    office: Office, house: House
) -> None:
    with transaction(office.engine) as session:
        number = first(session).id
        other = rows.request(session, channel_id="C9", thread_ts="", key=fresh()).id
    hear(office, event("message", "더 짧게", "1700000001.1"))
    hear(office, event("message", "존댓말로", "1700000002.1"))
    with transaction(office.engine) as session:
        assert [claim_request(session, "w", 60).id for _ in range(2)] == [number, other]  # type: ignore[union-attr]
        assert claim_request(session, "w", 60) is None  # in order
    one, two, three = thread(office)
    assert [two.refines, three.refines] == [one.id, two.id]
    with transaction(office.engine) as session:
        session.get_one(Request, one.id).state = "failed"
        session.get_one(Request, two.id).state = "failed"
        with pytest.raises(InputError, match="Ask again"):
            conversation(session, house, three, 2048)
        rows.draft(session, session.get_one(Request, one.id), text="첫 글")
        turns = conversation(session, house, three, 2048).short
    assert [turn["content"] for turn in turns[2:]] == ["첫 글", "존댓말로"]


def test_given_a_refined_draft_when_written_again_then_it_is_the_same_conversation_with_the_next_number(
    office: Office, house: House
) -> None:
    with transaction(office.engine) as session:
        rows.draft(session, first(session, state="done"), text="첫 글")
    hear(office, event("message", "더 짧게", "1700000001.1"))
    one, two = thread(office)
    with transaction(office.engine) as session:
        rows.draft(session, session.get_one(Request, two.id), text="둘째 글")
        who = person(session, TEAM, "U0JUNHO")
        again(session, two.id or 0, who, "again:1")
        fresh_one = in_thread(session, TEAM, CHANNEL, ROOT)[0]
        prompts = [conversation(session, house, row, 2048) for row in (two, fresh_one)]
    assert (fresh_one.version, fresh_one.regenerates, fresh_one.refines) == (3, two.id, one.id)
    assert prompts[0] == prompts[1]


def declined(session: Session) -> None:
    person(session, TEAM, "U0JUNHO").consent = "declined"


def guest(session: Session) -> None:
    person(session, TEAM, "U0JUNHO").guest = True


def not_collected(session: Session) -> None:
    session.exec(select(Request).where(Request.thread_ts == ROOT)).one().collect = False


@pytest.mark.parametrize("unwilling", [declined, guest, not_collected, None])
def test_given_whoever_does_not_let_us_learn_when_they_are_in_the_chain_then_the_next_version_is_not_collected(
    office: Office, unwilling: Callable[[Session], None] | None
) -> None:
    with transaction(office.engine) as session:
        rows.draft(session, first(session, state="done"))
        if unwilling:
            unwilling(session)
    hear(office, event("message", "더 짧게", "1700000001.1", user="U0JUNHO"))
    hear(office, event("message", "조금 길게", "1700000002.1") | {"is_ext_shared_channel": True})
    _, two, three = thread(office)
    assert (two.collect, three.collect) == (unwilling is None, False)


@pytest.mark.parametrize(
    "body",
    [
        event("message", "", "1700000001.1", files=[]),
        event("message", "고마워요", "1700000001.1"),
        event("message", "<@U0EUN> 한번 봐 주세요", "1700000001.1"),
        event("message", "<!here> 봐 주세요", "1700000001.1"),
        event("message", "더 짧게", "1700000001.1", thread_ts="1600000000.1"),
        event("message", "더 짧게", "1700000001.1", channel="C9"),
    ],
)
def test_given_a_reply_that_is_not_for_us_when_heard_then_nothing_is_written(office: Office, body: Json) -> None:
    with transaction(office.engine) as session:
        rows.draft(session, first(session, state="done"))
    assert hear(office, body) is None
    with transaction(office.engine) as session:
        assert len(session.exec(select(Request)).all()) == 1
        assert session.exec(select(Feedback)).all() == []
        if body["event"]["text"] not in ("", "고마워요"):
            assert session.exec(select(Event)).all() == []  # not even that it was said


def test_given_an_open_request_when_its_thread_says_stop_then_it_is_stopped(office: Office) -> None:
    with transaction(office.engine) as session:
        first(session)
    assert hear(office, event("message", "그만!", "1700000001.1", user="U0JUNHO")) == ("nothing_to_stop", "", "ko")
    assert thread(office)[0].state == "queued"
    assert hear(office, event("message", "그만!", "1700000002.1")) is None
    assert [row.state for row in thread(office)] == ["cancelled"]


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("감사합니다 ㅎㅎ", True),
        ("네, 좋아요! :pray::skin-tone-2:", True),
        ("👍🏻", True),
        ("Thanks a lot, looks good", True),
        ("ok", True),
        ("good but shorter", False),
        ("goods list please", False),
        ("좋아요 근데 조금 짧게", False),
        ("예시 추가", False),
        ("네이버 블로그용으로", False),
        ("okay로 바꿔", False),
    ],
)
def test_given_a_courtesy_when_read_then_it_asks_for_nothing_and_a_wish_does(text: str, nothing: bool) -> None:
    assert asks_nothing(text) is nothing


@pytest.mark.parametrize(("text", "stop"), [("stop", True), ("그만!", True), ("멈춰", True), ("stop signs", False)])
def test_given_a_word_when_it_is_all_that_was_said_then_it_stops(text: str, stop: bool) -> None:
    assert stops(text) is stop


@given(st.lists(st.text(max_size=50), min_size=1, max_size=8), st.integers(0, 400))
def test_given_a_long_conversation_when_fitted_then_request_newest_version_and_wish_stay_in_order(
    texts: list[str], room: int
) -> None:
    turns = [{"role": "user", "content": "주제"}]
    for i, text in enumerate(texts):
        turns += [{"role": "assistant", "content": f"{i}{text}"}, {"role": "user", "content": f"wish {i}"}]
    kept = fitting(turns, room)
    assert kept[0] == turns[0] and kept[-2:] == turns[-2:]
    assert [turn["role"] for turn in kept] == ["user", *["assistant", "user"] * (len(kept) // 2)]
    assert [turn for turn in turns if turn in kept] == kept
    if len(kept) > 3:
        assert sum(len(turn["content"].encode()) for turn in kept) <= room
    if len(kept) < len(turns):  # and no version left out would have fitted
        one_more = [turns[0], *turns[len(turns) - len(kept) - 1 :]]
        assert sum(len(turn["content"].encode()) for turn in one_more) > room
