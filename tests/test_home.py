"""The App Home: what a person finds there, by value, on both databases, and in the running bot."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col

from bot.blocks.home import home
from bot.home import DraftLine, EditLine, Home, Wheel, home_of
from bot.messages import say
from bot.playground.view_check import check_view
from curation.house import House
from db.people import person
from db.session import transaction
from db.tables import Canvas, Draft, Person, Request, Review, now
from tests import rows
from tests.bot_parts import DRAFTS, TEAM, Bench, Json, actions

pytest_plugins = ["tests.bot_bench"]
WORKSPACE = "https://onbit.slack.com/"
EMPTY = Home("en", "unasked", False, Wheel(0, 100), {"blog": None})


def lines(view: Json) -> list[str]:
    """Every text of a page in order."""
    found = []
    for block in view.get("blocks", []):
        found += [e["text"] if isinstance(e["text"], str) else e["text"]["text"] for e in block.get("elements", [])]
        found += [block["text"]["text"]] if "text" in block else []
    return found


def test_given_nobody_has_done_anything_when_shown_then_the_page_invites_and_tells_what_writes(house: House) -> None:
    view = home(EMPTY, house)
    check_view(view, "home")
    assert lines(view) == [
        say("en", "home_hello"),
        "Ask for a draft",
        "My drafts",
        say("en", "home_no_drafts"),
        "What I contributed",
        say("en", "home_no_edits"),
        "Who writes now",
        "Blog post: base model",
        "0 of 100 texts approved since the last training",
        "My texts and learning",
        say("en", "privacy_unasked"),
        "Leave my texts out",
        "What is kept",
        "Delete my texts",
        say("en", "home_help"),
    ]
    assert actions(view) == ["home_draft", "privacy_off", "consent_details", "privacy_delete"]


def test_given_a_full_life_when_shown_then_every_line_says_what_became_of_it(house: House) -> None:
    page = Home(
        "ko",
        "granted",
        False,
        Wheel(23, 100, training=True, version=12, promoted=True),
        {"blog": 12, "sns": None},
        [
            DraftLine("blog", "여름 음료", 2, "accepted", f"{WORKSPACE}archives/C1/p1"),
            DraftLine("sns", "쿠키", 1, "", ""),
        ],
        [
            EditLine("여름 음료", "canvas"),
            EditLine("가을 음료", "in_review"),
            EditLine("겨울 음료", "taught", version=12, url=f"{WORKSPACE}archives/C1/p2"),
            EditLine("봄 음료", "rejected", note="가격이 달라요"),
            EditLine("차", "rejected"),
        ],
    )
    view = home(page, house, notice="바꿨어요")
    check_view(view, "home")
    shown = lines(view)
    assert shown[0] == "바꿨어요"
    assert "<https://onbit.slack.com/archives/C1/p1|여름 음료> · 블로그 글 · 2번째 판 · 그대로 썼어요" in shown
    assert "*쿠키* · SNS 게시물" in shown
    assert "*여름 음료* · 고치는 중이에요 · 아직 저장하지 않았어요" in shown
    assert "<https://onbit.slack.com/archives/C1/p2|겨울 음료> · 우리 말투 v12에 반영됐어요" in shown
    assert "*봄 음료* · 검토에서 빠졌어요: 가격이 달라요" in shown
    assert "*차* · 검토에서 빠졌어요: 검토자 메모 없음" in shown
    assert "블로그 글: 우리 말투 v12\nSNS 게시물: 기본 모델" in shown
    assert "지난 학습 뒤 통과한 글 23 / 100편 · 지금 학습하고 있어요 · v12 · 더 나아서 쓰고 있어요" in shown


@pytest.mark.parametrize(
    ("consent", "guest", "button", "words"),
    [
        ("granted", False, ["privacy_off"], "privacy_granted"),
        ("declined", False, ["privacy_on"], "privacy_declined"),
        ("granted", True, [], "privacy_guest"),
    ],
)
def test_given_a_consent_when_shown_then_the_switch_offers_the_other_and_a_guest_has_none(
    house: House, consent: str, guest: bool, button: list[str], words: str
) -> None:
    view = home(Home("ko", consent, guest, Wheel(0, 100), {"blog": None}), house)
    assert say("ko", words) in lines(view)
    assert actions(view) == ["home_draft", *button, "consent_details", "privacy_delete"]


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.sampled_from(
    ["&" * 400, "<!channel>", "<@U1>", "@here", "a|b>c", "\n\n", "👩‍👩‍👧‍👦" * 60]
)


@given(topic=ANY, note=ANY)
def test_given_any_words_when_shown_then_slack_takes_the_page_and_nobody_is_pinged(
    house: House, topic: str, note: str
) -> None:
    drafts = [DraftLine("blog", topic, 1, "edited", f"{WORKSPACE}archives/C1/p1?thread_ts=1.1&cid=C1")] * 8
    page = Home("ko", "granted", False, Wheel(1, 2), {}, drafts, [EditLine(topic, "rejected", note)] * 8)
    view = home(Home(**{**page.__dict__, "serving": dict.fromkeys(house.tasks, 3)}), house, notice=note[:150])
    check_view(view, "home")
    assert len(view["blocks"]) <= 100
    sent = json.dumps(view, ensure_ascii=False)
    assert not any(ping in sent for ping in ("<!", "<@", "<#", "@here", "@channel"))
    assert all(line.count("<") == line.count(">") == 1 for line in lines(view) if "archives" in line)


def shown_to(session: Session, house: House, who: Person, needed: int = 100) -> Home:
    session.flush()
    return home_of(session, house, who, needed, WORKSPACE)


def asked(session: Session, who: Person, topic: str, **more: Any) -> Request:
    place = {"channel_id": "C1", "thread_ts": "10.000001", "message_ts": "10.000002", "state": "done"}
    return rows.request(session, person_id=who.id, fields={"topic": topic}, **{**place, **more})


def test_given_drafts_of_two_people_when_asked_for_then_each_sees_their_own_newest_with_what_they_made_of_it(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        mina, junho = person(session, "T1", "U0MINA"), person(session, "T1", "U0JUNHO")
        made = [rows.draft(session, asked(session, mina, f"주제 {n}", version=n)) for n in range(1, 11)]
        rows.draft(session, asked(session, junho, "남의 글"))
        rows.draft(session, asked(session, mina, "지운 글"), text="")
        asked(session, mina, "아직 쓰는 글", state="drafting")
        for number, kinds in {9: ["edit", "accept"], 8: ["edit"], 7: ["up", "down"], 6: ["up", "unvote"]}.items():
            for kind in kinds:
                rows.feedback(session, made[number], person_id=mina.id, kind=kind)
        rows.feedback(session, made[5], person_id=junho.id, kind="up")
        page = shown_to(session, house, mina)
    assert [(line.topic, line.mark) for line in page.drafts] == [
        ("주제 10", "accepted"), ("주제 9", "edited"), ("주제 8", "down"), ("주제 7", ""), ("주제 6", ""),
        ("주제 5", ""), ("주제 4", ""), ("주제 3", ""),
    ]  # fmt: skip
    assert page.drafts[0].version == 10
    assert page.drafts[0].url == "https://onbit.slack.com/archives/C1/p10000002?thread_ts=10.000001&cid=C1"


def test_given_edits_at_every_station_when_asked_for_then_each_says_how_far_it_came(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        mina, junho = person(session, "T1", "U0MINA"), person(session, "T1", "U0JUNHO")

        def edit(topic: str, **more: Any) -> Any:
            return rows.feedback(session, rows.draft(session, asked(session, mina, topic, **more)), person_id=mina.id)

        edit("낱낱이 안 모음", collect=False)
        edit("기다림")
        rows.review(session, edit("검토"), state="pushed")
        rows.review(session, edit("통과"), state="approved", text="글")
        rows.review(session, edit("빠짐"), state="rejected", note="가격이 달라요")
        taught = rows.example(session, rows.review(session, edit("배움"), state="approved", text="글"))
        held = rows.example(session, rows.review(session, edit("시험"), state="approved", text="글"), split="heldout")
        adapter = rows.adapter(
            session, rows.run(session, rows.dataset(session, taught, held), state="done", sequence=3)
        )
        rows.promotion(session, rows.evaluation(session, adapter))
        opened = rows.draft(session, asked(session, mina, "캔버스"))
        session.add(Canvas(draft_id=opened.id, person_id=mina.id or 0, canvas_id="F1", baseline="글"))
        saved = rows.draft(session, asked(session, mina, "캔버스 저장"))
        session.add(Canvas(draft_id=saved.id, person_id=mina.id or 0, canvas_id="F2", baseline="글"))
        session.flush()
        rows.feedback(session, saved, person_id=mina.id, way="canvas")
        rows.feedback(session, opened, person_id=junho.id)
        rows.review(session, person_id=mina.id, fields={"topic": "가져온 글"}, state="pushed")
        page = shown_to(session, house, mina)
        other = shown_to(session, house, junho)
    found = [(line.topic, line.state, line.note, line.version) for line in page.edits]
    assert found == [
        ("캔버스", "canvas", "", 0),
        ("가져온 글", "in_review", "", 0),
        ("캔버스 저장", "waiting", "", 0),
        ("시험", "approved", "", 0),
        ("배움", "taught", "", 3),
        ("빠짐", "rejected", "가격이 달라요", 0),
        ("통과", "approved", "", 0),
        ("검토", "in_review", "", 0),
    ]
    assert [(line.topic, line.state) for line in other.edits] == [("캔버스", "waiting")]  # the one she edited herself


def test_given_trainings_when_asked_for_then_the_page_tells_how_the_wheel_stands(engine: Engine, house: House) -> None:
    with transaction(engine) as session:
        mina = person(session, "T1", "U0MINA")
        assert shown_to(session, house, mina, 50).wheel == Wheel(0, 50)
        first = rows.example(session)
        adapter = rows.adapter(session, rows.run(session, rows.dataset(session, first), state="done", sequence=2))
        rows.promotion(session, rows.evaluation(session, adapter))
        rows.example(session)
        page = shown_to(session, house, mina, 50)
        assert page.wheel == Wheel(2, 50, version=2, promoted=True)
        assert page.serving == {task: 2 if task == "blog" else None for task in house.tasks}
        rows.run(session, sequence=3, state="running", through_example_id=first.id)
        assert shown_to(session, house, mina, 50).wheel == Wheel(1, 50, training=True, version=2, promoted=True)


def page_of(bench: Bench, name: str) -> Json:
    who = bench.member(name)
    before = (who.home() or {}).get("hash")
    who.open_home()
    view: Json = bench.slack.wait_for(lambda: (page := who.home()) and page["hash"] != before and page)
    return view


def test_given_a_member_when_they_open_the_home_then_it_is_published_in_their_language(bench: Bench) -> None:
    for name, language in (("mina", "ko"), ("sara", "en")):
        bench.speak(name, language)
        assert say(language, "home_no_edits") in lines(page_of(bench, name))


def test_given_a_draft_when_the_home_is_opened_then_its_link_leads_to_the_message(bench: Bench) -> None:
    message, thread = bench.draft("여름 음료 초안")
    channel = bench.member("mina").history(DRAFTS["ko"])[0]["channel"]
    found = [line for line in lines(page_of(bench, "mina")) if "archives" in line]
    place = f"archives/{channel}/p{message['ts'].replace('.', '')}?thread_ts={thread}&cid={channel}"
    assert found == [f"<{bench.slack.url}{place}|여름 음료> · 블로그 글"]
    assert not [line for line in lines(page_of(bench, "junho")) if "archives" in line]


def test_given_the_switch_on_the_home_when_pressed_then_the_page_shows_the_new_state_at_once(bench: Bench) -> None:
    mina = bench.member("mina")
    view = page_of(bench, "mina")
    mina.click_in_view(view["id"], "privacy_off")
    changed = bench.slack.wait_for(lambda: (page := mina.home()) and "privacy_on" in actions(page) and page)
    assert say("ko", "privacy_declined") in lines(changed)
    assert lines(changed)[0].startswith("앞으로의 글을 배움에 쓰지 않아요.")
    mina.click_in_view(view["id"], "consent_details")
    assert mina.open_view(callback_id="consent_details")["title"]["text"] == say("ko", "details_title")
    mina.click_in_view(view["id"], "privacy_on")
    assert bench.slack.wait_for(lambda: (page := mina.home()) and "privacy_off" in actions(page))
    assert [row.consent for row in bench.rows(Person, Person.user_id == mina.id)] == ["granted"]


def test_given_a_guest_when_the_home_is_opened_then_it_says_that_nothing_is_collected(bench: Bench) -> None:
    with transaction(bench.engine) as session:
        person(session, TEAM, bench.member("junho").id).guest = True
    view = page_of(bench, "junho")
    assert say("ko", "privacy_guest") in lines(view) and "privacy_off" not in actions(view)
    with transaction(bench.engine) as session:
        person(session, TEAM, bench.member("junho").id).guest = None


def test_given_news_of_an_edit_when_it_is_told_then_the_open_home_shows_it_too(bench: Bench) -> None:
    message, _ = bench.draft("가을 음료 초안입니다.", "eun")
    with transaction(bench.engine) as session:
        eun = person(session, TEAM, bench.member("eun").id)
        draft = session.get_one(Draft, int(message["metadata"]["event_payload"]["draft_id"]))
        number = rows.review(session, rows.feedback(session, draft, person_id=eun.id), state="pushed").id
    assert edits(page_of(bench, "eun")) == ["검토하고 있어요"]
    with transaction(bench.engine) as session:
        review = session.get_one(Review, number)
        review.state, review.text, review.decided_by, review.decided_at = "approved", "고친 글", "U0MINA", now()
    assert bench.slack.wait_for(lambda: edits(bench.member("eun").home() or {}) == [say("ko", "home_approved")])


def edits(view: Json) -> list[str]:
    """What the page says of the edits of this person's drafts."""
    return [line.split("> · ")[1] for line in lines(view) if "> · " in line][1:]


def test_given_the_button_on_the_home_when_pressed_then_the_form_opens_and_the_draft_comes_to_the_direct_message(
    bench: Bench,
) -> None:
    junho, before = bench.member("junho"), bench.newest(Request)
    junho.click_in_view(page_of(bench, "junho")["id"], "home_draft")
    form = junho.open_view(callback_id="draft_form")
    junho.submit(form["id"], {"topic": "겨울 음료"})
    (row,) = bench.slack.wait_for(lambda: bench.rows(Request, col(Request.id) > before))
    assert (row.source, row.fields["topic"]) == ("form", "겨울 음료")
    assert row.channel_id == junho.history("dm")[0]["channel"]
