"""Examples become a frozen dataset: the same texts give the same bytes, no copy is in it, and no family is on two sides."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from curation.dataset import build, choose, forms, show
from curation.examples import collect, known
from curation.families import named, split_of
from curation.mask import Masked
from db.artifacts import Artifacts, content_hash
from db.errors import InputError
from db.session import transaction
from db.tables import Dataset, DatasetItem, Draft, Example
from tests import rows

THINGS = ["달", "강", "숲", "빵", "배", "꽃", "눈", "별", "책", "집"]


def words(number: int) -> str:
    """A text that no other number's text resembles."""
    return " ".join(
        f"{THINGS[int(d)]}{i}{THINGS[(int(d) + i) % 10]}{number}" for i, d in enumerate(f"{number:06d}" * 3)
    )


def approved(session: Session, number: int, **more: Any) -> None:
    values: dict[str, Any] = {
        "text": words(number),
        "source": f"thread:{number}",
        "fields": {"topic": f"주제 {number}"},
    }
    rows.review(session, **{"state": "approved", "decided_by": "U2", "key": f"import:{number}", **values, **more})


def fill(engine: Engine, numbers: list[int], **more: Any) -> None:
    with transaction(engine) as session:
        for number in numbers:
            approved(session, number, **more)
        collect(session)


def examples_of(engine: Engine) -> list[Example]:
    with transaction(engine) as session:
        return list(session.exec(select(Example).order_by("id")))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def read_text(folder: Path, *names: str) -> list[str]:
    return [line for name in names for line in (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)]


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def draft_of(session: Session, number: int, text: str, **more: Any) -> Draft:
    """A draft in a thread of its own, on a topic of its own."""
    asked = rows.request(session, fields={"topic": f"주제 {number}"}, **more)
    return rows.draft(session, asked, text=text)


def everything(engine: Engine) -> None:
    """Examples of every origin, a draft people like, one they do not, and one they disagree about."""
    fill(engine, list(range(20)))
    with transaction(engine) as session:
        for number in range(100, 112):
            draft = draft_of(session, number, words(number))
            edit = rows.feedback(session, draft, text=words(number) + " 고쳤습니다 " + words(number + 500))
            rows.review(session, edit, state="approved", draft=draft.text, text=edit.text, origin="edited",
                        source=f"request:{draft.id}", fields={"topic": f"주제 {number}"})  # fmt: skip
        for number, kinds in ((200, ["up"]), (201, ["down"]), (202, ["up", "down"]), (203, ["up", "unvote"])):
            draft = draft_of(session, number, words(number))
            for place, kind in enumerate(kinds):
                who = rows.known(session, "U1" if kind == "unvote" else f"U{place + 1}")
                rows.feedback(session, draft, kind=kind, text=None, person_id=who.id)
        collect(session)


def test_given_examples_when_built_twice_then_the_same_row_and_bytes_whose_hash_is_the_name(
    engine: Engine, artifacts: Artifacts
) -> None:
    fill(engine, list(range(40)))
    made = build(engine, artifacts)
    assert made is not None
    before = contents(artifacts.path(made.name))
    again = build(engine, artifacts)
    assert again is not None and (again.id, again.name) == (made.id, made.name)
    assert contents(artifacts.path(made.name)) == before
    assert made.name == f"dataset-{content_hash(artifacts.path(made.name))[:16]}"
    with transaction(engine) as session:
        assert len(session.exec(select(Dataset)).all()) == 1
        assert len(session.exec(select(DatasetItem)).all()) == 40 == made.train + made.heldout


@pytest.fixture(scope="module")
def names() -> set[str]:
    """The dataset's name on each kind of database and in each order so far."""
    return set()


@pytest.mark.parametrize("order", [1, -1])
def test_given_other_order_and_other_kind_of_database_when_built_then_the_name_is_the_same(
    engine: Engine, artifacts: Artifacts, names: set[str], order: int
) -> None:
    fill(engine, list(range(40))[::order])
    made = build(engine, artifacts)
    assert made is not None
    names.add(made.name)
    assert len(names) == 1


