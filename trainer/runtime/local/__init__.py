"""The Runtime in this process: orders from any thread in, drafts and scores from one worker thread out.

Two threads that use a model with different adapters get each other's text (measured: 38 of 60 wrong), so the worker alone
touches it: a newcomer never waits for a long draft, and eight drafts together take little longer than one.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from db.errors import RuntimeFailure
from trainer.runtime import Completion, Order
from trainer.runtime.local.adapters import Adapters
from trainer.runtime.local.draft import Draft
from trainer.runtime.local.model import Model
from trainer.runtime.local.reading import read
from trainer.runtime.local.scoring import Scoring
from trainer.runtime.local.worker import Worker


class LocalRuntime:
    """The Runtime port on transformers; safe to call from many threads."""

    name = "local"

    def __init__(self, base_model: str, *, adapters_kept: int = 8) -> None:
        """Open a hub id, a folder, or "tiny". Errors: SettingsError."""
        self.base_model = base_model
        self._kept = adapters_kept
        self._model = Model(base_model)
        self._wearing = Adapters(self._model)
        self._worker = Worker(self._model, self._wearing)
        self._bell = self._worker.bell  # guards what follows too
        self._adapters: dict[str, None] = {}  # least recently used first
        self._uses: Counter[str | None] = Counter()

    def stream(self, order: Order) -> Draft:
        draft = Draft(order)
        self._begin(draft, order.adapter)
        return draft

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        scoring = Scoring(completions, adapter)
        self._begin(scoring, adapter)
        return scoring.done.result()

    def adapters(self) -> list[str]:
        with self._bell:
            return sorted(self._adapters)

    def load(self, name: str, folder: Path) -> None:
        with self._bell:
            self._worker.refuse_if_closed()
            if name in self._adapters:
                self._adapters[name] = self._adapters.pop(name)
                return
        worn = read(name, folder, self._model, self._wearing.modules)
        with self._bell:
            self._worker.refuse_if_closed()
            self._wearing.put_on(name, worn)
            self._adapters[name] = None
            idle = [other for other in self._adapters if not self._uses[other] and other != name]
            for other in idle[: max(0, len(self._adapters) - self._kept)]:
                del self._adapters[other]
                self._wearing.take_off(other)

    def drop(self, name: str) -> None:
        with self._bell:
            if name in self._adapters:
                del self._adapters[name]  # from here on it is refused to newcomers
                self._bell.wait_for(lambda: not self._uses[name])
                if name not in self._adapters:  # nobody loaded it again meanwhile
                    self._wearing.take_off(name)

    def close(self) -> None:
        self._worker.close()
        self._wearing.free()
        self._model.free()

    def _begin(self, work: Draft | Scoring, adapter: str | None) -> None:
        """Hand it to the worker; its adapter stays until it has ended."""
        with self._bell:
            if adapter is not None:
                if adapter not in self._adapters:
                    raise RuntimeFailure(f"{adapter} is not loaded. Load it, or draft with the base model.")
                self._adapters[adapter] = self._adapters.pop(adapter)
            self._worker.take(work)
            self._uses[adapter] += 1
            work.done.add_done_callback(lambda _: self._release(adapter))

    def _release(self, adapter: str | None) -> None:
        with self._bell:
            self._uses[adapter] -= 1
            self._bell.notify_all()
