"""Approved reviews in, examples with a family and a split out; a text changed later is the next revision of its example."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation.dedupe import candidates, signatures, verified
from curation.families import Kin, kin, settle, tie_copies
from db import queries
from db.tables import Example, Review

LIMIT = 500  # values in one question: databases take no more


def collect(session: Session) -> list[Example]:
    """An Example for every approved review that has none, or whose text or task is not that of its newest one.

    A text that nearly copies an older one, answers the same topic or comes from the same thread joins its family. What
    is known already is read row by row and not kept: the signatures alone are.
    """
    waiting = queries.reviews_to_collect(session)
    if not waiting:
        return []
    revised = _revised(session, [review.id or 0 for review in waiting])
    # Whoever collected the same reviews while we waited for them was seen only now.
    waiting = [review for review in waiting if not _is_newest(review, revised.get(review.id or 0, []))]
    if not waiting:
        return []
    made = [_example(review, revised.get(review.id or 0, [])) for review in waiting]
    ids, older, texts = _older(session)
    newer = [
        kin(e.task, e.language, e.fields, r.source or r.key, e.family, e.split)
        for e, r in zip(made, waiting, strict=True)
    ]
    pairs = candidates(np.concatenate([texts, signatures([e.completion for e in made])]))
    pairs = pairs[pairs[:, 1] >= len(older)]  # the older ones have found each other before
    tie_copies([*older, *newer], verified(pairs, lambda wanted: _texts(session, wanted, ids, made)))
    settle([*older, *newer])
    for example, one in zip(made, newer, strict=True):
        example.family, example.split = one.family, one.split
    try:
        with session.begin_nested():
            session.add_all(made)
    except IntegrityError:  # another trainer collected the same reviews at the same moment
        return []
    return made


def _revised(session: Session, review_ids: list[int]) -> dict[int, list[Example]]:
    """The examples there are of these reviews, oldest first."""
    found: dict[int, list[Example]] = {}
    for at in range(0, len(review_ids), LIMIT):
        wanted = select(Example).where(col(Example.review_id).in_(review_ids[at : at + LIMIT]))
        for example in session.exec(wanted.order_by(col(Example.revision))):
            found.setdefault(example.review_id, []).append(example)
    return found


def _is_newest(review: Review, before: list[Example]) -> bool:
    return bool(before) and (before[-1].completion, before[-1].task) == (review.text, review.task)


def _example(review: Review, before: list[Example]) -> Example:
    assert review.id is not None and review.text is not None
    # A draft accepted as it is, but reworded by its reviewer, holds a human's words after all.
    reworded = review.origin == "accepted" and review.text != review.draft
    return Example(
        review_id=review.id,
        revision=before[-1].revision + 1 if before else 1,
        task=review.task,
        language=review.language,
        origin="edited" if reworded else review.origin,
        fields=review.fields,
        short_prompt=review.short_prompt,
        long_prompt=review.long_prompt,
        completion=review.text,
        family=before[0].family if before else "",
        split=before[0].split if before else "",
    )


def _older(session: Session) -> tuple[list[int], list[Kin], "np.ndarray[tuple[int, int], np.dtype[np.uint32]]"]:
    """Id, ties and signature of every example but those taken back, oldest first; also of revisions that count no more."""
    wanted = (
        select(  # type: ignore[call-overload]
            *(Example.id, Example.task, Example.language, Example.fields, Example.completion),
            *(Example.family, Example.split, Review.source, Review.key),
        )
        .join(Review, col(Review.id) == col(Example.review_id))
        .where(Review.state != "withdrawn")
        .order_by(col(Example.id))
    )
    ids, older, tables = list[int](), list[Kin](), [signatures([])]
    for rows in session.exec(wanted.execution_options(yield_per=1000)).partitions():
        tables.append(signatures([row.completion for row in rows]))
        ids += [row.id for row in rows]
        older += [kin(row.task, row.language, row.fields, row.source or row.key, row.family, row.split) for row in rows]
    return ids, older, np.concatenate(tables)


def _texts(session: Session, wanted: Iterable[int], ids: list[int], made: list[Example]) -> dict[int, str]:
    """The texts at these places, of those known already and of the new ones behind them."""
    places = {ids[i]: i for i in wanted if i < len(ids)}
    found = {i: made[i - len(ids)].completion for i in wanted if i >= len(ids)}
    asked = list(places)
    for at in range(0, len(asked), LIMIT):
        rows = session.exec(select(Example.id, Example.completion).where(col(Example.id).in_(asked[at : at + LIMIT])))
        found.update({places[number]: text for number, text in rows if number})
    return found


def known(session: Session) -> tuple[list[Example], list[str]]:
    """All examples that count, oldest first, and where each came from: its thread, its file's topic, or itself."""
    wanted = select(Example, Review.source, Review.key).join(Review, col(Review.id) == col(Example.review_id))
    rows = session.exec(wanted.where(queries.counting()).order_by(col(Example.id))).all()
    return [example for example, _, _ in rows], [source or key for _, source, key in rows]
