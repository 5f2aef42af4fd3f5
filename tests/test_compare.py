"""Methods side by side: each with its cost and its scores, a failed one with its reason, and a picture of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from curation.house import House
from db.tables import Example
from tests import trainings
from trainer.compare import compare, picture
from trainer.runtime import Sampling
from trainer.runtime.local import LocalRuntime


def heldout(house: House) -> list[Example]:
    ask = house.ask("여름 음료 블로그, 직장인 대상")
    prompts = house.prompts(ask.task, ask.language, ask.fields)
    text = "안녕하세요, 온빛기획입니다.\n여름 음료 이야기를 쉬운 말로 풀었습니다."
    about = {"task": ask.task, "language": ask.language, "fields": ask.fields, "origin": "human"}
    turns = {"short_prompt": prompts.short, "long_prompt": prompts.long}
    return [Example(id=1, review_id=1, completion=text, family="f", split="heldout", **about, **turns)]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_given_methods_one_of_them_impossible_when_compared_then_each_has_its_row_and_the_picture_shows_the_others(
    house: House, tmp_path: Path
) -> None:
    data = trainings.dataset(tmp_path / "data")
    good = trainings.spec(tmp_path / "ia3", data, method="ia3", learning_rate=5e-2)
    broken = replace(good, method="lora", base_model="/nowhere", base_name="gone/model", folder=str(tmp_path / "lora"))
    runtime = LocalRuntime("tiny")
    try:
        rows = compare([good, broken], heldout(house), runtime, house, Sampling(max_tokens=40), timeout=300)
        assert runtime.adapters() == [], "nothing of it stays loaded"
    finally:
        runtime.close()
    base, ia3, lora = rows
    assert [row.method for row in rows] == ["base", "ia3", "lora"]
    assert 0 < ia3.trainable < 0.01 and ia3.bytes > 0 and ia3.memory > 0 and not ia3.error
    assert (ia3.log_likelihood or 0.0) > (base.log_likelihood or 0.0)
    assert lora.checklist is None and lora.error.startswith("The base model gone/model could not be loaded")
    picture(rows, tmp_path / "methods.png")
    assert (tmp_path / "methods.png").read_bytes().startswith(b"\x89PNG")
