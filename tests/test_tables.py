"""The database itself keeps the rules of the ring, on SQLite and on Postgres."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, MetaData, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from db import schema
from db.errors import SettingsError
from db.session import connect, transaction
from db.tables import Decision, Draft, Event, Feedback, Person, Request
from tests import processes, rows


def shape(engine: Engine) -> dict[str, Any]:
    """All that the database knows of its tables, in a form to compare."""
    seen, found = inspect(engine), {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(table)]
        keys = [(k["constrained_columns"], k["referred_table"], k["options"]) for k in seen.get_foreign_keys(table)]
        unique = [(u["name"], u["column_names"]) for u in seen.get_unique_constraints(table)]
        checks = [(c["name"], c["sqltext"]) for c in seen.get_check_constraints(table)]
        indexes = [(i["name"], i["column_names"], i["unique"]) for i in seen.get_indexes(table)]
        parts = (columns, keys, unique, checks, indexes)
        found[table] = [seen.get_pk_constraint(table)["constrained_columns"], *(sorted(p, key=str) for p in parts)]
    return found


def test_given_the_migrations_when_compared_with_the_tables_then_nothing_differs(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata) == []
    migrated, old = shape(engine), MetaData()
    old.reflect(engine)
    old.drop_all(engine)
    assert shape(engine) == {}
    SQLModel.metadata.create_all(engine)
    assert migrated == shape(engine)
    declared = [c for t in SQLModel.metadata.tables.values() for c in t.constraints if isinstance(c, CheckConstraint)]
    assert sum(len(table[4]) for table in migrated.values()) == len(declared) > 0


def test_given_several_processes_when_they_upgrade_together_and_again_then_all_see_one_schema(
    empty_url: str,
) -> None:
    first = processes.together(processes.upgrade, 4, empty_url)
    engine = connect(empty_url)
    with transaction(engine) as session:
        rows.ring(session)
    assert processes.together(processes.upgrade, 2, empty_url) == first[:2]
    assert set(first) == {schema.revision(engine)} != {None}
    with transaction(engine) as session:
        assert len(session.exec(select(Draft)).all()) == 1
    engine.dispose()


def test_given_a_database_of_a_newer_program_when_upgraded_then_it_is_refused_untouched(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = shape(engine)
    with pytest.raises(SettingsError, match=r"revision 9999.*newer version"):
        schema.upgrade(engine)
    assert shape(engine) == before and schema.revision(engine) == "9999"


# Per table: what makes a copy of its row lawful, then single changes of that copy which the database must refuse.
# Values are SQL. `spare_…` stands for a row that has no successor yet.
OTHER = {"id": "901", "key": "'another'"}
LAWFUL: dict[str, dict[str, str]] = {
    "person": {"id": "901", "user_id": "'U-other'"},
    "event": {"id": "'another'"},
    "request": OTHER,
    "draft": {"id": "spare_request"},
    "feedback": OTHER,
    "review": {**OTHER, "feedback_id": "NULL"},
    "decision": OTHER,
    "example": {"id": "901", "review_id": "spare_review"},
    "dataset": {"id": "901", "name": "'another'"},
    "datasetitem": {"dataset_id": "spare_dataset"},
    "run": {"id": "901", "sequence": "901"},
    "adapter": {"id": "901", "run_id": "spare_run", "name": "'another'", "version": "901"},
    "evaluation": {"id": "901", "adapter_id": "spare_adapter"},
    "promotion": {"id": "901", "task": "'sns'"},
}
UNLAWFUL: dict[str, dict[str, list[str]]] = {
    "person": {"user_id": ["user_id"], "language": ["'fr'"], "role": ["'king'"], "consent": ["'maybe'", "NULL"]},
    "event": {"id": ["id"]},
    "request": {
        "key": ["key"],
        "state": ["'lost'", "NULL", "''"],
        "language": ["'fr'"],
        "source": ["'fax'"],
        "person_id": ["999", "NULL"],
        "regenerates": ["999"],
    },
    "draft": {"id": ["id", "999"], "instruction": ["'medium'"], "adapter_id": ["999"], "text": ["NULL"]},
    "feedback": {
        "key": ["key"],
        "kind": ["'shrug'"],
        "text": ["NULL"],
        "draft_id": ["999", "spare_request"],
        "person_id": ["999"],
    },
    "review": {
        "key": ["key"],
        "feedback_id": ["feedback_id", "999"],
        "state": ["'lost'"],
        "origin": ["'machine'"],
        "language": ["'fr'"],
    },
    "decision": {"key": ["key"], "verdict": ["'maybe'"], "review_id": ["999"]},
    "example": {
        "review_id": ["review_id", "999", "NULL"],
        "origin": ["'machine'"],
        "language": ["'fr'"],
        "split": ["'test'", "''"],
    },
    "dataset": {"name": ["name"]},
    "datasetitem": {"dataset_id": ["dataset_id", "999"], "example_id": ["999"]},
    "run": {"sequence": ["sequence"], "state": ["'lost'"], "dataset_id": ["999"]},
    "adapter": {"run_id": ["run_id", "999"], "name": ["name"], "version": ["version"]},
    "evaluation": {"adapter_id": ["adapter_id", "999"], "champion_id": ["999"], "dataset_id": ["999"]},
    "promotion": {
        "task": ["task", "NULL"],
        "kind": ["'demote'"],
        "adapter_id": ["999"],
        "evaluation_id": ["999"],
    },
}


def whole(session: Session) -> dict[str, int]:
    """One row in every table, and the ids of rows without a successor."""
    made: dict[str, Any] = rows.ring(session)
    session.add(Event(id="E1"))
    rows.saved(session, Decision(review_id=made["review"].id, key="click", reviewer="U2", verdict="approve"))
    run = rows.run(session, made["dataset"], sequence=2, state="done")
    adapter = rows.adapter(session, run)
    spare = {
        "spare_request": rows.request(session),
        "spare_review": rows.review(session, state="approved", text="글"),
        "spare_dataset": rows.dataset(session),
        "spare_run": rows.run(session, made["dataset"], sequence=3, state="done"),
        "spare_adapter": adapter,
    }
    return {name: row.id for name, row in spare.items()}


def copied(session: Session, table: str, changes: dict[str, str], spare: dict[str, int]) -> bool:
    """Whether the database takes a copy of the table's first row with these changes; nothing stays."""
    columns = [f'"{c.name}"' for c in SQLModel.metadata.tables[table].columns]
    values = [changes.get(c.strip('"'), c) for c in columns]
    values = [str(spare.get(v, v)) for v in values]
    first = ", ".join(f'"{c.name}"' for c in SQLModel.metadata.tables[table].primary_key)
    copy = f"SELECT {', '.join(values)} FROM {table} ORDER BY {first} LIMIT 1"
    point = session.begin_nested()
    try:
        session.connection().execute(text(f"INSERT INTO {table} ({', '.join(columns)}) {copy}"))
        return True
    except IntegrityError:
        return False
    finally:
        point.rollback()


