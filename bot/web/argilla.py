"""Argilla's webhooks in, the review desk pulled at once out. What they say is not read, so nobody has to be believed.

The trainer polls all the same: events get lost, and an address of ours that Argilla can reach is a convenience.
"""

import logging
import threading

from fastapi import FastAPI
from sqlalchemy import Engine

from curation.desk import ReviewDesk
from curation.pulling import pull
from db.edge import kind

log = logging.getLogger("flywheel.bot")
REST = 1.0  # seconds between two pulls, however many events come


class Puller:
    """A thread that pulls when woken; further events while it pulls make it pull once more."""

    def __init__(self, engine: Engine, desk: ReviewDesk) -> None:
        self.engine, self.desk = engine, desk
        self._woken, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="puller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._woken.set()
        self._thread.join(REST)

    def wake(self) -> None:
        """Returns at once."""
        self._woken.set()

    def _run(self) -> None:
        while self._woken.wait() and not self._stop.is_set():
            self._woken.clear()
            try:
                pull(self.engine, self.desk)
            except Exception as error:  # the edge: the trainer's next look brings what this one did not
                log.warning("the desk could not be pulled (%s)", kind(error))
            self._stop.wait(REST)


def listen(web: FastAPI, puller: Puller) -> None:
    """The route Argilla is told of; its `ping` is answered like any event."""

    @web.post("/argilla/events")
    def events() -> dict[str, bool]:
        puller.wake()
        return {"ok": True}
