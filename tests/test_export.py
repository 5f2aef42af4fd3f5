"""What was approved goes out as a file; coming back it is known, and no spreadsheet runs a cell of it."""

import csv
import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import func, select

from curation.cells import FORMULA, guarded, unguarded
from curation.export import export
from curation.house import House
from curation.importers import import_file
from db.errors import InputError
from db.session import transaction
from db.tables import Example, Review
from tests.test_dataset import fill, words

ODD = ["=1+1", "+82 매출", "-50% 할인", "@everyone", "'따옴표", "'=1+1", '쉼표, "따옴표"\n두 줄', "\t탭", " 앞뒤 빈칸 "]
Form = Literal["jsonl", "csv"]


@given(st.text())
def test_given_any_text_when_guarded_then_it_is_no_formula_and_comes_back(text: str) -> None:
    assert not guarded(text).startswith(FORMULA) and unguarded(guarded(text)) == text


@given(st.text())
def test_given_any_foreign_cell_when_read_then_only_what_a_guard_could_have_made_is_changed(cell: str) -> None:
    assert unguarded(cell) == cell or guarded(unguarded(cell)) == cell


def imported(engine: Engine, house: House, folder: Path) -> int:
    """Odd texts, approved; how many there are now."""
    path = folder / "odd.jsonl"
    turns = [
        [{"role": "user", "content": f"주제: {n} {words(n)}"}, {"role": "assistant", "content": f"{odd} {words(n)}"}]
        for n, odd in enumerate(ODD)
    ]
    path.write_text("".join(json.dumps({"messages": t, "task": "sns"}) + "\n" for t in turns), encoding="utf-8")
    return import_file(engine, path, house, approved=True).accepted


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_given_an_export_when_imported_again_here_or_elsewhere_then_nothing_is_new_and_nothing_differs(
    engine: Engine, house: House, tmp_path: Path, form: Form
) -> None:
    assert imported(engine, house, tmp_path) == len(ODD)
    path = tmp_path / f"out.{form}"
    with transaction(engine) as session:
        assert export(session, path, form=form) == len(ODD)
        before = sorted(session.exec(select(Example.completion)))
    again = import_file(engine, path, house, approved=True)
    assert (again.accepted, again.duplicates, again.rejected) == (0, len(ODD), [])
    with transaction(engine) as session:
        assert session.exec(select(func.count()).select_from(Review)).one() == len(ODD)
        assert sorted(session.exec(select(Example.completion))) == before
        export(session, tmp_path / f"second.{form}", form=form)
    assert (tmp_path / f"second.{form}").read_bytes() == path.read_bytes()


def test_given_formulas_when_exported_as_csv_then_no_cell_begins_like_one_and_columns_are_the_contract_s(
    sqlite_engine: Engine, house: House, tmp_path: Path
) -> None:
    imported(sqlite_engine, house, tmp_path)
    with transaction(sqlite_engine) as session:
        export(session, tmp_path / "out.csv", form="csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *found = list(csv.reader(file))
    assert header == ["input", "output", "task"] and len(found) == len(ODD)
    assert not any(cell.startswith(FORMULA) for row in found for cell in row)
    assert {row[2] for row in found} == {"sns"}


def test_given_a_task_and_texts_that_do_not_count_when_exported_then_only_those_that_do(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    fill(sqlite_engine, [1, 2, 3])
    fill(sqlite_engine, [4], task="sns")
    with transaction(sqlite_engine) as session:
        session.get_one(Review, 1).state = "rejected"
    with transaction(sqlite_engine) as session:
        assert export(session, tmp_path / "all.jsonl") == 3
        assert export(session, tmp_path / "sns.jsonl", "sns") == 1
        with pytest.raises(InputError, match="Make it first"):
            export(session, tmp_path / "none" / "out.jsonl")
    (line,) = (tmp_path / "sns.jsonl").read_text(encoding="utf-8").splitlines()
    value = json.loads(line)
    assert value["task"] == "sns" and value["messages"][-1] == {"role": "assistant", "content": words(4)}
    assert list(tmp_path.glob("*.part")) == []
