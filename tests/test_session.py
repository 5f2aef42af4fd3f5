"""Transactions: the safety settings in force, all or nothing, writers one after the other, times in UTC."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import col, select, update

from db.session import BUSY_MS, connect, transaction
from db.tables import Person, Request, Run
from tests import rows


def test_given_an_open_database_when_asked_then_every_connection_has_the_safety_settings(database_url: str) -> None:
    if database_url.startswith("postgres"):  # a server whose default is another level
        with connect(database_url).begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
        asked: dict[str, object] = {"SHOW transaction_isolation": "read committed"}
    else:
        asked = {"PRAGMA journal_mode": "wal", "PRAGMA busy_timeout": BUSY_MS}
        asked |= {"PRAGMA foreign_keys": 1, "PRAGMA synchronous": 2}
    engine = connect(database_url)
    raw = [engine.raw_connection() for _ in range(3)]
    for connection in raw:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        assert {question: cursor.execute(question).fetchone()[0] for question in asked} == asked
        cursor.execute("ROLLBACK")
        connection.close()
    engine.dispose()


def test_given_an_error_when_a_transaction_ends_then_nothing_of_it_stays(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        rows.ring(session)
        _ = 1 / 0
    with transaction(engine) as session:
        kept = rows.request(session)
        assert session.exec(select(Person)).one() and session.exec(select(Run)).all() == []
    assert kept.text and kept.created_at  # readable after the end, without a session


def test_given_two_writers_in_opposite_order_when_they_meet_then_each_row_ends_with_one_of_them(engine: Engine) -> None:
    with transaction(engine) as session:
        pair = [rows.request(session).id, rows.request(session).id]
    met, ended = threading.Barrier(2), []

    def write(name: str, order: list[int | None]) -> None:
        met.wait(10)
        try:
            with transaction(engine) as session:
                for number in order:
                    mine = update(Request).where(col(Request.id) == number).values(claimed_by=name)
                    session.connection().execute(mine)
                    session.connection().execute(text("SELECT count(*) FROM request a, request b, request c"))
            ended.append(name)
        except OperationalError:  # Postgres found a deadlock and chose this one
            ended.append("")

    writers = [threading.Thread(target=write, args=a) for a in (("A", pair), ("B", pair[::-1]))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with transaction(engine) as session:
        holders = set(session.exec(select(Request.claimed_by)))
    assert len(ended) == 2 and len(holders) == 1 and holders <= set(ended) - {""}


def test_given_times_of_any_zone_when_stored_then_they_come_back_in_utc_and_compare_right(engine: Engine) -> None:
    seoul = datetime(2025, 1, 1, 8, 59, 59, tzinfo=timezone(timedelta(hours=9)))  # still the old year in UTC
    with transaction(engine) as session:
        early = rows.request(session, claimed_until=seoul)
        late = rows.request(session, claimed_until=datetime(2025, 1, 1, tzinfo=UTC))
        session.expire_all()
        assert early.claimed_until == seoul and early.claimed_until.utcoffset() == timedelta(0)
        before = select(Request.id).where(col(Request.claimed_until) < datetime(2025, 1, 1, tzinfo=UTC))
        assert session.exec(before).all() == [early.id] != [late.id]
    with pytest.raises(StatementError, match="timezone"), transaction(engine) as session:
        rows.request(session, claimed_until=datetime(2025, 1, 1))
