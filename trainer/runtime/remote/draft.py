"""One order in; a stream of text and its result out, however often the server has to begin anew."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from queue import SimpleQueue

from db.errors import Cancelled, DeadlineExceeded, RuntimeFailure
from trainer.runtime import Generation, Order, Stop


class Draft:
    """A draft being written elsewhere; the port's Stream.

    After a cut the server writes anew, perhaps other words: pieces may then differ from the result, which is what counts.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.done: Future[Generation] = Future()
        self.began = time.monotonic()
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._shown = 0  # characters given out, in whichever try
        self._first = 0.0
        self.restart()

    def __iter__(self) -> Iterator[str]:
        while (piece := self._queue.get()) is not None:
            yield piece
        self._queue.put(None)  # whoever iterates again also comes to an end

    def result(self) -> Generation:
        return self.done.result()

    def restart(self) -> None:
        """Another try begins: nothing is written."""
        self._text, self._chunks = "", 0

    def add(self, piece: str) -> None:
        self._first = self._first or time.monotonic() - self.began
        self._text, self._chunks = self._text + piece, self._chunks + 1
        if len(self._text) > self._shown:
            self._queue.put(self._text[self._shown :])
            self._shown = len(self._text)

    def finish(self, stop: Stop, tokens: int | None) -> None:
        """`tokens` None where the server doesn't count: a chunk is a token then, as most servers send them."""
        seconds = time.monotonic() - self.began
        self.done.set_result(Generation(self._text, tokens or self._chunks, seconds, self._first, stop))
        self._queue.put(None)

    def fail(self, error: RuntimeFailure) -> None:
        """End it with an error, unless it has ended."""
        if not self.done.done():
            self.done.set_exception(error)
            self._queue.put(None)

    def unwanted(self) -> RuntimeFailure | None:
        """Why nobody waits for this draft any more."""
        if self.order.cancel.is_set():
            return Cancelled("The draft was stopped.")
        if time.monotonic() - self.began > self.order.deadline_seconds:
            return DeadlineExceeded(
                f"The draft took longer than {self.order.deadline_seconds:g} seconds. Try again, or ask for a shorter one."
            )
        return None
