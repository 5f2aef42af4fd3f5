"""Reviewers, operators and their words: who may decide what, what becomes of it, and what each person reads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col

from bot.messages import say
from bot.playground.member import FormError
from db import queries
from db.session import transaction
from db.tables import Adapter, Audit, Decision, Example, Promotion, Review
from tests import rows
from tests.bot_parts import NEWS, REVIEW, TEAM, Bench, Json, actions
from tests.rows import fresh
from trainer.promote import put_in_service

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


@pytest.fixture
def champion(bench: Bench) -> Iterator[Adapter]:
    """The newer of two adapters that were promoted on one task one after the other, and the news of both."""
    newest = bench.newest(Adapter)
    with transaction(bench.engine) as session:
        for version in (newest + 1, newest + 2):
            run = rows.run(session, state="done", sequence=version)
            evaluation = rows.evaluation(session, rows.adapter(session, run))
            rows.promotion(session, evaluation, task="sns")
        made = session.get_one(Adapter, evaluation.adapter_id)
    yield made
    with transaction(bench.engine) as session:
        put_in_service(session, None, ["sns"], "test", "the base again")


def serving(bench: Bench) -> int:
    """The version that serves the task, 0 for the base model."""
    with transaction(bench.engine) as session:
        adapter = queries.serving(session, "sns")
        return adapter.version if adapter else 0


def test_given_news_of_an_adapter_when_rolled_back_then_only_operators_may_and_only_while_it_serves(
    bench: Bench, champion: Adapter
) -> None:
    mina, sara = bench.member("mina"), bench.member("sara")
    bench.speak("mina", "ko")
    bench.speak("sara", "en")
    news = f"v{champion.version} "
    card = bench.slack.wait_for(
        lambda: [m for m in sara.history(NEWS) if actions(m) == ["adapter_rollback"] and m["text"].startswith(news)]
    )[0]
    (undo,) = [e for b in card["blocks"] for e in b.get("elements", []) if e.get("action_id") == "adapter_rollback"]
    assert undo["confirm"]["text"]["text"] == say("ko", "rollback_sure")

    mina.click(card["ts"], "adapter_rollback", channel=NEWS)
    assert bench.told(mina, NEWS, say("ko", "operators_only"))
    assert serving(bench) == champion.version

    sara.click(card["ts"], "adapter_rollback", channel=NEWS)
    after = bench.slack.wait_for(lambda: [m for m in sara.history(NEWS) if m["ts"] == card["ts"] and not actions(m)])[0]
    assert say("en", "rolled_back", tasks=bench.house.tasks["sns"].name["en"]) in str(after["blocks"])
    assert f"<@{sara.id}>" in str(after["blocks"])
    assert serving(bench) == champion.version - 1
    assert bench.rows(Audit, Audit.action == "rollback")[-1].actor == sara.id

    before = bench.newest(Promotion)  # another operator's screen still shows the button
    again = {
        **pressed(Review(id=champion.version, key="", origin="human", task="", language="ko", proposed=""), sara.id)
    }
    again["actions"][0] |= {"action_id": "adapter_rollback"}
    again |= {"channel": {"id": "C0FLYWHEEL"}}
    assert bench.deliver(again) == 200
    assert bench.told(sara, NEWS, say("en", "serves_no_more", version=champion.version))
    assert bench.newest(Promotion) == before


def replies(bench: Bench, name: str, words: str) -> str:
    """What one person alone reads after `/flywheel …`."""
    who = bench.member(name)
    already = len(bench.whispers(who, "초안"))
    who.command("/flywheel", words, "초안")
    return bench.slack.wait_for(lambda: bench.whispers(who, "초안")[already:])[0]


@pytest.mark.parametrize(("name", "language"), [("sara", "en"), ("mina", "ko")])
def test_given_a_command_about_the_wheel_when_asked_then_one_short_answer_in_the_persons_language(
    bench: Bench, champion: Adapter, name: str, language: str
) -> None:
    bench.speak(name, language)
    review, _ = reviewed(bench, f"여름 음료를 물어봅니다. {name}")
    bench.speak(name, language)
    assert replies(bench, name, "") == replies(bench, name, "help") == say(language, "help")
    status = replies(bench, name, "status")
    assert say(language, "our_voice", version=champion.version) in status
    assert ("drafts" if language == "en" else "초안 ") in status

    assert replies(bench, name, "nonsense <!here>") == say(language, "unknown", text="nonsense")
    assert replies(bench, name, "trace nothing&") == say(language, "unknown_trace", text="nothing&amp;")
    trace = replies(bench, name, f"trace review:{review.id}")
    assert trace.startswith(f"*review {review.id}*") and "← feedback" in trace and "← draft" in trace
    assert "여름" not in trace  # kinds and ids, never texts

    if name == "mina":
        assert replies(bench, name, "rollback") == say("ko", "operators_only")
        assert serving(bench) == champion.version
        return
    assert replies(bench, name, "rollback poem") == say(
        "en", "unknown_task", text="poem", tasks=", ".join(bench.house.tasks)
    )
    assert replies(bench, name, "rollback sns") == say("en", "rolled_back", tasks=bench.house.tasks["sns"].name["en"])
    assert serving(bench) == champion.version - 1
    assert replies(bench, name, "rollback") == say("en", "rolled_back", tasks=bench.house.tasks["sns"].name["en"])
    assert replies(bench, name, "rollback sns") == say("en", "nothing_to_roll_back") and serving(bench) == 0
