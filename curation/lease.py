"""A name in, the right to work under it out: of several processes one at a time holds it, and a dead one loses it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, update

from db.session import transaction
from db.tables import Event, now


@contextmanager
def alone(engine: Engine, name: str, seconds: float) -> Iterator[Callable[[], bool]]:
    """Yields a call that takes or renews the lease and tells whether we hold it; call it before each piece of work.

    No piece may take longer than `seconds`; after a crash others wait that long.
    """
    since: datetime | None = None  # when we took it: another process that took it over wrote another moment

    def renewed() -> bool:
        nonlocal since
        mine = col(Event.taken_at) == since if since else col(Event.taken_at) <= now() - timedelta(seconds=seconds)
        moment = now()
        since = moment if _take(engine, name, mine, moment) else None
        return since is not None

    try:
        yield renewed
    finally:
        if since:
            with transaction(engine) as session:
                ours = delete(Event).where(col(Event.id) == name, col(Event.taken_at) == since)
                session.connection().execute(ours)


def _take(engine: Engine, name: str, free: ColumnElement[bool], moment: datetime) -> bool:
    try:
        with transaction(engine) as session:
            taken = update(Event).where(col(Event.id) == name, free).values(taken_at=moment)
            if session.connection().execute(taken).rowcount:
                return True
            if session.get(Event, name):
                return False
            session.add(Event(id=name, taken_at=moment))
    except IntegrityError:  # another process was first
        return False
    return True
