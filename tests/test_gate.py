"""The gate: promotes only what is truly better, for reasons people can read; and the rows that promote and undo."""

import math
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db import queries
from db.errors import InputError
from db.session import transaction
from db.tables import Adapter, Audit, Evaluation, Promotion
from tests import rows
from trainer.promote import Policy, decide, promote, put_in_service, rollback
from trainer.scores import Interval, paired_interval

POLICY = Policy()
SAFE = Interval(0.0, -0.01, 0.01, 20)
TASKS = ["blog", "sns"]


@dataclass
class Scored:
    summary: dict[str, Any] = field(default_factory=dict)


def scored(likelihood: Any, checklist: Any, repetition: Any = SAFE, n: Any = 20) -> Scored:
    found = {"log_likelihood": likelihood, "checklist": checklist, "repetition": repetition}
    return Scored({"n": n, "scores": {k: asdict(v) if isinstance(v, Interval) else v for k, v in found.items()}})


def intervals(low: st.SearchStrategy[float]) -> st.SearchStrategy[Interval]:
    gaps = st.tuples(st.floats(0, 5), st.floats(0, 5))
    return st.builds(lambda a, g: Interval(a + g[0], a, a + g[0] + g[1], 20), low, gaps)


BETTER, DOUBTFUL = intervals(st.floats(1e-6, 5)), intervals(st.floats(-5, 0))
BROKEN = st.sampled_from([None, {}, {"mean": 1.0}, {"mean": 1.0, "low": math.nan, "high": 1.0},
                          {"mean": math.inf, "low": 1.0, "high": 1.0}, {"mean": "1", "low": "1", "high": "1"}])  # fmt: skip
CALM = st.floats(-1, POLICY.repetition_margin).map(lambda mean: Interval(mean, mean - 1, mean + 1, 20))


@given(BETTER, BETTER, CALM, st.integers(POLICY.min_heldout, 500))
def test_given_both_bounds_above_zero_and_no_loops_when_decided_then_it_is_promoted(
    likelihood: Interval, checklist: Interval, repetition: Interval, n: int
) -> None:
    assert decide(scored(likelihood, checklist, repetition, n), POLICY).promote


@given(BETTER, BETTER | DOUBTFUL, CALM, st.one_of(DOUBTFUL, BROKEN))
def test_given_one_score_in_doubt_or_not_measured_when_decided_then_the_other_cannot_make_up_for_it(
    better: Interval, other: Interval, calm: Interval, doubtful: Any
) -> None:
    assert not decide(scored(better, doubtful, calm), POLICY).promote
    assert not decide(scored(doubtful, better, calm), POLICY).promote
    assert not decide(scored(doubtful, other, calm), POLICY).promote


@given(BETTER, BETTER, st.one_of(BROKEN, st.floats(0.0501, 1).map(lambda mean: Interval(mean, -1, 1, 20))))
def test_given_drafts_that_loop_more_when_decided_then_no_score_makes_up_for_it(
    likelihood: Interval, checklist: Interval, repetition: Any
) -> None:
    assert not decide(scored(likelihood, checklist, repetition), POLICY).promote


@given(BETTER, BETTER, st.integers(0, POLICY.min_heldout - 1))
def test_given_too_few_held_out_texts_when_decided_then_it_says_how_many_more_it_needs(
    likelihood: Interval, checklist: Interval, n: int
) -> None:
    verdict = decide(scored(likelihood, checklist, n=n), POLICY)
    assert not verdict.promote
    assert verdict.reasons == [f"Not enough data: {n} held-out texts, {POLICY.min_heldout - n} more are needed."]
    assert not decide(Scored({}), POLICY).promote


@given(*[st.one_of(BETTER, DOUBTFUL, BROKEN)] * 3, st.integers(0, 40))
def test_given_any_evaluation_when_decided_then_again_the_same_with_reasons_in_both_languages(
    likelihood: Any, checklist: Any, repetition: Any, n: int
) -> None:
    evaluation = scored(likelihood, checklist, repetition, n)
    verdict = decide(evaluation, POLICY)
    assert verdict == decide(evaluation, POLICY)
    assert len(verdict.reasons) == len(verdict.reasons_ko) >= 1
    assert all([*verdict.reasons, *verdict.reasons_ko])
    assert set(verdict.as_dict()) == {"promote", "reasons", "reasons_ko"}


@given(st.lists(st.floats(-1, 3), min_size=15, max_size=25), st.floats(0.01, 5))
def test_given_a_promoted_adapter_when_every_difference_rises_alike_then_it_stays_promoted(
    differences: list[float], rise: float
) -> None:
    def verdict(shift: float) -> bool:
        found = paired_interval([d + shift for d in differences], POLICY.confidence)
        return decide(scored(found, found, n=len(differences)), POLICY).promote

    assert verdict(rise) or not verdict(0.0)


