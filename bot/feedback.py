"""A person's signal about a draft in, one Feedback row out; a reviewer's word in, a decided Review out; each once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from curation.decisions import decide
from curation.measure import measure
from db.errors import Forbidden, InputError
from db.session import put_once
from db.tables import Draft, Feedback, Person, Request, Review, now


def record(
    session: Session,
    draft_id: int,
    who: Person,
    kind: str,
    key: str,
    text: str | None = None,
    *,
    way: str = "button",
    acted_at: datetime | None = None,
    reasons: Sequence[str] = (),
    reason: str = "",
) -> Feedback | None:
    """Keep a signal as it came; `db.votes.vote` tells what votes come to. None if this key is known already.

    `acted_at` is Slack's own time of the act. Errors: Forbidden if somebody else than the requester accepts; InputError
    for an unknown draft.
    """
    assert who.id is not None
    draft = session.get(Draft, draft_id)
    request = session.get(Request, draft_id, with_for_update=kind == "accept")  # of two presses at once one is kept
    if draft is None or request is None or not draft.messages:  # without them its words were forgotten
        raise InputError(f"There is no draft {draft_id}.")
    if kind == "accept" and request.person_id != who.id:
        raise Forbidden("Only the person who asked can use a draft as it is.")
    if kind == "accept" and _accepted(session, draft_id, who.id):
        return None
    change = None if text is None else measure(draft.text, text)
    row = Feedback(
        draft_id=draft_id,
        person_id=who.id,
        key=key,
        kind=kind,
        way=way,
        text=text,
        reasons=list(reasons),
        reason=reason,
        edit_share=change.characters if change else None,
        word_share=change.words if change else None,
        change=change.kind if change else None,
        acted_at=acted_at or now(),
    )
    return row if put_once(session, row) else None


def _accepted(session: Session, draft_id: int, person_id: int) -> bool:
    """Whether this is what the person said last about using it; after an edit it can be accepted anew."""
    said = select(Feedback.kind).where(Feedback.draft_id == draft_id, Feedback.person_id == person_id)
    last = said.where(col(Feedback.kind).in_(("accept", "edit"))).order_by(col(Feedback.id).desc()).limit(1)
    return session.exec(last).first() == "accept"


def moment(ts: str) -> datetime:
    """Slack's time stamp as a time, to the microsecond."""
    seconds, _, micro = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micro.ljust(6, "0")[:6] or 0))


def open_review(session: Session, review_id: int) -> Review:
    """A review that waits for a decision, locked. Errors: InputError if there is none, or it is decided."""
    row = session.get(Review, review_id, with_for_update=True)
    if row is None or row.state not in ("pending", "pushed", "disputed"):
        raise InputError(f"Review {review_id} is decided already, or there is none.")
    return row


def judge(session: Session, review_id: int, **word: Any) -> Review:
    """A reviewer's word in Slack, in the terms of `decide`: whoever is late finds the review closed. Errors: InputError."""
    open_review(session, review_id)
    return decide(session, review_id, **word)