def test_given_dataset_when_read_then_files_and_manifest_say_what_is_in_it(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    fill(sqlite_engine, list(range(30)))
    with transaction(sqlite_engine) as session:
        approved(session, 100, key="import:copy", text=words(3) + " ", source="thread:3")
        collect(session)
    made = build(sqlite_engine, artifacts)
    assert made is not None
    folder = artifacts.path(made.name)
    train, heldout, items = (lines(folder, name) for name in ("train.jsonl", "heldout.jsonl", "items.jsonl"))
    assert (len(train), len(heldout), len(items)) == (made.train, made.heldout, 30) and heldout
    for side, kept in (("train", train), ("heldout", heldout)):
        wanted = {e.completion for e in examples_of(sqlite_engine) if e.split == side and e.id != 4}
        assert {row["completion"][0]["content"] for row in kept} == wanted
    assert train[0]["prompt"] == rows.PROMPT and train[0]["completion"][0]["role"] == "assistant"
    manifest = show(sqlite_engine, artifacts, made.name)
    assert manifest["examples"] == 30 and manifest["split"] == {"heldout": made.heldout, "train": made.train}
    assert manifest["by_origin"] == {"human": 30} and manifest["by_task_and_language"] == {"blog/ko": 30}
    assert manifest["rules"] == {
        "held_out_share_of_families": 0.15,
        "copy_from_jaccard": 0.75,
        "copy_to_edited_share": 0.15,
        "shingle": 4,
    }
    assert [reason for _, reason in manifest["left_out"]] == ["copy of a text that is in"]
    assert made.manifest["left_out"] == {"4": "copy of a text that is in"}
    assert set(manifest) == set(made.manifest) and manifest["inputs_sha256"] == made.manifest["inputs_sha256"]
    hashes = {hashlib.sha256(line.encode()).hexdigest() for line in read_text(folder, "train.jsonl", "heldout.jsonl")}
    assert {item["sha256"] for item in items} == hashes and {item["form"] for item in items} == {"sft"}


def test_given_new_copy_of_a_known_text_when_built_then_it_is_another_dataset_that_knows_of_it(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    fill(sqlite_engine, [1, 2, 3, 4])
    first = build(sqlite_engine, artifacts)
    fill(sqlite_engine, [2], key="import:again", origin="accepted")
    second = build(sqlite_engine, artifacts)
    assert first and second and first.name != second.name, "the trainer must see that the copy was counted"
    assert "5" in second.manifest["left_out"]


def test_given_nothing_to_train_on_when_built_then_no_dataset(sqlite_engine: Engine, artifacts: Artifacts) -> None:
    assert build(sqlite_engine, artifacts) is None
    held = next(n for n in range(1000) if split_of(named(f"thread:{n}")) == "heldout")
    fill(sqlite_engine, [held])
    assert [e.split for e in examples_of(sqlite_engine)] == ["heldout"]
    assert build(sqlite_engine, artifacts) is None
    assert not artifacts.root.exists()


def test_given_copies_when_chosen_then_the_most_human_then_newest_one_stays(sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as session:
        for number, origin in enumerate(["accepted", "human", "edited", "human", "accepted"]):
            approved(
                session, 1, key=f"k{number}", origin=origin, text=words(1) + "!" * number, draft=words(1) + "!" * number
            )
        approved(session, 2)
        collect(session)
        examples, sources = known(session)
    chosen = choose(examples, sources)
    assert [e.id for e in chosen.kept] == [4, 6]
    assert {(e.id, why) for e, why in chosen.dropped} == {(i, "copy of a text that is in") for i in (1, 2, 3, 5)}


def test_given_personal_data_that_slipped_through_masking_when_built_then_it_stops_and_names_the_example(
    sqlite_engine: Engine, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_engine, [1, 2])
    fill(sqlite_engine, [3], text="문의 010-1234-5678 또는 a@b.kr")
    clean = build(sqlite_engine, artifacts)
    assert clean is not None
    data = "".join(p.read_text(encoding="utf-8") for p in artifacts.path(clean.name).glob("*.json*"))
    assert "문의 [PHONE_1] 또는 [EMAIL_1]" in data and "1234" not in data
    monkeypatch.setattr(forms, "mask", lambda text: Masked(text, []))  # a hole in the masking
    with pytest.raises(InputError, match=r"Example 3 still holds EMAIL, PHONE after masking\. Reject or correct"):
        build(sqlite_engine, artifacts)
    assert len(list(artifacts.root.iterdir())) == 1, "nothing half-made is left"


AGAIN = """
import sys
from pathlib import Path
from curation.dataset import build
from db.artifacts import Artifacts
from db.session import connect
print(build(connect(sys.argv[1]), Artifacts(Path(sys.argv[2]))).name)
"""


def test_given_another_process_and_an_empty_store_when_built_there_then_every_byte_is_the_same(
    sqlite_engine: Engine, artifacts: Artifacts, tmp_path: Path
) -> None:
    """Pictures and Parquet files too, with the same libraries; the name depends on the JSON lines alone."""
    pytest.importorskip("datasets")
    everything(sqlite_engine)
    copied = tmp_path / "copy.db"
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(f"VACUUM INTO '{copied}'")
        connection.exec_driver_sql("BEGIN")
    made = build(sqlite_engine, artifacts)
    elsewhere = Artifacts(tmp_path / "elsewhere")
    command = [sys.executable, "-c", AGAIN, f"sqlite:///{copied}", str(tmp_path / "elsewhere")]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Seoul"}
    name = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert made is not None and name == made.name
    assert contents(elsewhere.path(name)) == contents(artifacts.path(name))
    files = set(contents(artifacts.path(name)))
    assert {"hub/README.md", "hub/data/sft-train.parquet", "hub/data/thumbs-train.parquet"} <= files
    (artifacts.path(name) / "hub" / "README.md").unlink()
    artifacts.verify(name)
