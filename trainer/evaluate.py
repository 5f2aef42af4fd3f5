"""An adapter and its held-out examples in, an Evaluation out: champion and challenger as people would be served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation.checks import Text, score
from curation.house import House
from db import queries, withdrawals
from db.artifacts import Artifacts
from db.errors import RuntimeFailure
from db.session import transaction
from db.tables import Adapter, DatasetItem, Evaluation, Example, Message, Run
from trainer.promote import Policy, decide
from trainer.runtime import Completion, Order, Progress, Runtime, Sampling, Stream
from trainer.scores import chrf, repetition, summarise

PATIENCE = 24 * 3600.0  # seconds a draft may take: all are asked for at once, and nobody waits for them


@dataclass(frozen=True)
class Side:
    """How one contender answers one example: its prompt and its adapter (None: the bare base model)."""

    prompt: Sequence[Message]
    adapter: str | None


@dataclass(frozen=True)
class Duel:
    """What is compared: held-out examples, and the adapter that serves each task now."""

    adapter: Adapter
    dataset_id: int
    examples: list[Example]
    champions: dict[str, Adapter | None]

    def sides(self, example: Example) -> tuple[Side, Side]:
        """Champion and challenger for an example, each with the prompt it is really served with."""
        champion = self.champions[example.task]
        prompt = example.short_prompt if champion else example.long_prompt
        return Side(prompt, champion.name if champion else None), Side(example.short_prompt, self.adapter.name)


@dataclass(frozen=True)
class Summarised:
    summary: Mapping[str, Any]


def evaluate(
    engine: Engine,
    runtime: Runtime,
    artifacts: Artifacts,
    house: House,
    adapter_id: int,
    policy: Policy,
    sampling: Sampling,
    on_progress: Progress = lambda done, total: None,
) -> Evaluation:
    """Compare an adapter with what serves now and store the verdict. A failure in the middle stores nothing.

    Errors: RuntimeFailure, ArtifactError.
    """
    with transaction(engine) as session:
        duel = _duel(session, adapter_id, list(house.tasks))
    served: dict[str, int | None] = {task: row.id if row else None for task, row in duel.champions.items()}
    if queries.usable(duel.adapter, runtime.base_model) is None:
        raise RuntimeFailure(
            f"v{duel.adapter.version} belongs to the base model {duel.adapter.base_model}, but {runtime.base_model} is "
            "running. Set FLYWHEEL_BASE_MODEL back, or train again."
        )
    duel = replace(duel, champions={t: queries.usable(row, runtime.base_model) for t, row in duel.champions.items()})
    for one in (duel.adapter, *duel.champions.values()):
        if one:
            artifacts.verify(one.name)
            runtime.load(one.name, artifacts.path(one.name))
    items = _items(duel, runtime, house, sampling, on_progress)
    summary = summarise(items, policy.confidence, sampling.seed)
    summary["champions"] = served  # as promoted: promote() compares with what is promoted then
    verdict = decide(Summarised(summary), policy)
    ids = set(served.values())
    made = Evaluation(
        adapter_id=adapter_id,
        champion_id=ids.pop() if len(ids) == 1 else None,
        dataset_id=duel.dataset_id,
        items=items,
        summary=summary,
        verdict=verdict.as_dict(),
    )
    return _stored(engine, made)


def _duel(session: Session, adapter_id: int, tasks: list[str]) -> Duel:
    adapter = session.get_one(Adapter, adapter_id)
    dataset_id = session.get_one(Run, adapter.run_id).dataset_id
    joined = select(Example).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
    wanted = joined.where(DatasetItem.dataset_id == dataset_id, Example.split == "heldout", ~withdrawals.withdrawn())
    wanted = wanted.order_by(col(Example.id))
    return Duel(
        adapter, dataset_id, list(session.exec(wanted)), {task: queries.serving(session, task) for task in tasks}
    )


def _items(
    duel: Duel, runtime: Runtime, house: House, sampling: Sampling, on_progress: Progress
) -> list[dict[str, Any]]:
    """One record an example. Everything is asked for at once, so that it batches; a failure calls the rest off."""
    pairs = [(e, side) for e in duel.examples for side in duel.sides(e)]
    cancel = Event()
    try:
        orders = [Order(side.prompt, side.adapter, sampling, PATIENCE, cancel) for _, side in pairs]
        sides = _sides(pairs, [runtime.stream(order) for order in orders], runtime, house, on_progress)
    finally:
        cancel.set()
    return [
        {
            "example": e.id,
            "task": e.task,
            "language": e.language,
            "origin": e.origin,
            "champion": sides[2 * i],
            "challenger": sides[2 * i + 1],
        }
        for i, e in enumerate(duel.examples)
    ]


def _sides(
    pairs: list[tuple[Example, Side]], streams: list[Stream], runtime: Runtime, house: House, on_progress: Progress
) -> list[dict[str, Any]]:
    """Text and scores of every pair, in order."""
    likelihoods = _likelihoods(pairs, runtime)
    sides: list[dict[str, Any]] = []
    for done, ((example, side), stream, likelihood) in enumerate(zip(pairs, streams, likelihoods, strict=True), 1):
        draft = stream.result()
        text = Text(example.task, example.language, draft.text, example.fields)
        sides.append(
            {
                "adapter": side.adapter,
                "text": draft.text,
                "stop": draft.stop,
                "log_likelihood": likelihood,
                "checklist": score(text, house),
                "chrf": chrf(draft.text, example.completion),
                "repetition": repetition(draft.text),
                "length": len(draft.text),
            }
        )
        on_progress(done, len(pairs))
    return sides


def _likelihoods(pairs: list[tuple[Example, Side]], runtime: Runtime) -> list[float]:
    """Mean log-likelihood per token of the human text under each side, in the order of the pairs."""
    out: list[float] = [0.0] * len(pairs)
    for adapter in dict.fromkeys(side.adapter for _, side in pairs):
        chosen = [i for i, (_, side) in enumerate(pairs) if side.adapter == adapter]
        asked = [Completion(pairs[i][1].prompt, pairs[i][0].completion) for i in chosen]
        for i, value in zip(chosen, runtime.score(asked, adapter), strict=True):
            if value != value or value in (float("inf"), float("-inf")):
                raise RuntimeFailure(f"Scoring with {adapter or 'the base model'} gave no number; nothing is decided.")
            out[i] = value
    return out


def _stored(engine: Engine, made: Evaluation) -> Evaluation:
    try:
        with transaction(engine) as session:
            session.add(made)
    except IntegrityError:  # another trainer was first; its verdict counts
        with transaction(engine) as session:
            return session.exec(select(Evaluation).where(Evaluation.adapter_id == made.adapter_id)).one()
    return made
