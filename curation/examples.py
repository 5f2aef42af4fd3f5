"""Approved reviews in, examples with a family and a split out. The split is decided once, by the family, for ever."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation.dedupe import near_pairs
from db import queries
from db.tables import Example, Review

HELD_OUT = 0.15  # share of families


def split_of(family: str) -> str:
    """ "heldout" for 15% of families, decided by their hash alone."""
    share = int.from_bytes(hashlib.sha256(family.encode()).digest()[:8]) / 2**64
    return "heldout" if share < HELD_OUT else "train"


def collect(session: Session) -> list[Example]:
    """An Example for every approved review that has none.

    A text that nearly copies an older one, answers the same topic or comes from the same thread joins its family.
    """
    waiting = queries.reviews_to_collect(session)
    for review in waiting:  # locked and read again: a reviewer may be changing their mind right now
        session.refresh(review, with_for_update=True)
    waiting = [review for review in waiting if review.state == "approved"]
    if not waiting:
        return []
    older, sources = known(session)
    made = [_example(review) for review in waiting]
    settled = [*older, *made]
    sources += [r.source or r.key for r in waiting]
    for i, linked in sorted(neighbours(settled, sources).items()):
        if i >= len(older):  # in order, so a link to a text of this same batch finds its family decided
            oldest = min([*linked, i])
            settled[i].family = settled[oldest].family if oldest < i else _named(sources[i])
            settled[i].split = split_of(settled[i].family)
    try:
        with session.begin_nested():
            session.add_all(made)
    except IntegrityError:  # another trainer collected the same reviews at the same moment
        return []
    return made


def _example(review: Review) -> Example:
    assert review.id is not None and review.text is not None
    # A draft accepted as it is, but reworded by its reviewer, holds a human's words after all.
    reworded = review.origin == "accepted" and review.text != review.draft
    return Example(
        review_id=review.id,
        task=review.task,
        language=review.language,
        origin="edited" if reworded else review.origin,
        fields=review.fields,
        short_prompt=review.short_prompt,
        long_prompt=review.long_prompt,
        completion=review.text,
        family="",
        split="",
    )


def _named(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def known(session: Session) -> tuple[list[Example], list[str]]:
    """All examples but those taken back, oldest first, and where each came from: its thread, its file's topic, or itself."""
    wanted = select(Example, Review.source, Review.key).join(Review, col(Review.id) == col(Example.review_id))
    rows = session.exec(wanted.where(Review.state != "withdrawn").order_by(col(Example.id))).all()
    return [example for example, _, _ in rows], [source or key for _, source, key in rows]


def topic_key(task: str, language: str, fields: dict[str, Any]) -> str:
    """The same for requests that differ only in case and spaces of their topic."""
    return f"{task}:{language}:{''.join(str(fields.get('topic', '')).split()).casefold()}"


def neighbours(examples: Sequence[Example], sources: Sequence[str]) -> dict[int, set[int]]:
    """For every index those it must not be parted from: near-copies, the same topic of a task, the same source."""
    linked: dict[int, set[int]] = {i: set() for i in range(len(examples))}
    for one, two in near_pairs([e.completion for e in examples]):
        linked[one].add(two)
        linked[two].add(one)
    together: dict[str, list[int]] = {}
    for i, (example, source) in enumerate(zip(examples, sources, strict=True)):
        for key in (f"topic {topic_key(example.task, example.language, example.fields)}", f"source {source}"):
            together.setdefault(key, []).append(i)
    for members in together.values():
        for i in members:
            linked[i].update(m for m in members if m != i)
    return linked


def crossing(examples: Sequence[Example], sources: Sequence[str]) -> set[int]:
    """Ids of examples with an older neighbour on the other side of the split: they must stay out of any dataset.

    It happens when a new text links two older families that were apart; it keeps the oldest's side, and is left out.
    """
    linked = neighbours(examples, sources)
    out: set[int] = set()
    for i, example in enumerate(examples):
        if any(n < i and n not in out and examples[n].split != example.split for n in linked[i]):
            out.add(i)
    return {e for i in out if (e := examples[i].id) is not None}
