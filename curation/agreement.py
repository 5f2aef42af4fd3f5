"""Words of two and more reviewers about the same texts in, how far they agree beyond chance out, task by task."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from curation.opinions import last_words
from db.tables import Decision, Review

ENOUGH = 20  # texts with two opinions; below, alpha says more about chance than about the reviewers


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha (1: always agree, 0: as by chance), texts with two opinions, and on how many all agreed.

    `alpha` is None below ENOUGH texts, and where all verdicts are the same: nothing tells agreement from habit there.
    """

    alpha: float | None
    doubles: int
    agreed: int


def agreement(session: Session) -> dict[str, Agreement]:
    """By task, of each reviewer's last word; tasks of which no text had two opinions are left out."""
    several = select(Decision.review_id).group_by(col(Decision.review_id))
    several = several.having(func.count(func.distinct(Decision.reviewer)) > 1)
    wanted = select(Decision, Review.task).join(Review, col(Review.id) == col(Decision.review_id))
    wanted = wanted.where(col(Decision.review_id).in_(several)).order_by(col(Decision.review_id))
    tables: dict[str, list[tuple[int, int]]] = {}
    for (_, task), found in groupby(session.exec(wanted), key=lambda row: (row[0].review_id, row[1])):
        count = Counter(word.verdict for word in last_words(word for word, _ in found))
        if count.total() > 1:
            tables.setdefault(task, []).append((count["approve"], count["reject"]))
    return {task: agreement_of(table) for task, table in sorted(tables.items())}


def agreement_of(table: list[tuple[int, int]]) -> Agreement:
    """`table` holds for each text how many approved and how many rejected it.

    K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; nominal data.
    """
    agreed = sum(0 in pair for pair in table)
    approvals, rejections = (sum(column) for column in zip(*table, strict=True))
    if len(table) < ENOUGH or not (approvals and rejections):
        return Agreement(None, len(table), agreed)
    import krippendorff

    alpha = krippendorff.alpha(value_counts=table, level_of_measurement="nominal")
    return Agreement(round(float(alpha), 3), len(table), agreed)
