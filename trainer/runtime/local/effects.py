"""What an adapter of any method does to one layer: from what went in and came out, the change to be added. Pure tensors.

`taken` is (rows, tokens, in), `given` (rows, tokens, out), as the base model has them.
"""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn
from torch.nn.functional import linear, relu


class Effect(Protocol):
    """One adapter's share in one layer."""

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        """What to add to `given`."""


@dataclass(frozen=True)
class LowRank:
    """LoRA (arXiv:2106.09685): y = Wx + s·B·A·x with s = alpha/rank, or alpha/sqrt(rank) (arXiv:2312.03732)."""

    a: Tensor  # (in, rank)
    b: Tensor  # s·B, (rank, out)

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        return taken @ self.a @ self.b


@dataclass(frozen=True)
class Decomposed:
    """DoRA (arXiv:2402.09353): the same direction, at a length of its own; `scale` (out) is m / ||W + s·B·A||."""

    low_rank: LowRank
    scale: Tensor

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        bias = getattr(module, "bias", None)
        plain = given if bias is None else given - bias
        return plain * (self.scale - 1) + self.low_rank.change(module, taken, given) * self.scale


@dataclass(frozen=True)
class Rescaled:
    """IA3 (arXiv:2205.05638): a factor for every number that comes out of a layer, or that goes in."""

    factor: Tensor
    inside: bool

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        weight = module.weight
        assert isinstance(weight, Tensor)
        return linear(taken * (self.factor - 1), weight) if self.inside else given * (self.factor - 1)


@dataclass(frozen=True)
class Bottleneck:
    """A small network behind a layer (arXiv:1902.00751, placed as in arXiv:2005.00247): h + U·relu(D·h)."""

    down: Tensor  # (size, hidden)
    up: Tensor  # (hidden, size)

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        return linear(relu(linear(given, self.down)), self.up)


@dataclass(frozen=True)
class Dense:
    """Full fine-tuning, kept as the difference to the base model's weights."""

    weight: Tensor  # (out, in)

    def change(self, module: nn.Module, taken: Tensor, given: Tensor) -> Tensor:
        return linear(taken, self.weight)
