"""Reviewers' words in, kept for ever; how their review stands out. What the words come to is told in `curation.opinions`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from curation.desk import Verdict
from curation.house import House
from curation.mask import mask
from curation.opinions import Standing, latest_wording, standing
from db import queries
from db.errors import InputError
from db.tables import Decision, Example, Review, now

CHANGED = "changed its review"  # in the audit trail: a review whose text was an example already


def decide(
    session: Session,
    review_id: int,
    *,
    key: str,
    reviewer: str,
    verdict: str,
    text: str | None = None,
    note: str = "",
    decided_at: datetime | None = None,
    quality: int | None = None,
    reasons: Sequence[str] = (),
) -> Review:
    """Keep a reviewer's word and set the review's state. A later word of a reviewer replaces their earlier one.

    The same `key` again changes nothing. Errors: InputError for an unknown review or one that its author withdrew.
    """
    review = _locked(session, review_id)
    if review is None:
        raise InputError(f"There is no review {review_id}.")
    if review.state == "withdrawn":
        raise InputError(f"The text of review {review_id} was taken back by its author.")
    if verdict not in ("approve", "reject"):
        raise InputError(f"A review is approved or rejected, not {verdict!r}.")
    word: Literal["approve", "reject"] = "approve" if verdict == "approve" else "reject"
    said = Verdict(review_id, key, reviewer, word, decided_at or now(), text, note, "", quality, tuple(reasons))
    take(session, review_id, [said])
    return review


def take(session: Session, review_id: int, verdicts: Iterable[Verdict]) -> Review | None:
    """Keep what is new of the words about one review; the review as it stands then, None if nothing was new."""
    review = _locked(session, review_id)
    if review is None or review.state == "withdrawn":
        return None
    new = [verdict for verdict in verdicts if _keep(session, verdict)]
    if not new:
        return None
    settle(session, review, max(new, key=lambda verdict: verdict.decided_at).reviewer)
    return review


def take_back(session: Session, review_id: int, responses: Iterable[str]) -> Review | None:
    """These responses are gone from the desk: all their words count no more. None if that changed nothing."""
    review = _locked(session, review_id)
    if review is None or review.state == "withdrawn":
        return None
    said = select(Decision).where(Decision.review_id == review_id, col(Decision.response).in_(set(responses)))
    gone = list(session.exec(said.where(col(Decision.withdrawn_at).is_(None)).order_by(col(Decision.id))))
    if not gone:
        return None
    for word in gone:
        word.withdrawn_at = now()
    settle(session, review, gone[-1].reviewer)
    return review


def let_go(session: Session, responses: Collection[str]) -> None:
    """These responses left the desk without being taken back: their words stay for ever, out of the desk's reach."""
    for word in session.exec(select(Decision).where(Decision.response != "")) if responses else ():
        if word.response in responses:
            word.response = ""


def settle(session: Session, review: Review, actor: str) -> None:
    """Set a locked review's state from all words about it; `actor` is who changed something."""
    session.flush()
    before, stands = (review.state, review.text), standing_of(session, review)
    if stands.state in ("open", "disputed"):
        _reopen(review, stands)
    else:
        last = stands.deciding[-1]
        review.state = stands.state
        review.text = (latest_wording(stands.words) or review.proposed) if stands.state == "approved" else None
        review.decided_by, review.decided_at, review.note = last.reviewer, last.decided_at, last.note
    after = (review.state, review.text)
    if after != before and _taught(session, review):
        note = f"{before[0]} -> {after[0]}" if before[0] != after[0] else "another wording"
        queries.audit(session, actor, CHANGED, f"review:{review.id}", note)


def _reopen(review: Review, stands: Standing) -> None:
    if stands.state == "disputed":
        review.state, review.priority = "disputed", 1.0  # nothing teaches more than what people disagree about
    elif review.state not in ("pending", "pushed", "refused"):
        review.state = "pushed" if review.external_id else "pending"
    review.text, review.decided_by, review.decided_at = None, "", None
    review.note = review.note if review.state == "refused" else ""


def standing_of(session: Session, review: Review) -> Standing:
    """How a review stands, by the words kept about it."""
    said = session.exec(select(Decision).where(Decision.review_id == review.id))
    return standing(said, review.opinions)


def why(session: Session, review: Review, house: House, language: str) -> str:
    """Why a review was rejected, for its author: the reviewers' reasons, then their notes; "" if nobody gave any."""
    against = standing_of(session, review).deciding
    known = house.guide.reasons
    reasons = dict.fromkeys(known[name][language] for word in against for name in word.reasons if name in known)
    notes = " / ".join(dict.fromkeys(word.note for word in against if word.note))
    listed = ", ".join(reasons)
    return f"{listed} ({notes})" if listed and notes else listed or notes or review.note


def _keep(session: Session, verdict: Verdict) -> bool:
    """Whether this word was not known, or had been taken for gone; it is kept without personal data."""
    known = session.exec(select(Decision).where(Decision.key == verdict.key)).first()
    if known is not None:
        missed, known.withdrawn_at = known.withdrawn_at is not None, None
        return missed
    wording = mask(verdict.text).text if verdict.text and verdict.text.strip() else None
    word = Decision(
        review_id=verdict.review_id,
        key=verdict.key,
        response=verdict.response,
        reviewer=verdict.reviewer,
        verdict=verdict.verdict,
        text=wording,
        note=mask(verdict.note).text,
        quality=verdict.quality,
        reasons=list(verdict.reasons),
        decided_at=verdict.decided_at,
    )
    session.add(word)
    return True


def _locked(session: Session, review_id: int) -> Review | None:
    # Locked, so that words about the same review come one after the other, and the same word twice is seen.
    wanted = select(Review).where(Review.id == review_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def _taught(session: Session, review: Review) -> bool:
    return session.exec(select(Example.id).where(Example.review_id == review.id)).first() is not None
