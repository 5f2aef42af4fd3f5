"""A database in, the same database at the newest schema out (Alembic, shipped inside the package)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from db.errors import SettingsError

LOCK = 73_511_842  # Postgres advisory lock: two processes that start together must not both create tables


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision. Safe to call from many processes at once, and again.

    Errors: SettingsError if a newer program made the database.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with _unbound(engine) as connection, connection.begin():  # SQLite: BEGIN IMMEDIATE keeps a second process waiting
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        config.attributes["connection"] = connection
        before = current(connection)
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            found = current(connection)
            raise SettingsError(
                f"The database is at revision {found}, which this program does not know. Install the newer version."
            ) from error
        renewed = before not in (None, current(connection))
    if renewed and engine.dialect.name == "sqlite":
        _compact(engine)


def _compact(engine: Engine) -> None:
    """A file written without secure_delete may hold words of removed rows in its free pages."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("VACUUM")


@contextmanager
def _unbound(engine: Engine) -> Iterator[Connection]:
    """A connection on which SQLite lets a table be dropped and made anew while others refer to it."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            yield connection
        return
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # no effect inside a transaction
        try:
            yield connection
            if broken := raw.execute("PRAGMA foreign_key_check").fetchall():
                raise RuntimeError(f"the upgrade left {len(broken)} rows that refer to nothing")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def revision(engine: Engine) -> str | None:
    """The revision in force, or None for an empty database."""
    with engine.connect() as connection:
        return current(connection)


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
