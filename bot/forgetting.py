"""Rows that say what was forgotten in, nothing of it left outside the database out: files, review cards, canvases.

Whoever forgets, here or at the terminal, only writes rows; what they ask for is done again until it is done.
"""

import logging
import threading

from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.clients import Clients
from bot.standing import TROUBLE, code, impatient, passing
from curation.forget import Forgotten
from curation.house import House
from curation.slack_desk import SlackDesk
from curation.sweep import clear_cards, sweep
from db import withdrawals
from db.artifacts import Artifacts
from db.edge import keep_doing
from db.errors import DeskError
from db.session import transaction
from db.settings import Settings
from db.tables import Canvas

log = logging.getLogger("flywheel.bot")
EVERY = 5.0  # seconds between two looks


class Closing:
    """Deletes canvases of forgotten drafts in Slack, where it lets us; the row goes with the canvas."""

    def __init__(self, engine: Engine, clients: Clients, every: float = EVERY) -> None:
        self.engine, self.clients = engine, clients
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=keep_doing, args=(self.close, self._stop, every, log), name="closing", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(1.0)  # what is left is on the list of the next bot

    def close(self) -> None:
        """One look at all of them. What Slack refuses for good is given up and logged; its troubles are waited out."""
        with transaction(self.engine) as session:
            waiting = withdrawals.canvases_to_close(session)
        for canvas, owner in waiting:
            if self._stop.is_set():
                return
            try:
                impatient(self.clients.of(owner.team_id, owner.enterprise_id)).canvases_delete(
                    canvas_id=canvas.canvas_id
                )
            except TROUBLE as error:
                log.warning("canvas %s could not be deleted (%s)", canvas.canvas_id, code(error))
                if passing(error):
                    continue
            with transaction(self.engine) as session:
                if row := session.get(Canvas, canvas.id):  # else another bot was faster
                    session.delete(row)


def tidy(engine: Engine, house: House, settings: Settings, client: WebClient) -> None:
    """At once, what the trainer's next turn would do: files of datasets and cards in the review channel."""
    sweep(engine, Artifacts(settings.home))
    if settings.review_channel:
        try:
            clear_cards(engine, [SlackDesk(client, settings.review_channel, house)])
        except DeskError as error:
            log.warning("cards of withdrawn texts wait for the next turn: %s", error)


def receipt(gone: Forgotten) -> dict[str, object]:
    """What a person is told of it: counts, and the versions that learnt already."""
    return {**gone.counts, "adapters": ", ".join(gone.adapters), "n": gone.taught}
