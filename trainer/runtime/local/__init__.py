"""The Runtime in this process: orders from any thread in, drafts and scores from one worker thread out.

Two threads that use a model with different adapters get each other's text (measured: 38 of 60 wrong), so the worker alone
touches it. Between any two tokens it lets new orders join the batch and finished or unwanted ones leave: a newcomer
never waits for a long draft, and eight drafts together take little longer than one.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Condition, Thread

from db.errors import RuntimeFailure
from trainer.runtime import Completion, Order
from trainer.runtime.local.batch import Batch
from trainer.runtime.local.draft import Draft
from trainer.runtime.local.lora import Lora
from trainer.runtime.local.model import Model, sentence
from trainer.runtime.local.scoring import Scoring

ROWS = 16  # drafts written at once
PROMPT_TOKENS = 4096  # read at once, padding included, so that drafts under way don't stall
CACHE_TOKENS = 32768  # rows x longest possible row: what the key-value cache may hold
# What torch and the libraries above it raise when a model can't go on, out of memory included.
MODEL_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, MemoryError)


class LocalRuntime:
    """The Runtime port on transformers; safe to call from many threads."""

    name = "local"

    def __init__(self, base_model: str, *, adapters_kept: int = 8) -> None:
        """Open a hub id, a folder, or "tiny". Errors: SettingsError."""
        self.base_model = base_model
        self._kept = adapters_kept
        self._model = Model(base_model)
        self._lora = Lora(self._model)
        self._batch = Batch(self._model, self._lora)
        self._bell = Condition()  # guards all below; rung when any of it changes
        self._inbox: list[Draft] = []
        self._scorings: list[Scoring] = []
        self._adapters: dict[str, None] = {}  # least recently used first
        self._uses: Counter[str | None] = Counter()
        self._closed = ""  # why nothing more is taken
        self._waiting: list[Draft] = []  # the worker's own, as is what follows
        self._writing: list[Draft] = []
        self._score_after = 0.0
        self._worker = Thread(target=self._work, name="drafting", daemon=True)
        self._worker.start()

    # ---- for any thread

    def stream(self, order: Order) -> Draft:
        draft = Draft(order)
        with self._bell:
            self._use(order.adapter)
            self._inbox.append(draft)
            draft.done.add_done_callback(lambda _: self._release(order.adapter))
            self._bell.notify_all()
        return draft

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        scoring = Scoring(completions, adapter)
        with self._bell:
            self._use(adapter)
            self._scorings.append(scoring)
            scoring.done.add_done_callback(lambda _: self._release(adapter))
            self._bell.notify_all()
        return scoring.done.result()

    def adapters(self) -> list[str]:
        with self._bell:
            return sorted(self._adapters)

    def load(self, name: str, folder: Path) -> None:
        with self._bell:
            if name in self._adapters:
                self._adapters[name] = self._adapters.pop(name)
                return
        terms = self._lora.read(name, folder)
        with self._bell:
            self._refuse_if_closed()
            self._lora.put_on(name, terms)
            self._adapters[name] = None
            idle = [other for other in self._adapters if not self._uses[other] and other != name]
            for other in idle[: max(0, len(self._adapters) - self._kept)]:
                self._forget(other)

    def drop(self, name: str) -> None:
        with self._bell:
            if self._adapters.pop(name, name) is None:  # from here on it is refused to newcomers
                self._bell.wait_for(lambda: not self._uses[name])
                if name not in self._adapters:  # nobody loaded it again meanwhile
                    self._lora.take_off(name)

    def close(self) -> None:
        with self._bell:
            self._closed = self._closed or "The runtime was closed. Start it again to draft."
            self._bell.notify_all()
        self._worker.join()
        with self._bell:
            for name in list(self._adapters):
                self._forget(name)
        self._batch.clear()
        self._model.net = None

    # ---- with the bell held

    def _use(self, adapter: str | None) -> None:
        self._refuse_if_closed()
        if adapter is not None:
            if adapter not in self._adapters:
                raise RuntimeFailure(f"{adapter} is not loaded. Load it, or draft with the base model.")
            self._adapters[adapter] = self._adapters.pop(adapter)
        self._uses[adapter] += 1

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeFailure(self._closed)

    def _forget(self, name: str) -> None:
        self._adapters.pop(name, None)
        self._lora.take_off(name)

    def _release(self, adapter: str | None) -> None:
        with self._bell:
            self._uses[adapter] -= 1
            self._bell.notify_all()

    # ---- the worker

    def _work(self) -> None:
        try:
            while self._listen():
                self._send_away()
                self._let_in()
                self._write_on()
                self._score_on()
        finally:  # whatever happened, nobody is left waiting
            with self._bell:
                self._closed = self._closed or "The drafting worker has ended. Restart the process."
                left = [*self._inbox, *self._waiting, *self._writing]
                for draft in left:
                    draft.fail(RuntimeFailure(self._closed))
                for scoring in self._scorings:
                    scoring.done.set_exception(RuntimeFailure(self._closed))

    def _listen(self) -> bool:
        """Take what came in, sleeping while there is nothing to do; False when closed and all is finished."""
        with self._bell:
            while not (self._inbox or self._waiting or self._writing or self._scorings):
                if self._closed:
                    return False
                self._bell.wait()
            arrived, self._inbox = self._inbox, []
        for draft in arrived:
            try:
                draft.begin(self._model)
                self._waiting.append(draft)
            except (RuntimeFailure, *MODEL_ERRORS) as error:
                draft.fail(failure(error))
        return True

    def _send_away(self) -> None:
        for drafts in (self._waiting, self._writing):
            for draft in list(drafts):
                if reason := draft.unwanted():
                    drafts.remove(draft)
                    self._batch.leave([draft.row])
                    draft.fail(reason)

    def _let_in(self) -> None:
        """Let waiting drafts join, in their order, as far as the limits allow; a lone one always may."""
        newcomers: list[Draft] = []
        longest = max([0, *(len(d.row.prompt) + d.limit for d in self._writing)])
        widest = 0
        for draft in self._waiting:
            longest, widest = max(longest, len(draft.row.prompt) + draft.limit), max(widest, len(draft.row.prompt))
            rows = len(self._writing) + len(newcomers) + 1
            full = rows > ROWS or rows * longest > CACHE_TOKENS or (len(newcomers) + 1) * widest > PROMPT_TOKENS
            if full and (rows > 1):
                break
            newcomers.append(draft)
        if newcomers:
            del self._waiting[: len(newcomers)]
            try:
                self._batch.join([draft.row for draft in newcomers])
            except MODEL_ERRORS as error:
                for draft in newcomers:
                    draft.fail(failure(error))
            else:
                self._writing += newcomers
                self._publish(newcomers)

    def _write_on(self) -> None:
        if not self._writing:
            return
        try:
            self._batch.step()
        except MODEL_ERRORS as error:
            self._batch.clear()
            failed, self._writing = self._writing, []
            for draft in failed:
                draft.fail(failure(error))
        else:
            self._publish(self._writing)

    def _publish(self, drafts: Sequence[Draft]) -> None:
        finished = [draft for draft in drafts if draft.take(self._model.ends)]
        self._batch.leave([draft.row for draft in finished])
        self._writing = [draft for draft in self._writing if draft not in finished]

    def _score_on(self) -> None:
        """One portion of scoring; then drafts under way get as much time as it took."""
        if not self._scorings or (self._writing and time.monotonic() < self._score_after):
            return
        scoring = self._scorings[0]
        began = time.monotonic()
        try:
            scoring.advance(self._model, self._lora)
        except (RuntimeFailure, *MODEL_ERRORS) as error:
            scoring.done.set_exception(failure(error))
        self._score_after = 2 * time.monotonic() - began
        if scoring.done.done():
            with self._bell:
                self._scorings.remove(scoring)


def failure(error: Exception) -> RuntimeFailure:
    """What people are told when the model could not go on."""
    if isinstance(error, RuntimeFailure):
        return error
    reason = "it ran out of memory" if "out of memory" in str(error) else sentence(error)
    made = RuntimeFailure(f"The model could not go on ({reason}). Try again; `flywheel doctor` checks the set-up.")
    made.__cause__ = error
    return made
