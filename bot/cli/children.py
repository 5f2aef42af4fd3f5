"""Verbs in, processes out: started with us, started again when they die, stopped with us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from bot.cli.out import side
from curation.argilla_local.server import Process
from trainer.launch import dying_with_parent

GRACE = 15.0  # seconds a child gets to finish after SIGTERM
STEADY, LATEST = 60.0, 30.0  # seconds: who lives as long counts as well; who dies sooner waits, at most so long


class Children:
    """Processes of our own verbs, and of others where we need one, stopped with us."""

    def __init__(self, environment: dict[str, str] | None = None, log_folder: Path | None = None) -> None:
        self.environment = {**os.environ, **(environment or {})}
        self.log_folder = log_folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._deaths: dict[str, int] = {}  # in a row
        self._others: dict[str, Process] = {}

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
        log = self.log_folder / f"{verb}.log" if self.log_folder else None
        self._begin(verb, [sys.executable, "-m", "bot.cli", verb], self.environment, log)

    def run(self, name: str, process: Process) -> None:
        """Start somebody else's program."""
        self._others[name] = process
        self._begin(name, process.command, process.environment, process.log, process.files)

    def _begin(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        log: Path | None,
        files: tuple[int, ...] = (),
    ) -> None:
        self._started[name] = time.monotonic()
        with log.open("ab") if log else nullcontext() as output:
            self.running[name] = subprocess.Popen(
                command,
                env=environment,
                stdout=output,
                stderr=output,
                pass_fds=files,
                preexec_fn=dying_with_parent(signal.SIGTERM),
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
            if verb in self._others:
                self.run(verb, self._others[verb])
            else:
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
