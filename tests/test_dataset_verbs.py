"""`flywheel dataset …` and `export`: what people read and what scripts read, from the same facts."""

import csv
from pathlib import Path

from sqlmodel import select

from bot.cli import shop
from curation.examples import collect
from db.session import transaction
from db.tables import Review
from tests.test_cli import Flywheel, flywheel
from tests.test_dataset import approved, words

__all__ = ["flywheel"]


def test_given_two_datasets_when_listed_shown_compared_and_exported_then_tables_and_json_tell_the_same(
    flywheel: Flywheel, tmp_path: Path
) -> None:
    none = flywheel("dataset", "show")
    assert none.code == 1 and "There is no dataset yet" in none.err
    own = shop.parts()
    with transaction(own.engine) as session:
        for number in range(1, 7):
            approved(session, number)
        collect(session)
    first = flywheel("dataset", "build", "--json").json()["name"]
    with transaction(own.engine) as session:
        session.exec(select(Review).where(Review.id == 2)).one().state = "rejected"
        session.exec(select(Review).where(Review.id == 3)).one().text = words(70)
        approved(session, 1, key="import:copy", text=words(1) + "!")
    second = flywheel("dataset", "build", "--json").json()["name"]

    listed = flywheel("dataset", "list", "--json").json()
    assert [(row["name"], row["withdrawn"]) for row in listed] == [(first, False), (second, False)]
    assert second in flywheel("dataset", "list").out
    changes = flywheel("dataset", "diff", first[:14], "--json").json()
    assert (changes["from"], changes["to"], changes["changed"]) == (first, second, [{"from": 3, "to": 7}])
    assert changes["removed"] == [
        {"example": 1, "reason": "copy of a text that is in"},
        {"example": 2, "reason": "not approved any more"},
    ]
    page = flywheel("dataset", "diff", first, second).out
    assert "not approved any more" in page and "copy of a text that is in" in page
    shown = flywheel("dataset", "show").out
    assert second in shown and "left out" in shown and "blog/ko" in shown
    assert "✗" in shown and "100, better 500" in shown  # six texts are not enough
    ticks = {tick["question"]: tick for tick in flywheel("dataset", "show", "--json").json()["checklist"]}
    assert ticks["varied"]["good"] and ticks["reviewed"]["found"] == "0 by 0 reviewers, 5 approved by their import"
    assert flywheel("dataset", "diff", first, "dataset-").code == 1

    assert flywheel("export", "out.csv", "--format", "csv", "--json").json() == {"file": "out.csv", "rows": 6}
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["input", "output", "task"]
    assert flywheel("export", "hub", "--format", "hub", "--json").json()["rows"] == 5
    assert (tmp_path / "hub" / "README.md").is_file()
    assert flywheel("export", "hub", "--format", "hub").code == 1
