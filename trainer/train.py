"""A dataset in, a trained Run out: one row a training, held by a lease, with its progress and its reason."""

import time
from collections.abc import Callable
from dataclasses import asdict, replace

from sqlalchemy import Engine, func
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from db import claims, queries, withdrawals
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.tables import Audit, Dataset, DatasetItem, Run, now
from trainer.adopt import WITHDRAWN, flaw, folder_of
from trainer.launch import run_recipe
from trainer.recipes.spec import ADAPTER_FOLDER, RATES, RunSpec, TrainResult, TrainStep
from trainer.settings import TrainSettings

LEASE = 60.0  # seconds; a killed trainer's run is taken over after this
HEARTBEAT = 2.0  # seconds between two looks at the row
NOT_BEGUN = "It was taken over by another trainer before it began."
COMMON = {"learning_rate": 2e-4, "epochs": 3.0, "batch": 4}  # the usual LoRA values for models of some billions


def start(
    engine: Engine,
    settings: TrainSettings,
    artifacts: Artifacts,
    dataset: Dataset,
    trigger: str,
    base_model: str,
    asked: Audit | None = None,
) -> Run | None:
    """A Run for a dataset, unless another trainer was first (then None). `sequence` is unique: one run a trigger.

    `asked` is the wish it is begun for: one wish never makes two. A run answers all wishes that wait when it is made.
    Errors: InputError if a text of the dataset was taken back meanwhile.
    """
    assert dataset.id is not None
    try:
        with transaction(engine) as session:
            # Read before the look at the dataset: of every wish seen here the texts taken back are seen there too.
            wishes = [*queries.trainings_asked(session), *queries.retrainings_asked(session)]
            if withdrawals.is_withdrawn(session, dataset.id):
                raise InputError(WITHDRAWN)
            last = queries.last_run(session)
            if last and last.state in ("queued", "running"):
                return None
            if trigger == "approvals" and queries.approvals_since_run(session) < settings.train_after:
                return None
            if asked and queries.train_answer(session, asked):
                return None
            sequence = last.sequence + 1 if last else 1
            spec = spec_of(settings, artifacts, dataset.name, base_model, sequence)
            row = Run(
                sequence=sequence,
                dataset_id=dataset.id,
                through_example_id=_newest(session, dataset.id),
                trigger=trigger,
                spec=asdict(spec),
            )
            session.add(row)
            session.flush()
            for wish in wishes:
                queries.audit(session, "flywheel", queries.TRAIN_ANSWERED, f"audit:{wish.id}", f"run:{row.id}")
            return row
    except IntegrityError:
        return None


def spec_of(settings: TrainSettings, artifacts: Artifacts, dataset: str, base_model: str, sequence: int) -> RunSpec:
    """The settings resolved: what is not set takes the base model's own best, or the common values."""
    best, source = dict(COMMON), base_model
    if base_model == "tiny":
        from trainer.tiny import BASE, LORA

        best, source = dict(LORA), str(BASE)
    return RunSpec(
        base_model=source,
        base_name=base_model,
        dataset=str(artifacts.path(dataset)),
        folder=str(artifacts.root.parent / "runs" / f"{sequence:04d}"),
        method=settings.method,
        rank=settings.rank,
        alpha=settings.alpha,
        dropout=settings.dropout,
        learning_rate=settings.learning_rate or best["learning_rate"] * RATES.get(settings.method, 1.0),
        epochs=settings.epochs or best["epochs"],
        batch=settings.batch or int(best["batch"]),
        warmup=settings.warmup,
        max_length=settings.max_length,
        virtual_tokens=settings.virtual_tokens,
        patience=settings.patience,
        preference=settings.preference,
        preference_after=settings.preference_after,
        seed=settings.seed,
    )


def _newest(session: Session, dataset_id: int) -> int:
    """The newest example the dataset knew of: kept or left out, it is not counted again."""
    newest = session.exec(select(func.max(DatasetItem.example_id)).where(DatasetItem.dataset_id == dataset_id)).one()
    left_out = session.get_one(Dataset, dataset_id).manifest.get("left_out", {})
    return max([newest or 0, *(int(i) for i in left_out)])


def train(
    engine: Engine,
    run: Run,
    settings: TrainSettings,
    on_step: Callable[[TrainStep], None] = lambda step: None,
) -> Run:
    """Train a claimed run; returns its row as it is then. A failed one keeps its reason; what serves goes on serving.

    One whose dataset lost texts is not begun, or ends within seconds, and leaves the wish for another without them.
    """
    beat = Heartbeat(engine, run)

    def heard(step: TrainStep) -> None:
        beat.step = step
        on_step(step)

    spec = replace(RunSpec(**run.spec), folder=str(folder_of(run)))
    if beat.lost():  # the files may be gone already, and must not be read
        result = TrainResult(ok=False, error=NOT_BEGUN)
    else:
        result = run_recipe(spec, timeout=settings.train_timeout, on_step=heard, should_stop=beat.lost)
    reason = flaw(folder_of(run) / ADAPTER_FOLDER) if result.ok else result.error or "It ended without a reason."
    with transaction(engine) as session:
        row = session.get_one(Run, run.id, with_for_update=True)
        if row.claimed_by != run.claimed_by or row.attempts != run.attempts:
            return row  # taken over by another trainer, whose result counts
        if withdrawals.is_withdrawn(session, run.dataset_id):
            reason = WITHDRAWN
            queries.audit(session, "flywheel", queries.RETRAIN_ASKED, f"run:{run.id}")
        row.state, row.error = ("failed", reason) if reason else ("done", None)
        if beat.step:  # it may be younger than the last beat
            row.progress = asdict(beat.step)
        row.result, row.finished_at = asdict(result), now()
        session.add(row)
    return row


class Heartbeat:
    """Keeps the lease and writes the progress down, at most every two seconds."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self.engine, self.run = engine, run
        self.step: TrainStep | None = None
        self._next = 0.0

    def lost(self) -> bool:
        """Whether the run is ours no more, or must not go on; asked every second by the launcher."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + HEARTBEAT
        try:
            with transaction(self.engine) as session:
                if withdrawals.is_withdrawn(session, self.run.dataset_id):
                    return True
                held = claims.extend(session, self.run, LEASE)
                if held and self.step:
                    row = session.get_one(Run, self.run.id)
                    row.progress = asdict(self.step)
                    session.add(row)
        except OperationalError:  # the database is away: hours of training are not thrown away for that
            return False
        return not held
