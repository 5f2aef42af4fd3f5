"""The whole product on one screen: what people said goes in, a better serving adapter comes out, one row at a time.

Every station asks the database for rows without a successor and gives each one. A crash anywhere means: turn again.
A station that fails leaves its rows on the work list and does not stop the others.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from curation import examples, priority, reviews
from curation.dataset import build
from curation.desk import ReviewDesk
from curation.house import House
from curation.sweep import clear_cards, sweep
from db import claims, queries
from db.artifacts import Artifacts
from db.errors import FlywheelError
from db.session import transaction
from db.settings import Settings
from db.tables import Adapter, Audit, Dataset, Evaluation, Run, now
from trainer.adopt import adopt
from trainer.evaluate import evaluate
from trainer.promote import Policy, promote
from trainer.receipts import unfit
from trainer.recipes.spec import TrainStep
from trainer.runtime import Runtime, Sampling
from trainer.settings import TrainSettings
from trainer.train import LEASE, start, train

ACTOR, FAILED = "flywheel", "failed: "  # in the audit trail
REST, LONGEST_REST = timedelta(seconds=30), timedelta(hours=1)  # before what failed is tried again


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
    former: Sequence[
        ReviewDesk
    ] = ()  # desks used before: nothing is pushed there, but texts taken back go from there too
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
    errors: list[Exception] = field(default_factory=list)

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
    """One full turn of the wheel. With `trigger` "operator", or on a wish left in Slack, few new examples are enough.

    Errors: the first that a station met (InputError, DeskError, RuntimeFailure, ArtifactError …), when all had their go.
    """
    done, asked = Turn(), trigger == "operator"
    with stage(shop, done, "gather"):
        gather(shop)
    wishes = waiting(shop, queries.trainings_asked) or waiting(shop, queries.retrainings_due)
    wish = next(iter(wishes), None)
    if asked or ((wish or due(shop)) and rested(shop, "dataset")):
        with stage(shop, done, "dataset", "dataset"):
            done.dataset = build(shop.engine, shop.artifacts)
            done.run = begin(shop, done.dataset, "operator" if wish else trigger, wish)
    for run in claimed_runs(shop):
        with stage(shop, done, "train"):
            done.run = train(shop.engine, run, shop.training, shop.on_step)
    if waiting(shop, queries.runs_to_adopt):
        with stage(shop, done, "adopt"):
            adopt(shop.engine, shop.artifacts)
    for adapter in waiting(shop, queries.adapters_to_evaluate):
        if asked or rested(shop, f"adapter:{adapter.id}"):
            with stage(shop, done, "evaluate", f"adapter:{adapter.id}"):
                done.adapter = adapter
                done.evaluation = judge(shop, adapter)
    for evaluation in waiting(shop, queries.evaluations_to_promote):
        with stage(shop, done, "promote"):
            place(shop, evaluation)
    remember(shop, done)
    if done.errors:
        raise done.errors[0]
    return done


def gather(shop: Shop) -> reviews.Exchange:
    """Feedback becomes reviews, reviews are exchanged with the desk, decided ones become examples."""
    with transaction(shop.engine) as session:
        reviews.open_reviews(session, shop.house)
    priority.appraise(shop.engine, shop.house, shop.settings.second_opinions)
    try:
        return reviews.exchange(shop.engine, shop.desk) if shop.desk else reviews.Exchange()
    finally:  # a silent desk keeps nobody's earlier decision waiting, nor words taken back where they were
        with transaction(shop.engine) as session:
            examples.collect(session)
        sweep(shop.engine, shop.artifacts)
        clear_cards(shop.engine, [desk for desk in (shop.desk, *shop.former) if desk])


def due(shop: Shop) -> bool:
    """Whether enough has been approved since the last run."""
    with transaction(shop.engine) as session:
        return queries.approvals_since_run(session) >= shop.training.train_after


def begin(shop: Shop, dataset: Dataset | None, trigger: str, wish: Audit | None) -> Run | None:
    """A run for the dataset, unless there is nothing to train on or another trainer was first. Wishes are answered."""
    base = shop.settings.base_model
    run = start(shop.engine, shop.training, shop.artifacts, dataset, trigger, base, wish) if dataset else None
    if wish and run is None:
        with transaction(shop.engine) as session:
            open_ = queries.trainings_asked(session)
            if dataset is None:  # a busy trainer is an answer to an operator, but not to texts that were taken back
                open_ += queries.retrainings_asked(session)
            for one in open_:
                note = "busy" if dataset else "nothing"
                queries.audit(session, ACTOR, queries.TRAIN_ANSWERED, f"audit:{one.id}", note)
    return run


def claimed_runs(shop: Shop) -> Iterator[Run]:
    """Runs that are ours until their lease ends, one after the other."""
    while True:
        with transaction(shop.engine) as session:
            run = claims.claim_run(session, shop.worker, LEASE)
        if run is None:
            return
        yield run


def waiting(shop: Shop, work_list: Callable[..., list[Any]]) -> list[Any]:
    with transaction(shop.engine) as session:
        return work_list(session)


def judge(shop: Shop, adapter: Adapter) -> Evaluation:
    """Champion against challenger on the held-out examples, as people would be served."""
    policy = Policy(min_heldout=shop.training.min_heldout, confidence=shop.training.confidence)
    assert adapter.id is not None
    runtime, sampling = shop.runtime(), sampling_of(shop)
    return evaluate(shop.engine, runtime, shop.artifacts, shop.house, adapter.id, policy, sampling, shop.on_item)


def sampling_of(shop: Shop) -> Sampling:
    """How drafts are drawn when they are judged."""
    return Sampling(shop.training.seed, shop.training.temperature, max_tokens=shop.training.max_tokens)


def place(shop: Shop, evaluation: Evaluation) -> None:
    """The winner serves. Of several trainers that place it at once, one does."""
    reason = unfit(evaluation.receipt, shop.settings.runtime, shop.settings.base_model, sampling_of(shop).as_dict())
    try:
        with transaction(shop.engine) as session:
            promote(session, evaluation, list(shop.house.tasks), ACTOR, reason)
    except IntegrityError:
        return


@contextmanager
def stage(shop: Shop, done: Turn, name: str, subject: str = "") -> Iterator[None]:
    """Names the stage to whoever watches and notes how long it took. What fails waits: the other stations go on.

    With a `subject` the failure is kept in the audit trail: its reason for people, its time for `rested`.
    """
    shop.on_stage(name)
    began = time.monotonic()
    try:
        yield
    except Exception as error:  # a broken adapter or a silent desk must not stop the wheel; turn() raises it at its end
        done.errors.append(error)
        if subject:
            reason = str(error) if isinstance(error, FlywheelError) else type(error).__name__
            with transaction(shop.engine) as session:
                queries.audit(session, ACTOR, FAILED + name, subject, reason)
    done.stages.append({"name": name, "seconds": round(time.monotonic() - began, 2)})


def rested(shop: Shop, subject: str) -> bool:
    """Whether what failed may be tried again: after 30 s, 1 min, 2 min … an hour. A day later all is forgiven."""
    with transaction(shop.engine) as session:
        wanted = select(Audit.at).where(Audit.subject == subject, col(Audit.action).startswith(FAILED))
        times = list(session.exec(wanted.where(Audit.at > now() - timedelta(days=1)).order_by(col(Audit.at))))
    return not times or now() >= times[-1] + min(LONGEST_REST, REST * 2 ** min(len(times) - 1, 9))


def remember(shop: Shop, done: Turn) -> None:
    """A turn that made something leaves its summary in the audit trail."""
    if done.run or done.evaluation:
        with transaction(shop.engine) as session:
            queries.audit(session, ACTOR, "turn", f"run:{done.run.id if done.run else ''}", json.dumps(done.as_dict()))
