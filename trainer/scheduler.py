"""The trainer process: APScheduler gathers feedback and turns the wheel every few seconds until told to stop.

What fires exactly once (one run per N approvals) is decided by unique keys in the database, not by the clock: any number
of trainers may run, and any of them may be killed.
"""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from db.errors import FlywheelError
from trainer.flywheel import Shop, gather, turn

log = logging.getLogger("flywheel.trainer")


def serve(shop: Shop) -> None:
    """Run until SIGTERM or SIGINT. A tick that fails is logged by its reason, and the next one tries again."""
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    scheduler = BackgroundScheduler()
    every = shop.training.every_seconds
    options = {"trigger": "interval", "seconds": every, "max_instances": 1, "coalesce": True}
    # Gathering goes on while a training runs, so reviewers see new edits at once.
    scheduler.add_job(tick(gather, shop), id="gather", **options)
    scheduler.add_job(tick(turn, shop), id="turn", **options)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=False)


def tick(job: Callable[[Shop], object], shop: Shop) -> Callable[[], None]:
    """`job` with the scheduler's edge around it: nothing that fails once may stop the clock."""

    def run() -> None:
        try:
            job(shop)
        except FlywheelError as error:
            log.warning("%s: %s", job.__name__, error)
        except Exception as error:  # the edge: keep the clock running; ids and the kind of error only, never texts
            log.error("%s failed (%s); it will be tried again", job.__name__, type(error).__name__)

    return run
