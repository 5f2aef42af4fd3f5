"""The local runtime: any folder as base model, drafts that join and leave between tokens, a thread that survives."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.adapters import draw_adapter
from db.errors import RuntimeFailure, SettingsError
from tests.random_base import FAMILIES, IGNORES, REFUSES, TEMPLATE, make_base
from tests.runtimes import ASKS, base_tokenizer, written
from trainer.runtime import Completion, Message, Order, Runtime, Sampling
from trainer.runtime.local import LocalRuntime
from trainer.runtime.local.batch import Batch, sampled
from trainer.runtime.local.text import Pieces, kept_of_loop

pytest_plugins = ["tests.runtime_fixtures"]


def user(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def generated(base: Path, messages: Sequence[Message], tokens: int) -> str:
    """What plain transformers writes alone."""
    net, tokenizer = AutoModelForCausalLM.from_pretrained(base), AutoTokenizer.from_pretrained(base)
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    out = net.generate(**ids, max_new_tokens=tokens, do_sample=False)[0, ids["input_ids"].shape[1] :]
    return str(tokenizer.decode(out, skip_special_tokens=True)).replace("\ufffd", "")


@pytest.mark.parametrize("family", FAMILIES)
def test_given_a_folder_of_any_family_when_drafting_in_company_then_each_text_is_plain_transformers_own(
    tmp_path: Path, family: str
) -> None:
    base = make_base(tmp_path / "base", family)
    runtime = LocalRuntime(str(base))
    adapters = ("x", "y")
    for seed, name in enumerate(adapters):
        runtime.load(name, draw_adapter(base, tmp_path / name, seed, spread=1.0, rank=4))
    asks = [user("a"), user("a much longer request than the others"), user("b" * 60)]
    streams = [runtime.stream(Order(m, sampling=Sampling(max_tokens=20))) for m in asks]
    assert [s.result().text for s in streams] == [generated(base, m, 20) for m in asks]
    alone = [written(runtime, m, name) for m in asks for name in adapters]
    mixed = [runtime.stream(Order(m, name, Sampling(max_tokens=20))) for m in asks for name in adapters]
    assert [s.result().text for s in mixed] == alone
    assert alone[0] != alone[1] != written(runtime, asks[0])
    runtime.close()


@pytest.mark.parametrize("template", [REFUSES, IGNORES])
def test_given_a_template_without_system_messages_when_drafting_then_the_instruction_opens_the_request(
    tmp_path: Path, template: str
) -> None:
    base = make_base(tmp_path / "base", template=template)
    runtime = LocalRuntime(str(base))
    asked = [{"role": "system", "content": "Be brief."}, *user("Tea")]
    assert written(runtime, asked) == generated(base, user("Be brief.\n\nTea"), 20)
    folded = [Completion(user("Be brief.\n\nTea"), "ok")]
    assert runtime.score([Completion(asked, "ok")]) == runtime.score(folded)
    runtime.close()


def test_given_several_end_marks_in_the_generation_config_when_drafting_then_each_ends_a_draft(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    text = generated(base, user("a"), 20)
    letter = next(char for char in text[2:] if char.isascii())
    mark = AutoTokenizer.from_pretrained(base)(letter)["input_ids"][0]
    config = json.loads((base / "generation_config.json").read_text()) | {"eos_token_id": [256, mark]}
    (base / "generation_config.json").write_text(json.dumps(config))
    runtime = LocalRuntime(str(base))
    made = runtime.stream(Order(user("a"))).result()
    assert (made.stop, made.text) == ("end", text[: text.index(letter)])
    runtime.close()


@pytest.mark.parametrize("fault", ["no folder", "no template", "pickle", "cut"])
def test_given_a_base_model_that_cannot_serve_when_opened_then_one_sentence_says_so(tmp_path: Path, fault: str) -> None:
    base = tmp_path / "base"
    if fault != "no folder":
        make_base(base, template=None if fault == "no template" else TEMPLATE)
    weights = base / "model.safetensors"
    if fault == "pickle":
        torch.save({}, base / "pytorch_model.bin")
        weights.unlink()
    if fault == "cut":
        weights.write_bytes(weights.read_bytes()[:500])
    with pytest.raises(SettingsError, match="FLYWHEEL_BASE_MODEL=") as raised:
        LocalRuntime(str(base))
    assert "\n" not in str(raised.value)


def test_given_a_long_draft_under_way_when_a_short_one_comes_then_it_joins_and_leaves_before_the_long_one_ends(
    runtime: LocalRuntime,
) -> None:
    long = runtime.stream(Order(ASKS[0], "a", Sampling(max_tokens=80)))
    next(iter(long))
    short = written(runtime, ASKS[1], "b", 5)
    assert not long.done.done()
    assert long.result().text == written(runtime, ASKS[0], "a", 80)
    assert short == written(runtime, ASKS[1], "b", 5)


def test_given_more_orders_than_rows_when_drafting_then_all_are_written(runtime: Runtime) -> None:
    expected = {name: written(runtime, ASKS[0], name, 3) for name in (None, "a")}
    names = [None, "a"] * 20
    streams = [runtime.stream(Order(ASKS[0], name, Sampling(max_tokens=3))) for name in names]
    assert [s.result().text for s in streams] == [expected[name] for name in names]


def test_given_more_adapters_than_are_kept_when_loading_then_the_longest_unused_idle_one_goes(
    folders: dict[str, Path],
) -> None:
    runtime = LocalRuntime("tiny", adapters_kept=2)
    runtime.load("a", folders["a"])
    runtime.load("b", folders["b"])
    written(runtime, ASKS[0], "a", 1)
    runtime.load("c", folders["c"])
    assert runtime.adapters() == ["a", "c"]
    busy = [runtime.stream(Order(ASKS[0], name, Sampling(max_tokens=200))) for name in ("a", "c")]
    runtime.load("b", folders["b"])
    assert runtime.adapters() == ["a", "b", "c"], "nobody loses an adapter that is in use"
    assert all(stream.result().text for stream in busy)
    runtime.close()


@pytest.mark.parametrize("where", ["join", "step", "leave"])
def test_given_a_model_that_raises_when_drafting_then_those_in_the_batch_fail_and_the_thread_lives_on(
    runtime: LocalRuntime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    expected = written(runtime, ASKS[0], "a", 8)
    with monkeypatch.context() as patch:
        patch.setattr(Batch, where, full_disk)
        long = runtime.stream(Order(ASKS[0], "a", Sampling(max_tokens=90)))
        short = runtime.stream(Order(ASKS[0], "a", Sampling(max_tokens=3)))
        with pytest.raises(RuntimeFailure, match=r"could not go on \(full\)"):
            long.result()
        if where == "leave":
            assert expected.startswith(short.result().text), "it was finished before"
    assert written(runtime, ASKS[0], "a", 8) == expected


def full_disk(batch: Batch, rows: Sequence[object] = ("all",)) -> None:
    """No kind of error that a model is known for."""
    if rows:
        raise OSError("full")


@given(st.text(min_size=1, max_size=60))
def test_given_any_text_when_its_tokens_arrive_one_by_one_then_the_pieces_join_to_it(text: str) -> None:
    tokenizer = base_tokenizer()
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces = Pieces(lambda some: str(tokenizer.decode(some, skip_special_tokens=True)))
    shown = [pieces.add(token) for token in ids]
    assert "".join(shown) == pieces.text == tokenizer.decode(ids, skip_special_tokens=True).replace("\ufffd", "")
    assert all(pieces.text.startswith(pieces.first(n)) for n in range(len(ids) + 1))


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_given_a_passage_over_and_over_when_looked_for_then_it_is_kept_once(start: list[int], again: list[int]) -> None:
    ids = [*start, *again * 30]
    kept = kept_of_loop(ids)
    assert kept is not None and kept <= len(start) + len(again)
    ends = [ids[kept - n : kept] for n in range(1, min(kept, len(again)) + 1)]
    assert any((end * len(ids))[: len(ids) - kept] == ids[kept:] for end in ends)


@given(st.integers(6, 60))
def test_given_a_passage_three_times_when_looked_for_then_it_is_no_loop_yet_but_the_fourth_time_it_is(n: int) -> None:
    assert kept_of_loop([*range(n)] * 3) is None
    assert kept_of_loop([*range(n)] * 4) == n


@given(st.lists(st.floats(-9, 9), min_size=2, max_size=20), st.floats(0, 1), st.integers(0, 999))
def test_given_any_scores_when_a_token_is_drawn_then_it_is_one_of_the_likeliest_that_make_up_top_p(
    scores: list[float], top_p: float, seed: int
) -> None:
    shares = torch.tensor(scores).softmax(-1)
    token = sampled(torch.tensor(scores), top_p, Random(seed).random())
    assert float(shares[shares > shares[token]].sum()) <= top_p + 1e-5
    assert sampled(torch.tensor(scores), 0.0, Random(seed).random()) == int(shares.argmax())
