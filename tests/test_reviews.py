"""Feedback becomes masked reviews; a reviewer's word counts once, and nobody's word is lost."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from curation import examples
from curation.decisions import CHANGED, decide, take
from curation.desk import Pulled, Pushed, Verdict
from curation.house import House
from curation.lease import alone
from curation.reviews import exchange, open_reviews
from db.errors import DeskError, InputError
from db.session import transaction
from db.tables import Audit, Channel, Decision, Example, Person, Review, now
from tests import rows

PHONE = "010-1234-5678"


class PaperDesk:
    """A desk on paper: shows what it is given, keeps what reviewers say, refuses empty texts, breaks on demand."""

    name = "paper"
    batch = 10

    def __init__(self) -> None:
        self.shown: dict[int, str] = {}
        self.words: list[Verdict] = []
        self.settled: list[tuple[int, str, list[str]]] = []  # review, state, who has spoken
        self.told: dict[str, Any] = {}  # what else it tells of itself
        self.meanwhile: Callable[[], None] = lambda: None
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
        words = list(self.words)
        self.meanwhile()
        return Pulled(words, **self.told)

    def settle(self, review: Review, words: Sequence[Decision] = ()) -> None:
        assert review.id is not None
        self.settled.append((review.id, review.state, [word.reviewer for word in words]))

    def remove(self, review: Review) -> None:
        assert review.id is not None
        del self.shown[review.id]

    def say(self, review_id: int | None, verdict: Any, key: str, reviewer: str = "R1", **more: Any) -> None:
        self.words.append(Verdict(review_id or 0, key, reviewer, verdict, datetime.now(UTC), **more))


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
    assert desk.settled == [(1, "approved", ["R1"]), (2, "rejected", ["R1"])]
    assert len(all_of(engine, Decision)) == 2


def test_given_second_thought_when_decided_again_then_the_reviewers_newest_word_stands(engine: Engine) -> None:
    with transaction(engine) as session:
        number = rows.review(session, proposed="글").id
        assert (
            decide(session, number, key="a", reviewer="R1", verdict="approve", text="더 나은 글").text == "더 나은 글"
        )
        changed = decide(session, number, key="b", reviewer="R1", verdict="reject", note="가격이 달라요")
        assert (changed.state, changed.text, changed.decided_by, changed.note) == (
            "rejected",
            None,
            "R1",
            "가격이 달라요",
        )
        again = decide(session, number, key="a", reviewer="R1", verdict="approve")
        assert again.state == "rejected"
    assert [d.key for d in all_of(engine, Decision)] == ["a", "b"]


def test_given_an_example_when_its_reviewer_edits_and_then_rejects_then_the_review_follows_and_the_audit_says_so(
    engine: Engine, desk: PaperDesk
) -> None:
    with transaction(engine) as session:
        number = rows.review(session, proposed="글", state="pushed", external_id="sheet-1").id
    desk.say(number, "approve", "w1")
    exchange(engine, desk)
    with transaction(engine) as session:
        assert len(examples.collect(session)) == 1
    desk.say(number, "approve", "w1 edited", text="더 나은 글")
    assert exchange(engine, desk).decided == 1
    assert (all_of(engine, Review)[0].state, all_of(engine, Review)[0].text) == ("approved", "더 나은 글")
    desk.say(number, "reject", "w1 edited again", note="가격이 달라요")
    exchange(engine, desk)
    assert (all_of(engine, Review)[0].state, all_of(engine, Review)[0].note) == ("rejected", "가격이 달라요")
    lines = [(a.actor, a.subject, a.note) for a in all_of(engine, Audit) if a.action == CHANGED]
    assert lines == [("R1", f"review:{number}", "another wording"), ("R1", f"review:{number}", "approved -> rejected")]
    assert len(all_of(engine, Example)) == 1, "nothing already trained on is undone"
    exchange(engine, desk)
    assert len([a for a in all_of(engine, Audit) if a.action == CHANGED]) == 2


@pytest.fixture
def spoken(engine: Engine, desk: PaperDesk) -> PaperDesk:
    """A desk that tells everything, where R1 and R2 have each approved a text."""
    desk.told = {"complete": True}
    with transaction(engine) as session:
        rows.review(session, proposed="하나")
        rows.review(session, proposed="둘")
    exchange(engine, desk)
    desk.say(1, "approve", "w1", response="r1")
    desk.say(2, "approve", "w2", response="r2", reviewer="R2")
    assert exchange(engine, desk).decided == 2
    desk.settled.clear()
    return desk


def states(engine: Engine) -> list[str]:
    return [review.state for review in all_of(engine, Review)]


def test_given_a_response_that_left_the_desk_when_pulled_then_its_word_is_gone_until_there_is_another(
    engine: Engine, spoken: PaperDesk
) -> None:
    kept = spoken.words.pop(0)
    done = exchange(engine, spoken)
    assert (done.decided, done.withdrawn, states(engine)) == (0, 1, ["pushed", "approved"])
    assert [d.withdrawn_at is None for d in all_of(engine, Decision)] == [False, True]
    assert (exchange(engine, spoken).withdrawn, spoken.settled) == (0, [(1, "pushed", [])])
    spoken.words.append(kept)  # it had only been out of sight
    assert (exchange(engine, spoken).decided, states(engine)) == (1, ["approved", "approved"])
    spoken.words[-1] = replace(kept, key="w1 anew", verdict="reject", decided_at=now())
    assert (exchange(engine, spoken).decided, states(engine)) == (1, ["rejected", "approved"])


@pytest.mark.parametrize(
    "told",
    [
        {"complete": False},  # only what is new
        {"complete": True, "reviewers": frozenset({"R9"})},  # both accounts were deleted, and with them their responses
        {"complete": True, "shown": frozenset({9})},  # another server, or an emptied one
        {"complete": True, "latest": now() - timedelta(days=1)},  # restored from yesterday's backup
    ],
)
def test_given_missing_words_when_the_desk_can_not_hold_them_any_more_then_they_stay_for_ever(
    engine: Engine, spoken: PaperDesk, told: dict[str, Any]
) -> None:
    spoken.words, spoken.told = [], told
    for _ in range(2):
        assert (exchange(engine, spoken).withdrawn, states(engine)) == (0, ["approved", "approved"])
    spoken.told = {"complete": True}
    assert exchange(engine, spoken).withdrawn == (0 if told["complete"] else 2)


def test_given_a_word_kept_by_another_trainer_during_the_pull_when_missing_in_it_then_it_is_not_taken_back(
    engine: Engine, spoken: PaperDesk
) -> None:
    def meanwhile() -> None:
        late = Verdict(1, "w3", "R3", "approve", datetime.now(UTC), response="r3")
        with transaction(engine) as session:
            take(session, 1, [late])

    spoken.meanwhile = meanwhile
    assert exchange(engine, spoken).withdrawn == 0
    spoken.meanwhile = lambda: None
    assert exchange(engine, spoken).withdrawn == 1, "now the desk was asked after it was kept"


def test_given_a_desk_that_lost_records_when_exchanged_then_they_go_out_again_and_what_was_said_stays(
    engine: Engine, spoken: PaperDesk
) -> None:
    with transaction(engine) as session:
        rows.review(session, proposed="셋", opinions=2)
        rows.review(session, proposed="넷")
    exchange(engine, spoken)
    spoken.say(3, "approve", "w3", response="r3")
    exchange(engine, spoken)
    spoken.words, spoken.told = [], {"complete": True, "shown": frozenset({4})}  # restored from an older backup
    assert exchange(engine, spoken).withdrawn == 0
    assert states(engine) == ["approved", "approved", "pending", "pushed"]
    spoken.told["shown"] = frozenset({1, 2, 3, 4})
    assert (exchange(engine, spoken).pushed, spoken.shown[3]) == (1, "셋")
    spoken.say(3, "approve", "w4", response="r4", reviewer="R2")
    exchange(engine, spoken)
    assert states(engine)[2] == "approved", "R1 had said so before the server was restored"


def test_given_a_desk_out_of_step_when_exchanged_then_it_is_told_how_those_reviews_stand_before_all_counts_as_kept(
    engine: Engine, spoken: PaperDesk
) -> None:
    with transaction(engine) as session:
        rows.review(session, opinions=2)
        rows.review(session)
    exchange(engine, spoken)
    told: list[int] = []
    spoken.told |= {"shown": frozenset({1, 2, 3, 4}), "kept": lambda: told.append(len(spoken.settled))}
    spoken.told["open"] = frozenset({1, 4})  # the first is decided, and nobody is asked about the third
    exchange(engine, spoken)
    assert spoken.settled == [(1, "approved", ["R1"]), (3, "pushed", [])] and told == [2]
    spoken.told["open"] = frozenset({3, 4})
    exchange(engine, spoken)
    assert told == [2, 2], "nothing was left to tell"


def test_given_a_text_two_must_agree_on_when_they_disagree_then_a_third_decides_and_the_desk_is_told_each_time(
    engine: Engine, spoken: PaperDesk
) -> None:
    with transaction(engine) as session:
        rows.review(session, opinions=2)
    exchange(engine, spoken)
    for reviewer, verdict, state in (
        ("R1", "approve", "pushed"),
        ("R2", "reject", "disputed"),
        ("R3", "reject", "rejected"),
    ):
        spoken.say(3, verdict, f"{reviewer} on 3", response=f"{reviewer} on 3", reviewer=reviewer)
        exchange(engine, spoken)
        assert states(engine)[2] == state
    assert spoken.settled == [(3, "pushed", ["R1"]), (3, "disputed", ["R1", "R2"]), (3, "rejected", ["R1", "R2", "R3"])]
    assert all_of(engine, Review)[2].priority == 1.0


def test_given_one_reviewer_alone_when_a_second_opinion_was_wanted_then_nobody_waits_for_it(
    engine: Engine, desk: PaperDesk
) -> None:
    with transaction(engine) as session:
        rows.review(session, opinions=2)
        long_ago = rows.review(session, state="pushed", opinions=2).id
        decide(session, long_ago, key="old", reviewer="R2", verdict="approve", decided_at=now() - timedelta(days=40))
        quality: dict[str, Any] = {"quality": 4, "reasons": ["too_long"]}
        decide(session, 1, key="a", reviewer="R1", verdict="reject", **quality)
    assert (exchange(engine, desk).decided, states(engine)) == (2, ["rejected", "approved"])
    assert [(d.quality, d.reasons) for d in all_of(engine, Decision)] == [(None, []), (4, ["too_long"])]
    with transaction(engine) as session:
        rows.review(session, opinions=2)
        decide(session, 3, key="b", reviewer="R1", verdict="approve")
        decide(session, 2, key="c", reviewer="R3", verdict="approve")
    assert (exchange(engine, desk).decided, states(engine)[2]) == (0, "pushed"), "R3 reviews as well now"


def test_given_a_forgotten_review_when_words_about_it_come_or_go_then_nothing_happens(
    engine: Engine, spoken: PaperDesk
) -> None:
    with transaction(engine) as session:
        session.get_one(Review, 1).state = "withdrawn"
    spoken.words.pop(0)
    spoken.say(1, "reject", "w9", response="r9")
    done = exchange(engine, spoken)
    assert (done.decided, done.withdrawn, states(engine), spoken.settled) == (0, 0, ["withdrawn", "approved"], [])
    with transaction(engine) as session, pytest.raises(InputError, match="taken back"):
        decide(session, 1, key="x", reviewer="R1", verdict="approve")


def test_given_many_reviews_when_pushed_then_the_most_informative_come_first(engine: Engine, desk: PaperDesk) -> None:
    with transaction(engine) as session:
        for share in (0.2, 0.9, 0.5, 0.9):
            rows.review(session, priority=share)
    exchange(engine, desk)
    assert list(desk.shown) == [2, 4, 3, 1]


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
