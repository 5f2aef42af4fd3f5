"""What reviewers' words come to depends on each reviewer's last word alone: not on the order of arrival, not on repeats."""

import random
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from curation.decisions import decide, take, take_back
from curation.desk import Verdict
from curation.opinions import Standing, last_words, latest_wording, standing, wants_second
from db.session import transaction
from db.tables import Decision, Review
from tests import rows

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
VERDICTS: tuple[Literal["approve", "reject"], ...] = ("approve", "reject")


def word(reviewer: str, verdict: str, minute: int, text: str | None = None, gone: bool = False) -> Decision:
    return Decision(
        review_id=1,
        key=f"{reviewer}:{minute}",
        response=reviewer,
        reviewer=reviewer,
        verdict=verdict,
        text=text,
        decided_at=START + timedelta(minutes=minute),
        withdrawn_at=START if gone else None,
    )


def said(story: str) -> list[Decision]:
    """ "a+ b- a-~": a approves, b rejects, then a rejects and takes that word back."""
    marks = {"+": "approve", "-": "reject"}
    return [word(act[0], marks[act[1]], minute, gone=act.endswith("~")) for minute, act in enumerate(story.split())]


STORIES = [
    (1, "", "open", 1),
    (1, "a+", "approved", 0),
    (1, "a-", "rejected", 0),
    (1, "a+ a-", "rejected", 0),
    (1, "a+ b+", "approved", 0),
    (1, "a+ b-", "disputed", 1),
    (1, "a+ b- c-", "rejected", 0),
    (1, "a+~", "open", 1),
    (2, "a+", "open", 1),
    (2, "a-", "open", 1),
    (2, "a+ a+ a+", "open", 1),
    (2, "a+ b+", "approved", 0),
    (2, "a- b-", "rejected", 0),
    (2, "a+ b-", "disputed", 1),
    (2, "a+ b- a-", "rejected", 0),
    (2, "a+ b- c+", "approved", 0),
    (2, "a+ b- c+ d-", "disputed", 1),
    (2, "a+ b- c+ b+~", "approved", 0),
    (2, "a+ b-~ c+", "approved", 0),
    (2, "a+ b+~", "open", 1),
    (3, "a+ b+", "open", 1),
    (3, "a+ b+ c-", "disputed", 1),
    (3, "a+ b+ c- d+", "approved", 0),
]


@pytest.mark.parametrize(("opinions", "story", "state", "wanted"), STORIES)
def test_given_a_story_of_words_when_weighed_then_the_review_stands_so(
    opinions: int, story: str, state: str, wanted: int
) -> None:
    stands = standing(said(story), opinions)
    assert (stands.state, stands.wanted) == (state, wanted)


def test_given_several_wordings_when_approved_then_the_latest_edit_is_the_text() -> None:
    words = [word("a", "approve", 1, "하나"), word("b", "approve", 2, "둘"), word("c", "approve", 3)]
    assert latest_wording(standing(words, 3).words) == "둘"
    assert latest_wording(standing([*words, word("b", "approve", 4)], 3).words) == "하나"
    assert latest_wording([word("a", "reject", 1, "아님")]) is None


words = st.lists(
    st.builds(
        word,
        st.sampled_from("abcd"),
        st.sampled_from(["approve", "reject"]),
        st.integers(0, 12),
        st.sampled_from([None, "하나", "둘"]),
        st.booleans(),
    ),
    max_size=9,
    unique_by=lambda one: one.key,
)


def seen(stands: Standing) -> tuple[object, ...]:
    return stands.state, stands.wanted, [one.key for one in stands.words], latest_wording(stands.words)


