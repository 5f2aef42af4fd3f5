"""A database URL in, sessions out: the same code on SQLite (WAL, busy timeout, foreign keys) and Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

BUSY_MS = 30_000  # SQLite waits this long for another writer instead of failing


def connect(url: str) -> Engine:
    """An engine for `url` with the safety settings on; makes SQLite's folder. Postgres uses psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _sqlite_safety)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _sqlite_safety(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; see _begin_immediate
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A read that later writes can't wait for another writer in WAL mode (it fails at once as "locked"): take the write
    # lock at the start. Our transactions are short.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error. Rows stay readable afterwards."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
