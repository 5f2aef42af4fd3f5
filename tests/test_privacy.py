"""What people say about their own texts, in the running bot: learn from them, leave them out, delete them."""

import json

import pytest
from slack_sdk.errors import SlackApiError
from sqlmodel import col

from bot.blocks import privacy
from bot.messages import SENTENCES, say
from bot.playground.block_check import check_message_blocks
from bot.playground.member import Member
from bot.playground.view_check import check_view
from curation.forget import FORGOT
from db.people import person
from db.session import transaction
from db.tables import Audit, Canvas, Draft, Feedback, Person, Request, Review
from tests.bot_parts import DRAFTS, TEAM, Bench, Json, actions, shown
from tests.rows import feedback, fresh

pytest_plugins = ["tests.bot_bench"]


def consent_of(bench: Bench, name: str) -> str:
    return bench.rows(Person, Person.user_id == bench.member(name).id)[0].consent


def edited(bench: Bench, name: str, words: str) -> tuple[Json, Review]:
    """A draft this person edited, whose edit stands in the review channel: the draft's message and the review."""
    message, _ = bench.draft("여름 음료 초안입니다.", name)
    with transaction(bench.engine) as session:
        draft = session.get_one(Draft, int(message["metadata"]["event_payload"]["draft_id"]))
        feedback(session, draft, text=words)
    return message, bench.gather()[-1]


def card_text(who: Member, bench: Bench, review: Review) -> str:
    return json.dumps(bench.card(who, review), ensure_ascii=False)


def test_given_both_languages_when_explained_then_the_form_says_all_of_it_and_slack_takes_it() -> None:
    for language in ("ko", "en"):
        form = privacy.details(language)
        check_view(form, "modal")
        assert [b["text"]["text"] for b in form["blocks"]] == [say(language, f"details_{k}") for k in privacy.DETAILS]
        assert "/flywheel privacy delete" in json.dumps(form)
        for consent in ("unasked", "granted", "declined"):
            check_message_blocks(privacy.switch(language, consent, False))
        check_message_blocks(privacy.consent(language))
        check_message_blocks(privacy.delete_question(language))
    assert not [
        key for key, pair in SENTENCES.items() if key.startswith(("privacy", "delete")) and "!" in "".join(pair)
    ]


def test_given_the_first_question_when_details_are_wanted_then_they_open_and_the_question_stays(bench: Bench) -> None:
    junho = bench.member("junho")
    junho.mention("초안", "여름 음료 블로그, 동네 직장인 대상")
    question = bench.slack.wait_for(lambda: [m for m in junho.history("초안") if "consent_no" in actions(m)])[0]
    assert actions(question) == ["consent_yes", "consent_no", "consent_details"]
    junho.click(question["ts"], "consent_details")
    form = junho.open_view(callback_id="consent_details")
    assert shown(form, "section")[0] == say("ko", "details_what")
    junho.close_view(form["id"])
    junho.click(question["ts"], "consent_yes")
    assert bench.told(junho, "초안", say("ko", "consent_kept"))
    assert consent_of(bench, "junho") == "granted"


@pytest.mark.parametrize("noted", [True, False])
def test_given_an_edit_in_review_when_its_author_declines_then_the_card_shows_no_word_of_it_any_more(
    bench: Bench, noted: bool
) -> None:
    mina, eun = bench.member("mina"), bench.member("eun")
    _, review = edited(bench, "mina", "수국이 피는 카페에서 여름 음료를 만나 보세요.")
    assert "수국이" in card_text(eun, bench, review)
    if not noted:  # whoever pushed it was killed before the note of where its card stands
        with transaction(bench.engine) as session:
            row = session.get_one(Review, review.id)
            row.state, row.external_id = "pending", None
    mina.open_home()
    view = bench.slack.wait_for(mina.home)
    mina.click_in_view(view["id"], "privacy_off")
    bench.slack.wait_for(lambda: "수국이" not in card_text(eun, bench, review))
    card = bench.card(eun, review)
    assert actions(card) == [] and "글쓴이가 거둬들여 글을 지웠습니다." in json.dumps(card, ensure_ascii=False)
    bench.slack.wait_for(lambda: bench.rows(Review, Review.id == review.id)[0].external_id is None)
    (row,) = bench.rows(Review, Review.id == review.id)
    assert (row.state, consent_of(bench, "mina")) == ("withdrawn", "declined")

    mina.click_in_view(view["id"], "privacy_on")
    assert bench.slack.wait_for(lambda: consent_of(bench, "mina") == "granted")
    assert bench.gather() == []  # what was taken out stays out
    assert edited(bench, "mina", "수국 곁에서 마시는 여름 음료예요.")[1].state == "pushed"


