"""The ways to write the same drafts that `benchmarks.runtime` compares; each call returns the seconds it took."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from trainer.runtime import Message, Order, Sampling
from trainer.runtime.local import LocalRuntime
from trainer.runtime.local.adapters import BARE, Adapters, Worn
from trainer.runtime.local.batch import Batch, Row
from trainer.runtime.local.model import Model
from trainer.runtime.local.reading import read
from trainer.tiny import BASE

DRAFTS, TOKENS = 8, 96
SAMPLING = Sampling(max_tokens=TOKENS)
Asks = Sequence[Sequence[Message]]
Names = Sequence[str | None]


class Ours:
    """LocalRuntime, through its port."""

    def __init__(self, runtime: LocalRuntime, folders: Sequence[Path]) -> None:
        self._runtime = runtime
        for folder in folders:
            runtime.load(folder.name, folder)

    def long_enough(self, messages: Sequence[Message]) -> bool:
        return self._runtime.stream(Order(messages, sampling=SAMPLING)).result().stop == "length"

    def together(self, asks: Asks, adapters: Names, *, first_token: bool = False) -> float:
        began = time.monotonic()
        orders = [Order(messages, name, SAMPLING) for messages, name in zip(asks, adapters, strict=True)]
        made = [stream.result() for stream in [self._runtime.stream(order) for order in orders]]
        assert sum(one.tokens for one in made) == len(asks) * TOKENS, "the drafts are not equally long"
        return max(one.first_token_seconds for one in made) if first_token else time.monotonic() - began

    def queue(self, asks: Asks, *, first_token: bool = False) -> float:
        began = time.monotonic()
        made = [self._runtime.stream(Order(messages, sampling=SAMPLING)).result() for messages in asks]
        return made[-1].first_token_seconds if first_token else time.monotonic() - began

    def newcomer(self, asks: Asks) -> float:
        """First token of the last, which comes when the others are being written."""
        others = [self._runtime.stream(Order(messages, sampling=SAMPLING)) for messages in asks[:-1]]
        for stream in others:
            next(iter(stream))
        last = self._runtime.stream(Order(asks[-1], sampling=SAMPLING)).result()
        for stream in others:
            stream.result()
        return last.first_token_seconds


class Clock:
    """A streamer that notes when the first token came."""

    def __init__(self) -> None:
        self.puts: list[float] = []

    def put(self, _: object) -> None:
        self.puts.append(time.monotonic())  # the prompt comes first

    def end(self) -> None:
        pass


class Plain:
    """transformers' own `generate`, with PEFT's layers where adapters are given."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._model = Model("tiny")
        self.net = worn(folders)
        self.last_began = 0.0

    def together(self, asks: Asks, adapters: Names) -> float:
        began = time.monotonic()
        ids, mask = self._model.left_padded([self._model.prompt(messages) for messages in asks])
        with torch.inference_mode():
            out = self.net.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=TOKENS, do_sample=False, **mixed(self.net, adapters)
            )
        assert out.shape[1] == ids.shape[1] + TOKENS, "the drafts are not equally long"
        return time.monotonic() - began

    def queue(self, asks: Asks) -> float:
        """Also notes when the last draft's first token came."""
        began = time.monotonic()
        for messages in asks:
            ids = self._model.tensor([self._model.prompt(messages)])
            clock = Clock()
            self.net.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=TOKENS,
                do_sample=False,
                streamer=clock,
            )
            assert len(clock.puts) == TOKENS + 1, "the drafts are not equally long"
            self.last_began = clock.puts[1] - began
        return time.monotonic() - began


class Loop:
    """The batching loop of LocalRuntime without its thread, streams and loop detection."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._model = Model("tiny")
        self._adapters: Any = Adapters(self._model)
        for folder in folders:
            self._adapters.put_on(folder.name, read(folder.name, folder, self._model, self._adapters.modules))

    def together(self, asks: Asks, adapters: Names) -> float:
        began = time.monotonic()
        batch = Batch(self._model, self._adapters)
        rows = [Row(self._model.prompt(m), name, SAMPLING) for m, name in zip(asks, adapters, strict=True)]
        batch.join(rows)
        for _ in range(TOKENS - 1):
            batch.step()
        return time.monotonic() - began


class PeftLoop(Loop):
    """The same loop on PEFT's layers instead of ours."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._model = Model("tiny")
        self._net: Any = worn(folders)
        self._names: dict[str, Any] = {}
        self._model.net = lambda **inputs: self._net(**inputs, **self._names)
        self._adapters = self

    def wear(self, adapters: Names) -> None:
        self._names = mixed(self._net, adapters)

    def worn(self, name: str | None) -> Worn:
        return BARE  # PEFT's own layers do it all


def worn(folders: Sequence[Path]) -> Any:
    """The base model, with PEFT's layers if there are adapters."""
    net: Any = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()
    for folder in folders:
        if isinstance(net, PeftModel):
            net.load_adapter(folder, folder.name)
        else:
            net = PeftModel.from_pretrained(net, folder, adapter_name=folder.name)
    return net.eval()


def mixed(net: Any, adapters: Names) -> dict[str, Any]:
    """What PEFT wants to be told: nothing more where all rows wear the same, which is its faster way."""
    if len(set(adapters)) > 1:
        return {"adapter_names": list(adapters)}
    if adapters[0]:
        net.set_adapter(adapters[0])
    return {}
