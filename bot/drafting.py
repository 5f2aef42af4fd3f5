"""Queued requests in, answered threads out: the worker claims rows, writes, delivers, and may be killed at any moment."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import Session

from bot.clients import Clients
from bot.delivery import Answer
from bot.messages import say
from bot.standing import TROUBLE, code, passing
from bot.writing import Studio, plan, write
from db import queries
from db.edge import keep_doing, kind
from db.errors import Cancelled, FlywheelError, RuntimeFailure
from db.session import transaction
from db.tables import Draft, Request, now

log = logging.getLogger("flywheel.bot")

AT_ONCE = 8  # drafts under way in one process
LEASE = 20.0  # seconds; the requests of a killed bot are taken over after this
LOOK = 0.25  # seconds between two looks at the queue
OUTAGE = timedelta(seconds=5)  # between two tries while Slack is away
PATIENCE = timedelta(days=1)  # of outages; then a request has failed


@dataclass(eq=False)
class Held:
    """A request this process works on."""

    request: Request
    cancel: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Writes drafts until stopped; several processes may run one each on the same database."""

    def __init__(self, studio: Studio, clients: Clients, name: str, lease: float = LEASE) -> None:
        self.studio, self.clients, self.name, self.lease = studio, clients, name, lease
        self._stop, self._idle = threading.Event(), threading.Event()
        self._held: set[Held] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="draft")
        taking, beating = (self._take, self._stop, LOOK, log), (self._beat, self._idle, lease / 4, log)
        self._taking = threading.Thread(target=keep_doing, args=taking, name="take", daemon=True)
        self._beating = threading.Thread(target=keep_doing, args=beating, name="beat", daemon=True)

    def start(self) -> None:
        self._taking.start()
        self._beating.start()

    def stop(self) -> None:
        """Take nothing new, give back what is being written, deliver what is written, end."""
        self._stop.set()
        self._taking.join()
        for held in list(self._held):
            held.cancel.set()
        self._pool.shutdown(wait=True)
        self._idle.set()  # leases are kept until the last delivery is through
        self._beating.join()

    def _take(self) -> bool:
        """Claim one request, if there is one and a hand is free."""
        if len(self._held) >= AT_ONCE:
            return False
        with transaction(self.studio.engine) as session:
            request = queries.claim_request(session, self.name, self.lease)
        if request is None:
            return False
        held = Held(request)
        self._held.add(held)
        self._pool.submit(self._answer, held)
        return True

    def _beat(self) -> None:
        """Keep the leases; whoever lost one stops writing."""
        for held in list(self._held):
            if not self._keep(held.request):
                held.cancel.set()

    def _keep(self, request: Request) -> bool:
        with transaction(self.studio.engine) as session:
            return queries.extend(session, request, self.lease)

    def _answer(self, held: Held) -> None:
        request = held.request
        try:
            self._settle(held)
        except Exception as error:  # the edge: what is not settled is tried again, here or by another bot
            log.error("request %s: %s; tried again after the lease", request.id, kind(error))
        finally:
            self._held.discard(held)

    def _settle(self, held: Held) -> None:
        """Deliver, or leave the row as it has to be found by whoever comes next."""
        request = held.request
        try:
            self._deliver(held)
            self._close(request, "done")
        except Cancelled:
            self._give_back(request)
        except TROUBLE as error:
            if passing(error):
                self._put_off(request, code(error))
            else:
                self._fail(request, f"Slack answers {code(error)}")
        except FlywheelError as error:
            self._fail(request, str(error))

    def _deliver(self, held: Held) -> None:
        request = held.request
        with transaction(self.studio.engine) as session:
            draft = session.get(Draft, request.id)
            serving = queries.serving(session, request.task)
            ahead = queries.queue_ahead(session, request)
        if draft is None and request.attempts >= queries.REQUEST_TRIES:  # the last try only tells the person
            raise RuntimeFailure(f"It was begun {request.attempts - 1} times and never finished. Ask again.")
        answer = self._answer_of(request)
        waiting = say(request.language, "writing_behind", n=ahead) if ahead else say(request.language, "writing")
        answer.place(waiting)
        if draft is None:
            made = plan(self.studio, request, serving)
            draft = write(self.studio, made, lambda text: answer.grow(text, waiting), held.cancel)
        if not self._keep(request):  # somebody took it over and delivers
            raise Cancelled("The request has another owner.")
        answer.finish(draft, self._line(request, draft))

    def _answer_of(self, request: Request) -> Answer:
        return Answer(self.clients.of(request.team_id), self.studio.engine, request)

    def _line(self, request: Request, draft: Draft) -> str:
        """The grey line: task, voice, number; with the toy model a word about it."""
        language = request.language
        with transaction(self.studio.engine) as session:
            version = queries.adapter_version(session, draft.adapter_id)
        voice = say(language, "our_voice", version=version) if version else say(language, "base_model")
        parts = [
            self.studio.house.tasks[request.task].name[language],
            voice,
            say(language, "draft_number", id=draft.id),
        ]
        if draft.base_model == "tiny":
            parts.append(say(language, "toy"))
        return " · ".join(parts)

    def _fail(self, request: Request, reason: str) -> None:
        """Told first, then closed: whoever is killed in between tells it again in the same message."""
        log.warning("request %s failed: %s", request.id, reason)
        try:
            self._answer_of(request).fail(reason)
        except TROUBLE as error:
            if passing(error):
                self._put_off(request, code(error))
                return
            log.warning("request %s: its failure could not be told (%s)", request.id, code(error))
        self._close(request, "failed", reason)

    def _close(self, request: Request, state: str, error: str | None = None) -> None:
        with transaction(self.studio.engine) as session:
            if row := self._ours(session, request):
                row.state, row.error = state, error

    def _put_off(self, request: Request, reason: str) -> None:
        """Slack is away: the request waits, and uses up no try. It counts as begun: the next one looks before it posts."""
        log.warning("request %s: Slack answers %s; tried again in %s", request.id, reason, OUTAGE)
        with transaction(self.studio.engine) as session:
            row = self._ours(session, request)
            if row and now() - row.created_at > PATIENCE:
                row.state, row.error = "failed", f"Slack answers {reason}"
            elif row:
                row.claimed_by, row.claimed_until, row.attempts = None, now() + OUTAGE, 1

    def _give_back(self, request: Request) -> None:
        """We are leaving: the next bot begins at once, and this try does not count."""
        with transaction(self.studio.engine) as session:
            if row := self._ours(session, request):
                row.state, row.claimed_by, row.claimed_until = "queued", None, None
                row.attempts -= 1
                return
            row, draft = session.get_one(Request, request.id), session.get(Draft, request.id)
        if draft and row.state == "done":  # we stood still and lost it: a late update of ours may stand over the answer
            self._answer_of(row).finish(draft, self._line(row, draft))

    def _ours(self, session: Session, request: Request) -> Request | None:
        """The row, unless another worker took it over meanwhile."""
        row = session.get_one(Request, request.id, with_for_update=True)
        return row if row.claimed_by == self.name and row.attempts == request.attempts else None