@settings(max_examples=300, deadline=None)
@given(words, st.integers(1, 3), st.randoms(use_true_random=False))
def test_given_any_words_when_shuffled_and_repeated_then_the_outcome_is_that_of_the_last_ones(
    given_words: list[Decision], opinions: int, chance: random.Random
) -> None:
    stands = standing(given_words, opinions)
    again = [*given_words, *(one for one in given_words if chance.random() < 0.5)]
    chance.shuffle(again)
    assert seen(standing(again, opinions)) == seen(stands)
    assert seen(standing(last_words(given_words), opinions)) == seen(stands)
    assert seen(standing([one for one in given_words if one.withdrawn_at is None], opinions)) == seen(stands)


@settings(max_examples=300, deadline=None)
@given(words, st.integers(1, 3))
def test_given_any_words_when_weighed_then_as_many_people_decide_as_were_asked_and_those_wanted_are_enough(
    given_words: list[Decision], opinions: int
) -> None:
    stands = standing(given_words, opinions)
    decided = stands.state in ("approved", "rejected")
    assert decided == (stands.wanted == 0) == bool(stands.deciding)
    assert len({one.reviewer for one in stands.words}) == len(stands.words)
    if decided:
        assert len(stands.words) >= opinions and 2 * len(stands.deciding) > len(stands.words)
    else:
        more = [[*given_words, *(word(f"n{i}", verdict, 50) for i in range(stands.wanted))] for verdict in VERDICTS]
        assert any(standing(together, opinions).wanted == 0 for together in more)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words, st.integers(1, 3), st.randoms(use_true_random=False))
def test_given_words_in_any_order_and_again_when_kept_then_the_stored_review_stands_as_they_say(
    sqlite_engine: Engine, given_words: list[Decision], opinions: int, chance: random.Random
) -> None:
    with transaction(sqlite_engine) as session:
        number = rows.review(session, state="pushed", external_id="r", opinions=opinions, proposed="글").id
    pieces = [one for one in given_words if one.withdrawn_at is None]
    heard = [Verdict(number, f"{number}:{w.key}", w.reviewer, w.verdict, w.decided_at, w.text) for w in pieces]  # type: ignore[arg-type]
    heard += chance.sample(heard, len(heard) // 2)
    chance.shuffle(heard)
    cut = chance.randint(0, len(heard))
    with transaction(sqlite_engine) as session:
        for batch in (heard[:cut], heard[cut:]):
            take(session, number, batch)
        kept = list(session.exec(select(Decision).where(Decision.review_id == number)))
        review = session.get_one(Review, number)
        stands = standing(pieces, opinions)
        assert len(kept) == len(pieces)
        assert review.state == {"open": "pushed"}.get(stands.state, stands.state)
        assert review.text == ((latest_wording(stands.words) or "글") if stands.state == "approved" else None)


def test_given_an_edited_response_when_taken_back_then_none_of_its_words_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        number = rows.review(session, state="pushed", external_id="r").id or 0
        words = [
            Verdict(number, f"r1:{minute}", "eun", verdict, START + timedelta(minutes=minute), response="r1")
            for minute, verdict in enumerate(VERDICTS)
        ]
        taken = take(session, number, words)
        assert taken and taken.state == "rejected"
        back = take_back(session, number, ["r1"])
        assert back and (back.state, back.decided_by, back.decided_at, back.note) == ("pushed", "", None, "")
        assert take_back(session, number, ["r1"]) is None, "it is gone already"
        again = decide(session, number, key="r1:9", reviewer="eun", verdict="approve")
        assert again.state == "approved", "a later word of the same reviewer counts anew"


def test_given_a_share_when_reviews_are_drawn_then_about_as_many_need_a_second_opinion_and_always_the_same() -> None:
    keys = [f"feedback:{n}" for n in range(2_000)]
    drawn = [key for key in keys if wants_second(key, 0.1)]
    assert 150 < len(drawn) < 250
    assert drawn == [key for key in keys if wants_second(key, 0.1)]
    assert set(drawn) <= {key for key in keys if wants_second(key, 0.3)}
    assert not any(wants_second(key, 0.0) for key in keys) and all(wants_second(key, 1.0) for key in keys)
