"""A RunSpec in, a TrainResult out: the recipe runs as its own process, watched line by line, and never outlives us."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
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
    path = spec.write()
    (folder / RESULT_FILE).unlink(missing_ok=True)
    with (folder / LOG_FILE).open("w", encoding="utf-8") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "trainer.recipes.sft", str(path)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        why = _watch(child, timeout, on_step, should_stop)
    return _result(folder, child.returncode, why)


def _watch(
    child: "subprocess.Popen[str]",
    timeout: float,
    on_step: Callable[[TrainStep], None],
    should_stop: Callable[[], bool],
) -> str:
    """Wait for the child's end; returns why we ended it, or "" if it ended by itself."""
    reader = threading.Thread(target=_read, args=(child, on_step), daemon=True)
    reader.start()
    end = time.monotonic() + timeout
    why = ""
    try:
        while child.poll() is None:
            if time.monotonic() > end:
                why = f"The training took longer than {timeout:.0f} seconds. Raise FLYWHEEL_TRAIN_TIMEOUT."
            elif should_stop():
                why = "The training was stopped; it will be started again."
            if why:
                break
            reader.join(1.0)
            if not reader.is_alive():
                child.wait()
    finally:
        _end(child)
    reader.join(5.0)
    return why


def _read(child: "subprocess.Popen[str]", on_step: Callable[[TrainStep], None]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if step := parse_progress(line):
            on_step(step)


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
    if (folder / RESULT_FILE).is_file():
        return TrainResult.read(folder)
    if code < 0:
        name = signal.Signals(-code).name
        hint = " Out of memory? Lower FLYWHEEL_BATCH or FLYWHEEL_MAX_LENGTH." if name == "SIGKILL" else ""
        return TrainResult(ok=False, error=f"The training process was ended by {name}.{hint}")
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = f": {lines[-1][:200]}" if lines else ""
    return TrainResult(ok=False, error=f"The training process ended with code {code}{last}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
