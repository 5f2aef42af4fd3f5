"""What people did with the votes under a draft in, what each of them thinks of it now out."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from db.tables import Feedback

VOTES = ("up", "down", "unvote", "unvote_up", "unvote_down")


def vote(session: Session, draft_id: int, person_id: int) -> str | None:
    """This person's vote on this draft: "up", "down" or None."""
    wanted = select(Feedback).where(
        Feedback.draft_id == draft_id, Feedback.person_id == person_id, col(Feedback.kind).in_(VOTES)
    )
    return fold(session.exec(wanted.order_by(col(Feedback.acted_at), col(Feedback.id))))


def fold(acts: Iterable[Feedback]) -> str | None:
    """What one person's acts on one draft, in the order they were done, come to. The last vote counts.

    A button pressed again takes its vote back; a reaction taken away takes back the vote of its side.
    """
    state: str | None = None
    for act in acts:
        if act.kind in ("up", "down"):
            state = None if act.way == "button" and state == act.kind else act.kind
        elif act.kind in ("unvote", f"unvote_{state}"):
            state = None
    return state
