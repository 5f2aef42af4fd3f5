"""A person's signal about a draft in, one Feedback row out; a reviewer's word in, a decided Review out; each once."""

from rapidfuzz.distance import Levenshtein
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from curation.reviews import decide
from db.errors import Forbidden, InputError
from db.queries import vote
from db.tables import Draft, Feedback, Person, Request, Review


def edit_share(before: str, after: str) -> float:
    """How much of a text was changed: normalised edit distance in characters, 0 (nothing) to 1 (everything)."""
    return float(Levenshtein.normalized_distance(before, after))


def record(
    session: Session, draft_id: int, who: Person, kind: str, key: str, text: str | None = None
) -> Feedback | None:
    """Keep a signal. A vote pressed again is taken back. None if this key is known already.

    Errors: Forbidden if somebody else than the requester accepts; InputError for an unknown draft.
    """
    assert who.id is not None
    draft, request = session.get(Draft, draft_id), session.get(Request, draft_id)
    if draft is None or request is None:
        raise InputError(f"There is no draft {draft_id}.")
    if kind == "accept" and request.person_id != who.id:
        raise Forbidden("Only the person who asked can use a draft as it is.")
    if session.exec(select(Feedback.id).where(Feedback.key == key)).first():
        return None
    if kind in ("up", "down") and vote(session, draft_id, who.id) == kind:
        kind = "unvote"
    row = Feedback(
        draft_id=draft_id,
        person_id=who.id,
        key=key,
        kind=kind,
        text=text,
        edit_share=None if text is None else edit_share(draft.text, text),
    )
    try:
        with session.begin_nested():
            session.add(row)
        return row
    except IntegrityError:
        return None


def open_review(session: Session, review_id: int) -> Review:
    """A review that waits for a decision, locked. Errors: InputError if there is none, or it is decided."""
    row = session.get(Review, review_id, with_for_update=True)
    if row is None or row.state not in ("pending", "pushed"):
        raise InputError(f"Review {review_id} is decided already, or there is none.")
    return row


def judge(
    session: Session, review_id: int, *, key: str, reviewer: str, verdict: str, text: str | None = None, note: str = ""
) -> Review:
    """A reviewer's word in Slack: of two who press at the same moment the first decides. Errors: InputError."""
    open_review(session, review_id)
    return decide(session, review_id, key=key, reviewer=reviewer, verdict=verdict, text=text, note=note)