@pytest.mark.parametrize(("n", "trials"), [(20, 1000), (40, 600)])
def test_given_equal_adapters_when_judged_many_times_then_chance_promotes_no_more_often_than_stated(
    n: int, trials: int
) -> None:
    """The worst case is simulated: both scores tell the same story, so that two bounds protect no better than one."""
    rng = np.random.default_rng(n)
    found = [paired_interval(rng.standard_normal(n).tolist(), POLICY.confidence) for _ in range(trials)]
    wrong = sum(decide(scored(one, one, n=n), POLICY).promote for one in found) / trials
    assert 0.03 < wrong < 0.065  # 5% is stated; a percentile bootstrap errs in 7-9% here
    both = sum(decide(scored(a, b, n=n), POLICY).promote for a, b in pairwise(found)) / trials
    assert both < 0.015  # scores that err each on its own


@pytest.mark.parametrize(("n", "power"), [(20, 0.6), (40, 0.9)])
def test_given_a_gain_of_half_a_standard_deviation_when_judged_then_it_is_mostly_seen(n: int, power: float) -> None:
    rng = np.random.default_rng(n)
    found = [paired_interval((rng.standard_normal(n) + 0.5).tolist(), POLICY.confidence) for _ in range(200)]
    assert sum(decide(scored(one, one, n=n), POLICY).promote for one in found) / 200 > power


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with transaction(sqlite_engine) as opened:
        yield opened


def adapters(session: Session, number: int) -> list[Adapter]:
    dataset = rows.dataset(session)
    return [rows.adapter(session, rows.run(session, dataset, sequence=i, state="done")) for i in range(1, number + 1)]


def won(session: Session, adapter: Adapter, champion: Adapter | None = None) -> Evaluation:
    champions = dict.fromkeys(TASKS, champion.id if champion else None)
    return rows.evaluation(session, adapter, summary={"champions": champions})


def served(session: Session) -> list[int | None]:
    return [adapter.id if (adapter := queries.serving(session, task)) else None for task in TASKS]


def test_given_two_promotions_when_undone_twice_then_each_undo_goes_one_step_back(session: Session) -> None:
    first, second = adapters(session, 2)
    promote(session, won(session, first), TASKS, "flywheel")
    promote(session, won(session, second, first), TASKS, "flywheel")
    put_in_service(session, second, TASKS, "U1", "once more changes nothing")
    assert served(session) == [second.id, second.id]
    rollback(session, "blog", "U1", "worse")
    assert served(session) == [first.id, second.id]
    rollback(session, "blog", "U1", "still worse")
    assert served(session) == [None, second.id]
    with pytest.raises(InputError, match="nothing to roll back"):
        rollback(session, "blog", "U1", "again")


def test_given_an_undone_promotion_when_another_follows_and_is_undone_then_the_undone_one_does_not_return(
    session: Session,
) -> None:
    first, second, third = adapters(session, 3)
    for adapter in (first, second):
        put_in_service(session, adapter, ["blog"], "U1", "")
    rollback(session, "blog", "U1", "")
    put_in_service(session, third, ["blog"], "U1", "")
    rollback(session, "blog", "U1", "")
    assert served(session)[0] == first.id
    kinds = [row.kind for row in session.exec(select(Promotion).order_by(col(Promotion.id)))]
    assert kinds == ["promote", "promote", "rollback", "promote", "rollback"]


def test_given_another_adapter_serving_since_the_comparison_when_promoted_then_it_is_refused_once_and_for_ever(
    session: Session,
) -> None:
    first, second = adapters(session, 2)
    put_in_service(session, first, TASKS, "U1", "")
    evaluation = won(session, second, champion=None)
    assert queries.evaluations_to_promote(session) == [evaluation]
    assert promote(session, evaluation, TASKS, "flywheel") == []
    assert served(session) == [first.id, first.id]
    for task in TASKS:
        rollback(session, task, "U1", "")
    assert queries.evaluations_to_promote(session) == []
    assert len(session.exec(select(Audit).where(Audit.action == "not promoted")).all()) == len(TASKS)


def test_given_a_task_that_was_never_compared_when_promoted_then_it_keeps_what_serves(session: Session) -> None:
    (first,) = adapters(session, 1)
    placed = promote(session, won(session, first), [*TASKS, "newsletter"], "flywheel")
    assert [row.task for row in placed] == TASKS
    assert queries.serving(session, "newsletter") is None
    assert queries.evaluations_to_promote(session) == []
