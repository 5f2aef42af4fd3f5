"""What teaches most is asked first: people who disagree, large edits, new texts, rare kinds; and reviewers see what is odd."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from curation.decisions import decide
from curation.house import House
from curation.likeness import Likeness
from curation.opinions import wants_second
from curation.priority import AT_ONCE, LEAST, Signs, appraise, priority, split
from db.session import transaction
from db.tables import Review
from tests import rows

share = st.floats(0, 1)
signs = st.builds(Signs, share, share, share, share)
NAMES = ("disagreement", "edit", "novelty", "rarity")
KNOWN = "여름 음료를 편하게 소개합니다. 시원한 매실차와 오미자차를 이번 주에 만나 보세요."
OTHER = "가을 축제의 참가 신청을 받습니다. 시청 앞 광장에서 저녁마다 공연이 열립니다."


@given(signs, st.sampled_from(NAMES), share)
def test_given_any_signs_when_one_of_them_grows_then_the_priority_never_falls(
    some: Signs, name: str, value: float
) -> None:
    more = Signs(**{**vars(some), name: max(value, getattr(some, name))})
    assert LEAST <= priority(some) <= priority(more) <= 1


def test_given_votes_when_split_evenly_then_people_disagree_most() -> None:
    assert [split(v) for v in ([], ["up", None], ["up", "up"], ["up", "up", "down"], ["down", "up"])] == [
        0,
        0,
        0,
        0.5,
        1,
    ]


def test_given_known_texts_when_one_is_copied_with_an_edit_then_the_likeness_says_how_much_is_the_same() -> None:
    known = Likeness([KNOWN, *(f"{n}번째 글은 {n * 7}쪽입니다" for n in range(100)), OTHER])
    assert known.closest(KNOWN) == 1.0
    assert 0.5 < known.closest(KNOWN.replace("시원한", "차가운")) < 1.0
    assert known.closest("전혀 관계없는 이야기를 적어 둡니다") < 0.2
    assert Likeness([]).closest(KNOWN) == 0.0


def ranked(engine: Engine) -> list[Review]:
    with transaction(engine) as session:
        return list(session.exec(select(Review).where(Review.state == "pending").order_by(Review.id)))  # type: ignore[arg-type]


def test_given_new_reviews_when_appraised_then_each_sign_raises_its_own(engine: Engine, house: House) -> None:
    with transaction(engine) as session:
        rows.review(session, state="approved", text=KNOWN, proposed="예전 글")
        plain: dict[str, Any] = {"edit_share": 0.1, "text": "…"}
        ids = {}
        for name in ("plain", "edited", "argued", "copied", "rare"):
            draft = rows.draft(session)
            if name == "argued":
                for user, kind in (("U8", "up"), ("U9", "down")):
                    who = rows.known(session, user).id
                    rows.feedback(session, draft, person_id=who, kind=kind, text=None)
            signal = rows.feedback(session, draft, **{**plain, **({"edit_share": 0.9} if name == "edited" else {})})
            text = KNOWN + "!" if name == "copied" else f"{name}: {OTHER[::-1]} {name * 9}"
            ids[name] = rows.review(session, signal, proposed=text, task="sns" if name == "rare" else "blog").id
    assert appraise(engine, house, second_opinions=0.0) == 5
    found = {name: review.priority for name, review in zip(ids, ranked(engine), strict=True)}
    assert found["copied"] < found["plain"] < min(found["edited"], found["argued"], found["rare"])
    assert appraise(engine, house, second_opinions=0.0) == 0


def test_given_a_copy_with_masked_data_and_house_words_when_appraised_then_flags_say_so(
    sqlite_engine: Engine, house: House
) -> None:
    with transaction(sqlite_engine) as session:
        rows.review(session, state="approved", text=KNOWN)
        rows.review(session, proposed=f"{KNOWN} 최고 [PHONE_1] [PHONE_2] [EMAIL_1]")
        rows.review(session, proposed=OTHER)
        rows.review(session, proposed=OTHER)
    appraise(sqlite_engine, house, second_opinions=0.0)
    odd, first, twin = (review.flags for review in ranked(sqlite_engine))
    assert {"masked:PHONE:2", "masked:EMAIL:1", "title", "wording:✕ 최고"} <= set(odd) and "formal" not in odd
    assert not any(flag.startswith("copy:") for flag in first)
    assert twin[0] == "copy:100", "of two new twins the later one is the copy"


@pytest.mark.parametrize(("reviewers", "opinions"), [([], {1}), (["R1"], {1}), (["R1", "R2"], {1, 2})])
def test_given_a_share_of_second_opinions_when_appraised_then_it_is_asked_for_where_two_people_review(
    sqlite_engine: Engine, house: House, reviewers: list[str], opinions: set[int]
) -> None:
    with transaction(sqlite_engine) as session:
        for name in reviewers:
            decide(session, rows.review(session).id or 0, key=name, reviewer=name, verdict="reject")
        made = [rows.review(session, proposed=f"{n}").key for n in range(30)]
    appraise(sqlite_engine, house, second_opinions=0.5)
    found = {review.key: review.opinions for review in ranked(sqlite_engine)}
    assert set(found.values()) == opinions
    if len(reviewers) > 1:
        assert {key for key, n in found.items() if n == 2} == {key for key in made if wants_second(key, 0.5)}


def test_given_more_reviews_than_are_looked_at_at_once_when_appraised_then_none_is_left_over(
    sqlite_engine: Engine, house: House
) -> None:
    with transaction(sqlite_engine) as session:
        for n in range(AT_ONCE + 5):
            rows.review(session, proposed=f"{n}번 {OTHER} {n * n}")
        rows.review(session, state="pushed", proposed=KNOWN)
    assert appraise(sqlite_engine, house, second_opinions=0.0) == AT_ONCE + 5
    assert all(review.priority >= LEAST for review in ranked(sqlite_engine))
