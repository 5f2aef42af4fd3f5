"""Rows of tokens in, one more token for each row at every step; rows join and leave between any two tokens.

A row's draws come from its own generator, and padding is masked, so its text does not depend on who shares the batch.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, pad, softmax
from transformers import DynamicCache

from trainer.runtime import Sampling
from trainer.runtime.local.adapters import Adapters
from trainer.runtime.local.model import Model
from trainer.runtime.local.opening import opened


@dataclass(eq=False)
class Row:
    """One text being written: its prompt's tokens, and those written so far. `broken`: the scores were not numbers."""

    prompt: list[int]
    adapter: str | None
    sampling: Sampling
    written: list[int] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        self.dice = random.Random(self.sampling.seed)


class Batch:
    """The rows under way with their shared key-value cache; the cache holds each row but its newest token."""

    def __init__(self, model: Model, adapters: Adapters) -> None:
        self._model, self._adapters = model, adapters
        self.rows: list[Row] = []
        self._cache = DynamicCache()
        self._mask = torch.empty(0)  # (rows, cached tokens); 0: padding

    @torch.inference_mode()
    def join(self, rows: Sequence[Row]) -> None:
        """Read the rows' prompts, write their first tokens, and take them in. On an error the batch is as before."""
        names = [row.adapter for row in rows]
        self._adapters.wear(names)
        begun = opened(self._model, self._adapters, [row.prompt for row in rows], names)
        mask, cache = begun.mask, begun.cache
        draw(rows, self._model.logits(begun.taken, mask, cache, keep=1)[:, -1])
        if self.rows:
            longest = max(self._mask.shape[1], mask.shape[1])
            pairs = list(zip(self._cache.layers, cache.layers, strict=True))
            keys = [stacked(old.keys, new.keys, longest) for old, new in pairs]
            values = [stacked(old.values, new.values, longest) for old, new in pairs]
            cache = DynamicCache(list(zip(keys, values, strict=True)))
            mask = stacked(self._mask[..., None], mask[..., None], longest)[..., 0]
        self._cache, self._mask, self.rows = cache, mask, [*self.rows, *rows]

    @torch.inference_mode()
    def step(self) -> None:
        """Write one more token in every row. After an error the cache is of no use: `clear`."""
        ids = self._model.tensor([[row.written[-1]] for row in self.rows])
        self._mask = pad(self._mask, (0, 1), value=1)
        self._adapters.wear([row.adapter for row in self.rows])
        draw(self.rows, self._model.logits(ids, self._mask, self._cache, keep=1)[:, -1])

    @torch.inference_mode()
    def leave(self, gone: Sequence[Row]) -> None:
        """Take rows out, and the padding that only they needed."""
        stay = [i for i, row in enumerate(self.rows) if row not in gone]
        if not stay:
            self.clear()
        elif len(stay) < len(self.rows):
            self.rows = [self.rows[i] for i in stay]
            chosen = self._model.tensor(stay)
            self._mask = self._mask[chosen]
            first = int(self._mask.argmax(1).min())
            self._mask = self._mask[:, first:]
            for layer in self._cache.layers:
                layer.keys, layer.values = layer.keys[chosen, :, first:], layer.values[chosen, :, first:]

    def clear(self) -> None:
        """Forget everything."""
        self.rows, self._cache, self._mask = [], DynamicCache(), torch.empty(0)


def stacked(old: Tensor, new: Tensor, longest: int) -> Tensor:
    """Both (rows, …, tokens, width) as one, zeros in front of the shorter."""
    both = [pad(part, (0, 0, longest - part.shape[-2], 0)) for part in (old, new)]
    return torch.cat(both)


def draw(rows: Sequence[Row], scores: Tensor) -> None:
    """Append each row's next token, from scores (rows, vocabulary)."""
    best, likeliest = scores.max(-1)
    for i, (row, peak, token) in enumerate(zip(rows, best.tolist(), likeliest.tolist(), strict=True)):
        row.broken = peak != peak  # only "not a number" differs from itself
        if row.sampling.temperature > 0 and not row.broken:
            token = sampled(scores[i].float() / row.sampling.temperature, row.sampling.top_p, row.dice.random())
        row.written.append(token)


def sampled(scores: Tensor, top_p: float, chance: float) -> int:
    """The token at `chance` (0..1) of the distribution's likeliest `top_p` (nucleus sampling, arXiv:1904.09751)."""
    shares, tokens = softmax(scores, -1).sort(descending=True, stable=True)
    before = shares.cumsum(0) - shares
    shares = shares * (before <= top_p)  # the likeliest always stays
    place = torch.searchsorted(shares.cumsum(0), shares.sum() * chance, right=True)
    return int(tokens[min(int(place), int((shares > 0).sum()) - 1)])


@torch.inference_mode()
def likelihoods(
    model: Model, adapters: Adapters, adapter: str | None, texts: Sequence[tuple[list[int], list[int]]]
) -> list[float]:
    """Mean log-likelihood per token (nats) of each answer after its prompt, both in tokens; one padded forward pass."""
    names = [adapter] * len(texts)
    adapters.wear(names)
    begun = opened(model, adapters, [prompt + answer for prompt, answer in texts], names)
    keep = max(len(answer) for _, answer in texts) + 1
    scores = model.logits(begun.taken, begun.mask, begun.cache if len(begun.cache) else None, keep)[:, :-1]
    means = []
    for row, (_, answer) in enumerate(texts):
        part = log_softmax(scores[row, -len(answer) :].float(), -1)
        means.append(float(part.gather(1, model.tensor(answer)[:, None]).mean()))
    return means
