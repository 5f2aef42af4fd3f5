"""How far reviewers agree is told per task, beyond chance, and only where there is enough to tell."""

import pytest
from sqlalchemy import Engine

from curation.agreement import ENOUGH, Agreement, agreement, agreement_of
from curation.decisions import decide
from db.session import transaction
from db.tables import Decision, now
from tests import rows


def by_hand(table: list[tuple[int, int]]) -> float:
    """Krippendorff's alpha for nominal data, from its definition: 1 - observed / expected disagreement."""
    values = [(sum(pair), pair) for pair in table]
    n = sum(size for size, _ in values)
    observed = sum(2 * up * down / (size - 1) for size, (up, down) in values) / n
    ups, downs = (sum(column) for column in zip(*table, strict=True))
    return 1 - observed / (2 * ups * downs / (n * (n - 1)))


TABLES = {
    "always agree": [(2, 0)] * 15 + [(0, 2)] * 10,
    "never agree": [(1, 1)] * ENOUGH,
    "mostly": [(2, 0)] * 14 + [(0, 2)] * 9 + [(1, 1)] * 3 + [(2, 1)] * 2,
}


@pytest.mark.parametrize("name", TABLES)
def test_given_enough_doubles_when_measured_then_alpha_is_that_of_the_definition(name: str) -> None:
    found = agreement_of(TABLES[name])
    assert found.alpha == pytest.approx(by_hand(TABLES[name]), abs=0.001)
    assert (found.doubles, found.agreed) == (len(TABLES[name]), sum(0 in pair for pair in TABLES[name]))


@pytest.mark.parametrize("table", [[(2, 0), (1, 1)] * (ENOUGH // 2 - 1), [(2, 0)] * ENOUGH * 2])
def test_given_too_few_doubles_or_one_verdict_only_when_measured_then_no_alpha_is_claimed(
    table: list[tuple[int, int]],
) -> None:
    assert agreement_of(table) == Agreement(None, len(table), sum(0 in pair for pair in table))


def test_given_words_of_several_reviewers_when_reported_then_last_words_count_per_task(engine: Engine) -> None:
    with transaction(engine) as session:
        for n in range(ENOUGH):
            review = rows.review(session, task="blog", opinions=2)
            verdict = "approve" if n % 2 else "reject"
            decide(session, review.id or 0, key=f"a{n}", reviewer="R1", verdict="reject")
            decide(session, review.id or 0, key=f"b{n}", reviewer="R1", verdict=verdict)  # a change of mind
            decide(session, review.id or 0, key=f"c{n}", reviewer="R2", verdict=verdict)
        once, back = rows.review(session, task="sns"), rows.review(session, task="sns")
        decide(session, once.id or 0, key="d", reviewer="R1", verdict="approve")
        decide(session, back.id or 0, key="e", reviewer="R1", verdict="approve")
        rows.saved(session, Decision(review_id=back.id, key="f", reviewer="R2", verdict="reject", withdrawn_at=now()))
        few = rows.review(session, task="reply")
        decide(session, few.id or 0, key="g", reviewer="R1", verdict="approve")
        decide(session, few.id or 0, key="h", reviewer="R2", verdict="reject")
        assert agreement(session) == {"blog": Agreement(1.0, ENOUGH, ENOUGH), "reply": Agreement(None, 1, 0)}
