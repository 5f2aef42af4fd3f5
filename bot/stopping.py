"""A person's wish to stop in, cancelled Requests out; the worker that holds one sees it and settles what stands in Slack."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from db.errors import Forbidden
from db.queries import of_thread
from db.tables import Person, Request

OPEN = ("queued", "drafting")


def stop_request(session: Session, number: int, team_id: str, user_id: str, *, operator: bool = False) -> int:
    """Stop one request; how many were stopped: 0 if it has ended already. Errors: Forbidden unless asked by this person."""
    stopped = _stop(session, Request.id == number, team_id, user_id, operator)
    still = select(Request.id).where(Request.id == number, col(Request.state).in_(OPEN))
    if not stopped and session.exec(still).first() is not None:
        raise Forbidden("Only the person who asked, or an operator, can stop a draft.")
    return stopped


def stop_thread(
    session: Session, team_id: str, channel_id: str, thread_ts: str, user_id: str, *, operator: bool = False
) -> int:
    """Stop what this person (an operator: what anybody) asked for in a thread and waits for; how many requests that were.

    `thread_ts` "" means anywhere in the channel, which is what a word in a direct message means.
    """
    anywhere = (col(Request.team_id) == team_id) & (col(Request.channel_id) == channel_id)
    here = of_thread(team_id, channel_id, thread_ts) if thread_ts else anywhere
    return _stop(session, here, team_id, user_id, operator)


def _stop(session: Session, which: ColumnElement[bool] | bool, team_id: str, user_id: str, operator: bool) -> int:
    wanted = select(Request).join(Person, col(Person.id) == col(Request.person_id)).where(which)
    wanted = wanted.where(col(Request.state).in_(OPEN)).order_by(col(Request.id)).with_for_update(of=Request)
    if not operator:
        wanted = wanted.where(Person.team_id == team_id, Person.user_id == user_id)
    rows = list(session.exec(wanted))
    for row in rows:
        row.state = "cancelled"  # its lease stays: while it lasts, its holder settles the message
    return len(rows)
