"""Where errors end: a failed step is logged by kind and place, never by its words (they may hold texts); work goes on."""

import logging
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from db.errors import FlywheelError

ROOT = Path(__file__).parents[1]
OWN = ("db", "curation", "trainer", "bot")


def kind(error: BaseException) -> str:
    """What a log may say of an error: our own sentence, or "OperationalError at db/session.py:47"."""
    if isinstance(error, FlywheelError):
        return str(error)
    ours = [place for frame in traceback.extract_tb(error.__traceback__) if (place := _place(frame))]
    return f"{type(error).__name__} at {ours[-1]}" if ours else type(error).__name__


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    inside = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path()
    return f"{inside}:{frame.lineno}" if inside.parts and inside.parts[0] in OWN else ""


def keep_doing(step: Callable[[], object], stop: threading.Event, every: float, log: logging.Logger) -> None:
    """Repeat `step` until told to stop, at once if it returns true, else after `every` seconds; no error ends it."""
    while not stop.is_set():
        try:
            if step():
                continue
        except Exception as error:
            log.error("%s failed (%s); tried again in %g s", step.__name__.strip("_"), kind(error), every)
        stop.wait(every)
