"""What every Runtime keeps when things go wrong: a clear error for whoever asked, and right answers for everyone else."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchmarks.adapters import draw_adapter
from db.errors import ArtifactError, Cancelled, DeadlineExceeded, RuntimeFailure
from tests.runtimes import ASKS, ask, written
from trainer.runtime import Completion, Order, Runtime, Sampling
from trainer.tiny import BASE

pytest_plugins = ["tests.runtime_fixtures"]
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
Tensors = dict[str, torch.Tensor]


def copied(source: Path, folder: Path, weights: Callable[[Tensors], Tensors] = dict, **config: object) -> Path:
    """An adapter's folder again, with its tensors or fields of its configuration changed."""
    folder.mkdir()
    fields = json.loads((source / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(fields | config), encoding="utf-8")
    save_file(weights(load_file(source / WEIGHTS)), folder / WEIGHTS)
    return folder


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "adapter_model.bin")
    (folder / WEIGHTS).unlink()


def changed(change: Callable[[str, torch.Tensor], torch.Tensor]) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: change(key, value).contiguous() for key, value in tensors.items()}


BREAK: dict[str, Callable[[Path, Path], object]] = {
    "truncated": lambda a, f: (copied(a, f) / WEIGHTS).write_bytes((a / WEIGHTS).read_bytes()[:-1000]),
    "empty": lambda a, f: (copied(a, f) / WEIGHTS).write_bytes(b""),
    "pickle": lambda a, f: pickled(copied(a, f)),
    "not a number": lambda a, f: copied(a, f, changed(lambda k, v: v * float("nan") if "q_proj" in k else v)),
    "wrong shapes": lambda a, f: copied(a, f, changed(lambda k, v: v[:, :-1])),
    "flat": lambda a, f: copied(a, f, changed(lambda k, v: v.flatten())),
    "no rank": lambda a, f: copied(a, f, changed(lambda k, v: v[:0] if "lora_A" in k else v[:, :0])),
    "foreign base": lambda a, f: copied(
        a, f, lambda tensors: {k.replace("layers", "h"): v for k, v in tensors.items()}
    ),
    "deeper base": lambda a, f: copied(a, f, lambda t: t | {k.replace("s.0.", "s.99."): v + 0 for k, v in t.items()}),
    "a layer missing": lambda a, f: copied(a, f, lambda tensors: {k: v for k, v in tensors.items() if ".3." not in k}),
    "no weights": lambda a, f: copied(a, f, lambda tensors: {}, target_modules="all-linear"),
    "no alpha": lambda a, f: copied(a, f, lora_alpha=None),
    "other method": lambda a, f: copied(a, f, use_dora=True),
    "other kind": lambda a, f: copied(a, f, peft_type="IA3"),
    "no configuration": lambda a, f: (copied(a, f) / CONFIG).unlink(),
    "configuration cut": lambda a, f: (copied(a, f) / CONFIG).write_text("{"),
    "no folder": lambda a, f: None,
}


@pytest.mark.parametrize("fault", BREAK)
def test_given_a_broken_adapter_when_loaded_then_an_artifact_error_and_everything_else_goes_on(
    runtime: Runtime, folders: dict[str, Path], tmp_path: Path, fault: str
) -> None:
    before = written(runtime, ASKS[0], "a", 8)
    BREAK[fault](folders["a"], tmp_path / "broken")
    with pytest.raises(ArtifactError, match="broken"):
        runtime.load("broken", tmp_path / "broken")
    assert "broken" not in runtime.adapters()
    assert written(runtime, ASKS[0], "a", 8) == before
    runtime.load("broken", folders["b"])  # the name is still free
    runtime.drop("broken")


def test_given_an_adapter_whose_scores_overflow_when_drafting_then_it_fails_and_its_neighbours_do_not(
    runtime: Runtime, folders: dict[str, Path], tmp_path: Path
) -> None:
    runtime.load("wild", copied(folders["a"], tmp_path / "wild", lora_alpha=1e36))
    expected = written(runtime, ASKS[0], "b", 8)
    streams = [runtime.stream(Order(ASKS[0], name, Sampling(max_tokens=8))) for name in ("b", "wild", "b")]
    with pytest.raises(RuntimeFailure, match="not numbers"):
        streams[1].result()
    assert [streams[i].result().text for i in (0, 2)] == [expected] * 2
    runtime.drop("wild")


