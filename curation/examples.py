"""Approved reviews in, examples with a family and a split out. The split is decided once, by the family, for ever."""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session, col, select

from curation.dedupe import THRESHOLD, jaccard, near_duplicates, shingles
from db import queries
from db.tables import Example, Review

HELD_OUT = 0.15  # share of families


def split_of(family: str) -> str:
    """"heldout" for 15% of families, decided by their hash alone."""
    share = int.from_bytes(hashlib.sha256(family.encode()).digest()[:8]) / 2**64
    return "heldout" if share < HELD_OUT else "train"


def collect(session: Session) -> list[Example]:
    """An Example for every approved review that has none.

    A text that nearly copies an older example joins its family; otherwise the family is the thread or file topic it came from.
    """
    waiting = queries.reviews_to_collect(session)
    if not waiting:
        return []
    older = list(session.exec(select(Example).order_by(col(Example.id))))
    made: list[Example] = []
    families = _families(older, waiting)
    for review, family in zip(waiting, families, strict=True):
        assert review.id is not None and review.text is not None
        made.append(
            Example(
                review_id=review.id, task=review.task, language=review.language, origin=_origin(review),
                fields=review.fields, short_prompt=review.short_prompt, long_prompt=review.long_prompt,
                completion=review.text, family=family, split=split_of(family),
            )
        )
    session.add_all(made)
    session.flush()
    return made


def _origin(review: Review) -> str:
    """A draft accepted as is, but reworded by its reviewer, is a human's text after all."""
    return "edited" if review.origin == "accepted" and review.text != review.draft else review.origin


def _families(older: Sequence[Example], waiting: Sequence[Review]) -> list[str]:
    texts = [e.completion for e in older] + [r.text or "" for r in waiting]
    known = [e.family for e in older] + [_own_family(r) for r in waiting]
    for group in near_duplicates(texts):
        members = sorted(group)
        for i in members:
            if i >= len(older):
                known[i] = known[members[0]]
    return known[len(older) :]


def _own_family(review: Review) -> str:
    return hashlib.sha256((review.source or review.key).encode()).hexdigest()[:16]


def crossing(examples: Sequence[Example]) -> set[int]:
    """Ids of examples whose near-copies stand on the other side of the split: they must stay out of any dataset.

    It happens when a new text joins two older families that were apart. The training side gives way.
    """
    out: set[int] = set()
    for group in near_duplicates([e.completion for e in examples]):
        members = [examples[i] for i in group]
        held = [e for e in members if e.split == "heldout"]
        for one in members:
            copies = any(jaccard(shingles(one.completion), shingles(h.completion)) >= THRESHOLD for h in held)
            if one.split == "train" and copies and one.id is not None:
                out.add(one.id)
    return out
