"""The Runtime port: chat messages and an adapter's name in, a growing draft or log-likelihoods out.

One runtime drafts for people and scores for the gate; an evaluation that does not go through the live path proves nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Literal, Protocol

Message = dict[str, str]
Stop = Literal["end", "length", "loop"]


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; the same values and seed give the same text on the same machine, whatever shares the batch."""

    seed: int = 0
    temperature: float = 0.0  # 0: greedy
    top_p: float = 1.0
    max_tokens: int = 512

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Order:
    """One draft to write. `adapter` None is the bare base model; `deadline_seconds` counts from the call."""

    messages: Sequence[Message]
    adapter: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    deadline_seconds: float = 600.0
    cancel: Event = field(default_factory=Event)


@dataclass(frozen=True)
class Generation:
    """A finished draft: `tokens` written, wall `seconds` from the call, and why it ended."""

    text: str
    tokens: int
    seconds: float
    first_token_seconds: float
    stop: Stop


@dataclass(frozen=True)
class Completion:
    """A given answer to be scored under a prompt."""

    messages: Sequence[Message]
    text: str


class Stream(Protocol):
    """A draft being written: iterate for pieces of text in order, then read the result.

    The pieces joined are the result's text; only of a loop they show more than is kept.
    """

    def __iter__(self) -> Iterator[str]: ...

    def result(self) -> Generation:
        """Wait for the end. Errors: Cancelled, DeadlineExceeded, RuntimeFailure."""


class Runtime(Protocol):
    """Drafts and scores with a base model and any number of adapters; safe to call from many threads."""

    name: str  # "local", "openai"; recorded in every draft
    base_model: str  # recorded in every draft and adapter

    def stream(self, order: Order) -> Stream:
        """Begin a draft. Errors: RuntimeFailure if the adapter is not loaded."""

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        """Mean log-likelihood per token (nats, <= 0) of each given text with its end mark, in order."""

    def adapters(self) -> list[str]:
        """Names of the loaded adapters."""

    def load(self, name: str, folder: Path) -> None:
        """Make an adapter usable; loading a loaded name does nothing. Errors: ArtifactError for a broken folder."""

    def drop(self, name: str) -> None:
        """Free an adapter; drafts under way with it end first."""

    def close(self) -> None:
        """End what runs with a RuntimeFailure, so that nobody waits in vain; free the model."""


Progress = Callable[[int, int], None]  # done, total
