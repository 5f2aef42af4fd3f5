"""The second pass: edits make the chosen text likelier against the draft, thumbs do where edits are few."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import trainings
from trainer.recipes import sft
from trainer.recipes.preference import PAIRS, VOTES, way
from trainer.recipes.spec import RunSpec, TrainResult
from trainer.runtime import Completion
from trainer.runtime.local import LocalRuntime

DULL = "좋은 상품입니다. 많은 관심 부탁드립니다."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four posts to learn, four edits and four thumbs each way."""
    folder = trainings.dataset(tmp_path_factory.mktemp("dataset"), 4)
    posts = [json.loads(line) for line in (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    dull = [{"role": "assistant", "content": DULL}]
    pairs = [{"prompt": p["prompt"], "chosen": p["completion"], "rejected": dull} for p in posts]
    votes = [{"prompt": p["prompt"], "completion": p["completion"], "label": True} for p in posts]
    votes += [{"prompt": p["prompt"], "completion": dull, "label": False} for p in posts]
    for name, found in ((PAIRS, pairs), (VOTES, votes)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return folder


def spec(folder: Path, data: Path, **more: Any) -> RunSpec:
    return trainings.spec(folder, data, batch=2, rank=4, alpha=8, preference_after=4, **more)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"preference": "auto"}, "dpo"),
        ({"preference": "kto"}, "kto"),
        ({"preference": "off"}, ""),
        ({"preference": "auto", "preference_after": 5}, ""),
        ({"preference": "dpo", "method": "prefix"}, ""),
    ],
)
def test_given_a_setting_and_so_much_data_when_asked_then_the_way_is(
    data: Path, tmp_path: Path, more: dict[str, Any], expected: str
) -> None:
    assert way(replace(spec(tmp_path, data), **more)) == expected


def test_given_few_edits_but_thumbs_both_ways_when_asked_then_the_thumbs_teach(data: Path, tmp_path: Path) -> None:
    (tmp_path / VOTES).write_bytes((data / VOTES).read_bytes())
    assert way(replace(spec(tmp_path, tmp_path), preference="auto")) == "kto"


def margin(data: Path, folder: Path) -> float:
    """How much likelier the chosen texts are than the dull one, in nats a token, under a stored adapter."""
    pairs = [json.loads(line) for line in (data / PAIRS).read_text(encoding="utf-8").splitlines()]
    runtime = LocalRuntime("tiny")
    try:
        runtime.load("new", folder / "adapter")
        chosen, dull = (
            runtime.score([Completion(p["prompt"], p[side][0]["content"]) for p in pairs], "new")
            for side in ("chosen", "rejected")
        )
    finally:
        runtime.close()
    return sum(chosen) / len(chosen) - sum(dull) / len(dull)


def test_given_edits_or_thumbs_when_a_second_pass_follows_then_the_preferred_text_gains_on_the_other(
    data: Path, tmp_path: Path
) -> None:
    margins, results = dict[str, float](), dict[str, TrainResult]()
    for name in ("off", "dpo", "kto"):
        made = spec(tmp_path / name, data, preference=name, learning_rate=2e-2)
        results[name] = sft.train(made)
        margins[name] = margin(data, tmp_path / name)
        assert {p.name for p in (tmp_path / name / "adapter").iterdir()} == {
            "adapter_config.json",
            "adapter_model.safetensors",
        }
    assert margins["dpo"] > margins["off"] and margins["kto"] > margins["off"]
    assert results["off"].preference == {}
    assert [results[name].preference["rows"] for name in ("dpo", "kto")] == [4, 8]
    assert all(math.isfinite(loss) for name in ("dpo", "kto") for _, loss in results[name].preference["losses"])
