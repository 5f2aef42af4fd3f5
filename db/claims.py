"""Rows waiting to be worked on in, one of them held by one worker out; a dead worker's lease ends, and another takes over."""

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from db.tables import Request, Run, now

REQUEST_TRIES, RUN_TRIES = 10, 3
Claimed = TypeVar("Claimed", Request, Run)


def claim_request(session: Session, worker: str, lease_seconds: float) -> Request | None:
    """The oldest request nobody works on, now held by `worker` until the lease ends; in a thread one after the other."""
    before = aliased(Request)
    same = [getattr(before, name) == getattr(Request, name) for name in ("team_id", "channel_id", "thread_ts")]
    open_ = col(before.state).in_(("queued", "drafting")) | _untold(before)
    same_thread = (col(Request.thread_ts) != "") & and_(*same)
    # The answer to a command began its thread itself.
    earlier = (col(before.id) < col(Request.id)) & (same_thread | (col(before.id) == col(Request.refines)))
    in_turn = ~select(before.id).where(earlier, open_).exists()
    free = _free(Request, "queued", "drafting") & in_turn
    return _claim(session, Request, free, "drafting", REQUEST_TRIES, worker, lease_seconds)


def claim_stopped(session: Session, worker: str, lease_seconds: float) -> Request | None:
    """The oldest stopped request whose message nobody brings to its end, now held by `worker`; it stays cancelled."""
    until = col(Request.claimed_until)
    free = _untold(Request) & (until.is_(None) | (until < now()))
    return _claim(session, Request, free, "cancelled", REQUEST_TRIES, worker, lease_seconds)


def _untold(kind: type[Request]) -> ColumnElement[bool]:
    """Whether a request was stopped and its message may still say that it is being written: `error` tells its end."""
    return (col(kind.state) == "cancelled") & col(kind.error).is_(None) & (col(kind.channel_id) != "")


def claim_run(session: Session, worker: str, lease_seconds: float) -> Run | None:
    """The oldest training nobody works on, now held by `worker` until the lease ends."""
    return _claim(session, Run, _free(Run, "queued", "running"), "running", RUN_TRIES, worker, lease_seconds)


def _free(kind: type[Request] | type[Run], fresh: str, busy: str) -> ColumnElement[bool]:
    return (col(kind.state) == fresh) | ((col(kind.state) == busy) & (col(kind.claimed_until) < now()))


def _claim(
    session: Session,
    kind: type[Claimed],
    free: ColumnElement[bool],
    busy: str,
    tries: int,
    worker: str,
    lease_seconds: float,
) -> Claimed | None:
    # SKIP LOCKED is Postgres; SQLite ignores it and is safe since every transaction takes the write lock first.
    wanted = select(kind).where(free).order_by(col(kind.id)).limit(1).with_for_update(skip_locked=True)
    while (row := session.exec(wanted).first()) is not None:
        if row.attempts >= tries:
            row.state = "failed"
            row.error = f"It was begun {tries} times and never finished; see the log of its worker."
            session.flush()
            continue
        row.state, row.claimed_by, row.attempts = busy, worker, row.attempts + 1
        row.claimed_until = now() + timedelta(seconds=lease_seconds)  # waiting for the lock must not eat the lease
        session.flush()
        return row
    return None


def extend(session: Session, row: Request | Run, lease_seconds: float) -> bool:
    """A longer lease for the holder; False if somebody else took the row over or closed it meanwhile.

    `row` is as it was claimed: who, in which attempt, in which state. One statement, so nobody comes in between.
    """
    kind = type(row)
    same = [col(getattr(kind, name)) == getattr(row, name) for name in ("id", "state", "claimed_by", "attempts")]
    longer = update(kind).where(*same).values(claimed_until=now() + timedelta(seconds=lease_seconds))
    return session.connection().execute(longer).rowcount == 1


def still_held(session: Session, request: Request) -> Request | None:
    """The row, locked, as long as the one who claimed `request` in this attempt has it; None if another took it over."""
    row = session.get_one(Request, request.id, with_for_update=True)
    return row if (row.claimed_by, row.attempts) == (request.claimed_by, request.attempts) else None


def queue_ahead(session: Session, request: Request) -> int:
    """How many requests wait or are being written before this one. One from the terminal holds no lease, nor a place."""
    held = (col(Request.state) == "drafting") & col(Request.claimed_until).is_not(None)
    wanted = select(func.count()).select_from(Request)
    return session.exec(wanted.where(((col(Request.state) == "queued") | held) & (col(Request.id) < request.id))).one()
