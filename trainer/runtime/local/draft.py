"""One order in; a stream of text and its result out. The worker writes it, whoever ordered it reads it."""

from db.errors import RuntimeFailure
from trainer.runtime.local.batch import Row
from trainer.runtime.local.model import Model
from trainer.runtime.local.text import Pieces, kept_of_loop
from trainer.runtime.writing import Writing


class Draft(Writing):
    """A draft of the model in this process, a row of the worker's batch."""

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

    def take(self, ends: frozenset[int]) -> bool:
        """Publish what the row's newest token adds; True when the draft is finished."""
        written = self.row.written
        self._wrote()
        if self.row.broken:
            self.fail(RuntimeFailure("The model gave scores that are not numbers. Roll back its adapter."))
        elif written[-1] in ends:
            written.pop()
            self._finish(self._pieces.text, len(written), "end")
        else:
            self._queue.put(self._pieces.add(written[-1]))
            if (kept := kept_of_loop(written)) is not None:
                self._finish(self._pieces.first(kept), len(written), "loop")
            elif len(written) >= self.limit:
                self._finish(self._pieces.text, len(written), "length")
        return self.done.done()
