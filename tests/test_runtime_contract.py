"""What every Runtime keeps, whichever it is: right answers, in any company, while adapters come and go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from db.errors import RuntimeFailure
from tests.runtimes import ASKS, TOKENS, TOLERANCE, base_net, base_tokenizer, written
from trainer.runtime import Completion, Message, Order, Runtime, Sampling

pytest_plugins = ["tests.runtime_fixtures"]


def test_given_a_draft_when_it_streams_then_the_pieces_are_the_text(runtime: Runtime) -> None:
    stream = runtime.stream(Order(ASKS[0], sampling=Sampling(max_tokens=60)))
    pieces = list(stream)
    made = stream.result()
    assert "".join(pieces) == made.text != ""
    assert len([p for p in pieces if p]) > 10, "people see it grow"
    assert 0 < made.first_token_seconds <= made.seconds
    assert made.stop in ("end", "length") and 0 < made.tokens <= 60


def test_given_mixed_adapters_when_drafted_together_then_each_text_is_what_peft_writes_alone(
    runtime: Runtime, folders: dict[str, Path]
) -> None:
    net, tokenizer = base_net(), base_tokenizer()
    worn = PeftModel.from_pretrained(base_net(), folders["a"], adapter_name="a").eval()
    for name in ("b", "c"):
        worn.load_adapter(folders[name], name)

    def alone(messages: list[Message], adapter: str | None) -> str:
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")
        if adapter:
            worn.set_adapter(adapter)
        out = (worn if adapter else net).generate(**ids, max_new_tokens=TOKENS, do_sample=False)
        text = str(tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True))
        return text.replace("\ufffd", "")  # bytes that are no character are never shown

    pairs = [(messages, adapter) for messages in ASKS[:3] for adapter in (None, "a", "b", "c")]
    expected = [alone(*pair) for pair in pairs]
    streams = [runtime.stream(Order(m, adapter, Sampling(max_tokens=TOKENS))) for m, adapter in pairs]
    assert [stream.result().text for stream in streams] == expected
    assert len(set(expected[:4])) == 4, "the adapters write different texts, or this proves nothing"


def test_given_a_seed_when_drawn_again_in_other_company_then_the_text_is_the_same(runtime: Runtime) -> None:
    def order(seed: int) -> Order:
        return Order(ASKS[1], "a", Sampling(seed, temperature=0.9, top_p=0.95, max_tokens=30))

    alone = runtime.stream(order(5)).result().text
    company = [runtime.stream(Order(m, name, Sampling(9, 1.0))) for m in ASKS for name in ("b", None)]
    assert runtime.stream(order(5)).result().text == alone
    assert runtime.stream(order(6)).result().text != alone
    for stream in company:
        stream.result()


def test_given_texts_when_scored_then_it_is_the_mean_log_likelihood_of_a_plain_forward_pass(
    runtime: Runtime, folders: dict[str, Path]
) -> None:
    tokenizer = base_tokenizer()
    texts = ["여름에는 시원한 음료가 좋습니다.", "Come and see us.", "가", "길게 " * 60]
    completions = [Completion(messages, text) for messages, text in zip(ASKS, texts, strict=True)]
    worn = PeftModel.from_pretrained(base_net(), folders["a"])

    def expected(completion: Completion) -> float:
        prompt = tokenizer.apply_chat_template(completion.messages, add_generation_prompt=True, return_dict=True)
        answer = tokenizer(completion.text)["input_ids"] + [tokenizer.eos_token_id]
        ids = torch.tensor([prompt["input_ids"] + answer])
        with torch.no_grad():
            shares = worn(input_ids=ids).logits.log_softmax(-1)[0, -len(answer) - 1 : -1]
        return float(shares.gather(1, torch.tensor(answer)[:, None]).mean())

    near = pytest.approx([expected(c) for c in completions], abs=TOLERANCE[runtime.name])
    assert runtime.score(completions, "a") == near
    with worn.disable_adapter():
        base = [expected(c) for c in completions]
    assert runtime.score(completions) == pytest.approx(base, abs=TOLERANCE[runtime.name]) != near
    assert runtime.score([]) == []


def test_given_many_threads_and_adapters_at_once_when_drafting_and_scoring_then_no_answer_is_another_s(
    runtime: Runtime,
) -> None:
    jobs = [(messages, adapter) for messages in ASKS for adapter in (None, "a", "b", "c")]
    texts = {id(m): {a: written(runtime, m, a, 12) for a in (None, "a", "b", "c")} for m in ASKS}
    score = {a: runtime.score([Completion(ASKS[0], "네, 좋습니다.")], a)[0] for a in (None, "a", "b", "c")}

    def job(number: int) -> bool:
        messages, adapter = jobs[number % len(jobs)]
        if number % 5 == 0:
            found = runtime.score([Completion(ASKS[0], "네, 좋습니다.")], adapter)[0]
            return abs(found - score[adapter]) < TOLERANCE[runtime.name]
        return written(runtime, messages, adapter, 12) == texts[id(messages)][adapter]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(job, range(96))) == [True] * 96


def test_given_an_adapter_that_is_not_loaded_when_asked_for_then_a_clear_refusal(runtime: Runtime) -> None:
    with pytest.raises(RuntimeFailure, match=r"nobody is not loaded"):
        runtime.stream(Order(ASKS[0], "nobody"))
    with pytest.raises(RuntimeFailure, match=r"nobody is not loaded"):
        runtime.score([Completion(ASKS[0], "네")], "nobody")


def test_given_a_loaded_adapter_when_loaded_again_then_nothing_happens(runtime: Runtime, tmp_path: Path) -> None:
    before, names = written(runtime, ASKS[0], "a"), runtime.adapters()
    runtime.load("a", tmp_path / "no such folder")
    assert (written(runtime, ASKS[0], "a"), runtime.adapters()) == (before, names == ["a", "b", "c"] and names)


def test_given_drafts_under_way_when_their_adapter_is_dropped_then_they_end_well_and_newcomers_are_refused(
    fresh: Runtime, folders: dict[str, Path]
) -> None:
    fresh.load("a", folders["a"])
    expected = written(fresh, ASKS[0], "a", 60)
    stream = fresh.stream(Order(ASKS[0], "a", Sampling(max_tokens=60)))
    next(iter(stream))
    fresh.drop("a")
    assert stream.result().text == expected
    assert fresh.adapters() == []
    with pytest.raises(RuntimeFailure):
        fresh.stream(Order(ASKS[0], "a"))
    fresh.drop("a")
    fresh.load("a", folders["b"])
    assert written(fresh, ASKS[0], "a", 60) != expected


def test_given_a_hundred_swaps_under_load_then_no_draft_fails_or_is_of_another_version(
    fresh: Runtime, folders: dict[str, Path]
) -> None:
    kinds = ("a", "b")
    fresh.load("0", folders["a"])
    fresh.load("1", folders["b"])
    expected = [written(fresh, ASKS[0], str(kind), 4) for kind in (0, 1)]
    fresh.drop("1")
    serving, turn, enough, wrong, made = [0], threading.Lock(), threading.Event(), [], count()

    def people() -> None:
        while not enough.is_set():
            with turn:
                version = serving[0]
                stream = fresh.stream(Order(ASKS[0], str(version), Sampling(max_tokens=4)))
            if stream.result().text != expected[version % 2]:
                wrong.append(version)
            next(made)

    with ThreadPoolExecutor(3) as pool:
        crowd = [pool.submit(people) for _ in range(3)]
        try:
            for version in range(1, 101):
                fresh.load(str(version), folders[kinds[version % 2]])
                with turn:
                    serving[0] = version
                fresh.drop(str(version - 1))
        finally:
            enough.set()
        for person in crowd:
            person.result()
    assert wrong == [] and next(made) >= 100
    assert fresh.adapters() == ["100"]
