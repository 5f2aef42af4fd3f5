"""The error budget: never overspent over a held-out set's life, given back by new texts alone, each try spent once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db.session import connect, transaction
from db.tables import Evaluation
from tests import rows
from tests.test_cli import Flywheel, flywheel
from tests.test_receipts import evidence
from trainer.budget import Charge, budget, earlier, families_of, next_number
from trainer.evaluate import stored
from trainer.promote import Policy
from trainer.receipts import receipt, verify

__all__ = ["flywheel"]
POLICY = Policy()


@given(st.integers(1, 60), st.integers(15, 300), st.floats(0.5, 0.999), st.floats(0.01, 1))
def test_given_one_held_out_set_when_tried_again_and_again_then_the_budget_is_never_overspent(
    tries: int, families: int, confidence: float, share: float
) -> None:
    policy, charges = Policy(confidence=confidence, share=share), list[Charge]()
    for number in range(1, tries + 1):
        found = budget(charges, families, policy)
        assert found.spent + found.level + found.left == pytest.approx(found.total)
        assert found.level >= 0
        charges.append(Charge(number, found.level, families))
    assert sum(one.level for one in charges) <= (1 - confidence) * (1 + 1e-9)


@given(st.integers(0, 30), st.integers(0, 100))
def test_given_new_texts_when_tried_next_then_they_give_back_their_share_and_nothing_else_does(
    tries: int, fresh: int
) -> None:
    charges = [Charge(number, 0.001, 20) for number in range(tries)]
    before, after = budget(charges, 20, POLICY), budget(charges, 20 + fresh, POLICY)
    assert after.spent == pytest.approx(before.spent * 20 / (20 + fresh))
    assert budget([], 20, POLICY).level == pytest.approx(0.01)


def judged(session: Session, adapter_id: int, dataset_id: int, prefix: str = "family") -> Evaluation:
    """What a trainer would store now: another adapter on the same 24 texts (or on `prefix` texts of their own)."""
    found = evidence(adapter_id, 0.02)
    items = [{**one, "family": f"{prefix}-{one['example']}"} for one in found.items]
    charges, number = earlier(session, families_of(items)), next_number(session)
    made = receipt(evidence(adapter_id, 0.02, items=items), charges, POLICY)
    return Evaluation(
        adapter_id=adapter_id,
        dataset_id=dataset_id,
        items=[],
        summary={},
        verdict=made["verdict"],
        number=number,
        receipt=made,
    )


def test_given_trainers_that_judge_at_once_when_they_store_then_no_try_is_spent_twice(
    engine: Engine, database_url: str
) -> None:
    with transaction(engine) as session:
        dataset = rows.dataset(session)
        adapters = [
            rows.adapter(session, rows.run(session, dataset, sequence=i, state="done")).id or 0 for i in range(1, 5)
        ]
        dataset_id = dataset.id or 0
    together, own = Barrier(4), [connect(str(engine.url.render_as_string(hide_password=False))) for _ in range(4)]

    def judge(one: Engine, adapter_id: int) -> int:
        for attempt in range(1, 20):
            with transaction(one) as session:
                made = judged(session, adapter_id, dataset_id)
            if attempt == 1:
                together.wait(60)
            if stored(one, made):
                return attempt
        raise AssertionError("never stored")

    with ThreadPoolExecutor(4) as pool:
        attempts = list(pool.map(judge, own, adapters))
    assert max(attempts) > 1  # all looked at the same budget; one of them spent it
    with transaction(engine) as session:
        found = list(session.exec(select(Evaluation).order_by(col(Evaluation.number))))
        assert [one.number for one in found] == [1, 2, 3, 4]
        levels = [one.receipt["charged"] for one in found if one.receipt]
    assert levels == pytest.approx([0.01, 0.008, 0.0064, 0.00512])
    assert all(verify(one.receipt or {}) for one in found)
    for one in own:
        one.dispose()


def test_given_the_same_adapter_judged_twice_when_stored_then_the_first_verdict_counts_and_one_try_is_spent(
    sqlite_engine: Engine,
) -> None:
    with transaction(sqlite_engine) as session:
        adapter = rows.adapter(session)
        dataset_id = session.exec(select(Evaluation.dataset_id)).first() or 1
        twice = [judged(session, adapter.id or 0, dataset_id) for _ in range(2)]
    first, second = (stored(sqlite_engine, one) for one in twice)
    assert first and second and first.id == second.id


def test_given_tries_on_other_texts_when_counted_then_they_spent_nothing_here(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        dataset = rows.dataset(session)
        one, two = (rows.adapter(session, rows.run(session, dataset, sequence=i, state="done")).id or 0 for i in (1, 2))
        for made in (judged(session, one, dataset.id or 0),):
            session.add(made)
            session.flush()
        assert [c.shared for c in earlier(session, {"family-1", "family-2", "new"})] == [2]
        assert earlier(session, {"new"}) == []
        fresh = judged(session, two, dataset.id or 0, "other").receipt or {}
        assert fresh["summary"]["budget"]["spent"] == 0.0


def test_given_a_fresh_home_when_the_terminal_asks_then_the_whole_budget_is_left(flywheel: Flywheel) -> None:
    found = flywheel("gate", "budget", "--json").json()
    assert found["heldout"] == 0 and found["tries"] == []
    assert found["level"] == pytest.approx(0.01) and found["total"] == pytest.approx(0.05)
    assert flywheel("gate", "receipt", "v1").code == 1