def test_given_a_person_who_taught_when_they_delete_on_the_home_then_all_is_gone_and_they_read_what(
    bench: Bench,
) -> None:
    sara, eun = bench.member("sara"), bench.member("eun")
    bench.speak("sara", "en")
    message, review = edited(bench, "sara", "Hydrangea season brings cold drinks.")
    content = {"type": "markdown", "markdown": "Hydrangea"}
    canvas = bench.client.canvases_create(title="draft", document_content=content)["canvas_id"]
    with transaction(bench.engine) as session:
        number, owner = int(message["metadata"]["event_payload"]["draft_id"]), person(session, TEAM, sara.id).id or 0
        session.add(Canvas(draft_id=number, person_id=owner, canvas_id=canvas, baseline="Hydrangea"))
    sara.open_home()
    view = bench.slack.wait_for(sara.home)
    button = next(e for b in view["blocks"] for e in b.get("elements", []) if e.get("action_id") == "privacy_delete")
    assert button["confirm"]["text"]["text"] == say("en", "delete_sure")  # Slack asks before the press reaches us
    bench.speak("sara", "en")
    sara.click_in_view(view["id"], "privacy_delete")
    page = bench.slack.wait_for(lambda: (now := sara.home()) and "privacy_on" in actions(now) and now)
    notice = shown(page, "context")[0]
    assert notice.startswith("Deleted: 1 requests, 1 drafts, 1 edits and comments") and "learnt" not in notice
    assert say("en", "home_no_drafts") in shown(page, "context")
    (who,) = bench.rows(Person, Person.user_id == sara.id)
    assert not [r for r in bench.rows(Request, Request.person_id == who.id) if r.text or r.fields]
    assert not [f for f in bench.rows(Feedback, Feedback.person_id == who.id) if f.text]
    assert bench.slack.wait_for(lambda: "Hydrangea" not in card_text(eun, bench, review))
    assert [m["ts"] for m in bench.answers(sara, DRAFTS["ko"], message["thread_ts"])] == [message["ts"]]  # hers to keep
    bench.slack.wait_for(lambda: not bench.rows(Canvas, Canvas.canvas_id == canvas))
    with pytest.raises(SlackApiError, match="canvas_not_found"):
        bench.client.canvases_delete(canvas_id=canvas)
    receipt = bench.rows(Audit, Audit.action == FORGOT, Audit.actor == sara.id)
    assert len(receipt) == 1 and "Hydrangea" not in receipt[0].note

    sara.click_in_view(view["id"], "privacy_delete")
    again = bench.slack.wait_for(lambda: (now := sara.home()) and now["hash"] != page["hash"] and now)
    assert shown(again, "context")[0] == say("en", "deleted_nothing")


def pressed(action: str, number: int) -> Json:
    """Mina presses a button of a draft in her channel."""
    done = {"type": "button", "action_id": action, "block_id": "b", "action_ts": fresh(), "value": str(number)}
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": "U0MINA"},
        "channel": {"id": "C0CHOAN"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0CHOAN"},
        "actions": [done],
        "trigger_id": "1.2.3",
    }


