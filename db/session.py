"""A database URL in, sessions out: the same code on SQLite (WAL, busy timeout, foreign keys) and Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, Executable, create_engine, event, inspect
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
    # FULL: what was committed outlives a power cut too, not only a killed process. secure_delete: what was removed is
    # overwritten with zeros, not only marked as free.
    wanted = (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON")
    for pragma in wanted:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A read that later writes can't wait for another writer in WAL mode (it fails at once as "locked"): take the write
    # lock at the start. Our transactions are short.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def wipe(engine: Engine) -> bool:
    """Rows as they were before go from SQLite's write-ahead log too; False if others kept it busy: try again later.

    Postgres keeps old versions of rows inside its files until they are overwritten, out of reach of any query.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


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
    values = {name: value for name, value in row.model_dump().items() if (name, value) != ("id", None)}
    number = session.connection().execute(_insert_once(type(row), session.get_bind().dialect.name), values).scalar()
    if number is None:
        return False
    row.id = number
    return True


@lru_cache
def _insert_once(table_of: type[SQLModel], dialect: str) -> Executable:
    # Kept, since building it takes as long as running it, and every event of Slack comes through here.
    table = inspect(table_of).local_table
    kind = sqlite if dialect == "sqlite" else postgresql
    made: Executable = kind.insert(table).on_conflict_do_nothing().returning(table.c.id)
    return made