def test_given_a_draft_when_cancelled_then_it_ends_within_a_few_tokens(runtime: Runtime) -> None:
    cancel = threading.Event()
    stream = runtime.stream(Order(ASKS[0], sampling=Sampling(max_tokens=900), cancel=cancel))
    pieces = iter(stream)
    next(pieces)
    cancel.set()
    assert len(list(pieces)) < 20
    with pytest.raises(Cancelled):
        stream.result()
    cancelled_before = Order(ASKS[0], cancel=cancel)
    with pytest.raises(Cancelled):
        runtime.stream(cancelled_before).result()


def test_given_a_deadline_when_it_passes_then_the_draft_ends_with_it_and_others_go_on(runtime: Runtime) -> None:
    other = runtime.stream(Order(ASKS[1], sampling=Sampling(max_tokens=30)))
    late = runtime.stream(Order(ASKS[0], sampling=Sampling(max_tokens=900), deadline_seconds=0.02))
    assert len(list(late)) < 60
    with pytest.raises(DeadlineExceeded, match=r"0\.02 seconds"):
        late.result()
    assert other.result().tokens == 30


def test_given_a_model_that_repeats_itself_when_drafting_then_it_is_stopped_and_the_passage_kept_once(
    fresh: Runtime, tmp_path: Path
) -> None:
    made = None
    for seed in range(20):  # wilder weights babble; sooner or later one gets stuck
        fresh.load(str(seed), draw_adapter(BASE, tmp_path / str(seed), seed, spread=0.5))
        stream = fresh.stream(Order(ASKS[0], str(seed), Sampling(max_tokens=400)))
        shown, made = "".join(stream), stream.result()
        if made.stop == "loop":
            break
    assert made is not None and made.stop == "loop" and made.tokens < 400
    assert shown.startswith(made.text) and len(made.text) < len(shown)
    again = shown[len(made.text) :]
    passages = [again[:n] for n in range(1, len(again) // 2 + 1)]
    assert any(made.text.endswith(p) and (p * len(again)).startswith(again) for p in passages)


@pytest.mark.parametrize("messages", [ask("긴 이야기 " * 2000), [{"role": "user", "content": "\ud800"}]])
def test_given_a_request_the_model_cannot_take_when_drafting_then_a_clear_failure_and_the_next_goes_well(
    runtime: Runtime, messages: list[dict[str, str]]
) -> None:
    before = written(runtime, ASKS[0], None, 8)
    with pytest.raises(RuntimeFailure, match=r"Shorten it|refuses this request"):
        runtime.stream(Order(messages)).result()
    with pytest.raises(RuntimeFailure):
        runtime.score([Completion(ASKS[0], "네"), Completion(messages, "네")])
    assert written(runtime, ASKS[0], None, 8) == before


def test_given_work_of_every_kind_when_closed_then_everybody_gets_an_error_and_nobody_waits(
    fresh: Runtime, folders: dict[str, Path]
) -> None:
    fresh.load("a", folders["a"])
    streams = [fresh.stream(Order(m, name, Sampling(max_tokens=900))) for m in ASKS * 8 for name in (None, "a")]
    ends: list[type[BaseException]] = []

    def note(work: Callable[[], object]) -> None:
        try:
            work()
        except RuntimeFailure as error:
            ends.append(type(error))

    jobs: list[Callable[[], object]] = [s.result for s in streams]
    jobs += [lambda: fresh.score([Completion(ASKS[0], "네")] * 400), lambda: fresh.drop("a")]
    threads = [threading.Thread(target=note, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    next(iter(streams[0]))
    fresh.close()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(ends) >= len(streams) - 16, "hardly any can have ended by itself"
    for late in (lambda: fresh.stream(Order(ASKS[0])), lambda: fresh.score([]), lambda: fresh.load("z", folders["b"])):
        with pytest.raises(RuntimeFailure, match="closed"):
            late()
    fresh.close()