def test_given_raw_sql_when_a_row_breaks_a_rule_then_the_database_refuses_it(engine: Engine) -> None:
    with transaction(engine) as session:
        spare = whole(session)
        assert {t: copied(session, t, good, spare) for t, good in LAWFUL.items()} == dict.fromkeys(LAWFUL, True)
        wrong = [(t, {c: v}) for t, columns in UNLAWFUL.items() for c, values in columns.items() for v in values]
        assert [case for case in wrong if copied(session, case[0], LAWFUL[case[0]] | case[1], spare)] == []
        for table in ("person", "request", "draft", "feedback", "review", "example", "dataset", "run", "adapter"):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.connection().execute(text(f"DELETE FROM {table}"))


def test_given_a_forgotten_newest_row_when_the_next_comes_then_its_id_is_a_new_one(engine: Engine) -> None:
    with transaction(engine) as session:
        forgotten = rows.request(session)
        session.delete(forgotten)
    with transaction(engine) as session:
        assert (rows.request(session).id or 0) > (forgotten.id or 0)


def test_given_a_database_of_the_first_version_with_rows_when_upgraded_then_every_row_is_still_there(
    empty_url: str,
) -> None:
    engine = connect(empty_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_VERSION:
            connection.execute(text(statement))
    schema.upgrade(engine)
    with transaction(engine) as session:
        request, feedback = session.get_one(Request, 1), session.get_one(Feedback, 1)
        assert (request.text, request.version, request.refines) == ("summer drinks", 1, None)
        assert (feedback.kind, feedback.way, feedback.reasons, feedback.acted_at) == (
            "up",
            "button",
            [],
            feedback.created_at,
        )
        assert session.get_one(Person, 1).guest is None
        session.delete(feedback)
    engine.dispose()


FIRST_VERSION = (
    "INSERT INTO person VALUES (1, '', 'T1', 'U1', 'en', 'member', 'granted', '2026-07-01 10:00:00')",
    "INSERT INTO request (id, person_id, key, source, task, language, text, fields, team_id, channel_id, thread_ts, collect,"
    " state, attempts, created_at) VALUES (1, 1, 'k', 'mention', 'blog', 'en', 'summer drinks', '{}', 'T1', 'C1', '1.0', true,"
    " 'done', 1, '2026-07-01 10:00:00')",
    "INSERT INTO draft (id, messages, short_prompt, long_prompt, instruction, base_model, runtime, sampling, text, stop,"
    " tokens, seconds, first_token_seconds, created_at) VALUES (1, '[]', '[]', '[]', 'long', 'tiny', 'local', '{}', 't', 'end',"
    " 1, 1, 1, '2026-07-01 10:00:01')",
    "INSERT INTO feedback (id, draft_id, person_id, key, kind, reason, created_at) VALUES (1, 1, 1, 'k', 'up', '',"
    " '2026-07-01 10:00:02')",
)
