"""A database URL in, sessions out: the same code on SQLite (WAL, busy timeout, foreign keys) and Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, SQLModel

from db.errors import SettingsError

BUSY_MS = 30_000  # SQLite waits this long for another writer instead of failing
WANTED = "FLYWHEEL_DATABASE_URL must look like sqlite:///folder/file.db or postgresql://user:password@host/name."


def connect(url: str) -> Engine:
    """An engine for `url` with the safety settings on; makes SQLite's folder. Errors: SettingsError for other URLs."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(WANTED) from None
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgres(parsed.set(drivername="postgresql+psycopg"))
    if parsed.drivername != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise SettingsError(WANTED)  # one in memory is nowhere for processes to meet
    return _sqlite(parsed, Path(parsed.database or ""))


def _postgres(url: URL) -> Engine:
    try:
        # "First one wins, the other reads its row" needs this level, whatever the server's default is.
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except ImportError as error:
        raise SettingsError("Postgres needs one more package: pip install 'draft-flywheel[postgres]'.") from error


def _sqlite(url: URL, file: Path) -> Engine:
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _sqlite_safety)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _sqlite_safety(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; see _begin_immediate
    cursor = connection.cursor()
    # FULL: what was committed outlives a power cut too, not only a killed process.
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A read that later writes can't wait for another writer in WAL mode (it fails at once as "locked"): take the write
    # lock at the start. Our transactions are short.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error. Rows stay readable afterwards.

    Not repeated here: a deadlock's loser (Postgres) left nothing behind, and whoever called turns again.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def put_once(session: Session, row: SQLModel) -> bool:
    """Insert a row unless its keys are taken, in one statement; False if another transaction was first.

    The database fills the row's id in; the row stays outside the session.
    """
    kind = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    table = inspect(type(row)).local_table
    values = {name: value for name, value in row.model_dump().items() if (name, value) != ("id", None)}
    made = session.connection().execute(
        kind.insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
    )
    number = made.scalar()
    if number is None:
        return False
    row.id = number
    return True
