"""The thread that tells: what nobody was told yet in, one message each out."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session

from bot.clients import Clients
from bot.intake import new_event
from bot.news import operators, people
from bot.news.piece import Piece
from bot.standing import TROUBLE, code, impatient, passing, standing
from curation.house import House
from curation.lease import alone
from db.edge import keep_doing
from db.session import transaction
from db.settings import Settings
from db.tables import Event

log = logging.getLogger("flywheel.bot")
EVERY = 2.0  # seconds between two looks
LEASE = 90.0  # seconds; longer than looking for one message and sending it take
LEAVE = 2.0  # seconds for the message under way when the bot stops
REST = 60.0  # seconds a channel that refuses news is left alone


class Herald:
    """Tells people what became of their edits, and operators what became of trainings."""

    def __init__(
        self,
        engine: Engine,
        clients: Clients,
        settings: Settings,
        house: House,
        refresh: Callable[[WebClient, int], None] = lambda client, person_id: None,  # brings an App Home up to date
    ) -> None:
        self.engine, self.clients, self.settings, self.house, self.refresh = engine, clients, settings, house, refresh
        self._refused: dict[str, float] = {}  # channels that wait, until when (monotonic seconds)
        self._away: set[str] = set()  # workspaces that were not reached in this round
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=keep_doing, args=(self.tell, self._stop, EVERY, log), name="news", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends with the message under way; one that Slack does not take is left to the next bot."""
        self._stop.set()
        self._thread.join(LEAVE)

    def tell(self) -> int:
        """Send what nobody was told yet; returns how many pieces that were."""
        with transaction(self.engine) as session:
            waiting = [piece for piece in self._pieces(session) if self._heard(piece)]
        done = 0
        self._away.clear()
        if waiting:
            with alone(self.engine, "telling", LEASE) as renewed:  # two bots that tell together would tell twice
                for piece in waiting:
                    if self._stop.is_set() or not renewed():
                        break
                    done += piece.team_id not in self._away and self._tell(piece)
        return done

    def _pieces(self, session: Session) -> Iterator[Piece]:
        yield from people.news(session, self.house)
        if self.settings.admin_channel:
            yield from operators.news(session, self.settings.admin_channel)

    def _heard(self, piece: Piece) -> bool:
        return not piece.waits or time.monotonic() >= self._refused.get(piece.channel, 0.0)

    def _tell(self, piece: Piece) -> bool:
        """Noted after it was sent: whoever was killed in between is followed by one who finds the message there.

        False if it waits: its workspace is away, or its channel refuses it. What else Slack refuses for good is noted as
        told, and logged.
        """
        with transaction(self.engine) as session:
            if session.get(Event, piece.key):
                return True
        try:
            there = standing(self._client(piece), "news", piece.channel, piece.thread_ts, piece.since)
            if not any(payload.get("key") == piece.key for payload, _ in there):
                self._send(piece)
        except TROUBLE as error:
            log.warning("%s could not be told (%s)", piece.key, code(error))
            if passing(error):
                self._away.add(piece.team_id)
                return False
            if piece.waits:
                self._refused[piece.channel] = time.monotonic() + REST
                self._away.add(piece.team_id)
                return False
        with transaction(self.engine) as session:
            new_event(session, piece.key)
        if piece.person_id:
            self._refresh(piece)
        return True

    def _refresh(self, piece: Piece) -> None:
        """Decoration: whoever opens the page sees it as it is anyway."""
        try:
            self.refresh(self._client(piece), piece.person_id)
        except TROUBLE as error:
            log.info("the home of person %s was not brought up to date (%s)", piece.person_id, code(error))

    def _client(self, piece: Piece) -> WebClient:
        return impatient(self.clients.of(piece.team_id))

    def _send(self, piece: Piece) -> None:
        self._client(piece).chat_postMessage(
            channel=piece.channel,
            thread_ts=piece.thread_ts or None,
            text=piece.text,
            blocks=piece.shown,
            metadata={"event_type": "news", "event_payload": {"key": piece.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
