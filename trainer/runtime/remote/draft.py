"""One order in; a stream of text and its result out, however often the server has to begin anew."""

from trainer.runtime import Order, Stop
from trainer.runtime.writing import Writing


class Draft(Writing):
    """A draft being written elsewhere.

    After a cut the server writes anew, perhaps other words: pieces may then differ from the result, which is what counts.
    """

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._shown = 0  # characters given out, in whichever try
        self.restart()

    def restart(self) -> None:
        """Another try begins: nothing is written."""
        self._text, self._chunks = "", 0

    def add(self, piece: str) -> None:
        self._wrote()
        self._text, self._chunks = self._text + piece, self._chunks + 1
        if len(self._text) > self._shown:
            self._queue.put(self._text[self._shown :])
            self._shown = len(self._text)

    def finish(self, stop: Stop, tokens: int | None) -> None:
        """`tokens` None where the server doesn't count: a chunk is a token then, as most servers send them."""
        self._finish(self._text, tokens or self._chunks, stop)
