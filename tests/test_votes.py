"""Votes by button and by reaction, in whatever order Slack delivers them; and their reasons."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.feedback import record
from bot.messages import say
from bot.playground.member import Member
from db.people import person
from db.session import transaction
from db.tables import Event, Feedback, Part
from db.votes import fold, vote
from tests.bot_parts import TEAM, Bench, Json, actions
from tests.rows import draft as draft_row
from tests.rows import fresh, known, request

pytest_plugins = ["tests.bot_bench"]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ACTS = ("press up", "press down", "add up", "add down", "take up", "take down")


class Model:
    """What a vote is, as one would explain it: the last one said counts, until it is taken back."""

    def __init__(self) -> None:
        self.vote: str | None = None

    def act(self, how: str, side: str) -> None:
        if how == "add" or (how == "press" and self.vote != side):
            self.vote = side
        elif how == "press" or self.vote == side:
            self.vote = None


@given(
    acts=st.lists(st.tuples(st.sampled_from(["U1", "U2"]), st.sampled_from(ACTS)), max_size=8),
    order=st.randoms(use_true_random=False),
    twice=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_given_any_acts_when_delivered_in_any_order_and_twice_then_votes_are_what_was_done(
    engine: Engine, acts: list[tuple[str, str]], order: random.Random, twice: bool
) -> None:
    models, mark = {"U1": Model(), "U2": Model()}, fresh()
    for who, act in acts:
        models[who].act(*act.split())
    deliveries = list(enumerate(acts)) * (2 if twice else 1)
    order.shuffle(deliveries)
    with transaction(engine) as session:
        one = draft_row(session)
        for number, (who, act) in deliveries:
            row, at = row_of(act), NOON + timedelta(seconds=number)
            record(session, one.id, person(session, "T1", who), row.kind, f"{mark}:{number}", way=row.way, acted_at=at)
        found = {who: vote(session, one.id, person(session, "T1", who).id or 0) for who in models}
    assert found == {who: model.vote for who, model in models.items()}


@given(st.lists(st.sampled_from(ACTS)))
def test_given_any_acts_in_their_order_when_folded_then_the_last_word_counts(acts: list[str]) -> None:
    model = Model()
    for act in acts:
        model.act(*act.split())
    assert fold(row_of(act) for act in acts) == model.vote
    assert fold([*map(row_of, acts), Feedback(kind="unvote")]) is None, "as votes were taken back once"


def row_of(act: str) -> Feedback:
    how, side = act.split()
    kind, way = (f"unvote_{side}" if how == "take" else side), ("button" if how == "press" else "reaction")
    return Feedback(kind=kind, way=way)


def number(message: Json) -> int:
    return int(message["metadata"]["event_payload"]["draft_id"])


def vote_of(bench: Bench, draft: int, who: Member) -> str | None:
    with transaction(bench.engine) as session:
        return vote(session, draft, person(session, TEAM, who.id).id or 0)


def test_given_reactions_on_any_part_of_an_answer_when_added_and_removed_then_they_are_this_persons_vote(
    bench: Bench,
) -> None:
    message, thread = bench.draft("여름 음료를 알리는 글입니다. 손님이 먼저 읽습니다.\n\n" * 420)
    junho, draft = bench.member("junho"), number(message)
    parts = [m for m in junho.thread("초안", thread) if m.get("metadata")]
    assert len(parts) > 2
    steps: list[tuple[Callable[..., None], Json, str, str | None]] = [
        (junho.react, parts[1], "+1::skin-tone-3", "up"),
        (junho.react, parts[-1], "thumbsdown", "down"),
        (junho.unreact, parts[1], "+1::skin-tone-3", "down"),  # what does not count takes nothing back
        (junho.unreact, parts[-1], "thumbsdown", None),
        (junho.react, parts[0], "+1", "up"),
    ]
    for step, part, name, expected in steps:
        step(part["ts"], name, channel="초안")
        assert bench.slack.wait_for(lambda e=expected: vote_of(bench, draft, junho) == e), (name, expected)  # type: ignore[misc]
    assert {row.way for row in bench.rows(Feedback, Feedback.draft_id == draft)} == {"reaction"}
    before = len(bench.rows(Feedback))
    junho.react(parts[0]["ts"], "tada", channel="초안")
    junho.react(thread, "+1", channel="초안")
    assert len(bench.rows(Feedback)) == before, "no vote, and no message of ours"


def test_given_a_reaction_delivered_twice_and_late_when_taken_then_it_is_kept_once(bench: Bench) -> None:
    message, _ = bench.draft("여름 음료 초안")
    bench.slack.switch(duplicate_deliveries=True)
    mina, draft = bench.member("mina"), number(message)
    mina.react(message["ts"], "+1", channel="초안")
    bench.slack.wait_for(lambda: vote_of(bench, draft, mina) == "up" and bench.slack.health()["unacked"] == 0)
    assert len(bench.rows(Feedback, Feedback.draft_id == draft)) == 1


@pytest.mark.parametrize("language", ["ko", "en"])
def test_given_a_vote_against_when_pressed_then_its_reason_is_asked_for_and_kept_beside_the_vote(
    bench: Bench, language: str
) -> None:
    message, _ = bench.draft("여름 음료 초안", language=language)
    mina, draft = bench.member("mina"), number(message)
    bench.speak("mina", language)
    mina.click(message["ts"], "draft_feedback", f"down:{draft}")
    view = mina.open_view(callback_id="feedback_reason")
    boxes = view["blocks"][0]["element"]["options"]
    assert [box["text"]["text"] for box in boxes] == list(bench.house.reasons("blog", language).values())
    mina.submit(view["id"], {"chips": ["too_long", "wrong_tone"], "words": "  좀 딱딱해요  "})
    down, reason = bench.rows(Feedback, Feedback.draft_id == draft)
    assert (down.kind, reason.kind, reason.way) == ("down", "reason", "form")
    assert (reason.reasons, reason.reason) == (["too_long", "wrong_tone"], "좀 딱딱해요")
    mina.click(message["ts"], "draft_feedback", f"down:{draft}")
    assert vote_of(bench, draft, mina) is None and not mina.views(), "taken back: nothing to ask"


def test_given_a_reason_form_when_closed_or_sent_empty_then_the_vote_stands_alone(bench: Bench) -> None:
    message, _ = bench.draft("여름 음료 초안")
    mina, draft = bench.member("mina"), number(message)
    mina.click(message["ts"], "draft_feedback", f"down:{draft}")
    mina.submit(mina.open_view(callback_id="feedback_reason")["id"], {})
    assert [row.kind for row in bench.rows(Feedback, Feedback.draft_id == draft)] == ["down"]


def test_given_a_reaction_against_when_added_then_the_person_alone_is_asked_once_why(bench: Bench) -> None:
    message, thread = bench.draft("여름 음료 초안")
    junho, draft = bench.member("junho"), number(message)
    bench.speak("junho", "ko")
    junho.react(message["ts"], "-1", channel="초안")

    def asked() -> list[Json]:
        return [m for m in junho.thread("초안", thread) if "feedback_why" in actions(m)]

    (line,) = bench.slack.wait_for(asked)
    assert (line["viewer"], line["text"]) == (junho.id, say("ko", "why_ask"))
    junho.unreact(message["ts"], "-1", channel="초안")
    junho.react(message["ts"], "-1", channel="초안")
    bench.slack.wait_for(lambda: len(bench.rows(Feedback, Feedback.draft_id == draft)) == 3)
    assert asked() == [line]
    junho.click(line["ts"], "feedback_why", channel="초안")
    junho.submit(junho.open_view(callback_id="feedback_reason")["id"], {"chips": ["generic"]})
    assert bench.rows(Feedback, Feedback.draft_id == draft)[-1].reasons == ["generic"]


def test_given_a_vote_against_by_button_when_a_reaction_says_the_same_then_nobody_is_asked_twice(bench: Bench) -> None:
    message, thread = bench.draft("여름 음료 초안")
    mina, draft = bench.member("mina"), number(message)
    mina.click(message["ts"], "draft_feedback", f"down:{draft}")
    mina.close_view(mina.open_view(callback_id="feedback_reason")["id"])
    mina.react(message["ts"], "-1", channel="초안")
    bench.slack.wait_for(lambda: len(bench.rows(Feedback, Feedback.draft_id == draft)) == 2)
    mina.unreact(message["ts"], "-1", channel="초안")
    assert bench.slack.wait_for(lambda: vote_of(bench, draft, mina) is None)
    assert not [m for m in mina.thread("초안", thread) if "feedback_why" in actions(m)]


def test_given_a_reaction_on_a_draft_not_written_yet_when_added_then_nothing_breaks(bench: Bench) -> None:
    message, _ = bench.draft("여름 음료 초안")
    mina = bench.member("mina")
    root = mina.say("초안", "…")
    with transaction(bench.engine) as session:
        row = request(session)
        session.add(Part(request_id=row.id or 0, number=0, channel_id=message["channel"], ts=root))
    seen = len(bench.rows(Event))
    mina.react(root, "+1", channel="초안")
    bench.slack.wait_for(lambda: bench.slack.health()["unacked"] == 0)
    assert bench.rows(Feedback, Feedback.draft_id == row.id) == [] and len(bench.rows(Event)) == seen


def test_given_a_draft_used_as_it_is_when_pressed_again_then_it_is_one_acceptance_until_an_edit(engine: Engine) -> None:
    with transaction(engine) as session:
        one = draft_row(session)
        who = known(session, "U1")
        kept = [record(session, one.id, who, "accept", fresh()) for _ in range(2)]
        edit = record(session, one.id, who, "edit", fresh(), "다른 글")
        later = record(session, one.id, who, "accept", fresh())
    assert [row is not None for row in (*kept, edit, later)] == [True, False, True, True]
