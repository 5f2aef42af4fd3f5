"""Every implementation of the Runtime port, opened for tests; a further one joins by one entry in OPENERS."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from trainer.runtime import Message, Order, Runtime, Sampling
from trainer.runtime.local import LocalRuntime
from trainer.tiny import BASE

OPENERS: dict[str, Callable[[], Runtime]] = {"local": lambda: LocalRuntime("tiny")}
TOLERANCE = {"local": 1e-4}  # nats a token
TOKENS = 20  # of a short draft; a loop is not yet one


def ask(topic: str, audience: str = "직장인") -> list[Message]:
    return [{"role": "system", "content": "짧게"}, {"role": "user", "content": f"주제: {topic}\n독자: {audience}"}]


ASKS = [
    ask("여름 음료"),
    ask("봄맞이 할인 행사", "동네 주민"),
    ask("a new bakery", "office workers"),
    ask("독감 예방 접종"),
]


def written(runtime: Runtime, messages: list[Message], adapter: str | None = None, tokens: int = TOKENS) -> str:
    return runtime.stream(Order(messages, adapter, Sampling(max_tokens=tokens))).result().text


def base_net() -> Any:
    """The base model without any of our code."""
    return AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()


@cache
def base_tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(BASE)
