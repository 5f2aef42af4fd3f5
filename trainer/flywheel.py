"""The whole product on one screen: what people said goes in, a better serving adapter comes out, one row at a time.

Every station asks the database for rows without a successor and gives each one. A crash anywhere means: turn again.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from curation import examples, reviews
from curation.dataset import build
from curation.desk import ReviewDesk
from curation.house import House
from db import queries
from db.artifacts import Artifacts
from db.session import transaction
from db.settings import Settings
from db.tables import Adapter, Dataset, Evaluation, Run
from trainer.evaluate import evaluate
from trainer.promote import Policy, promote
from trainer.recipes.spec import TrainStep
from trainer.runtime import Runtime, Sampling
from trainer.settings import TrainSettings
from trainer.train import adopt, start, train

ACTOR = "flywheel"


@dataclass(frozen=True)
class Shop:
    """What a turn works with. The runtime is opened only if something has to be evaluated."""

    engine: Engine
    artifacts: Artifacts
    house: House
    settings: Settings
    training: TrainSettings
    desk: ReviewDesk | None
    runtime: Callable[[], Runtime]
    worker: str
    on_stage: Callable[[str], None] = lambda name: None
    on_step: Callable[[TrainStep], None] = lambda step: None
    on_item: Callable[[int, int], None] = lambda done, total: None


@dataclass
class Turn:
    """What one turn made: a name or id for each station that had work, and how long each stage took."""

    dataset: Dataset | None = None
    run: Run | None = None
    adapter: Adapter | None = None
    evaluation: Evaluation | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape: `{dataset, run, adapter, evaluation, verdict, stages}`."""
        return {
            "dataset": self.dataset and self.dataset.name,
            "run": self.run and self.run.id,
            "adapter": self.adapter and self.adapter.name,
            "evaluation": self.evaluation and self.evaluation.id,
            "verdict": self.evaluation and self.evaluation.verdict,
            "stages": self.stages,
        }


def turn(shop: Shop, trigger: str = "approvals") -> Turn:
    """One full turn of the wheel. `trigger` "operator" trains even if fewer than N examples are new.

    Errors: DeskError, RuntimeFailure, ArtifactError; whatever was finished before stays, the rest waits for the next turn.
    """
    done = Turn()
    with stage(shop, done, "gather"):
        gather(shop)
    if trigger == "operator" or due(shop):
        with stage(shop, done, "dataset"):
            done.dataset = build(shop.engine, shop.artifacts)
        if done.dataset:
            start(shop.engine, shop.training, shop.artifacts, done.dataset, trigger, shop.settings.base_model)
    for run in claimed_runs(shop):
        with stage(shop, done, "train"):
            done.run = run
            train(shop.engine, shop.artifacts, run, shop.training, shop.on_step)
    adopt(shop.engine, shop.artifacts)
    for adapter in waiting(shop, queries.adapters_to_evaluate):
        with stage(shop, done, "evaluate"):
            done.adapter = adapter
            done.evaluation = judge(shop, adapter)
    for evaluation in waiting(shop, queries.evaluations_to_promote):
        with stage(shop, done, "promote"), transaction(shop.engine) as session:
            promote(session, evaluation, list(shop.house.tasks), ACTOR)
    remember(shop, done)
    return done


def gather(shop: Shop) -> reviews.Exchange:
    """Feedback becomes reviews, reviews are exchanged with the desk, decided ones become examples."""
    with transaction(shop.engine) as session:
        reviews.open_reviews(session, shop.house)
    exchanged = reviews.exchange(shop.engine, shop.desk) if shop.desk else reviews.Exchange()
    with transaction(shop.engine) as session:
        examples.collect(session)
    return exchanged


def due(shop: Shop) -> bool:
    """Whether enough has been approved since the last run."""
    with transaction(shop.engine) as session:
        return queries.approvals_since_run(session) >= shop.training.train_after


def claimed_runs(shop: Shop) -> Iterator[Run]:
    """Runs that are ours until their lease ends, one after the other."""
    while True:
        with transaction(shop.engine) as session:
            run = queries.claim_run(session, shop.worker, lease_seconds=60)
        if run is None:
            return
        yield run


def waiting(shop: Shop, work_list: Callable[..., list[Any]]) -> list[Any]:
    with transaction(shop.engine) as session:
        return work_list(session)


def judge(shop: Shop, adapter: Adapter) -> Evaluation:
    """Champion against challenger on the held-out examples, as people would be served."""
    policy = Policy(min_heldout=shop.training.min_heldout, confidence=shop.training.confidence)
    sampling = Sampling(shop.training.seed, shop.training.temperature, max_tokens=shop.training.max_tokens)
    assert adapter.id is not None
    return evaluate(shop.engine, shop.runtime(), shop.artifacts, shop.house, adapter.id, policy, sampling, shop.on_item)


@contextmanager
def stage(shop: Shop, done: Turn, name: str) -> Iterator[None]:
    """Names the stage to whoever watches and notes how long it took."""
    shop.on_stage(name)
    began = time.monotonic()
    yield
    done.stages.append({"name": name, "seconds": round(time.monotonic() - began, 2)})


def remember(shop: Shop, done: Turn) -> None:
    """A turn that made something leaves its summary in the audit trail."""
    if done.run or done.evaluation:
        with transaction(shop.engine) as session:
            queries.audit(session, ACTOR, "turn", f"run:{done.run.id if done.run else ''}", json.dumps(done.as_dict()))
