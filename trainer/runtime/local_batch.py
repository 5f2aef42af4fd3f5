"""Drafts under way in, one more token for each out. Rows join and leave between tokens; each has its own adapter."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue

import torch
from transformers.cache_utils import DynamicCache

from db.errors import Cancelled, DeadlineExceeded, FlywheelError
from trainer.runtime import Generation, Order, Stop
from trainer.runtime.local_model import LocalModel
from trainer.runtime.local_text import Picker, Pieces, loop_length

SHOW_EVERY, LOOK_EVERY = 4, 8  # tokens between two pieces of text, between two looks for loops


@dataclass
class Row:
    """One draft under way; pieces go to its queue (None ends it), the result to its future."""

    order: Order
    prompt: list[int]
    picker: Picker
    pieces: Pieces
    began: float
    queue: "SimpleQueue[str | None]" = field(default_factory=SimpleQueue)
    future: "Future[Generation]" = field(default_factory=Future)
    ids: list[int] = field(default_factory=list)
    first_token: float = 0.0

    def overdue(self) -> FlywheelError | None:
        """Why this row must stop now, if it must."""
        if self.order.cancel.is_set():
            return Cancelled("The draft was stopped.")
        if time.monotonic() - self.began > self.order.deadline_seconds:
            return DeadlineExceeded(f"The draft took longer than {self.order.deadline_seconds:.0f} seconds. Try again.")
        return None

    def fail(self, error: FlywheelError) -> None:
        self.queue.put(None)
        self.future.set_exception(error)

    def take(self, token: int, ends: set[int]) -> Stop | None:
        """One more token; the reason to stop if it was the last."""
        if not self.first_token:
            self.first_token = time.monotonic() - self.began
        if token in ends:
            return "end"
        self.ids.append(token)
        if len(self.ids) >= self.order.sampling.max_tokens:
            return "length"
        if len(self.ids) % LOOK_EVERY == 0 and loop_length(self.ids):
            return "loop"
        if len(self.ids) % SHOW_EVERY == 0 and (piece := self.pieces.more(self.ids)):
            self.queue.put(piece)
        return None

    def finish(self, stop: Stop, decode: Callable[[list[int]], str]) -> None:
        kept = self.ids[: len(self.ids) - loop_length(self.ids)] if stop == "loop" else self.ids
        text = decode(kept)
        if stop != "loop" and (piece := self.pieces.more(self.ids, last=True)):
            self.queue.put(piece)
        self.queue.put(None)
        self.future.set_result(
            Generation(text.strip(), len(self.ids), time.monotonic() - self.began, self.first_token, stop)
        )


class Batch:
    """Rows that are decoded together: their cache (layers x rows x heads x width x head size) and mask (rows x width)."""

    def __init__(self, model: LocalModel) -> None:
        self.model = model
        self.rows: list[Row] = []
        self.cache: DynamicCache | None = None
        self.mask = torch.zeros(0, 0, dtype=torch.long)
        self.next: list[int] = []

    def uses(self, adapter: str) -> bool:
        """Whether a draft under way needs this adapter."""
        return any(row.order.adapter == adapter for row in self.rows)

    def join(self, rows: list[Row]) -> None:
        """Read the prompts of new rows and give them their first token."""
        width = max(len(row.prompt) for row in rows)
        ids = torch.tensor([[self.model.pad] * (width - len(r.prompt)) + r.prompt for r in rows])
        mask = torch.tensor([[0] * (width - len(r.prompt)) + [1] * len(r.prompt) for r in rows])
        cache, logits = self._forward(rows, ids, mask, DynamicCache())
        self._merge(rows, cache, mask)
        self._advance(rows, logits)

    def step(self) -> None:
        """One more token for every row."""
        if stopped := [(row, error) for row in self.rows if (error := row.overdue())]:
            for row, error in stopped:
                row.fail(error)
            self._keep([i for i, row in enumerate(self.rows) if not row.future.done()])
        if not self.rows:
            return
        self.mask = torch.cat([self.mask, torch.ones(len(self.rows), 1, dtype=torch.long)], dim=1)
        ids = torch.tensor(self.next).unsqueeze(1)
        self.cache, logits = self._forward(self.rows, ids, self.mask, self.cache)
        self.next = []
        self._advance(self.rows, logits)

    def fail(self, error: FlywheelError) -> None:
        """Every row ends with this error."""
        for row in self.rows:
            row.fail(error)
        self.rows, self.cache, self.next = [], None, []

    def _forward(
        self, rows: list[Row], ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache | None
    ) -> tuple[DynamicCache, torch.Tensor]:
        """Last-position logits (rows x vocabulary) and the grown cache."""
        device = self.model.device
        places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]  # padding is not counted
        out = self.model.logits(
            [row.order.adapter for row in rows], input_ids=ids.to(device), attention_mask=mask.to(device),
            position_ids=places.to(device), past_key_values=cache, use_cache=True, logits_to_keep=1,
        )
        return out.past_key_values, out.logits[:, -1].float()

    def _advance(self, rows: list[Row], logits: torch.Tensor) -> None:
        likeliest = logits.argmax(dim=-1).tolist()
        for i, row in enumerate(rows):
            greedy = row.order.sampling.temperature == 0
            token = likeliest[i] if greedy else row.picker.pick(logits[i])
            self.next.append(token)
            if stop := row.take(token, self.model.ends):
                row.finish(stop, self.model.decode)
        if any(row.future.done() for row in self.rows):
            self._keep([i for i, row in enumerate(self.rows) if not row.future.done()])

    def _merge(self, rows: list[Row], cache: DynamicCache, mask: torch.Tensor) -> None:
        """New rows below the old ones; the shorter side is padded on the left."""
        if self.cache is not None and self.rows:
            old, new = self.mask.shape[1], mask.shape[1]
            width = max(old, new)
            cache = DynamicCache([
                (_stack(a.keys, b.keys, width), _stack(a.values, b.values, width))
                for a, b in zip(self.cache.layers, cache.layers, strict=True)
            ])
            mask = torch.cat([_left(self.mask, width), _left(mask, width)])
        self.rows, self.cache, self.mask = [*self.rows, *rows], cache, mask

    def _keep(self, kept: list[int]) -> None:
        """Only these rows go on; padding that no row needs any more goes too."""
        self.rows = [self.rows[i] for i in kept]
        self.next = [self.next[i] for i in kept] if self.next else []
        if not self.rows or self.cache is None:
            self.cache, self.next = None, []
            return
        self.mask = self.mask[kept]
        empty = int(self.mask.shape[1] - self.mask.sum(1).max())
        self.mask = self.mask[:, empty:]
        index = torch.tensor(kept, device=self.model.device)
        self.cache = DynamicCache([
            (layer.keys[index][:, :, empty:], layer.values[index][:, :, empty:]) for layer in self.cache.layers
        ])


def _left(mask: torch.Tensor, width: int) -> torch.Tensor:
    return torch.nn.functional.pad(mask, (width - mask.shape[1], 0))


def _stack(old: torch.Tensor, new: torch.Tensor, width: int) -> torch.Tensor:
    """Two caches (rows x heads x length x size) under each other, padded on the left to the same length."""
    pad = torch.nn.functional.pad
    return torch.cat([pad(x, (0, 0, width - x.shape[2], 0)) for x in (old, new)])
