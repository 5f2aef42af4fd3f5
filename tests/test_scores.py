"""Scores: the interval of a paired difference keeps its word, and texts are scored from 0 to their most."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trainer.scores import chrf, paired_interval, repetition, summarise

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


def test_given_texts_people_took_as_they_were_when_summarised_then_they_stand_apart() -> None:
    def item(origin: str, gain: float) -> dict[str, object]:
        sides = {
            side: dict.fromkeys(("log_likelihood", "checklist", "chrf", "repetition", "length"), value)
            for side, value in (("champion", 0.0), ("challenger", gain))
        }
        return {"task": "blog", "language": "ko", "origin": origin, **sides}

    items = [item("human", 1.0), item("edited", 1.0), item("accepted", -5.0), item("accepted", -5.0)]
    summary = summarise(items, 0.95, 0)
    assert (summary["n"], summary["accepted"]) == (2, 2)
    assert summary["scores"]["checklist"]["mean"] == 1.0
    assert summary["tasks"]["blog"]["checklist"]["n"] == 2
    assert "scores" not in summarise(items[1:], 0.95, 0)
