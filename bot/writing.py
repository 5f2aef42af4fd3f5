"""A request in, a stored Draft out: the one path on which drafts are written, for Slack and for the terminal."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from bot.conversation import conversation
from curation.house import House
from db import queries
from db.artifacts import Artifacts
from db.people import LOCAL_TEAM, person
from db.session import transaction
from db.tables import Adapter, Draft, Request
from trainer.runtime import Generation, Order, Runtime, Sampling
from trainer.settings import TrainSettings

FRESH_TEMPERATURE = 0.7  # "write again" should not write the same again
LONGEST = 300.0  # seconds a draft may take


@dataclass(frozen=True)
class Studio:
    """What writing a draft needs."""

    engine: Engine
    runtime: Runtime
    house: House
    artifacts: Artifacts
    training: TrainSettings


@dataclass(frozen=True)
class Plan:
    """All that decides a draft, settled before it is begun."""

    request: Request
    adapter: Adapter | None
    sampling: Sampling

    @property
    def voice(self) -> int | None:
        """The version people see, None for the base model."""
        return self.adapter.version if self.adapter else None


def plan(studio: Studio, request: Request, adapter: Adapter | None) -> Plan:
    """Load the adapter if it isn't, and settle how tokens are drawn. Errors: ArtifactError.

    An adapter of another base model than the one that runs is passed over: the bare base serves until a new one is trained.
    """
    adapter = queries.usable(adapter, studio.runtime.base_model)
    if adapter and adapter.name not in studio.runtime.adapters():
        studio.runtime.load(adapter.name, studio.artifacts.path(adapter.name))
    fresh = request.regenerates is not None
    temperature = max(FRESH_TEMPERATURE, studio.training.temperature) if fresh else studio.training.temperature
    seed = studio.training.seed + (request.id or 0 if fresh else 0)
    return Plan(request, adapter, Sampling(seed, temperature, 0.9 if fresh else 1.0, studio.training.max_tokens))


def write(
    studio: Studio, plan: Plan, grow: Callable[[str], None] = lambda text: None, cancel: Event | None = None
) -> Draft:
    """Write the draft and store it with everything that made it. If another worker stored one first, that one counts.

    Errors: Cancelled, DeadlineExceeded, RuntimeFailure.
    """
    request, adapter = plan.request, plan.adapter
    with transaction(studio.engine) as session:
        prompts = conversation(session, studio.house, request, studio.training.max_length)
    messages = prompts.short if adapter else prompts.long
    order = Order(messages, adapter.name if adapter else None, plan.sampling, LONGEST, cancel or Event())
    stream, text = studio.runtime.stream(order), ""
    for piece in stream:
        text += piece
        grow(text)
    made: Generation = stream.result()
    assert request.id is not None
    row = Draft(
        id=request.id,
        messages=messages,
        short_prompt=prompts.short,
        long_prompt=prompts.long,
        instruction="short" if adapter else "long",
        adapter_id=adapter.id if adapter else None,
        base_model=studio.runtime.base_model,
        runtime=studio.runtime.name,
        sampling=plan.sampling.as_dict(),
        text=made.text,
        stop=made.stop,
        tokens=made.tokens,
        seconds=made.seconds,
        first_token_seconds=made.first_token_seconds,
    )
    try:
        with transaction(studio.engine) as session:
            session.add(row)
        return row
    except IntegrityError:
        with transaction(studio.engine) as session:
            return session.get_one(Draft, request.id)


def draft_now(
    studio: Studio, text: str, *, task: str | None = None, adapter: Adapter | None = None, force_base: bool = False
) -> Draft:
    """A draft for the terminal, on the same path. `adapter` None takes what serves, unless `force_base`."""
    ask = studio.house.ask(text, task=task)
    with transaction(studio.engine) as session:
        who = person(session, LOCAL_TEAM, "terminal", language=ask.language)
        request = Request(
            person_id=who.id or 0,
            key=f"cli:{uuid.uuid4().hex}",
            source="cli",
            task=ask.task,
            language=ask.language,
            text=text,
            fields=ask.fields,
            state="drafting",
        )
        session.add(request)
        session.flush()
        chosen = adapter or (None if force_base else queries.serving(session, ask.task))
    try:
        return write(studio, plan(studio, request, chosen))
    finally:
        with transaction(studio.engine) as session:
            written = session.get(Draft, request.id) is not None
            session.get_one(Request, request.id).state = "done" if written else "failed"
