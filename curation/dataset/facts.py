"""What was chosen in; out, what its card tells beside the counts: where it comes from, who judged it, what is new."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from curation.agreement import Agreement, agreement
from curation.dataset.choose import Chosen
from curation.dataset.diff import LIMIT, Diff, between, items
from db.tables import Dataset, Decision, Review

SOURCES = {"feedback": "edits and acceptances in Slack", "message": "messages in Slack", "import": "files"}


@dataclass(frozen=True)
class Facts:
    """Numbers alone: no name, no text."""

    manifest: dict[str, Any]
    sources: dict[str, int]  # texts
    topics: int  # different ones
    reviewers: int
    reviewed: int  # texts on which somebody said a word; the others came approved
    doubly: int  # texts on which two or more people said a word
    agreement: dict[str, Agreement]  # by task, of all reviews
    left_out: dict[str, int]  # by reason
    undecided: dict[str, int]  # reviews by state, of those that are no example
    heldout_version: int  # grows whenever the held-out set is another
    before: str | None  # name of the dataset made before
    diff: Diff


def facts(session: Session, chosen: Chosen, manifest: dict[str, Any]) -> Facts:
    """Everything the card needs that only the database knows."""
    before = session.exec(select(Dataset).order_by(col(Dataset.id).desc()).limit(1)).first()
    ids = {e.id or 0 for e in chosen.kept}
    left_out = {str(e.id): reason for e, reason in chosen.dropped}
    people, opinions, sources = set[str](), Counter[int](), Counter[str]()
    for reviews in _parts([e.review_id for e in chosen.kept]):
        said = select(Decision.review_id, Decision.reviewer).where(col(Decision.review_id).in_(reviews)).distinct()
        words = session.exec(said.where(col(Decision.withdrawn_at).is_(None))).all()
        people.update(reviewer for _, reviewer in words)
        opinions.update(review for review, _ in words)
        keys = session.exec(select(Review.key).where(col(Review.id).in_(reviews)))
        sources.update(SOURCES.get(key.partition(":")[0], "other") for key in keys)
    states = select(Review.state, func.count()).group_by(col(Review.state)).where(Review.state != "approved")
    return Facts(
        manifest=manifest,
        sources=dict(sorted(sources.items())),
        topics=len({(e.task, str(e.fields.get("topic", ""))) for e in chosen.kept}),
        reviewers=len(people),
        reviewed=len(opinions),
        doubly=sum(count > 1 for count in opinions.values()),
        agreement=agreement(session),
        left_out=dict(sorted((Counter(left_out.values()) + chosen.less).items())),
        undecided=dict(sorted(session.exec(states).all())),
        heldout_version=_heldout_version(before, manifest["heldout_sha256"]),
        before=before.name if before else None,
        diff=between(session, items(session, before), ids, left_out) if before else Diff(),
    )


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[at : at + LIMIT] for at in range(0, len(numbers), LIMIT))


def _heldout_version(before: Dataset | None, heldout_sha256: str) -> int:
    if before is None:
        return 1
    same = before.manifest.get("heldout_sha256") == heldout_sha256
    return int(before.manifest.get("heldout_version", 0)) + (not same)
