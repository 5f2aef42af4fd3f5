"""Reviewers and their words: who may decide what, what becomes of it, and what each person reads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col

from bot.messages import say
from bot.playground.member import FormError
from db.session import transaction
from db.tables import Decision, Example, Review
from tests.bot_parts import REVIEW, TEAM, Bench, Json, actions
from tests.rows import fresh

pytest_plugins = ["tests.bot_bench"]
DRAFT = "여름 음료를 알립니다.\n\n시원합니다."


def reviewed(bench: Bench, edited: str) -> tuple[Review, str]:
    """Mina's edit as a review whose card stands in the channel; and her thread."""
    message, thread = bench.draft(DRAFT)
    mina = bench.member("mina")
    mina.click(message["ts"], "draft_edit")
    mina.submit(mina.open_view(callback_id="draft_edit")["id"], {"part_0": edited})
    (review,) = bench.gather()
    return review, thread


def now(bench: Bench, review: Review) -> Review:
    (row,) = bench.rows(Review, Review.id == review.id)
    return row


def read_in(bench: Bench, thread: str, words: str) -> bool:
    """Whether the person reads this in the thread, exactly once."""
    mina = bench.member("mina")
    return bool(bench.slack.wait_for(lambda: [m["text"] for m in mina.thread("초안", thread)].count(words) == 1))


def test_given_an_edit_when_a_reviewer_approves_then_the_card_settles_and_the_person_reads_so(bench: Bench) -> None:
    review, thread = reviewed(bench, "여름 음료를 소개합니다. 참 시원합니다.")
    eun, before = bench.member("eun"), bench.newest(Example)
    card = bench.card(eun, review)
    assert actions(card) == ["review_approve", "review_edit", "review_reject"]
    eun.click(card["ts"], "review_approve", channel=REVIEW)
    bench.slack.wait_for(lambda: not actions(bench.card(eun, review)))
    assert "승인했습니다" in str(bench.card(eun, review)["blocks"])
    row = now(bench, review)
    assert (row.state, row.text, row.decided_by) == ("approved", review.proposed, eun.id)
    assert read_in(bench, thread, say("ko", "approved"))
    bench.collect()
    (example,) = bench.rows(Example, col(Example.id) > before)
    assert (example.review_id, example.completion) == (review.id, review.proposed)


def test_given_an_edit_when_left_out_with_a_note_then_the_person_reads_the_note(bench: Bench) -> None:
    review, thread = reviewed(bench, "여름 음료 3,000원.")
    eun = bench.member("eun")
    eun.click(bench.card(eun, review)["ts"], "review_reject", channel=REVIEW)
    eun.submit(eun.open_view(callback_id="review_reject")["id"], {"note": " 가격이 공개 자료와 달라요 "})
    bench.slack.wait_for(lambda: not actions(bench.card(eun, review)))
    assert (now(bench, review).state, now(bench, review).note) == ("rejected", "가격이 공개 자료와 달라요")
    assert read_in(bench, thread, say("ko", "rejected", note="가격이 공개 자료와 달라요"))


def test_given_reasons_and_a_note_when_left_out_then_the_person_reads_both_and_they_are_kept(bench: Bench) -> None:
    review, thread = reviewed(bench, "여름 음료 4,000원, 아주 긴 글.")
    eun = bench.member("eun")
    eun.click(bench.card(eun, review)["ts"], "review_reject", channel=REVIEW)
    view = eun.open_view(callback_id="review_reject")
    eun.submit(view["id"], {"chips": ["too_long", "wrong_facts"], "note": "010-1234-5678로 물어보세요"})
    why = "너무 김, 사실과 다름 (010-1234-5678로 물어보세요)".replace("010-1234-5678", "[PHONE_1]")
    assert read_in(bench, thread, say("ko", "rejected", note=why))
    (decision,) = bench.rows(Decision, Decision.review_id == review.id)
    assert (decision.reasons, decision.quality) == (["too_long", "wrong_facts"], None)
    bench.slack.wait_for(lambda: "너무 김, 사실과 다름" in str(bench.card(eun, review)["blocks"]))


def test_given_an_edit_when_a_reviewer_rewords_it_then_the_example_has_their_wording(bench: Bench) -> None:
    review, thread = reviewed(bench, "여름 음료를 권합니다.")
    eun, before = bench.member("eun"), bench.newest(Example)
    eun.click(bench.card(eun, review)["ts"], "review_edit", channel=REVIEW)
    view = eun.open_view(callback_id="review_edit")
    assert view["blocks"][0]["element"]["initial_value"] == review.proposed
    with pytest.raises(FormError) as empty:
        eun.submit(view["id"], {"part_0": " \n "})
    assert empty.value.errors == {"part_0": say("ko", "edit_empty")}
    eun.submit(view["id"], {"part_0": "올여름, <온빛>이 고른 음료를 권합니다.\n\n- 얼음 & 레몬"})
    assert read_in(bench, thread, say("ko", "approved"))
    bench.collect()
    (example,) = bench.rows(Example, col(Example.id) > before)
    assert example.completion == "올여름, <온빛>이 고른 음료를 권합니다.\n\n- 얼음 & 레몬"


