"""Verbs that stay: demo, up, bot, trainer."""

import logging
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Annotated

import typer

from bot.cli.out import Json, side
from bot.cli.shop import parts

GRACE = 15.0  # seconds a child gets to finish after SIGTERM


def log_to_stderr() -> None:
    """Ids and reasons on stderr, never texts."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for noisy in ("slack_bolt", "slack_sdk", "apscheduler", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bot() -> None:
    """The Slack bot: takes requests, drafts, collects votes and edits. Needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN."""
    from bot.app import run

    log_to_stderr()
    own = parts()
    run(own.settings, own.training, own.engine, own.house, own.artifacts, lambda: own.runtime)


def trainer() -> None:
    """The trainer: gathers feedback, trains when enough is new, promotes only what is better."""
    from trainer.scheduler import serve

    log_to_stderr()
    serve(parts().shop())


def up() -> None:
    """Bot and trainer together; one that dies is started again. Ctrl-C ends both."""
    parts().engine  # noqa: B018  create or upgrade the database before two processes meet in it
    with Children() as children:
        for verb in ("bot", "trainer"):
            children.start(verb)
        side.print("bot and trainer are running; Ctrl-C ends them")
        children.keep()


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after one turn instead of staying up.")] = False,
    port: Annotated[int, typer.Option("--port", help="Port of the local Slack's page; 0 takes any free one.")] = 8801,
    garbage: Annotated[bool, typer.Option("--garbage", help="Shuffle the words of all texts: the gate should say no.")] = False,
    as_json: Json = False,
) -> None:
    """A local Slack, a scripted team and one real turn of the wheel on the shipped toy-sized model."""
    from bot.demo import run

    run(once=once, port=port, garbage=garbage, as_json=as_json)


class Children:
    """Processes of our own verbs, stopped with us."""

    def __init__(self, environment: dict[str, str] | None = None, log_folder: str | None = None) -> None:
        self.environment = {**os.environ, **(environment or {})}
        self.log_folder = log_folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

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
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def start(self, verb: str) -> None:
        """Start `flywheel VERB`; with a log folder its output goes to VERB.log there."""
        command = [sys.executable, "-m", "bot.cli", verb]
        if self.log_folder is None:
            self.running[verb] = subprocess.Popen(command, env=self.environment)
            return
        with open(f"{self.log_folder}/{verb}.log", "ab") as log:
            self.running[verb] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def revive(self) -> None:
        """Start again whatever died."""
        for verb, child in list(self.running.items()):
            if child.poll() is not None:
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


def register(app: typer.Typer) -> None:
    for verb in (demo, up, bot, trainer):
        app.command()(verb)
