"""Queued requests in, answered threads out: the worker claims rows, holds them, and may be killed at any moment."""

import logging
import threading
import time

from sqlmodel import col, select

from bot.clients import Clients
from bot.pace import Seats
from bot.settling import Held, Writer
from bot.writing import Studio
from db import claims
from db.edge import keep_doing, kind
from db.session import transaction
from db.tables import Request

log = logging.getLogger("flywheel.bot")

HOLD = 32  # requests one process has in hand: each has its message in Slack
AT_ONCE = 8  # of them under way at the model
LEASE = 20.0  # seconds; the requests of a killed bot are taken over after this
LOOK = 0.25  # seconds between two looks at the queue, and at who pressed stop
LEAVE = 3.0  # seconds for what is under way when the bot stops; Slack may take thirty for a single call


class Worker:
    """Writes drafts until stopped; several processes may run one each on the same database."""

    def __init__(self, studio: Studio, clients: Clients, name: str, lease: float = LEASE) -> None:
        self.engine, self.name, self.lease = studio.engine, name, lease
        self.writer = Writer(studio, clients, lease, Seats(AT_ONCE))
        self._stop, self._idle = threading.Event(), threading.Event()
        self._held: dict[Held, threading.Thread] = {}
        taking, beating = (self._take, self._stop, LOOK, log), (self._beat, self._idle, lease / 4, log)
        self._taking = threading.Thread(target=keep_doing, args=taking, name="take", daemon=True)
        self._beating = threading.Thread(target=keep_doing, args=beating, name="beat", daemon=True)

    def start(self) -> None:
        self._taking.start()
        self._beating.start()

    def stop(self) -> None:
        """Take nothing new, give back what is being written, deliver what is written, end within seconds."""
        self._stop.set()
        self._taking.join()
        end, under_way = time.monotonic() + LEAVE, dict(self._held)
        for held in under_way:
            held.cancel.set()
        for thread in under_way.values():
            thread.join(max(0.0, end - time.monotonic()))
        for held in list(self._held):  # Slack has not answered yet, nor may it: another bot goes on with it
            held.left.set()
            self.writer.put_off(held.request, "Slack answers nothing")
        self._idle.set()  # leases are kept until the last delivery is through
        self._beating.join()

    def _take(self) -> bool:
        """Claim one request, if there is one and a hand is free."""
        self._heed()
        if len(self._held) >= HOLD:
            return False
        with transaction(self.engine) as session:
            request = claims.claim_request(session, self.name, self.lease)
            request = request or claims.claim_stopped(session, self.name, self.lease)
        if request is None:
            return False
        held = Held(request)
        # Not of a pool: the interpreter waits for a pool's threads when it ends.
        self._held[held] = threading.Thread(target=self._answer, args=(held,), name="draft", daemon=True)
        self._held[held].start()
        return True

    def _heed(self) -> None:
        """Whoever pressed stop does not wait for the lease to tell."""
        held = {one.request.id: one for one in list(self._held) if not one.cancel.is_set()}
        if held:
            with transaction(self.engine) as session:
                stopped = select(Request.id).where(col(Request.id).in_(held), Request.state == "cancelled")
                for number in session.exec(stopped):
                    held[number].cancel.set()

    def _beat(self) -> None:
        """Keep the leases; whoever lost one stops writing."""
        for held in list(self._held):
            if not self.writer.keep(held.request):
                held.cancel.set()

    def _answer(self, held: Held) -> None:
        request = held.request
        try:
            self.writer.settle(held)
        except Exception as error:  # the edge: what is not settled is tried again, here or by another bot
            log.error("request %s: %s; tried again after the lease", request.id, kind(error))
        finally:
            self._held.pop(held, None)
