"""The Runtime on transformers and peft: one worker thread owns the model, batches what waits, streams tokens.

Two threads must never touch a model with adapters (they get each other's), so every call becomes a job for the worker.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import torch

from db.errors import FlywheelError, RuntimeFailure
from trainer.runtime import Completion, Generation, Order
from trainer.runtime.local_batch import Batch, Row
from trainer.runtime.local_model import LocalModel
from trainer.runtime.local_text import Picker, Pieces

MOST_ROWS, MOST_TOKENS = 16, 32_768  # of one batch: rows, and cache width times rows
SCORED_TOGETHER = 8
T = TypeVar("T")
Job = Callable[[], bool]  # False: not yet, ask again later


class LocalStream:
    """A draft being written; iterate once, then read the result."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __iter__(self) -> Iterator[str]:
        while (piece := self._row.queue.get()) is not None:
            yield piece

    def result(self) -> Generation:
        return self._row.future.result()


class LocalRuntime:
    """Drafts and scores on this machine. Safe to call from many threads."""

    name = "local"

    def __init__(self, base_model: str, *, adapters_kept: int = 8) -> None:
        self.base_model = base_model
        self._adapters_kept = adapters_kept
        self._used: dict[str, float] = {}  # loaded adapters, when each was last asked for
        self._model = LocalModel(base_model)
        self._batch = Batch(self._model)
        self._drafts: list[Row] = []
        self._jobs: SimpleQueue[Job | Row] = SimpleQueue()
        self._later: list[Job] = []
        self._closing = False
        self._thread = Thread(target=self._work, name="runtime", daemon=True)
        self._thread.start()

    def stream(self, order: Order) -> LocalStream:
        """Begin a draft. Errors: RuntimeFailure if the adapter is not loaded or the prompt is too long."""
        if order.adapter and order.adapter not in self._used:
            raise RuntimeFailure(f"The adapter {order.adapter} is not loaded.")
        prompt = self._model.prompt(order.messages)  # tokenizers may be used from any thread, models may not
        room = getattr(self._model.base.config, "max_position_embeddings", MOST_TOKENS)
        if len(prompt) + 1 >= min(room, MOST_TOKENS):
            raise RuntimeFailure(f"The request is too long for this model ({len(prompt)} of {room} tokens). Shorten it.")
        row = Row(order, prompt, Picker(order.sampling), Pieces(self._model.decode), time.monotonic())
        if order.adapter:
            self._used[order.adapter] = time.monotonic()
        self._put(row)
        return LocalStream(row)

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        """Mean log-likelihood per token (nats) of each given text with its end mark, in order."""
        if adapter and adapter not in self._used:
            raise RuntimeFailure(f"The adapter {adapter} is not loaded.")
        rows = [self._model.answered(c.messages, c.text) for c in completions]
        parts = [rows[i : i + SCORED_TOGETHER] for i in range(0, len(rows), SCORED_TOGETHER)]
        waiting = [self._ask(lambda part=part: self._likelihoods(part, adapter)) for part in parts]  # type: ignore[misc]
        return [value for future in waiting for value in future.result()]

    def adapters(self) -> list[str]:
        return list(self._used)

    def load(self, name: str, folder: Path) -> None:
        """Make an adapter usable; the one unused for longest goes if there are too many."""
        self._ask(lambda: self._load(name, folder)).result()

    def drop(self, name: str) -> None:
        """Free an adapter once no draft under way needs it."""
        self._ask(lambda: self._drop(name), ready=lambda: not self._busy(name)).result()

    def close(self) -> None:
        self._closing = True
        self._put(lambda: True)  # wakes the worker
        self._thread.join()

    # ---- below: called by the worker thread alone

    def _load(self, name: str, folder: Path) -> None:
        if name not in self._used:
            idle = sorted((n for n in self._used if not self._busy(n)), key=lambda n: self._used[n])
            while len(self._used) >= self._adapters_kept and idle:
                self._drop(idle.pop(0))
            self._model.load(name, folder)
        self._used[name] = time.monotonic()

    def _drop(self, name: str) -> None:
        if self._used.pop(name, None) is not None:
            self._model.drop(name)

    def _busy(self, name: str) -> bool:
        return self._batch.uses(name) or any(row.order.adapter == name for row in self._drafts)

    def _likelihoods(self, rows: list[tuple[list[int], int]], adapter: str | None) -> list[float]:
        width = max(len(ids) for ids, _ in rows)
        device = self._model.device
        ids = torch.tensor([row + [self._model.pad] * (width - len(row)) for row, _ in rows]).to(device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row, _ in rows]).to(device)
        logits = self._model.logits([adapter] * len(rows), input_ids=ids, attention_mask=mask, use_cache=False).logits
        out = []
        for i, (row, start) in enumerate(rows):
            chances = torch.log_softmax(logits[i, start - 1 : len(row) - 1].float(), dim=-1)
            out.append(float(chances.gather(1, ids[i, start : len(row)].unsqueeze(1)).mean()))
        return out

    def _work(self) -> None:
        if self._model.small:
            torch.set_num_threads(1)  # several threads only wait for each other on matrices this small
        while True:
            idle = not (self._batch.rows or self._drafts or self._later)
            if idle and self._closing and self._jobs.empty():
                return
            self._take_in(wait=idle)
            self._later = [job for job in self._later if not job()]
            try:
                self._admit()
                self._batch.step()
            except FlywheelError as error:
                self._batch.fail(error)
            except (RuntimeError, ValueError, IndexError, torch.OutOfMemoryError) as error:
                # One bad batch must not end the worker: its drafts fail, the next ones are served.
                self._batch.fail(RuntimeFailure(f"The model failed ({type(error).__name__}). Ask again."))

    def _take_in(self, wait: bool) -> None:
        while True:
            try:
                job = self._jobs.get(block=wait)
            except Empty:
                return
            wait = False
            if isinstance(job, Row):
                self._drafts.append(job)
            elif not job():
                self._later.append(job)

    def _admit(self) -> None:
        """Let waiting drafts into the batch while there is room."""
        for row in list(self._drafts):
            if error := row.overdue():
                row.fail(error)
                self._drafts.remove(row)
        joining: list[Row] = []
        widest = self._batch.mask.shape[1] if self._batch.rows else 0
        while self._drafts and len(self._batch.rows) + len(joining) < MOST_ROWS:
            row = self._drafts[0]
            width = max(widest, len(row.prompt) + row.order.sampling.max_tokens)
            if (self._batch.rows or joining) and width * (len(self._batch.rows) + len(joining) + 1) > MOST_TOKENS:
                break
            widest = width
            joining.append(self._drafts.pop(0))
        if joining:
            try:
                self._batch.join(joining)
            except (RuntimeError, ValueError, IndexError) as error:
                for row in joining:
                    if not row.future.done():
                        row.fail(RuntimeFailure(f"The model failed ({type(error).__name__}). Ask again."))
                raise

    def _ask(self, work: Callable[[], T], ready: Callable[[], bool] = lambda: True) -> "Future[T]":
        """Have the worker do something between two tokens."""
        future: Future[T] = Future()

        def job() -> bool:
            if not ready():
                return False
            try:
                future.set_result(work())
            except Exception as error:  # handed to the caller, who waits for it
                future.set_exception(error)
            return True

        self._put(job)
        return future

    def _put(self, item: Any) -> None:
        if not self._thread.is_alive() and self._closing:
            raise RuntimeFailure("The runtime is closed.")
        self._jobs.put(item)
