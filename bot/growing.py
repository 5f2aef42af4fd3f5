"""What is known of an answer under way in, a sign of life in Slack out: its place in the queue, then the growing text.

It has a thread of its own, so neither the model nor the answer ever waits for it; errors of it never count.
"""

import logging
import threading
import time
from collections.abc import Callable
from copy import copy
from types import TracebackType

from bot.delivery import NOTICE, Answer
from bot.standing import TROUBLE, code, impatient
from bot.streaming import Streamed, whole_words
from bot.text import safe, split
from db.edge import kind
from db.errors import Cancelled

log = logging.getLogger("flywheel.bot")

EVERY = 0.8  # seconds between two signs of one answer; all answers of a team share Slack's pace besides
SAY_AGAIN = 100.0  # seconds; Slack takes a status away after two minutes
CALL = 8.0  # seconds a call that only decorates may take: the answer waits for its end


class Growing:
    """For the length of a `with` block; after it nothing of this is sent any more but the status taken away."""

    def __init__(self, answer: Answer, line: str) -> None:
        self.answer, self.line, self.text = answer, line, ""
        self.client = copy(impatient(answer.client))
        self.client.timeout = int(CALL)
        self._new, self._over, self._acting = threading.Event(), threading.Event(), threading.Lock()
        self._shown, self._said, self._say_at = ("", line), "", 0.0
        self._streamed = Streamed(answer, self.client)
        self._form: Callable[[str, str], bool] | None = None
        self._thread = threading.Thread(target=self._run, name="grow", daemon=True)

    def __enter__(self) -> "Growing":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._new.set()
        with self._acting:  # whatever is on its way arrives before the answer
            pass

    def wait(self, line: str) -> None:
        """Show this line."""
        if line != self.line:
            self.line = line
            self._new.set()

    def show(self, text: str) -> None:
        """Show this text, or a newer one."""
        self.text = text
        self._new.set()

    def _run(self) -> None:
        while True:
            shown = True
            with self._acting:
                if not self._over.is_set():
                    shown = self._act()
            if self._over.wait(EVERY if self._form else 0.0):
                break
            self._new.wait(SAY_AGAIN if shown else EVERY)
            self._new.clear()
        if self._said:
            self._status("")

    def _act(self) -> bool:
        """Whether all there is to show is shown."""
        try:
            return self._show()
        except Cancelled:
            self._over.set()
        except TROUBLE as error:
            log.info("request %s: its growing could not be shown (%s)", self.answer.number, code(error))
        except Exception as error:  # the edge of this thread
            log.warning("request %s: its growing could not be shown (%s)", self.answer.number, kind(error))
        return False

    def _show(self) -> bool:
        text, line = whole_words(self.text), self.line
        if text.strip():
            self._form = self._form or self._chosen()
            return self._form(text, line)
        self._status(line)
        return self._in_place("", line)

    def _chosen(self) -> Callable[[str, str], bool]:
        """How the text grows. What a former try streamed stays as it is until the text comes whole."""
        answer, request = self.answer, self.answer.request
        if answer.parts().get(0) != request.message_ts:
            return self._not_at_all
        begun = request.attempts > 1 or request.team_id in answer.pace.without_streams
        return self._in_place if begun or not request.thread_ts else self._stream

    def _stream(self, text: str, line: str) -> bool:
        try:
            return self._streamed.show(text)
        finally:
            if self._streamed.number < 0:
                self._form = self._in_place

    def _in_place(self, text: str, line: str) -> bool:
        shown, request = split(text)[0], self.answer.request
        if (shown, line) != self._shown:
            shape = {"text": safe(shown or line)[:NOTICE], "blocks": self.answer.waiting(line, shown)}
            place = {"ts": request.message_ts, "metadata": self.answer.metadata(0)}
            if self.answer.may(self.client.chat_update, **place, **shape):
                self._shown = shown, line
        return (shown, line) == self._shown

    def _not_at_all(self, text: str, line: str) -> bool:
        return True

    def _status(self, line: str) -> None:
        """The line Slack itself shows under a thread; most threads have one, and no answer depends on it."""
        request, at = self.answer.request, time.monotonic()
        if not request.thread_ts or self.answer.left.is_set() or (line == self._said and at < self._say_at):
            return
        self._said, self._say_at = line, at + SAY_AGAIN
        try:
            self.client.assistant_threads_setStatus(
                channel_id=request.channel_id, thread_ts=request.thread_ts, status=line
            )
        except TROUBLE as error:
            log.debug("request %s: no status (%s)", self.answer.number, code(error))
