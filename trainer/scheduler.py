"""The trainer process: APScheduler gathers feedback and turns the wheel every few seconds until told to stop.

What fires exactly once (one run per N approvals) is decided by unique keys in the database, not by the clock: any number
of trainers may run, and any of them may be killed.
"""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlmodel import col, select

from db.edge import kind
from db.session import transaction
from db.tables import Run
from trainer.flywheel import Shop, Turn, gather, turn

log = logging.getLogger("flywheel.trainer")


class Leaving(BaseException):
    """The trainer was told to stop; the turn ends here, and no station takes it for a failure of its own."""


def serve(shop: Shop) -> None:
    """Run until SIGTERM or SIGINT. A tick that fails is logged by its reason, and the next one tries again."""
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    shop = watched(shop, stop)
    scheduler = BackgroundScheduler()
    every = shop.training.every_seconds
    options = {"trigger": "interval", "seconds": every, "max_instances": 1, "coalesce": True}
    # Gathering goes on while a training runs, so reviewers see new edits at once.
    scheduler.add_job(tick(gather, shop), id="gather", **options)
    scheduler.add_job(tick(turn, shop), id="turn", **options)
    scheduler.start()
    log.info("trainer ready: looks every %s s, trains after %s approvals", every, shop.training.train_after)
    stop.wait()
    log.info("trainer leaving: what is being trained is given back")
    let_go(shop.engine, shop.worker)
    scheduler.shutdown(wait=True)
    give_back(shop.engine, shop.worker)
    log.info("trainer left")


def tick(job: Callable[[Shop], object], shop: Shop) -> Callable[[], None]:
    """`job` with the scheduler's edge around it: nothing that fails once may stop the clock."""

    def run() -> None:
        try:
            made = job(shop)
            if isinstance(made, Turn):
                report(made)
        except Leaving:
            log.info("%s ends here; the next trainer goes on", job.__name__)
        except Exception as error:  # the edge: keep the clock running
            log.error("%s failed (%s); it will be tried again", job.__name__, kind(error))

    return run


def watched(shop: Shop, stop: threading.Event) -> Shop:
    """The shop with stages that are logged, and that end a turn when it is time to leave."""

    def on_stage(name: str) -> None:
        if stop.is_set():
            raise Leaving
        if name != "gather":
            log.info("stage: %s", name)
        shop.on_stage(name)

    def on_item(done: int, total: int) -> None:
        if stop.is_set():
            raise Leaving
        shop.on_item(done, total)

    return replace(shop, on_stage=on_stage, on_item=on_item)


def report(done: Turn) -> None:
    """What a turn made, if anything: ids and the verdict."""
    if done.run:
        log.info("run %s on dataset %s: %s", done.run.id, done.run.dataset_id, done.run.state)
    if done.evaluation:
        promote = done.evaluation.verdict["promote"]
        said = "promoted" if promote else "not promoted"
        log.info("evaluation %s of adapter %s: %s", done.evaluation.id, done.evaluation.adapter_id, said)


def let_go(engine: Engine, worker: str) -> None:
    """A clean stop is no failed try; and by this its heartbeat ends the training process (see db.claims.extend)."""
    with transaction(engine) as session:
        for run in session.exec(select(Run).where(Run.state == "running", Run.claimed_by == worker)):
            run.attempts -= 1
            session.add(run)


def give_back(engine: Engine, worker: str) -> None:
    """Once our training process has ended, the next trainer may begin at once."""
    with transaction(engine) as session:
        held = select(Run).where(Run.state == "running", Run.claimed_by == worker).order_by(col(Run.id))
        for run in session.exec(held):
            run.state, run.claimed_by, run.claimed_until = "queued", None, None
            session.add(run)
            log.info("run %s given back", run.id)
