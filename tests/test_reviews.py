"""Feedback becomes masked reviews; a reviewer's word counts once, and nobody's word is lost."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from curation import examples
from curation.desk import Pulled, Pushed, Verdict
from curation.house import House
from curation.lease import alone
from curation.reviews import decide, exchange, open_reviews
from db.errors import DeskError, InputError
from db.session import transaction
from db.tables import Channel, Decision, Person, Review
from tests import rows

PHONE = "010-1234-5678"


class PaperDesk:
    """A desk on paper: shows what it is given, keeps what reviewers say, refuses empty texts, breaks on demand."""

    name = "paper"

    def __init__(self) -> None:
        self.shown: dict[int, str] = {}
        self.words: list[Verdict] = []
        self.settled: list[tuple[int, str]] = []
        self.pushes = 0
        self.breaks = False
        self.waits: threading.Barrier | None = None

    def push(self, reviews: Sequence[Review]) -> list[Pushed]:
        self.pushes += 1
        if self.waits:
            self.waits.wait(5)
            self.waits.wait(5)
        answers = [self._show(review) for review in reviews]
        if self.breaks:
            raise DeskError("the desk broke")
        return answers

    def _show(self, review: Review) -> Pushed:
        assert review.id is not None
        if not review.proposed:
            return Pushed(review.id, refused="nothing to read")
        self.shown[review.id] = review.proposed
        return Pushed(review.id, external_id=f"sheet-{review.id}")

    def pull(self) -> Pulled:
        return Pulled(list(self.words))

    def settle(self, review: Review) -> None:
        assert review.id is not None
        self.settled.append((review.id, review.state))

    def remove(self, review: Review) -> None:
        assert review.id is not None
        del self.shown[review.id]

    def say(self, review_id: int, verdict: Any, key: str, text: str | None = None) -> None:
        self.words.append(Verdict(review_id, key, "R1", verdict, datetime.now(UTC), text))


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


def all_of(engine: Engine, kind: Any) -> list[Any]:
    with transaction(engine) as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def test_given_edit_with_personal_data_when_opened_then_review_holds_none_of_it(engine: Engine, house: House) -> None:
    with transaction(engine) as session:
        fields = {"topic": f"문의 {PHONE}", "points": [f"전화 {PHONE}", "예약"]}
        session.add(Channel(team_id="", channel_id="C1", external=False))
        asked = rows.request(session, fields=fields, channel_id="C1", thread_ts="1.2")
        turns = [{"role": "user", "content": f"주제: {PHONE}"}]
        draft = rows.draft(session, asked, text=f"초안 {PHONE}", short_prompt=turns, long_prompt=turns)
        rows.feedback(session, draft, text=f"고친 글 {PHONE}")
        assert open_reviews(session, house) == 1
        assert open_reviews(session, house) == 0
    [review] = all_of(engine, Review)
    assert PHONE not in review.model_dump_json()
    assert review.proposed == "고친 글 [PHONE_1]" and review.draft == "초안 [PHONE_1]"
    assert review.fields == {"topic": "문의 [PHONE_1]", "points": ["전화 [PHONE_1]", "예약"]}
    assert (review.origin, review.state, review.source) == ("edited", "pending", "C1:1.2")


def test_given_accepted_draft_and_edit_that_changed_nothing_when_opened_then_both_count_as_accepted(
    sqlite_engine: Engine, house: House
) -> None:
    with transaction(sqlite_engine) as session:
        rows.feedback(session, rows.draft(session, text="초안"), kind="accept", text=None)
        rows.feedback(session, rows.draft(session, text="초안"), kind="edit", text="초안\n")
        open_reviews(session, house)
    assert [r.origin for r in all_of(sqlite_engine, Review)] == ["accepted", "accepted"]


@pytest.mark.parametrize("why", ["declined", "not collected"])
def test_given_person_or_channel_we_may_not_learn_from_when_opened_then_no_review(
    sqlite_engine: Engine, house: House, why: str
) -> None:
    with transaction(sqlite_engine) as session:
        asked = rows.request(session, collect=why != "not collected")
        rows.feedback(session, rows.draft(session, asked))
        session.get_one(Person, asked.person_id).consent = "declined" if why == "declined" else "granted"
        session.flush()
        assert open_reviews(session, house) == 0


def test_given_many_reviews_when_exchanged_then_all_are_pushed_and_refused_ones_say_why(
    engine: Engine, desk: PaperDesk
) -> None:
    with transaction(engine) as session:
        for i in range(24):
            rows.review(session, proposed="" if i == 5 else f"글 {i}")
    done = exchange(engine, desk)
    assert (done.pushed, done.refused, len(desk.shown)) == (23, 1, 23)
    states = [(r.state, r.note) for r in all_of(engine, Review)]
    assert states[5] == ("refused", "nothing to read")
    assert {s for i, s in enumerate(states) if i != 5} == {("pushed", "")}
    assert exchange(engine, desk).pushed == 0


def test_given_desk_that_breaks_when_exchanged_again_then_everything_arrives(engine: Engine, desk: PaperDesk) -> None:
    with transaction(engine) as session:
        rows.review(session)
    desk.breaks = True
    with pytest.raises(DeskError):
        exchange(engine, desk)
    assert [r.state for r in all_of(engine, Review)] == ["pending"]
    desk.breaks = False
    assert exchange(engine, desk).pushed == 1


def test_given_two_trainers_when_both_exchange_then_one_of_them_pushes(engine: Engine, desk: PaperDesk) -> None:
    with transaction(engine) as session:
        rows.review(session)
    desk.waits = threading.Barrier(2)
    first = threading.Thread(target=exchange, args=(engine, desk))
    first.start()
    desk.waits.wait(5)  # the first is in the middle of its push
    other = PaperDesk()
    assert exchange(engine, other).pushed == 0
    desk.waits.wait(5)
    first.join(5)
    assert (desk.pushes, other.pushes) == (1, 0)
    with transaction(engine) as session:
        rows.review(session)
    assert exchange(engine, other).pushed == 1


def test_given_words_at_the_desk_when_pulled_again_and_again_then_each_counts_once(
    engine: Engine, desk: PaperDesk
) -> None:
    with transaction(engine) as session:
        rows.review(session, proposed="가격은 10,000원입니다.")
        rows.review(session)
    desk.say(1, "approve", "w1", text=f"가격은 12,000원입니다. {PHONE}")
    desk.say(2, "reject", "w2")
    desk.say(99, "approve", "w3")
    assert exchange(engine, desk).decided == 2
    assert exchange(engine, desk).decided == 0
    first, second = all_of(engine, Review)
    assert (first.state, first.text) == ("approved", "가격은 12,000원입니다. [PHONE_1]")
    assert (second.state, second.text) == ("rejected", None)
    assert desk.settled == [(1, "approved"), (2, "rejected")]
    assert len(all_of(engine, Decision)) == 2


def test_given_second_thought_when_decided_before_the_text_is_taught_then_the_newest_word_stands(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        number = rows.review(session, proposed="글").id
        assert (
            decide(session, number, key="a", reviewer="R1", verdict="approve", text="더 나은 글").text == "더 나은 글"
        )
        changed = decide(session, number, key="b", reviewer="R2", verdict="reject", note="가격이 달라요")
        assert (changed.state, changed.text, changed.decided_by, changed.note) == (
            "rejected",
            None,
            "R2",
            "가격이 달라요",
        )
        again = decide(session, number, key="a", reviewer="R1", verdict="approve")
        assert again.state == "rejected"
    assert [d.key for d in all_of(engine, Decision)] == ["a", "b"]


def test_given_taught_text_when_decided_then_refused_but_the_desks_word_is_kept(
    engine: Engine, desk: PaperDesk
) -> None:
    with transaction(engine) as session:
        number = rows.review(session).id
        decide(session, number, key="a", reviewer="R1", verdict="approve")
        assert len(examples.collect(session)) == 1
        with pytest.raises(InputError, match="example already"):
            decide(session, number, key="b", reviewer="R1", verdict="reject")
    desk.say(number, "reject", "late")
    assert exchange(engine, desk).decided == 0
    assert all_of(engine, Review)[0].state == "approved"
    assert [d.key for d in all_of(engine, Decision)] == ["a", "late"]


def test_given_nonsense_when_decided_then_one_sentence_says_what_is_wrong(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        number = rows.review(session).id
        with pytest.raises(InputError, match="no review 99"):
            decide(session, 99, key="a", reviewer="R1", verdict="approve")
        with pytest.raises(InputError, match="'maybe'"):
            decide(session, number, key="a", reviewer="R1", verdict="maybe")


def test_given_slow_holder_when_another_took_its_lease_then_it_does_not_take_it_back(engine: Engine) -> None:
    with alone(engine, "job", seconds=0.05) as first:
        assert first() and first()
        time.sleep(0.1)
        with alone(engine, "job", seconds=60) as second:
            assert not second(), "sixty seconds are not over"
        with alone(engine, "job", seconds=0.05) as third:
            assert third()
            assert not first()
            assert third()
        assert first(), "given back"
