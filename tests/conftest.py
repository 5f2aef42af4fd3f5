"""Fixtures: a fresh database on SQLite and on Postgres, the shipped style guide, a store, the tiny base model's runtime."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from curation.house import House, load_house
from db import schema
from db.artifacts import Artifacts
from db.session import connect


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real Postgres from the package index, with one upgraded database `ready` to copy; its URI."""
    import pgserver

    # Not below pytest's own folder: as root the server runs as another user, whom a second test run would lock out.
    folder = Path(tempfile.mkdtemp(prefix="flywheel-postgres-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    admin(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE ready")
    made = connect(server.get_uri("ready"))
    schema.upgrade(made)
    made.dispose()
    yield server.get_uri()
    server.cleanup()


def admin(uri: str, *statements: str) -> None:
    """Run statements that can't stand in a transaction."""
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'flywheel.db'}"


@contextmanager
def database(request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    """A fresh database of the kind the fixture's parameter names."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    admin(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    admin(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of each kind."""
    with database(request, "template1") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of each kind, upgraded on Postgres; take `engine` along where it must be on SQLite too."""
    with database(request, "ready") as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An upgraded database of each kind."""
    made = connect(database_url)
    schema.upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An upgraded SQLite database, where the kind of database is not the point."""
    made = connect(sqlite_url)
    schema.upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "home")


@pytest.fixture(scope="session")
def house() -> House:
    """The shipped style guide."""
    return load_house(Path(__file__).parents[1] / "house.toml")
