"""Edits become preferences and votes become thumbs, in the shape training reads, and each stays on its side of the split."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from curation.dataset import build
from curation.examples import collect
from curation.families import named, split_of
from db.artifacts import Artifacts
from db.session import transaction
from db.tables import DatasetDraft, Draft, Person, Request
from tests import rows
from tests.test_dataset import approved, draft_of, everything, examples_of, fill, lines, words


def test_given_edits_and_votes_when_built_then_preference_and_thumbs_forms_stand_beside_in_trl_s_own_shape(
    engine: Engine, artifacts: Artifacts
) -> None:
    everything(engine)
    made = build(engine, artifacts)
    assert made is not None
    folder = artifacts.path(made.name)
    pairs = [row for side in ("train", "heldout") for row in lines(folder, f"preference_{side}.jsonl")]
    assert len(pairs) == 12 and all(set(row) == {"prompt", "chosen", "rejected"} for row in pairs)
    examples = {e.completion: e for e in examples_of(engine)}
    for side in ("train", "heldout"):
        for row in lines(folder, f"preference_{side}.jsonl"):
            (chosen,), (rejected,) = row["chosen"], row["rejected"]
            assert chosen["content"].startswith(rejected["content"] + " 고쳤습니다")
            assert examples[chosen["content"]].split == side and row["prompt"] == rows.PROMPT
    votes = [row for name in folder.glob("thumbs_*.jsonl") for row in lines(folder, name.name)]
    assert {(row["completion"][0]["content"], row["label"]) for row in votes} == {
        (words(200), True),
        (words(201), False),
    }
    assert made.manifest["also_left_out"]["people disagree about it"] == 1
    with transaction(engine) as session:
        drafts = session.exec(select(Draft.text).join(DatasetDraft).where(DatasetDraft.dataset_id == made.id)).all()
    assert set(drafts) == {words(200), words(201)}


@pytest.mark.parametrize(
    ("where", "wish"),
    [("voter", {"consent": "declined"}), ("asker", {"guest": True}), ("request", {"collect": False})],
)
def test_given_people_or_places_we_may_not_learn_from_when_built_then_their_votes_teach_nothing(
    sqlite_engine: Engine, artifacts: Artifacts, where: str, wish: dict[str, Any]
) -> None:
    fill(sqlite_engine, [1, 2, 3])
    with transaction(sqlite_engine) as session:
        draft = draft_of(session, 200, words(200))
        voter = rows.known(session, "U2")
        rows.feedback(session, draft, kind="up", text=None, person_id=voter.id)
        request = session.get_one(Request, draft.id)
        changed = {"voter": voter, "asker": session.get_one(Person, request.person_id), "request": request}[where]
        for name, value in wish.items():
            setattr(changed, name, value)
    made = build(sqlite_engine, artifacts)
    assert made is not None and set(made.manifest["forms"]) <= {"sft/train", "sft/heldout"}


def test_given_drafts_and_votes_close_to_a_held_out_text_when_built_then_they_never_stand_in_a_training_file(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    held = next(n for n in range(1000) if split_of(named(f"thread:{n}")) == "heldout")
    train = next(n for n in range(1000) if split_of(named(f"thread:{n}")) == "train")
    fill(sqlite_engine, [held, train, *range(2000, 2010)])
    with transaction(sqlite_engine) as session:
        for number, text in ((held, words(5000)), (5001, words(held) + " 끝")):  # its topic; a near-copy of it
            vote = rows.feedback(session, draft_of(session, number, text), kind="up", text=None)
            assert vote.id
        # A draft near the held-out text, edited into a text that is trained on: the text may stay, the pair may not.
        approved(session, 6000, key="import:pair", origin="edited", draft=words(held) + " 끝", source=f"thread:{train}")
        collect(session)
    made = build(sqlite_engine, artifacts)
    assert made is not None
    folder = artifacts.path(made.name)
    assert len(lines(folder, "thumbs_heldout.jsonl")) == 2 and not (folder / "thumbs_train.jsonl").exists()
    assert words(6000) in {row["completion"][0]["content"] for row in lines(folder, "train.jsonl")}
    assert not (folder / "preference_train.jsonl").exists()
    assert made.manifest["also_left_out"]["belongs to both sides of the split"] == 1


def test_given_an_edit_in_looks_alone_when_built_then_it_is_no_preference(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    fill(sqlite_engine, [1, 2])
    fill(sqlite_engine, [3], origin="edited", draft=words(3).replace(" ", "  ") + "!!")
    made = build(sqlite_engine, artifacts)
    assert made is not None and set(made.manifest["forms"]) <= {"sft/train", "sft/heldout"}
