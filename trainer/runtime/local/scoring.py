"""Given answers in, mean log-likelihoods out, in portions small enough that drafts under way hardly wait."""

from collections.abc import Sequence
from concurrent.futures import Future

from db.errors import RuntimeFailure
from trainer.runtime import Completion
from trainer.runtime.local.adapters import Adapters
from trainer.runtime.local.batch import likelihoods
from trainer.runtime.local.model import Model

PORTION_TOKENS = 4096  # padding included
PORTION_SCORES = 1 << 26  # tokens x vocabulary: 256 MB in 32 bits


class Scoring:
    """One call of `score` on its way through the worker thread."""

    def __init__(self, completions: Sequence[Completion], adapter: str | None) -> None:
        self.done: Future[list[float]] = Future()
        self._completions, self._adapter = completions, adapter
        self._texts: list[tuple[list[int], list[int]]] | None = None
        self._left: list[int] = []  # indices, longest text last
        self._values = [0.0] * len(completions)

    def advance(self, model: Model, adapters: Adapters) -> None:
        """Score one portion. Errors: RuntimeFailure, and the model's own."""
        if self._texts is None:
            self._texts = [self._fitting(model, completion) for completion in self._completions]
            self._left = sorted(range(len(self._texts)), key=self._length)
        portion: list[int] = []
        widest = min(PORTION_TOKENS, PORTION_SCORES // model.vocabulary)
        while self._left and (not portion or (len(portion) + 1) * self._length(portion[0]) <= widest):
            portion.append(self._left.pop())
        if portion:
            texts = [self._texts[i] for i in portion]
            for i, value in zip(portion, likelihoods(model, adapters, self._adapter, texts), strict=True):
                self._values[i] = value
        if not self._left:
            self.done.set_result(self._values)

    def fail(self, error: RuntimeFailure) -> None:
        """End it with an error, unless it has ended."""
        if not self.done.done():
            self.done.set_exception(error)

    def _length(self, index: int) -> int:
        assert self._texts is not None
        prompt, answer = self._texts[index]
        return len(prompt) + len(answer)

    @staticmethod
    def _fitting(model: Model, completion: Completion) -> tuple[list[int], list[int]]:
        """An answer that runs over the model's context is scored as far as it fits, as training cuts it."""
        prompt, answer = model.answered(completion.messages, completion.text)
        answer = answer[: max(0, model.context - len(prompt))]
        if not prompt or not answer:
            raise RuntimeFailure(
                f"A text to be scored has a prompt of {len(prompt)} tokens; the base model takes {model.context}."
            )
        return prompt, answer
