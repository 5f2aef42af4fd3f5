"""A dataset's card: what model hubs read of it, what people read of it, and its pictures."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from matplotlib.image import imread
from sqlalchemy import Engine
from sqlmodel import select

from curation.dataset import build
from curation.examples import collect
from curation.export import export_dataset
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.tables import Decision, Review
from tests.test_dataset import approved, everything, fill, lines, words


def head(readme: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(readme.split("---")[1])
    return found


def rows_of(readme: str) -> dict[str, str]:
    """First cell and last cell of every line of every table."""
    cells = [line.strip("|").split("|") for line in readme.splitlines() if line.startswith("| ")]
    return {row[0].strip(): row[-1].strip() for row in cells}


def test_given_a_dataset_when_its_hub_folder_is_loaded_then_every_form_has_the_rows_of_its_json_lines(
    sqlite_engine: Engine, artifacts: Artifacts, tmp_path: Path
) -> None:
    import datasets

    everything(sqlite_engine)
    made = build(sqlite_engine, artifacts)
    assert made is not None
    folder = artifacts.path(made.name)
    for form, start in (("sft", ""), ("preference", "preference_"), ("thumbs", "thumbs_")):
        loaded = datasets.load_dataset(str(folder / "hub"), form, cache_dir=str(tmp_path / "cache"))
        for split, table in loaded.items():
            assert table.to_list() == lines(folder, f"{start}{split}.jsonl")
        written = {path.name for path in folder.glob(f"{start}*.jsonl")}
        assert {f"{start}{split}.jsonl" for split in loaded} <= written
    told = head((folder / "hub" / "README.md").read_text(encoding="utf-8"))
    assert [one["config_name"] for one in told["configs"]] == ["sft", "preference", "thumbs"]
    assert told["language"] == ["ko"] and told["size_categories"] == ["n<1K"]


def test_given_reviewers_problems_and_a_dataset_before_when_built_then_the_card_tells_of_them_and_names_nobody(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    fill(sqlite_engine, [1, 2, 3])
    first = build(sqlite_engine, artifacts)
    with transaction(sqlite_engine) as session:
        reviews = session.exec(select(Review).order_by("id")).all()
        for who in ("U0SECRET", "U0OTHER"):
            session.add(Decision(review_id=reviews[1].id or 0, key=who, reviewer=who, verdict="approve"))
        reviews[2].state = "rejected"
        approved(session, 1, key="import:copy", text=words(1) + "!")
        approved(session, 4, key="feedback:4", origin="edited", draft=words(70))
        collect(session)
    second = build(sqlite_engine, artifacts)
    assert first and second
    readme = (artifacts.path(second.name) / "hub" / "README.md").read_text(encoding="utf-8")
    told = rows_of(readme)
    assert "2 reviewers, 1 texts seen by two or more" in readme
    assert told["든 글과 거의 같음 copy of a text that is in"] == "1" and told["검토에서 빠짐 rejected"] == "1"
    assert told["사람이 쓴 글 human"] == "2" and told["사람이 고친 초안 edited"] == "1"
    assert told["슬랙에서 고치거나 그대로 쓴 글 edits and acceptances in Slack"] == "1"
    assert f"`{first.name}` →" in readme and told["더함 added"] == "4, 5" and told["뺌 removed"] == "1, 3"
    assert not re.search(r"U0[A-Z]|달\d|{[{%]", readme), "no reviewer, no text, no gap in the template"


def test_given_pictures_when_read_then_they_are_drawn_and_say_the_same_for_any_number_of_texts(
    sqlite_engine: Engine, artifacts: Artifacts
) -> None:
    fill(sqlite_engine, [1])
    alone = build(sqlite_engine, artifacts)
    fill(sqlite_engine, list(range(2, 30)))
    many = build(sqlite_engine, artifacts)
    assert alone and many
    for made in (alone, many):
        for name in ("lengths", "topics"):
            picture = imread(artifacts.path(made.name) / "hub" / "pictures" / f"{name}.png")
            assert picture.shape[1] > 800 and len(set(picture.reshape(-1, 4)[::17, 0].tolist())) > 3


def test_given_a_task_when_a_dataset_is_exported_for_a_hub_then_its_rows_alone_and_a_card_that_says_so(
    sqlite_engine: Engine, artifacts: Artifacts, tmp_path: Path
) -> None:
    import datasets

    fill(sqlite_engine, list(range(12)))
    fill(sqlite_engine, list(range(20, 25)), task="sns", language="en")
    made = build(sqlite_engine, artifacts)
    assert made is not None
    assert export_dataset(artifacts, made, tmp_path / "all") == 17
    assert export_dataset(artifacts, made, tmp_path / "sns", "sns") == 5
    loaded = datasets.load_dataset(str(tmp_path / "sns"), cache_dir=str(tmp_path / "cache"))
    assert sum(table.num_rows for table in loaded.values()) == 5
    readme = (tmp_path / "sns" / "README.md").read_text(encoding="utf-8")
    assert head(readme)["language"] == ["en"] and "holds `sns` alone" in readme and "## 무엇이 들었나" in readme
    for wrong, reason in ((tmp_path / "all", "already"), (tmp_path / "none" / "there", "Make it first")):
        with pytest.raises(InputError, match=reason):
            export_dataset(artifacts, made, wrong)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} <= {"all", "sns", "cache", "home"}
