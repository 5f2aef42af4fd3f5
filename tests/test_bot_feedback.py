"""What people do with a draft: vote, use it, edit it, have it written again; and what is kept of it, for whom."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_bolt import BoltContext
from sqlalchemy import text
from sqlmodel import col

from bot.listeners.sender import sender
from bot.messages import say
from bot.playground.member import FormError, Member
from curation.measure import measure
from db import queries
from db.people import person
from db.session import transaction
from db.tables import Draft, Feedback, Person, Request
from db.votes import vote
from tests.bot_parts import TEAM, Bench, Json, actions
from tests.rows import fresh

pytest_plugins = ["tests.bot_bench"]
LONG = "여름 음료를 알리는 글입니다. 손님이 먼저 읽습니다.\n\n" * 420  # some 12,000 characters
EXACT = "  앞이 비었어요 👩‍👩‍👧‍👦 & <b>굵게</b> &amp; *별* @here\n\n\n  - 목록\t끝  "


def number(message: Json) -> int:
    return int(message["metadata"]["event_payload"]["draft_id"])


def opened(who: Member, message: Json) -> Json:
    who.click(message["ts"], "draft_edit")
    return who.open_view(callback_id="draft_edit")


def fields(view: Json) -> list[str]:
    return [block["element"].get("initial_value", "") for block in view["blocks"]]


def kept(bench: Bench, message: Json) -> list[Feedback]:
    return bench.rows(Feedback, Feedback.draft_id == number(message))


def test_given_a_draft_when_pressed_in_slack_then_votes_are_kept_and_only_the_requester_can_use_it(
    bench: Bench,
) -> None:
    message, thread = bench.draft("여름 음료 초안")
    mina, sara, value = bench.member("mina"), bench.member("sara"), number(message)
    bench.speak("sara", "en")
    mina.click(message["ts"], "draft_feedback", f"up:{value}")
    sara.click(message["ts"], "draft_feedback", f"down:{value}")
    mina.click(message["ts"], "draft_feedback", f"up:{value}")
    assert [row.kind for row in kept(bench, message)] == ["up", "down", "up"]
    with transaction(bench.engine) as session:
        votes = [vote(session, value, person(session, TEAM, who.id).id or 0) for who in (mina, sara)]
    assert votes == [None, "down"]

    sara.click(message["ts"], "draft_accept")
    assert bench.told(sara, "초안", say("en", "only_requester"))
    mina.click(message["ts"], "draft_accept")
    assert bench.told(mina, "초안", say("ko", "accepted"))
    assert [row.kind for row in kept(bench, message)][3:] == ["accept"]
    assert next(m for m in mina.thread("초안", thread) if m["viewer"])["text"] == say("ko", "accepted")


def test_given_a_draft_when_written_again_then_another_one_with_another_seed_stands_in_the_same_thread(
    bench: Bench,
) -> None:
    message, thread = bench.draft("여름 음료 초안", name="junho")
    junho = bench.member("junho")
    junho.click(message["ts"], "draft_regenerate")
    both = bench.slack.wait_for(lambda: bench.versions(junho, "초안", thread, 2), 60)
    assert "draft_unfold" in actions(both[0]), "the version before is one line now"
    (request,) = bench.rows(Request, Request.regenerates == number(message))
    (first,), (second,) = (bench.rows(Draft, Draft.id == number(m)) for m in both)
    assert second.id == request.id and first.sampling["seed"] != second.sampling["seed"]
    assert (request.text, request.task, request.source) == ("여름 음료 블로그", "blog", "regenerate")
    assert [row.kind for row in kept(bench, message)] == ["regenerate"]


@pytest.mark.parametrize("written", [LONG, EXACT], ids=["12,000 characters", "every odd character"])
def test_given_an_edit_when_saved_unchanged_then_it_is_the_draft_to_the_last_character(
    bench: Bench, written: str
) -> None:
    bench.slack.switch(canvases=False)
    message, _ = bench.draft(written)
    mina = bench.member("mina")
    last = bench.answers(mina, "초안", message["thread_ts"])[-1]  # a long draft has its buttons under its last part
    view = opened(mina, last)
    assert len(view["blocks"]) == (5 if written == LONG else 1)
    assert all(0 < len(part) <= 2800 for part in fields(view))
    mina.submit(view["id"], {})
    (edit,) = kept(bench, last)
    assert edit.text == written and edit.edit_share == 0


def test_given_an_edit_when_typed_then_exactly_that_is_kept_once_and_its_share_is_told_in_the_thread(
    bench: Bench,
) -> None:
    message, thread = bench.draft("여름 음료 초안입니다.\n\n시원합니다.")
    mina = bench.member("mina")
    view = opened(mina, message)
    with pytest.raises(FormError) as empty:
        mina.submit(view["id"], {"part_0": " \n "})
    assert empty.value.errors == {"part_0": say("ko", "edit_empty")}
    mina.submit(view["id"], {"part_0": EXACT})

    (edit,) = kept(bench, message)
    assert (edit.kind, edit.text) == ("edit", EXACT)
    assert edit.edit_share == measure("여름 음료 초안입니다.\n\n시원합니다.", EXACT).characters
    words = say("ko", "edit_saved", share=round(100 * edit.edit_share))
    assert bench.slack.wait_for(lambda: [m for m in mina.thread("초안", thread) if m["text"] == words])


def test_given_a_long_draft_when_a_part_is_emptied_then_it_is_gone_with_one_of_its_gaps(bench: Bench) -> None:
    bench.slack.switch(canvases=False)
    message, _ = bench.draft("첫째 " * 900 + "\n\n" + "둘째 " * 900 + "\n\n" + "셋째 " * 900)
    mina = bench.member("mina")
    view = opened(mina, message)
    assert len(view["blocks"]) == 3
    mina.submit(view["id"], {"part_0": "첫째.", "part_1": "", "part_2": "셋째."})
    assert kept(bench, message)[0].text == "첫째.\n\n셋째."


def test_given_the_same_form_when_sent_twice_at_once_then_one_edit_is_kept_and_told_once(bench: Bench) -> None:
    message, thread = bench.draft("여름 음료 초안")
    private = {"id": number(message), "joints": [""], "channel": "C0CHOAN", "thread_ts": thread}
    view = {"id": f"V{fresh()}", "callback_id": "draft_edit", "private_metadata": json.dumps(private), "type": "modal"}
    view["state"] = {"values": {"part_0": {"text": {"type": "plain_text_input", "value": "고친 초안"}}}}
    body = {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": "U0MINA"}, "view": view}
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(bench.deliver, [body, body])) == [200, 200]
    assert [row.text for row in kept(bench, message)] == ["고친 초안"]
    mina = bench.member("mina")
    told = bench.slack.wait_for(lambda: [m for m in mina.thread("초안", thread) if "고친 글 저장" in m["text"]])
    assert len(told) == 1


@pytest.mark.parametrize("value", ["999999999", "99999999999999999999", "up", "", "²"])
@pytest.mark.parametrize("action", ["draft_feedback", "draft_accept", "draft_edit", "draft_regenerate"])
def test_given_a_button_of_a_draft_that_is_no_more_when_pressed_then_the_person_reads_so(
    bench: Bench, action: str, value: str
) -> None:
    eun, before = bench.member("eun"), (bench.newest(Feedback), bench.newest(Request))
    already = len(bench.whispers(eun, "초안"))
    done = {"type": "button", "action_id": action, "block_id": "b", "action_ts": f"{time.time():.6f}"}
    done["value"] = f"up:{value}" if action == "draft_feedback" else value
    body = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": "U0EUN"},
        "channel": {"id": "C0CHOAN"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0CHOAN"},
        "actions": [done],
        "trigger_id": "1.2.3",
    }
    assert bench.deliver(body) == 200
    assert bench.slack.wait_for(lambda: bench.whispers(eun, "초안")[already:]) == [say("ko", "gone")]
    assert (bench.newest(Feedback), bench.newest(Request)) == before


def test_given_a_person_who_declines_when_they_go_on_then_drafts_come_and_nothing_is_collected(bench: Bench) -> None:
    sara = bench.member("sara")
    thread = sara.mention("drafts", "summer drinks blog post, for office workers")
    question = bench.slack.wait_for(lambda: [m for m in sara.history("drafts") if "consent_no" in actions(m)])[0]
    assert question["viewer"] == sara.id and question["text"] == say("en", "consent")
    sara.click(question["ts"], "consent_no")
    answered = bench.slack.wait_for(lambda: [w for w in bench.whispers(sara, "drafts") if "Noted" in w])
    assert answered == [say("en", "consent_declined")]
    assert not any("consent_no" in actions(m) for m in sara.history("drafts"))  # asked once

    before = bench.newest(Feedback)
    first = bench.answer(sara, "drafts", thread)
    later = bench.answer(sara, "drafts", sara.mention("drafts", "winter tea social post"))
    for message in (first, later):
        view = opened(sara, message)
        sara.submit(view["id"], {"part_0": "My own words."})
        sara.click(message["ts"], "draft_accept")
    only = say("en", "edit_saved_only", share=0).partition("(")[0]
    assert bench.slack.wait_for(lambda: sum(m["text"].startswith(only) for m in sara.history("drafts")) == 2)
    assert len(bench.rows(Feedback, col(Feedback.id) > before)) == 4  # their work is kept for them
    with transaction(bench.engine) as session:
        assert [row for row in queries.feedback_to_review(session) if (row.id or 0) > before] == []


def test_given_a_channel_shared_with_another_company_when_used_then_it_drafts_and_collects_nothing(
    bench: Bench,
) -> None:
    bench.slack.switch(external_channels=("drafts",))
    junho, before = bench.member("junho"), bench.newest(Request)
    with transaction(bench.engine) as session:
        person(session, TEAM, junho.id).consent = "granted"
    thread = junho.mention("drafts", "summer drinks blog post")
    message = bench.answer(junho, "drafts", thread)
    assert [row.collect for row in bench.rows(Request, col(Request.id) > before)] == [False]
    view = opened(junho, message)
    junho.submit(view["id"], {"part_0": "Rewritten by a partner."})
    junho.click(message["ts"], "draft_regenerate")
    bench.slack.wait_for(lambda: bench.versions(junho, "drafts", thread, 2), 60)
    assert [row.collect for row in bench.rows(Request, col(Request.id) > before)] == [False, False]
    with transaction(bench.engine) as session:
        assert not [row for row in queries.feedback_to_review(session) if row.draft_id == number(message)]


def test_given_an_enterprise_grid_when_somebody_asks_and_presses_then_they_are_one_person(bench: Bench) -> None:
    grid = {"team_id": TEAM, "enterprise_id": "E1", "user_id": "U0DRAFTBOT", "is_bot": True}
    said = {"type": "app_mention", "user": "U0GRID", "channel": "C0CHOAN", "text": "여름 음료", "ts": "1700000001.1"}
    asked = {"type": "event_callback", "team_id": TEAM, "event_id": fresh(), "authorizations": [grid], "event": said}
    assert bench.deliver(asked) == 200
    done = {"type": "button", "action_id": "consent_no", "block_id": "b", "action_ts": "1.1", "value": "declined"}
    pressed = {
        "type": "block_actions",
        "team": None,
        "enterprise": {"id": "E1", "name": "Grid"},
        "user": {"id": "U0GRID", "team_id": TEAM},
        "channel": {"id": "C0CHOAN"},
        "container": {"type": "message", "message_ts": "1.1", "is_ephemeral": True},
        "actions": [done],
        "response_url": f"{bench.slack.url}respond/none",
    }
    assert bench.deliver(pressed) == 200
    (row,) = bench.rows(Person, Person.user_id == "U0GRID")
    assert (row.enterprise_id, row.team_id, row.consent) == ("E1", TEAM, "declined")
    with transaction(bench.engine) as session:
        context = BoltContext({"team_id": TEAM, "enterprise_id": "E1", "user_id": "U0GRID"})
        assert sender(session, context).id == row.id


def test_given_a_broken_database_when_an_edit_is_saved_then_the_form_stays_open_and_saving_again_works(
    bench: Bench,
) -> None:
    message, _ = bench.draft("여름 음료 초안")
    mina = bench.member("mina")
    view = opened(mina, message)
    with bench.engine.begin() as connection:
        connection.execute(text("ALTER TABLE feedback RENAME TO lost"))
    try:
        with pytest.raises(FormError) as refused:
            mina.submit(view["id"], {"part_0": "고친 글입니다."})
    finally:
        with bench.engine.begin() as connection:
            connection.execute(text("ALTER TABLE lost RENAME TO feedback"))
    assert "번호" in refused.value.errors["part_0"]
    mina.submit(view["id"], {"part_0": "고친 글입니다."})
    assert [row.text for row in kept(bench, message)] == ["고친 글입니다."]