@pytest.mark.parametrize("action", ["review_approve", "review_reject", "review_edit"])
def test_given_a_card_when_somebody_else_presses_then_they_are_refused_and_it_stays_open(
    bench: Bench, action: str
) -> None:
    review, _ = reviewed(bench, f"여름 음료를 씁니다. {action}")
    mina, sara = bench.member("mina"), bench.member("sara")
    bench.speak("mina", "ko")
    already = len(bench.whispers(mina, REVIEW))
    mina.click(bench.card(mina, review)["ts"], action, channel=REVIEW)
    assert bench.slack.wait_for(lambda: bench.whispers(mina, REVIEW)[already:]) == [say("ko", "reviewers_only")]
    assert mina.views() == [] and now(bench, review).state == "pushed"
    sara.click(bench.card(sara, review)["ts"], "review_approve", channel=REVIEW)  # operators may
    bench.slack.wait_for(lambda: now(bench, review).state == "approved")


def pressed(review: Review, user: str, action: str = "review_approve") -> Json:
    """A press on a review's card, as Slack sends it: also from a card that is out of date on somebody's screen."""
    done = {"type": "button", "action_id": action, "block_id": "b", "action_ts": fresh(), "value": str(review.id)}
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user},
        "channel": {"id": "C0REVIEW"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0REVIEW"},
        "message": {"ts": "1.1"},
        "actions": [done],
        "trigger_id": "1.2.3",
    }


def test_given_two_reviewers_when_both_decide_at_once_then_the_first_counts_and_the_other_is_told(
    bench: Bench,
) -> None:
    review, _ = reviewed(bench, "여름 음료는 여기 있습니다.")
    eun, sara = bench.member("eun"), bench.member("sara")
    bench.speak("eun", "ko")
    bench.speak("sara", "en")
    eun.click(bench.card(eun, review)["ts"], "review_reject", channel=REVIEW)  # a form is open while others decide
    view = eun.open_view(callback_id="review_reject")
    already = len(bench.whispers(eun, REVIEW)) + len(bench.whispers(sara, REVIEW))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(bench.deliver, [pressed(review, eun.id), pressed(review, sara.id)])) == [200, 200]
    bench.slack.wait_for(lambda: len(bench.whispers(eun, REVIEW)) + len(bench.whispers(sara, REVIEW)) > already)
    (decision,) = bench.rows(Decision, Decision.review_id == review.id)
    assert (decision.verdict, now(bench, review).decided_by) == ("approve", decision.reviewer)
    loser, language = (sara, "en") if decision.reviewer == eun.id else (eun, "ko")
    assert bench.whispers(loser, REVIEW)[-1] == say(language, "review_closed")

    with pytest.raises(FormError) as late:
        eun.submit(view["id"], {"note": "늦었어요"})
    assert late.value.errors == {"note": say("ko", "review_closed")}
    for action in ("review_edit", "review_reject"):
        already = len(bench.whispers(eun, REVIEW))
        assert bench.deliver(pressed(review, eun.id, action)) == 200
        told = bench.slack.wait_for(lambda since=already: bench.whispers(eun, REVIEW)[since:])
        assert told == [say("ko", "review_closed")]
    assert len(bench.rows(Decision, Decision.review_id == review.id)) == 1


def test_given_a_text_two_must_agree_on_when_they_differ_then_the_card_says_so_and_is_open_until_they_agree(
    bench: Bench,
) -> None:
    review, thread = reviewed(bench, "여름 음료를 두 사람이 봅니다.")
    with transaction(bench.engine) as session:
        session.get_one(Review, review.id).opinions = 2
    eun, sara = bench.member("eun"), bench.member("sara")
    eun.click(bench.card(eun, review)["ts"], "review_reject", channel=REVIEW)
    eun.submit(eun.open_view(callback_id="review_reject")["id"], {"chips": ["wrong_tone"], "note": ""})
    bench.slack.wait_for(lambda: "다른 검토자의 의견이 더 필요합니다 (1명)" in shown_to(bench, review))
    assert f"*뺐습니다* · <@{eun.id}>" in shown_to(bench, review) and "말투가 안 맞음" in shown_to(bench, review)
    sara.click(bench.card(sara, review)["ts"], "review_edit", channel=REVIEW)
    wording = "여름 음료를 둘이서 봅니다."
    sara.submit(sara.open_view(callback_id="review_edit")["id"], {"part_0": wording, "quality": "4"})
    bench.slack.wait_for(lambda: "의견이 갈렸습니다" in shown_to(bench, review))
    assert (now(bench, review).state, now(bench, review).text) == ("disputed", None)
    assert ["둘이서" in str(block) for block in bench.card(eun, review)["blocks"]].count(
        True
    ) == 1  # what is asked about
    eun.click(bench.card(eun, review)["ts"], "review_approve", channel=REVIEW)
    assert read_in(bench, thread, say("ko", "approved"))
    assert (now(bench, review).state, now(bench, review).text) == ("approved", wording)
    bench.slack.wait_for(lambda: not actions(bench.card(eun, review)))
    assert [f"*승인했습니다* · <@{who.id}>" in shown_to(bench, review) for who in (eun, sara)] == [True, True]
    qualities = [d.quality for d in bench.rows(Decision, Decision.review_id == review.id)]
    assert qualities == [None, 4, None]


def shown_to(bench: Bench, review: Review) -> str:
    """What stands on the card."""
    return str(bench.card(bench.member("eun"), review)["blocks"])
