"""Queued requests in, answered threads out: the worker claims rows, writes, delivers, and may be killed at any moment."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.delivery import Answer
from bot.messages import say
from bot.writing import Studio, plan, write
from db import queries
from db.errors import Cancelled, FlywheelError
from db.session import transaction
from db.tables import Draft, Request, now

log = logging.getLogger("flywheel.bot")

AT_ONCE = 8  # drafts under way in one process
LEASE = 30.0  # seconds; the requests of a killed bot are taken over after this
LOOK = 0.25  # seconds between two looks at the queue
BEATS = 10.0  # seconds between two renewals of the leases held


@dataclass
class Held:
    """A request this process works on."""

    request: Request
    cancel: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Writes drafts until stopped; several processes may run one each on the same database."""

    def __init__(self, studio: Studio, client: WebClient, name: str) -> None:
        self.studio, self.client, self.name = studio, client, name
        self._stop = threading.Event()
        self._held: dict[int, Held] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="draft")
        self._threads = [
            threading.Thread(target=run, name=run.__name__, daemon=True) for run in (self._take, self._beat)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take nothing new, give back what is open, end."""
        self._stop.set()
        for held in list(self._held.values()):
            held.cancel.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown(wait=True)

    def _take(self) -> None:
        while not self._stop.is_set():
            request = self._claim() if len(self._held) < AT_ONCE else None
            if request is None or request.id is None:
                self._stop.wait(LOOK)
                continue
            self._held[request.id] = held = Held(request)
            self._pool.submit(self._answer, held)

    def _claim(self) -> Request | None:
        with transaction(self.studio.engine) as session:
            return queries.claim_request(session, self.name, LEASE)

    def _beat(self) -> None:
        """Keep the leases; whoever lost one stops writing."""
        while not self._stop.wait(BEATS):
            for held in list(self._held.values()):
                with transaction(self.studio.engine) as session:
                    if not queries.extend(session, held.request, LEASE):
                        held.cancel.set()

    def _answer(self, held: Held) -> None:
        request = held.request
        assert request.id is not None
        try:
            self._deliver(held)
            self._close(request, "done")
        except Cancelled:
            self._give_back(request, lost=not self._stop.is_set())
        except (SlackApiError, SlackClientError, OSError) as error:
            reason = error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("request %s: Slack answers %s; tried again after the lease", request.id, reason)
            if request.attempts >= queries.REQUEST_TRIES:
                self._close(request, "failed", f"Slack answers {reason}")
        except FlywheelError as error:
            self._fail(request, str(error))
        finally:
            self._held.pop(request.id, None)

    def _deliver(self, held: Held) -> None:
        request = held.request
        with transaction(self.studio.engine) as session:
            draft = session.get(Draft, request.id)
            serving = queries.serving(session, request.task)
            ahead = queries.queue_ahead(session, request)
        answer = Answer(self.client, self.studio.engine, request)
        waiting = say(request.language, "writing_behind", n=ahead) if ahead else say(request.language, "writing")
        answer.place(waiting)
        if draft is None:
            made = plan(self.studio, request, serving)
            draft = write(self.studio, made, lambda text: answer.grow(text, waiting), held.cancel)
        answer.finish(draft, self._line(request, draft))

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
        log.warning("request %s failed: %s", request.id, reason)
        self._close(request, "failed", reason)
        try:
            Answer(self.client, self.studio.engine, request).fail(reason)
        except (SlackApiError, SlackClientError, OSError):
            log.warning("request %s: its failure could not be told", request.id)

    def _close(self, request: Request, state: str, error: str | None = None) -> None:
        with transaction(self.studio.engine) as session:
            row = session.get_one(Request, request.id)
            row.state, row.error = state, error

    def _give_back(self, request: Request, lost: bool) -> None:
        """We are leaving: the next bot may begin at once, and this attempt does not count as a failure."""
        if lost:
            return
        with transaction(self.studio.engine) as session:
            row = session.get_one(Request, request.id)
            if row.claimed_by == self.name and row.state == "drafting":
                row.claimed_until = now() - timedelta(seconds=1)
