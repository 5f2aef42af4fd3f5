"""One order in; a stream of text and its result out. The worker writes it, whoever ordered it reads it."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from queue import SimpleQueue

from db.errors import Cancelled, DeadlineExceeded, RuntimeFailure
from trainer.runtime import Generation, Order, Stop
from trainer.runtime.local.batch import Row
from trainer.runtime.local.model import Model
from trainer.runtime.local.text import Pieces, kept_of_loop


class Draft:
    """A draft from the order to its end; the port's Stream. Everything but reading is for the worker thread."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.done: Future[Generation] = Future()
        self._began = time.monotonic()
        self._first = 0.0
        self._queue: SimpleQueue[str | None] = SimpleQueue()

    def __iter__(self) -> Iterator[str]:
        while (piece := self._queue.get()) is not None:
            yield piece
        self._queue.put(None)  # whoever iterates again also comes to an end

    def result(self) -> Generation:
        return self.done.result()

    def begin(self, model: Model) -> None:
        """Turn the messages into a row. Errors: RuntimeFailure if they leave no room to write."""
        prompt = model.prompt(self.order.messages)
        self.limit = min(self.order.sampling.max_tokens, model.context - len(prompt))
        if self.limit <= 0:
            raise RuntimeFailure(
                f"The request is {len(prompt)} tokens long and the base model takes {model.context}. Shorten it."
            )
        self.row = Row(prompt, self.order.adapter, self.order.sampling)
        self._pieces = Pieces(model.decode)

    def unwanted(self) -> RuntimeFailure | None:
        """Why nobody waits for this draft any more."""
        if self.order.cancel.is_set():
            return Cancelled("The draft was stopped.")
        if time.monotonic() - self._began > self.order.deadline_seconds:
            return DeadlineExceeded(
                f"The draft took longer than {self.order.deadline_seconds:g} seconds. Try again, or ask for a shorter one."
            )
        return None

    def take(self, ends: frozenset[int]) -> bool:
        """Publish what the row's newest token adds; True when the draft is finished."""
        written = self.row.written
        self._first = self._first or time.monotonic() - self._began
        if self.row.broken:
            self.fail(RuntimeFailure("The model gave scores that are not numbers. Roll back its adapter."))
        elif written[-1] in ends:
            written.pop()
            self._finish(self._pieces.text, "end")
        else:
            self._queue.put(self._pieces.add(written[-1]))
            if (kept := kept_of_loop(written)) is not None:
                self._finish(self._pieces.first(kept), "loop")
            elif len(written) >= self.limit:
                self._finish(self._pieces.text, "length")
        return self.done.done()

    def fail(self, error: RuntimeFailure) -> None:
        """End it with an error, unless it has ended."""
        if not self.done.done():
            self.done.set_exception(error)
            self._queue.put(None)

    def _finish(self, text: str, stop: Stop) -> None:
        seconds = time.monotonic() - self._began
        self.done.set_result(Generation(text, len(self.row.written), seconds, self._first, stop))
        self._queue.put(None)
