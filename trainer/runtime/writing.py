"""A draft from its order to its end, as whoever ordered it sees it: pieces of text, and the result."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from queue import SimpleQueue

from db.errors import Cancelled, DeadlineExceeded, RuntimeFailure
from trainer.runtime import Generation, Order, Stop


class Writing:
    """The port's Stream. Reading is for whoever ordered it; all else is for the one thread that has it written."""

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

    def unwanted(self) -> RuntimeFailure | None:
        """Why nobody waits for this draft any more."""
        if self.order.cancel.is_set():
            return Cancelled("The draft was stopped.")
        if time.monotonic() - self._began > self.order.deadline_seconds:
            return DeadlineExceeded(
                f"The draft took longer than {self.order.deadline_seconds:g} seconds. Try again, or ask for a shorter one."
            )
        return None

    def fail(self, error: RuntimeFailure) -> None:
        """End it with an error, unless it has ended."""
        if not self.done.done():
            self.done.set_exception(error)
            self._queue.put(None)

    def _wrote(self) -> None:
        """A token is there."""
        self._first = self._first or time.monotonic() - self._began

    def _finish(self, text: str, tokens: int, stop: Stop) -> None:
        seconds = time.monotonic() - self._began
        self.done.set_result(Generation(text, tokens, seconds, self._first, stop))
        self._queue.put(None)
