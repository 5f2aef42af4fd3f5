"""An adapter and its held-out examples in, an Evaluation out: champion and challenger as people would be served."""

from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation.checks import Text, score
from curation.house import House
from curation.likeness import Likeness
from curation.words import without_texts
from db import queries, withdrawals
from db.artifacts import Artifacts
from db.errors import RuntimeFailure
from db.session import transaction
from db.tables import Dataset, DatasetItem, Evaluation, Example
from trainer.budget import earlier, families_of, next_number
from trainer.duel import Duel, Side, duel_of, instead
from trainer.promote import Policy
from trainer.receipts import Evidence, base_hash, heldout_hash, receipt
from trainer.runtime import Completion, Order, Progress, Runtime, Sampling, Stream
from trainer.scores import chrf, copied, off_length, personal, repetition, wrong_language

PATIENCE = 24 * 3600.0  # seconds a draft may take: all are asked for at once, and nobody waits for them


@dataclass(frozen=True)
class Learnt:
    """What the challenger learnt from: its dataset's name, and the texts."""

    dataset: str
    texts: Likeness


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
        duel = duel_of(session, adapter_id, list(house.tasks))
    ids = {row.id if row else None for row in duel.champions.values()}
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
    with transaction(engine) as session:
        learnt = _learnt(session, duel)
    items = _items(duel, runtime, house, sampling, learnt, on_progress)
    evidence = Evidence(
        challenger=duel.adapter.name,
        champions={task: row.name if row else None for task, row in duel.champions.items()},
        base={"name": runtime.base_model, "hash": base_hash(runtime.base_model)},
        runtime=runtime.name,
        sampling=sampling.as_dict(),
        dataset=learnt.dataset,
        heldout=heldout_hash([e.completion for e in duel.examples]),
        leaked=sum(bool(copied(e.completion, learnt.texts)) for e in duel.examples),
        items=items,
        notes=instead(duel),
    )
    return _judged(engine, duel, evidence, policy, ids.pop() if len(ids) == 1 else None)


def _judged(engine: Engine, duel: Duel, evidence: Evidence, policy: Policy, champion_id: int | None) -> Evaluation:
    """Spend a try and store the verdict with it, at once; if another trainer took that try, the next one."""
    while True:
        with transaction(engine) as session:
            number, charges = next_number(session), earlier(session, families_of(evidence.items))
        found = receipt(evidence, charges, policy)
        made = Evaluation(
            adapter_id=duel.adapter.id or 0,
            champion_id=champion_id,
            dataset_id=duel.dataset_id,
            items=[dict(item) for item in evidence.items],
            # As promoted: promote() compares with what is promoted then.
            summary=found["summary"] | {"champions": {t: row.id if row else None for t, row in duel.serving.items()}},
            verdict=found["verdict"],
            number=number,
            receipt=found,
        )
        if kept := stored(engine, made):
            return kept


def _learnt(session: Session, duel: Duel) -> Learnt:
    joined = select(Example.completion).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
    texts = session.exec(joined.where(DatasetItem.dataset_id == duel.dataset_id, Example.split == "train"))
    return Learnt(session.get_one(Dataset, duel.dataset_id).name, Likeness(list(texts)))


def _items(
    duel: Duel, runtime: Runtime, house: House, sampling: Sampling, learnt: Learnt, on_progress: Progress
) -> list[dict[str, Any]]:
    """One record an example. Everything is asked for at once, so that it batches; a failure calls the rest off."""
    pairs = [(e, side) for e in duel.examples for side in duel.sides(e)]
    cancel = Event()
    try:
        orders = [Order(side.prompt, side.adapter, sampling, PATIENCE, cancel) for _, side in pairs]
        sides = _sides(pairs, [runtime.stream(order) for order in orders], runtime, house, learnt, on_progress)
    finally:
        cancel.set()
    return [
        {
            "example": e.id,
            "task": e.task,
            "language": e.language,
            "origin": e.origin,
            "family": e.family,
            "champion": sides[2 * i],
            "challenger": sides[2 * i + 1],
        }
        for i, e in enumerate(duel.examples)
    ]


def _sides(
    pairs: list[tuple[Example, Side]],
    streams: list[Stream],
    runtime: Runtime,
    house: House,
    learnt: Learnt,
    on_progress: Progress,
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
                "off_length": off_length(draft.text, example.completion),
                "wrong_language": wrong_language(draft.text, example.language),
                "personal": personal(draft.text, "\n".join(message["content"] for message in side.prompt)),
                "copied": copied(draft.text, learnt.texts),
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


def stored(engine: Engine, made: Evaluation) -> Evaluation | None:
    """Keep a verdict once; what the contenders wrote for texts taken back meanwhile is not kept. None: its try is taken."""
    try:
        with transaction(engine) as session:
            gone = set(withdrawals.withdrawn_since(session, made.dataset_id))
            made.items = [without_texts(item) if item["example"] in gone else item for item in made.items]
            session.add(made)
    except IntegrityError:
        with transaction(engine) as session:
            first = session.exec(select(Evaluation).where(Evaluation.adapter_id == made.adapter_id)).first()
            if first or session.exec(select(Evaluation.id).where(Evaluation.number == made.number)).first():
                return first  # another trainer was first; its verdict on this adapter counts
        raise
    return made
