"""Prompts and adapters in, what the forward pass begins with out: tokens or their vectors, a mask, a cache.

Prompt tuning (arXiv:2104.08691) and p-tuning (arXiv:2103.10385) put learnt vectors before the first token, prefix tuning
(arXiv:2101.00190; P-tuning v2 the same, arXiv:2110.07602) puts keys and values before every layer's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import DynamicCache

from trainer.runtime.local.adapters import Adapters, Worn
from trainer.runtime.local.model import Model


@dataclass(frozen=True)
class Opening:
    """`taken` are token ids (rows, longest) or vectors (rows, longest, hidden); `mask` counts what `cache` holds too."""

    taken: Tensor
    mask: Tensor
    cache: DynamicCache


def opened(model: Model, adapters: Adapters, prompts: Sequence[list[int]], names: Sequence[str | None]) -> Opening:
    """The rows' prompts, their ends aligned, each after what its adapter says first."""
    worn = [adapters.worn(name) for name in names]
    softs = [0 if one.soft is None else len(one.soft) for one in worn]
    taken, mask = model.left_padded([[0] * soft + prompt for soft, prompt in zip(softs, prompts, strict=True)])
    if any(softs):
        taken = _with_soft(model.vectors(taken), mask, worn)
    longest = max(_prefixed(one) for one in worn)
    if not longest:
        return Opening(taken, mask, DynamicCache())
    front = model.tensor([[0] * (longest - _prefixed(one)) + [1] * _prefixed(one) for one in worn])
    return Opening(taken, torch.cat([front, mask], 1), _prefix_cache(model, worn, longest))


def _prefixed(worn: Worn) -> int:
    return worn.prefix[0][0].shape[1] if worn.prefix else 0


def _with_soft(vectors: Tensor, mask: Tensor, worn: Sequence[Worn]) -> Tensor:
    for row, (one, start) in enumerate(zip(worn, mask.argmax(1).tolist(), strict=True)):
        if one.soft is not None:
            vectors[row, start : start + len(one.soft)] = one.soft
    return vectors


def _prefix_cache(model: Model, worn: Sequence[Worn], longest: int) -> DynamicCache:
    """Keys and values of every layer, (rows, heads, longest, width); rows without a prefix have masked zeros."""
    shapes = next(one.prefix for one in worn if one.prefix)
    none = tuple((torch.zeros_like(k[:, :0]), torch.zeros_like(v[:, :0])) for k, v in shapes)
    rows = [one.prefix or none for one in worn]
    return DynamicCache(
        [
            tuple(
                torch.stack([pad(row[layer][side], (0, 0, longest - row[layer][side].shape[1], 0)) for row in rows])
                for side in (0, 1)
            )
            for layer in range(len(shapes))
        ]
    )
