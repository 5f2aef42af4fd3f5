"""Drafts and scorings of any thread in, all of them finished; the one thread that touches the model.

Between any two tokens new drafts join the batch and finished or unwanted ones leave.
"""

import time
from collections.abc import Sequence
from threading import Condition, Thread

from db.errors import RuntimeFailure
from trainer.runtime.local.adapters import Adapters
from trainer.runtime.local.batch import Batch
from trainer.runtime.local.draft import Draft
from trainer.runtime.local.model import Model, sentence
from trainer.runtime.local.scoring import Scoring

ROWS = 16  # drafts written at once
PROMPT_TOKENS = 4096  # read at once, padding included, so that drafts under way don't stall
CACHE_TOKENS = 32768  # rows x longest possible row: what the key-value cache may hold


class Worker:
    """Writes and scores until closed. Whatever a library raises goes to those who wait for it; the thread lives on."""

    def __init__(self, model: Model, adapters: Adapters) -> None:
        self.bell = Condition()  # guards what other threads touch; rung when any of it changes
        self._closed = ""  # why nothing more is taken
        self._inbox: list[Draft] = []
        self._scorings: list[Scoring] = []
        self._model, self._adapters = model, adapters  # the thread's own, as is what follows
        self._batch = Batch(model, adapters)
        self._waiting: list[Draft] = []
        self._writing: list[Draft] = []
        self._score_after = 0.0
        self._thread = Thread(target=self._run, name="drafting", daemon=True)
        self._thread.start()

    # ---- for any thread

    def take(self, work: Draft | Scoring) -> None:
        """Errors: RuntimeFailure when closed."""
        with self.bell:
            self.refuse_if_closed()
            if isinstance(work, Draft):
                self._inbox.append(work)
            else:
                self._scorings.append(work)
            self.bell.notify_all()

    def refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeFailure(self._closed)

    def close(self) -> None:
        """End what runs with an error, and the thread; returns when nobody waits any more."""
        with self.bell:
            self._closed = self._closed or "The runtime was closed. Start it again to draft."
            self.bell.notify_all()
        self._thread.join()

    # ---- the thread

    def _run(self) -> None:
        try:
            while self._listen():
                try:
                    self._go_on()
                except Exception as error:  # the batch can't be trusted any more; the next order finds an empty one
                    self._batch.clear()
                    self._fail([*self._waiting, *self._writing], failure(error))
                    self._waiting, self._writing = [], []
        finally:  # whatever happened, nobody is left waiting
            with self.bell:
                self._closed = self._closed or "The drafting worker has ended. Restart the process."
            self._batch.clear()
            self._fail([*self._inbox, *self._waiting, *self._writing, *self._scorings], RuntimeFailure(self._closed))

    @staticmethod
    def _fail(work: Sequence[Draft | Scoring], error: RuntimeFailure) -> None:
        for one in work:
            one.fail(error)

    def _listen(self) -> bool:
        """Take what came in, sleeping while there is nothing to do; False when closed."""
        with self.bell:
            while not (self._closed or self._inbox or self._waiting or self._writing or self._scorings):
                self.bell.wait()
            if self._closed:
                return False
            arrived, self._inbox = self._inbox, []
            self._waiting += arrived
        for draft in arrived:
            try:
                draft.begin(self._model)
            except Exception as error:  # carried to whoever ordered it
                self._waiting.remove(draft)
                draft.fail(failure(error))
        return True

    def _go_on(self) -> None:
        """One more token for every draft, one portion of scoring."""
        self._send_away()
        self._let_in()
        if self._writing:
            self._batch.step()
            self._publish(self._writing)
        self._score_on()

    def _send_away(self) -> None:
        for drafts in (self._waiting, self._writing):
            for draft in list(drafts):
                if reason := draft.unwanted():
                    drafts.remove(draft)
                    draft.fail(reason)
                    self._batch.leave([draft.row])

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
            except Exception as error:  # the others go on as before
                self._fail(newcomers, failure(error))
            else:
                self._writing += newcomers
                self._publish(newcomers)

    def _publish(self, drafts: Sequence[Draft]) -> None:
        """Give out what their newest tokens add; finished drafts leave."""
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
            scoring.advance(self._model, self._adapters)
        except Exception as error:  # carried to whoever asked
            scoring.fail(failure(error))
        self._score_after = 2 * time.monotonic() - began
        if scoring.done.done():
            with self.bell:
                self._scorings.remove(scoring)


def failure(error: Exception) -> RuntimeFailure:
    """What people are told when the model could not go on."""
    if isinstance(error, RuntimeFailure):
        return error
    reason = "it ran out of memory" if "out of memory" in str(error) else sentence(error)
    made = RuntimeFailure(f"The model could not go on ({reason}). Try again; `flywheel doctor` checks the set-up.")
    made.__cause__ = error
    return made
