"""A RunSpec in, a TrainResult out: the recipe runs as its own process, watched line by line, and never outlives us."""

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from trainer.recipes.spec import RESULT_FILE, RunSpec, TrainResult, TrainStep, parse_progress

LOG_FILE = "training.log"
GRACE = 20.0  # seconds between SIGTERM and SIGKILL
PDEATHSIG = 1  # prctl(2): the signal a child gets when its parent dies


def run_recipe(
    spec: RunSpec,
    *,
    timeout: float,
    on_step: Callable[[TrainStep], None] = lambda step: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train in a process of its own; `on_step` hears every progress line, `should_stop` is asked every second.

    Never raises for what happens in the child: a killed or broken one gives a result with `ok` False and its reason.
    """
    folder = Path(spec.folder)
    try:
        child = _started(spec, folder)
    except OSError as error:  # no room on the disk, no memory for another process
        return TrainResult(ok=False, error=f"The training could not be started: {error}.")
    why = _watch(child, timeout, on_step, should_stop)
    return _result(folder, child.returncode, why)


def _started(spec: RunSpec, folder: Path) -> "subprocess.Popen[str]":
    path = spec.write()
    (folder / RESULT_FILE).unlink(missing_ok=True)
    with (folder / LOG_FILE).open("w", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "trainer.recipes.sft", str(path)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=dying_with_parent(signal.SIGKILL),
        )


def _watch(
    child: "subprocess.Popen[str]",
    timeout: float,
    on_step: Callable[[TrainStep], None],
    should_stop: Callable[[], bool],
) -> str:
    """Wait for the child's end; returns why we ended it, or "" if it ended by itself."""
    # A thread of its own reads, so that a slow listener never blocks the child, nor a silent child us.
    steps: queue.Queue[TrainStep | None] = queue.Queue()
    threading.Thread(target=_read, args=(child, steps), daemon=True).start()
    end = time.monotonic() + timeout
    try:
        while True:
            if time.monotonic() > end:
                return f"The training took longer than {timeout:.0f} seconds. Raise FLYWHEEL_TRAIN_TIMEOUT."
            if should_stop():
                return "The training was stopped before its end."
            try:
                step = steps.get(timeout=1.0)
            except queue.Empty:
                if child.poll() is None:
                    continue
                break  # it has ended, whoever still holds its output
            if step is None:
                break
            on_step(step)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        return ""
    finally:
        _end(child)


def _read(child: "subprocess.Popen[str]", steps: "queue.Queue[TrainStep | None]") -> None:
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            if step := parse_progress(line):
                steps.put(step)
    steps.put(None)


def _end(child: "subprocess.Popen[str]") -> None:
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _result(folder: Path, code: int, why: str) -> TrainResult:
    if why:
        return TrainResult(ok=False, error=why)
    with contextlib.suppress(OSError, ValueError, TypeError):  # none, or a broken one: the end of the process tells
        return TrainResult.read(folder)
    if code < 0:
        name = signal.Signals(-code).name
        hint = " Out of memory? Lower FLYWHEEL_BATCH or FLYWHEEL_MAX_LENGTH." if name == "SIGKILL" else ""
        return TrainResult(ok=False, error=f"The training process was ended by {name}.{hint}")
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = f": {lines[-1][:200]}" if lines else ""
    return TrainResult(ok=False, error=f"The training process ended with code {code}{last}")


def dying_with_parent(number: signal.Signals) -> Callable[[], object] | None:
    """What a child calls first, so that it gets this signal when its parent dies; None where the system has no such thing.

    Looked up here, before the fork: after it, other threads' locks stay held.
    """
    if sys.platform != "linux":
        return None
    return partial(ctypes.CDLL(None).prctl, PDEATHSIG, number)
