"""Datasets over time: what changed between two, held-out versions, and what becomes of one whose texts are taken back."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from curation.dataset import Diff, build, diff, show
from curation.dataset import named as named_dataset
from curation.examples import collect
from curation.families import named, split_of
from curation.forget import forget
from curation.sweep import sweep
from db import withdrawals
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.tables import Draft, Review
from tests import rows
from tests.test_dataset import approved, draft_of, everything, examples_of, fill, words


def test_given_new_texts_when_built_then_the_held_out_set_is_versioned_only_where_it_is_another(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    sides = {n: split_of(named(f"thread:{n}")) for n in range(300)}
    held, train = ([n for n, side in sides.items() if side == wanted] for wanted in ("heldout", "train"))
    versions, hashes = [], []
    for numbers in ([held[0], *train[:3]], train[3:6], [held[1]], train[6:7]):
        fill(sqlite_engine, numbers)
        made = build(sqlite_engine, artifacts)
        assert made is not None
        versions.append(made.manifest["heldout_version"])
        hashes.append(made.manifest["heldout_sha256"])
    assert versions == [1, 1, 2, 2] and hashes[0] == hashes[1] != hashes[2] == hashes[3]


def test_given_texts_taken_back_when_the_same_come_again_under_other_ids_then_they_are_another_edition(
    engine: Engine, artifacts: Artifacts
) -> None:
    """The withdrawn row and its files never come back: what learnt from it stays barred."""
    fill(engine, [1, 2, 3])
    first = build(engine, artifacts)
    assert first is not None
    with transaction(engine) as session:
        for review in session.exec(select(Review)):
            review.state = "withdrawn"
    artifacts.remove(first.name)
    with transaction(engine) as session:
        for number in (1, 2, 3):
            approved(session, number, key=f"import:again {number}")
        collect(session)
    second = build(engine, artifacts)
    assert second is not None and second.id != first.id and second.name != first.name
    assert second.manifest["edition"] == 2 and second.manifest["inputs_sha256"] == first.manifest["inputs_sha256"]
    again = build(engine, artifacts)
    assert again is not None and again.id == second.id
    with transaction(engine) as session:
        assert withdrawals.is_withdrawn(session, first.id or 0) and not withdrawals.is_withdrawn(
            session, second.id or 0
        )
    assert not (artifacts.root / first.name).exists()


def test_given_a_voted_draft_that_is_forgotten_when_looked_at_then_its_dataset_is_withdrawn(
    engine: Engine, artifacts: Artifacts
) -> None:
    everything(engine)
    made = build(engine, artifacts)
    assert made is not None
    with transaction(engine) as session:
        assert not withdrawals.is_withdrawn(session, made.id or 0)
        session.exec(select(Draft).where(Draft.text == words(201))).one().text = ""
    with transaction(engine) as session:
        assert withdrawals.is_withdrawn(session, made.id or 0)
        assert [row.id for row in withdrawals.withdrawn_datasets(session)] == [made.id]
    assert "withdrawn" in show(engine, artifacts, made.name)


def test_given_two_datasets_when_compared_then_what_came_what_went_and_why_and_what_was_reworded(
    engine: Engine, artifacts: Artifacts
) -> None:
    fill(engine, [1, 2, 3, 4, 5])
    first = build(engine, artifacts)
    ids = [e.id for e in examples_of(engine)]
    with transaction(engine) as session:
        reviews = [session.get_one(Review, e.review_id) for e in examples_of(engine)]
        reviews[0].text = words(900)
        reviews[1].state, reviews[2].state = "rejected", "withdrawn"
        approved(session, 6, key="import:new")
        approved(session, 4, key="import:copy", text=words(4) + "!", source="thread:4")
        collect(session)
    second = build(engine, artifacts)
    newest = [e.id for e in examples_of(engine)]
    with transaction(engine) as session:
        assert first and second and named_dataset(session, first.name[:12]).id == first.id
        found = diff(session, first, second)
        assert diff(session, first, first) == Diff()
        assert named_dataset(session, "latest").id == second.id
        for wrong in ("dataset-", "nothing"):
            with pytest.raises(InputError, match="flywheel dataset list"):
                named_dataset(session, wrong)
    assert found.changed == {ids[0]: newest[5]} and found.added == [newest[6], newest[7]]
    assert found.removed == {ids[1]: "not approved any more", ids[2]: "taken back", ids[3]: "copy of a text that is in"}
    assert found.as_dict()["removed"][0] == {"example": ids[1], "reason": "not approved any more"}


def test_given_a_person_whose_draft_others_voted_on_when_they_are_forgotten_then_the_receipt_names_the_dataset(
    engine: Engine, artifacts: Artifacts
) -> None:
    fill(engine, [1, 2, 3])
    with transaction(engine) as session:
        asker = rows.known(session, "U0ASKER")
        draft = draft_of(session, 200, words(200), person_id=asker.id)
        rows.feedback(session, draft, kind="up", text=None, person_id=rows.known(session, "U2").id)
    made = build(engine, artifacts)
    with transaction(engine) as session:
        assert made and forget(session, rows.known(session, "U0ASKER"), "operator").datasets == [made.name]
    assert sweep(engine, artifacts) == [made.name] and not (artifacts.root / made.name).exists()
    again = build(engine, artifacts)
    assert again and again.name != made.name and not any("thumbs" in form for form in again.manifest["forms"])
