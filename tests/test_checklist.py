"""What is asked of a dataset before people trust it."""

from typing import Any

import pytest

from curation.dataset import checklist

GOOD: dict[str, Any] = {
    "examples": 200,
    "by_origin": {"human": 60, "edited": 60, "accepted": 80},
    "by_task_and_language": {"blog/ko": 60, "blog/en": 40, "sns/ko": 100},
    "split": {"train": 170, "heldout": 30},
    "topics": 150,
    "reviewers": 3,
    "reviewed": 140,
}

FEW = {
    "examples": 99,
    "by_origin": {"human": 99},
    "by_task_and_language": {"blog/ko": 49, "sns/ko": 25, "reply/ko": 25},
    "split": {"train": 84, "heldout": 15},
    "topics": 99,
}


def test_given_a_good_dataset_when_asked_then_every_question_is_ticked_with_its_numbers() -> None:
    ticks = checklist(GOOD)
    assert all(tick.good for tick in ticks)
    found = {tick.question: tick.found for tick in ticks}
    assert found["reviewed"] == "140 by 3 reviewers, 60 approved by their import"
    assert found["held out"] == "15% held out"


@pytest.mark.parametrize(
    ("question", "otherwise"),
    [
        ("enough", FEW),
        ("varied", {"topics": 99}),
        ("balanced", {"by_task_and_language": {"blog/ko": 101, "sns/ko": 99}}),
        ("human", {"by_origin": {"human": 99, "accepted": 101}}),
        ("held out", {"split": {"train": 181, "heldout": 19}}),
    ],
)
def test_given_one_thing_amiss_when_asked_then_that_question_alone_has_no_tick(
    question: str, otherwise: dict[str, Any]
) -> None:
    assert [tick.question for tick in checklist({**GOOD, **otherwise}) if not tick.good] == [question]


def test_given_a_dataset_of_before_these_questions_when_asked_then_only_what_it_tells_is_answered() -> None:
    old = {name: value for name, value in GOOD.items() if name not in ("topics", "reviewers", "reviewed")}
    assert {tick.question for tick in checklist(old)} & {"varied", "reviewed"} == set()
