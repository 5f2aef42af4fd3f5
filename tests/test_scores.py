"""Scores: the interval of a paired difference keeps its word, and texts are scored from 0 to their most."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from curation.likeness import Likeness
from trainer.bounds import chance_not_above, p_value, paired_interval, sure_interval, texts_needed
from trainer.scores import SCORES, chrf, copied, off_length, personal, repetition, summarise, wrong_language

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize("n", [30, 100])
def test_given_normal_differences_when_bounded_then_the_bounds_are_those_of_student_s_t(n: int) -> None:
    values = stats.norm.ppf((np.arange(n) + 0.5) / n, loc=0.4)  # as normal as a sample can be
    error = values.std(ddof=1) / math.sqrt(n)
    found = paired_interval(values.tolist(), 0.95)
    assert found.mean == pytest.approx(0.4)
    assert found.low == pytest.approx(stats.t.ppf(0.05, n - 1, 0.4, error), abs=0.1 * error)
    assert found.high == pytest.approx(stats.t.ppf(0.95, n - 1, 0.4, error), abs=0.1 * error)


def test_given_many_skewed_differences_when_bounded_then_the_bounds_are_those_of_scipy_s_bootstrap() -> None:
    values = stats.expon.ppf((np.arange(400) + 0.5) / 400)
    scipys = stats.bootstrap((values,), np.mean, confidence_level=0.9, rng=np.random.default_rng(0)).confidence_interval
    found = paired_interval(values.tolist(), 0.95)
    width = scipys.high - scipys.low
    assert found.low == pytest.approx(scipys.low, abs=0.05 * width)
    assert found.high == pytest.approx(scipys.high, abs=0.05 * width)


@given(st.lists(NUMBERS, min_size=2, max_size=40), st.floats(0.55, 0.99))
def test_given_any_differences_when_bounded_then_the_interval_is_finite_repeatable_and_mirrors(
    values: list[float], confidence: float
) -> None:
    found, mirrored = paired_interval(values, confidence), paired_interval([-v for v in values], confidence)
    assert found == paired_interval(values, confidence)
    assert min(values) <= found.low <= max(values) and min(values) <= found.high <= max(values)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), rel=1e-6, abs=1e-6)


def test_given_equal_differences_when_bounded_then_there_is_nothing_to_doubt() -> None:
    found = paired_interval([0.25] * 20, 0.95)
    assert (found.mean, found.low, found.high, found.n) == (0.25, 0.25, 0.25, 20)


def test_given_gains_that_hardly_differ_when_bounded_then_the_smallest_gain_is_the_worst_that_is_said() -> None:
    found = paired_interval([0.5] * 18 + [0.25] * 2, 0.95)
    assert (found.low, found.mean) == (0.25, pytest.approx(0.475))


def test_given_one_single_lucky_example_when_bounded_then_the_lower_bound_stays_below_zero() -> None:
    assert paired_interval([0.0] * 19 + [1.0], 0.95).low <= 0


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_given_too_few_or_no_numbers_when_bounded_then_it_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError):
        paired_interval(values, 0.95)


def test_given_texts_when_compared_then_the_same_scores_full_and_a_stranger_nothing() -> None:
    assert chrf("여름 음료 소개", "여름 음료 소개") == pytest.approx(100)
    assert chrf("여름 음료 소개", "winter") == 0
    assert 0 < chrf("여름 음료 안내", "여름 음료 소개") < 100


def test_given_texts_when_searched_for_loops_then_only_what_goes_in_circles_scores() -> None:
    assert repetition("") == repetition("하나 둘 셋") == repetition("하나 둘 셋 넷 다섯 여섯") == 0
    assert repetition("the the the the the the the the") == 0.8
    assert repetition("하나 둘 셋 넷 " * 10) > 0.85


def test_given_drafts_when_looked_at_then_only_those_in_another_language_or_length_are_counted() -> None:
    assert wrong_language("여름 음료 Cold Brew 소개", "ko") == wrong_language("Summer drinks", "en") == 0
    assert (
        wrong_language("Summer drinks", "ko") == wrong_language("여름 음료", "en") == wrong_language("123", "ko") == 1
    )
    assert off_length("a" * 50, "a" * 100) == off_length("a" * 200, "a" * 100) == 0
    assert off_length("a" * 49, "a" * 100) == off_length("a" * 201, "a" * 100) == off_length("", "a") == 1


def test_given_drafts_when_searched_then_data_nobody_gave_and_texts_learnt_from_are_found() -> None:
    asked = "문의: 02-555-0134, 담당 mina@example.com"
    assert personal("문의는 02-555-0134 로 주세요.", asked) == 0
    assert personal("문의는 010-2345-6789 로 주세요.", asked) == 1
    learnt = Likeness(
        ["여름 음료를 소개합니다. 창가 자리에서 드셔 보세요.", "겨울 축제 안내입니다. 눈썰매장이 열립니다."]
    )
    assert copied("여름 음료를 소개합니다. 창가 자리에서 드셔 보세요!", learnt) == 1
    assert copied("가을 도서전 안내입니다. 작가와의 대화가 있습니다.", learnt) == 0


DIFFERENCES = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=2, max_size=12)


@given(DIFFERENCES)
@settings(deadline=None, max_examples=40)
def test_given_any_differences_when_weighted_evenly_at_random_then_the_exact_chance_is_what_drawing_finds(
    values: list[float],
) -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(len(values)), 20_000)
    found = float(chance_not_above(values))
    drawn = float((weights @ np.array(values) <= 0).mean()) if any(values) else 1.0
    assert found == pytest.approx(drawn, abs=0.02)


@given(st.integers(1, 60), st.floats(0.01, 1), st.floats(0.5, 2))
def test_given_equal_gains_when_tested_then_the_chance_is_that_of_a_disaster_nobody_saw(
    n: int, gain: float, worst: float
) -> None:
    assert float(p_value([gain] * n, worst)) == pytest.approx((1 + min(gain, worst) / worst) ** -n, rel=1e-9)


@given(DIFFERENCES, st.sampled_from([0.05, 0.01, 0.0001]))
@settings(deadline=None, max_examples=60)
def test_given_any_differences_when_bounded_for_sure_then_bound_and_chance_agree_and_the_interval_mirrors(
    values: list[float], level: float
) -> None:
    found, mirrored = sure_interval(values, level, 1.0), sure_interval([-v for v in values], level, 1.0)
    assert -1 <= found.low <= found.mean <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-12)
    chance = float(p_value(values, 1.0))
    if abs(chance - level) > 1e-6 * level:
        assert (found.low > 0) == (chance < level) or abs(found.low) < 1e-6
    assert sure_interval(values, level / 10, 1.0).low <= found.low + 1e-7


@pytest.mark.parametrize(("gain", "spread"), [(0.1, 0.1), (0.1, 0.2), (0.3, 0.2)])
def test_given_so_many_texts_as_were_asked_for_when_the_gain_is_real_then_four_in_five_show_it(
    gain: float, spread: float
) -> None:
    rng = np.random.default_rng(1)
    n = texts_needed(stats.norm.ppf((np.arange(40) + 0.5) / 40, gain, spread), 0.01, 1.0)
    assert n is not None
    assert (p_value(rng.normal(gain, spread, (500, n)), 1.0) < 0.01).mean() == pytest.approx(0.8, abs=0.1)
    assert texts_needed([-0.1, 0.05], 0.01, 1.0) is None


def item(origin: str, gain: float, family: str, **more: object) -> dict[str, object]:
    sides = {side: dict.fromkeys(SCORES, value) for side, value in (("champion", 0.0), ("challenger", gain))}
    return {"task": "blog", "language": "ko", "origin": origin, "family": family, **sides, **more}


def test_given_texts_people_took_as_they_were_when_summarised_then_they_stand_apart() -> None:
    items = [
        item("human", 1.0, "a"),
        item("edited", 1.0, "b"),
        item("accepted", -5.0, "c"),
        item("accepted", -5.0, "d"),
    ]
    summary = summarise(items, 0.95, 0)
    assert (summary["n"], summary["accepted"]) == (2, 2)
    assert summary["scores"]["checklist"]["mean"] == 1.0
    assert summary["tasks"]["blog"]["checklist"]["n"] == 2
    assert "scores" not in summarise(items[1:], 0.95, 0)


def test_given_texts_of_one_family_when_summarised_then_they_count_as_one() -> None:
    lone, crowd = [item("human", 0.0, "a")], [item("human", gain, "b") for gain in (0.2, 0.4, 0.6)]
    found = summarise(lone + crowd, 0.95, 0)
    assert (found["n"], found["texts"]) == (2, 4)
    assert found["scores"]["chrf"]["n"] == 2 and found["scores"]["chrf"]["mean"] == pytest.approx(0.2)


def test_given_a_score_that_one_text_lacks_when_summarised_then_it_counts_as_not_measured() -> None:
    items = [
        item("human", 1.0, "a"),
        item("human", 1.0, "b", challenger={**dict.fromkeys(SCORES, 1.0), "chrf": math.nan}),
    ]
    found = summarise(items, 0.95, 0)["scores"]
    assert "chrf" not in found and "checklist" in found
