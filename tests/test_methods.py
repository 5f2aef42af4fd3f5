"""Every method trains, stores, loads and serves; what is served is what was trained, in any company."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import log_softmax

from tests.runtimes import ASKS, base_net, base_tokenizer, written
from trainer.recipes import sft
from trainer.recipes.methods import store
from trainer.recipes.spec import METHODS, RunSpec
from trainer.recipes.watch import Watch
from trainer.runtime import Completion, Order, Runtime, Sampling
from trainer.runtime.local import LocalRuntime
from trainer.tiny import BASE, POSTS

RATES = {"full": 2e-4, "ia3": 5e-2, "prompt": 1e-1, "ptuning": 1e-2, "prefix": 1e-1}
QUICK = ("lora", "dora", "ia3", "prefix", "bottleneck")  # one of each way to serve; `make test-slow` does the others
ALL = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in METHODS]
# The 4-bit base of qlora is not the one that serves, so its scores differ from those it was trained with.
SAME = [param for param in ALL if param.values != ("qlora",)]


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("posts")
    turns = [json.loads(line)["messages"] for line in POSTS.read_text(encoding="utf-8").splitlines()[:4]]
    rows = [json.dumps({"prompt": said[:-1], "completion": said[-1:]}) for said in turns]
    (folder / "train.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder


Learnt = Callable[[str], tuple[Path, float]]


@pytest.fixture(scope="module")
def trained(posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """Of a method the stored folder, and the log-likelihood of a text under the model as it was trained; once each."""
    sft.quiet()
    return cache(lambda method: learnt(method, posts, tmp_path_factory.mktemp(method)))


def learnt(method: str, posts: Path, folder: Path) -> tuple[Path, float]:
    rate = RATES.get(method, 1e-2)
    spec = RunSpec(str(BASE), "tiny", str(posts), str(folder), method, rank=4, learning_rate=rate, epochs=2.0, batch=2)
    trainer = sft.setup(spec, Watch(spec))
    trainer.train()
    net = trainer.model.eval()
    value = likelihood(net)
    store(net, spec, folder / "adapter", lambda: sft.load_model(spec, gpu=False))
    return folder / "adapter", value


TEXT = Completion(ASKS[0], "여름 음료 이야기를 쉬운 말로 풀었습니다.")


def likelihood(net: Any) -> float:
    """Mean log-likelihood of TEXT, by nothing of ours."""
    tokenizer = base_tokenizer()
    said = [*TEXT.messages, {"role": "assistant", "content": TEXT.text}]
    begun = tokenizer.apply_chat_template(list(TEXT.messages), add_generation_prompt=True, return_dict=True)[
        "input_ids"
    ]
    ids = tokenizer.apply_chat_template(said, return_dict=True)["input_ids"]
    ids = ids[: len(ids) - ids[::-1].index(tokenizer.eos_token_id)]
    batch = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
    with torch.inference_mode():
        scores = log_softmax(net(**batch).logits[0, -len(ids) :].float(), -1)
    places = range(len(begun), len(ids))
    return sum(float(scores[i - 1, ids[i]]) for i in places) / len(places)


@pytest.fixture(scope="module")
def serving() -> Iterator[LocalRuntime]:
    runtime = LocalRuntime("tiny", adapters_kept=len(METHODS))
    yield runtime
    runtime.close()


@pytest.mark.parametrize("method", SAME)
def test_given_a_method_when_served_then_it_scores_as_the_model_it_was_trained_in(
    serving: Runtime, trained: Learnt, method: str
) -> None:
    folder, value = trained(method)
    serving.load(method, folder)
    (served,) = serving.score([TEXT], method)
    assert served == pytest.approx(value, abs=2e-3)
    assert abs(served - likelihood(base_net())) > 1e-3, "the method changed nothing, or this proves nothing"


@pytest.mark.slow
def test_given_a_four_bit_training_when_served_then_the_adapter_is_alive(serving: Runtime, trained: Learnt) -> None:
    serving.load("qlora", trained("qlora")[0])
    assert abs(serving.score([TEXT], "qlora")[0] - serving.score([TEXT])[0]) > 1e-3


@pytest.mark.parametrize("methods", [QUICK, pytest.param(METHODS, marks=pytest.mark.slow)], ids=["some", "all"])
def test_given_methods_in_one_batch_when_drafting_then_each_writes_what_it_writes_alone(
    serving: Runtime, trained: Learnt, methods: tuple[str, ...]
) -> None:
    for name in methods:
        serving.load(name, trained(name)[0])
    alone = {name: written(serving, ASKS[1], name) for name in [None, *methods]}
    streams = {name: serving.stream(Order(ASKS[1], name, Sampling(max_tokens=20))) for name in reversed(alone)}
    assert {name: stream.result().text for name, stream in streams.items()} == alone
    assert len(set(alone.values())) > len(methods) // 2


@pytest.mark.parametrize("method", ALL)
def test_given_any_method_when_stored_then_two_files_without_this_machines_paths(trained: Learnt, method: str) -> None:
    folder, _ = trained(method)
    assert {path.name for path in folder.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    config = (folder / "adapter_config.json").read_text(encoding="utf-8")
    assert str(BASE) not in config and json.loads(config)["base_model_name_or_path"] == "tiny"