def test_given_a_forgotten_draft_when_its_buttons_are_pressed_then_the_person_reads_that_it_is_gone(
    bench: Bench,
) -> None:
    mina = bench.member("mina")
    message, _ = bench.draft("가을 음료 초안입니다.")
    number = int(message["metadata"]["event_payload"]["draft_id"])
    mina.open_home()
    view = bench.slack.wait_for(mina.home)
    mina.click_in_view(view["id"], "privacy_delete")
    bench.slack.wait_for(lambda: not bench.rows(Draft, Draft.id == number)[0].text)
    before = bench.newest(Request), bench.newest(Feedback)
    for action in ("draft_accept", "draft_edit", "draft_regenerate"):
        already = len(bench.whispers(mina, "초안"))
        mina.click(message["ts"], action)
        assert bench.slack.wait_for(lambda seen=already: bench.whispers(mina, "초안")[seen:]) == [say("ko", "gone")]
    for action in ("draft_retry", "draft_unfold"):  # under a draft that was stopped, or put aside by a newer one
        already = len(bench.whispers(mina, "초안"))
        assert bench.deliver(pressed(action, number)) == 200
        assert bench.slack.wait_for(lambda seen=already: bench.whispers(mina, "초안")[seen:]) == [say("ko", "gone")]
    assert (bench.newest(Request), bench.newest(Feedback)) == before


def test_given_a_person_who_left_when_somebody_else_asks_again_for_theirs_then_nothing_is_brought_back(
    bench: Bench,
) -> None:
    with transaction(bench.engine) as session:
        person(session, TEAM, bench.member("mina").id).consent = "granted"
    message, _ = bench.draft("겨울 음료 초안입니다.")
    junho = bench.member("junho")
    junho.click(message["ts"], "draft_regenerate")
    first = int(message["metadata"]["event_payload"]["draft_id"])
    again = bench.slack.wait_for(
        lambda: bench.rows(Request, Request.regenerates == first, Request.state == "done"), 60
    )[0]
    mina = bench.member("mina")
    mina.open_home()
    view = bench.slack.wait_for(mina.home)
    mina.click_in_view(view["id"], "privacy_delete")
    bench.slack.wait_for(lambda: not bench.rows(Draft, Draft.id == again.id)[0].messages)
    assert not [r for r in bench.rows(Request, col(Request.id) >= first) if r.text or r.fields]


def test_given_the_command_when_used_then_it_shows_the_state_switches_and_asks_before_deleting(bench: Bench) -> None:
    eun = bench.member("eun")
    bench.speak("eun", "ko")

    def asked(word: str) -> Json:
        already = len([m for m in eun.history("초안") if m["viewer"]])
        eun.command("/flywheel", f"privacy {word}".strip(), "초안")
        return bench.slack.wait_for(lambda: [m for m in eun.history("초안") if m["viewer"]][already:])[0]

    state = asked("")
    assert state["text"] == say("ko", "privacy_unasked")
    assert actions(state) == ["privacy_off", "consent_details", "privacy_delete"]
    assert shown(asked("off"), "section") == [say("ko", "privacy_is_off", n=0), say("ko", "privacy_declined")]
    assert consent_of(bench, "eun") == "declined"
    on = asked("on")
    assert (on["text"], consent_of(bench, "eun")) == (say("ko", "privacy_is_on"), "granted")
    assert asked("anything")["text"] == say("ko", "privacy_usage")
    eun.click(on["ts"], "privacy_off")
    assert bench.slack.wait_for(
        lambda: say("ko", "privacy_is_off", n=0) in [m["text"] for m in eun.history("초안")[-4:]]
    )

    message, _ = bench.draft("봄 음료 초안입니다.", "eun")
    question = asked("delete")
    assert (question["text"], actions(question)) == (say("ko", "delete_ask"), ["privacy_delete"])
    assert bench.rows(Draft, Draft.id == int(message["metadata"]["event_payload"]["draft_id"]))[0].text
    eun.click(question["ts"], "privacy_delete")
    told = bench.slack.wait_for(lambda: [m for m in eun.history("초안") if m["text"].startswith("지웠어요: 부탁 1건")])
    assert told[0]["viewer"] == eun.id


@pytest.mark.parametrize("guest", ["mina", "junho"])
def test_given_a_guest_who_asks_or_edits_when_gathered_then_nothing_of_it_is_reviewed(bench: Bench, guest: str) -> None:
    message, _ = bench.draft("손님 초안입니다.")
    with transaction(bench.engine) as session:
        draft = session.get_one(Draft, int(message["metadata"]["event_payload"]["draft_id"]))
        for name in ("mina", "junho"):
            who = person(session, TEAM, bench.member(name).id)
            who.consent, who.guest = "granted", name == guest
        feedback(session, draft, person_id=person(session, TEAM, "U0JUNHO").id)
    assert bench.gather() == []
