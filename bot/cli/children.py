"""Verbs in, processes of our own out: started with us, started again when they die, stopped with us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from bot.cli.out import side
from trainer.launch import dying_with_parent

GRACE = 15.0  # seconds a child gets to finish after SIGTERM
STEADY, LATEST = 60.0, 30.0  # seconds: who lives as long counts as well; who dies sooner waits, at most so long


class Children:
    """Processes of our own verbs, stopped with us."""

    def __init__(self, environment: dict[str, str] | None = None, log_folder: Path | None = None) -> None:
        self.environment = {**os.environ, **(environment or {})}
        self.log_folder = log_folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._deaths: dict[str, int] = {}  # in a row

    def __enter__(self) -> "Children":
        signal.signal(signal.SIGTERM, _interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        for child in self.running.values():
            child.terminate()
        end = time.monotonic() + GRACE
        for child in self.running.values():
            try:
                child.wait(max(0.1, end - time.monotonic()))
            except (subprocess.TimeoutExpired, KeyboardInterrupt):  # a second Ctrl-C: no more patience
                end = 0.0
                child.kill()
                child.wait()

    def start(self, verb: str) -> None:
        """Start `flywheel VERB`; with a log folder its output goes to VERB.log there."""
        command = [sys.executable, "-m", "bot.cli", verb]
        self._started[verb] = time.monotonic()
        dying = dying_with_parent(signal.SIGTERM)
        if self.log_folder is None:
            self.running[verb] = subprocess.Popen(command, env=self.environment, preexec_fn=dying)
            return
        with (self.log_folder / f"{verb}.log").open("ab") as log:
            self.running[verb] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, preexec_fn=dying
            )

    def revive(self) -> None:
        """Start again whatever died: at once, but one that keeps dying after 1, 2, 4 … 30 seconds."""
        for verb, child in list(self.running.items()):
            if child.poll() is None:
                continue
            lived = time.monotonic() - self._started[verb]
            deaths = self._deaths.get(verb, 0) if lived < STEADY else 0
            if lived < min(2.0**deaths, LATEST):
                continue
            self._deaths[verb] = deaths + 1
            side.print(f"{verb} ended with {child.returncode}; starting it again")
            self.start(verb)

    def keep(self) -> None:
        """Until Ctrl-C or SIGTERM."""
        try:
            while True:
                time.sleep(2)
                self.revive()
        except KeyboardInterrupt:
            side.print("ending…")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
