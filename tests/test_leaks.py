"""The leak check reads a dataset's files back and refuses one in which training would see a held-out text."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from curation import leaks
from curation.dataset import build, choose
from curation.leaks import Leak, check, find, overlapping
from db.artifacts import Artifacts
from db.errors import InputError
from db.tables import Example
from tests.test_dataset import fill, words
from trainer.tiny import POSTS

TEXT = " ".join(words(n) for n in range(6))


def row(answer: str, asked: str = "주제: 여름 음료", **more: Any) -> str:
    values = {"prompt": [{"role": "user", "content": asked}], "completion": [{"role": "assistant", "content": answer}]}
    return json.dumps({**values, **more}, ensure_ascii=False) + "\n"


def dataset(folder: Path, **files: list[str]) -> Path:
    for name, lines in {"train": [], "heldout": [], **files}.items():
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def sha256(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


@pytest.mark.parametrize(
    ("train", "kind"),
    [
        (TEXT, "the same text"),
        (TEXT.upper().replace(" ", "\n\n") + "!", "the same text"),
        (TEXT.replace("달", "산", 2) + " 고맙습니다.", "a near-copy"),
        (f"{words(901)} {words(902)} {words(903)} {TEXT[: len(TEXT) * 6 // 10]} {words(904)}", "the same passages"),
    ],
)  # fmt: skip
def test_given_a_held_out_text_in_a_training_file_when_checked_then_refused_naming_both_and_what_to_do(
    tmp_path: Path, train: str, kind: str
) -> None:
    seen, held = row(train), row(TEXT)
    folder = dataset(tmp_path, train=[row(words(50)), seen], heldout=[row(words(60)), held])
    assert find(folder) == [Leak(sha256(seen), sha256(held), kind)]
    owners = {("train", sha256(seen)): "example 7", ("heldout", sha256(held)): "example 8"}
    with pytest.raises(
        InputError, match=rf"example 7 \(train\) and example 8 \(held out\): {kind}.*Reject one of each"
    ):
        check(folder, owners)


@pytest.mark.parametrize("name", ["preference_train", "thumbs_train"])
@pytest.mark.parametrize("column", ["chosen", "rejected", "completion"])
def test_given_a_held_out_text_in_any_form_and_column_when_checked_then_found(
    tmp_path: Path, name: str, column: str
) -> None:
    seen = (
        json.dumps({"prompt": [{"role": "user", "content": "?"}], column: [{"role": "assistant", "content": TEXT}]})
        + "\n"
    )
    assert len(find(dataset(tmp_path, **{name: [seen]}, heldout=[row(TEXT)]))) == 1
    held = seen.replace(column, "rejected")
    assert len(find(dataset(tmp_path, **{name: [seen]}, heldout=[], preference_heldout=[held]))) == 1


def test_given_the_same_long_request_on_both_sides_when_checked_then_found_though_the_answers_differ(
    tmp_path: Path,
) -> None:
    folder = dataset(tmp_path, train=[row("네, 됩니다.", asked=TEXT)], heldout=[row("아니요, 어렵습니다.", asked=TEXT)])
    assert [leak.kind for leak in find(folder)] == ["a near-copy"]


def test_given_texts_that_share_the_house_s_phrases_when_checked_then_that_is_no_leak(tmp_path: Path) -> None:
    """The shipped posts have one frame; split by halves they are as like each other as a real house's."""
    posts = [json.loads(line)["messages"] for line in POSTS.read_text(encoding="utf-8").splitlines()]
    lines = [row(turns[-1]["content"], turns[-2]["content"]) for turns in posts]
    assert find(dataset(tmp_path, train=lines[::2], heldout=lines[1::2])) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("가나다라"), min_size=30, max_size=60).map("".join), st.integers(0, 60), st.integers(0, 60)
)
def test_given_any_texts_when_compared_then_passages_are_counted_as_by_hand(text: str, start: int, length: int) -> None:
    train = ["".join("마바사"[i % 3] for i in range(40)), text[start : start + length] + "마" * 25]

    def runs(one: str) -> set[str]:
        return {one[i : i + leaks.GRAM] for i in range(len(one) - leaks.GRAM + 1)}

    own, common = runs(text), runs(text) & runs(train[1])
    told = [(1, 0)] if len(own) >= leaks.FEWEST and len(common) >= leaks.SHARE * len(own) else []
    assert overlapping(train, [text]) == told


def test_given_a_choice_that_lets_a_copy_cross_when_built_then_the_build_is_refused_and_nothing_is_left(
    sqlite_engine: Engine, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_engine, [1, 2, 3])

    def careless(examples: list[Example], *rest: Any) -> Any:
        chosen = choose(examples, *rest)
        chosen.kept[0].split, chosen.kept[1].split = "train", "heldout"
        chosen.kept[1].completion = chosen.kept[0].completion + "."
        return chosen

    monkeypatch.setattr(sys.modules["curation.dataset.build"], "choose", careless)
    with pytest.raises(InputError, match=r"Held-out texts would be trained on: example 1 \(train\) and example 2"):
        build(sqlite_engine, artifacts)
    assert list(artifacts.root.iterdir()) == []
