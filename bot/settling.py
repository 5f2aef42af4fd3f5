"""A claimed request in, its end out: answered, stopped, failed, or put off for whoever comes next; Slack and the row agree."""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clients import Clients
from bot.delivery import Answer
from bot.folding import fold, grey_line
from bot.growing import Growing
from bot.messages import say
from bot.pace import Pace, Seats
from bot.standing import TROUBLE, code, passing
from bot.writing import Studio, plan, write
from db import claims, queries
from db.errors import Cancelled, FlywheelError, RuntimeAway, RuntimeFailure
from db.session import transaction
from db.tables import Draft, Request, now

log = logging.getLogger("flywheel.bot")

LOOK = 0.25  # seconds between two looks at whether it was stopped
POSITION = 5.0  # seconds between two looks at one's place in the queue
OUTAGE = timedelta(seconds=5)  # between two tries while Slack is away
PATIENCE = timedelta(days=1)  # of outages; then a request has failed
STOPPED = "stopped by a person"


@dataclass(eq=False)
class Held:
    """A request this process works on."""

    request: Request
    cancel: threading.Event = field(default_factory=threading.Event)  # write no further
    left: threading.Event = field(default_factory=threading.Event)  # send nothing any more
    text: str = ""  # written so far
    looked: float = field(default_factory=time.monotonic)  # at its place in the queue

    def check(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("The draft was stopped.")


@dataclass(frozen=True)
class Writer:
    """Brings claimed requests to their end, in as many threads as there are requests."""

    studio: Studio
    clients: Clients
    lease: float
    seats: Seats
    pace: Pace = field(default_factory=Pace)

    def keep(self, request: Request) -> bool:
        """A longer lease; False if it was lost, or the request was stopped."""
        with transaction(self.studio.engine) as session:
            return claims.extend(session, request, self.lease)

    def settle(self, held: Held) -> None:
        """Bring it to its end, or leave the row as it has to be found by whoever comes next."""
        request = held.request
        try:
            client = self.clients.of(request.team_id)
        except FlywheelError as error:  # its workspace's token can't be read: an operator has to correct the key
            self.put_off(request, str(error))
            return
        answer = Answer(client, self.studio.engine, request, self.pace, held.left)
        try:
            try:
                self._tell_stopped(held, answer) if request.state == "cancelled" else self._deliver(held, answer)
            except Cancelled:
                raise
            except TROUBLE as error:
                if passing(error):
                    self.put_off(request, f"Slack answers {code(error)}")
                else:
                    self._fail(answer, f"Slack answers {code(error)}")
            except RuntimeAway as error:
                self.put_off(request, str(error))
            except FlywheelError as error:
                self._fail(answer, str(error))
        except Cancelled:
            self._leave(held, answer)

    def _deliver(self, held: Held, answer: Answer) -> None:
        request = held.request
        with transaction(self.studio.engine) as session:
            draft = session.get(Draft, request.id)
        if draft is None and request.attempts >= claims.REQUEST_TRIES:  # the last try only tells the person
            raise RuntimeFailure(f"It was begun {request.attempts - 1} times and never finished. Ask again.")
        held.check()
        line = self._place_in_queue(request)
        answer.place(line)
        draft = draft or self._write(held, answer, line)
        if not self.keep(request):
            raise Cancelled("Somebody took it over and delivers, or pressed stop.")
        answer.finish(draft, grey_line(self.studio.engine, self.studio.house, request, draft))
        try:
            fold(answer)
        except TROUBLE as error:
            log.warning("request %s: the version before it stays open (%s)", request.id, code(error))
        self._close(request, "done")

    def _write(self, held: Held, answer: Answer, line: str) -> Draft:
        """As soon as the model has a free seat; the person sees how far it is."""
        request, engine = held.request, self.studio.engine
        with Growing(answer, line) as growing:

            def grow(text: str) -> None:
                held.text = text
                growing.show(text)

            with self.seats.seat(answer.number, lambda: self._wait(held, growing), LOOK):
                held.check()
                growing.wait(say(request.language, "writing"))
                with transaction(engine) as session:
                    serving = queries.serving(session, request.task)
                return write(self.studio, plan(self.studio, request, serving), grow, held.cancel)

    def _wait(self, held: Held, growing: Growing) -> None:
        held.check()
        if time.monotonic() > held.looked + POSITION:
            held.looked = time.monotonic()
            growing.wait(self._place_in_queue(held.request))

    def _place_in_queue(self, request: Request) -> str:
        with transaction(self.studio.engine) as session:
            ahead = claims.queue_ahead(session, request)
        return say(request.language, "writing_behind", n=ahead) if ahead else say(request.language, "writing")

    def _tell_stopped(self, held: Held, answer: Answer) -> None:
        with transaction(self.studio.engine) as session:
            draft = session.get(Draft, held.request.id)
        answer.stop(draft.text if draft else held.text)
        self._close(held.request, "cancelled", STOPPED)

    def _fail(self, answer: Answer, reason: str) -> None:
        """Told first, then closed: whoever is killed in between tells it again in the same message."""
        request = answer.request
        log.warning("request %s failed: %s", request.id, reason)
        if request.state == "cancelled":
            self._close(request, "cancelled", reason)
            return
        try:
            answer.fail(reason)
        except TROUBLE as error:
            if passing(error):
                self.put_off(request, f"Slack answers {code(error)}")
                return
            log.warning("request %s: its failure could not be told (%s)", request.id, code(error))
        self._close(request, "failed", reason)

    def _close(self, request: Request, state: str, error: str | None = None) -> None:
        """Its end. Errors: Cancelled if it was stopped meanwhile, for then it has another."""
        with transaction(self.studio.engine) as session:
            row = claims.still_held(session, request)
            if row and row.state != request.state:
                raise Cancelled("The draft was stopped.")
            if row:
                row.state, row.error = state, error

    def put_off(self, request: Request, reason: str) -> None:
        """Slack or the model is away: the request waits, and uses up no try. It counts as begun: the next one looks first."""
        log.warning("request %s: %s; tried again in %s", request.id, reason, OUTAGE)
        with transaction(self.studio.engine) as session:
            row = claims.still_held(session, request)
            if row and now() - row.created_at > PATIENCE:
                row.state, row.error = "failed", reason
            elif row:
                row.claimed_by, row.claimed_until, row.attempts = None, now() + OUTAGE, 1

    def _leave(self, held: Held, answer: Answer) -> None:
        """It was stopped, or we are leaving: then the next bot begins at once, and this try does not count."""
        request = held.request
        with transaction(self.studio.engine) as session:
            row = claims.still_held(session, request)
            stopped = row is not None and row.state == "cancelled"
            if row and not stopped:
                row.state, row.claimed_by, row.claimed_until = "queued", None, None
                row.attempts -= 0 if answer.stray else 1
        if stopped and request.state != "cancelled":
            request.state = "cancelled"  # so that the lease is kept until it is told
            self.settle(held)
        elif row is None and not held.left.is_set():
            self._mend(request)

    def _mend(self, request: Request) -> None:
        """We stood still and lost it: something late of ours may stand over its end."""
        with transaction(self.studio.engine) as session:
            row, draft = session.get_one(Request, request.id), session.get(Draft, request.id)
        answer = Answer(self.clients.of(row.team_id), self.studio.engine, row, self.pace)
        if row.state == "done" and draft:
            answer.finish(draft, grey_line(self.studio.engine, self.studio.house, row, draft))
        elif row.state == "failed":
            answer.fail(row.error or "")
        elif row.state == "cancelled" and row.error:
            answer.stop("")
