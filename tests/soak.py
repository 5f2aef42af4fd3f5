"""The long trial: a team at work while bot and trainer are killed at random moments; then everything is counted.

    python tests/soak.py --kills 20 --seed 7

Real processes on one database and one local Slack. Members ask, edit and vote, a reviewer approves; whoever is not answered
tries again, as people do. Exit code 0: nothing lost, nothing doubled.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Engine

from bot.playground.server import Playground
from db import schema
from db.session import connect
from tests.soak_count import Count, count
from tests.soak_people import People

TRAIN_AFTER = 5
PATIENCE = 420.0  # seconds for the last leases, cards and trainings after the last kill


@dataclass
class Mortal:
    """A process of ours that is killed and started again."""

    verb: str
    environment: dict[str, str]
    log: Path
    kills: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot.cli", self.verb]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def ready(self) -> int:
        """How often it has come up so far."""
        return self.log.read_bytes().count(b" ready: ")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@dataclass
class Soak:
    """One trial: who acts and who dies."""

    people: People
    engine: Engine
    mortals: list[Mortal]
    kills: int
    seed: int
    began: float = field(default_factory=time.monotonic)

    def run(self) -> Count:
        """The trial and its count."""
        for mortal in self.mortals:
            mortal.start()
        with ThreadPoolExecutor(9) as pool:
            try:
                reviewing = pool.submit(self.people.review, "eun")
                team = ["mina", "junho", "sara"] * 2  # each does two things at a time
                working = [pool.submit(self.people.work, name, self.dice(i, name)) for i, name in enumerate(team)]
                for dying in [pool.submit(self.haunt, mortal, self.dice(0, mortal.verb)) for mortal in self.mortals]:
                    dying.result()
                self.people.quiet.set()
                for person in working:
                    person.result()
                self.people.until(lambda: not self.count().faults(), PATIENCE, 2.0)
            finally:
                self.people.quiet.set()
                self.people.over.set()
            reviewing.result()
        for mortal in self.mortals:
            mortal.end()
        return self.count()

    def dice(self, number: int, name: str) -> random.Random:
        return random.Random(f"{self.seed} {number} {name}")

    def count(self) -> Count:
        kills = {mortal.verb: mortal.kills for mortal in self.mortals}
        who = self.people
        return count(who.slack, self.engine, who.asked, who.edits, kills, TRAIN_AFTER, time.monotonic() - self.began)

    def haunt(self, mortal: Mortal, dice: random.Random) -> None:
        """Kill and start again: three times of four when it is at work, else while it starts."""
        while mortal.kills < self.kills:
            lives = mortal.ready()
            if dice.random() < 0.75:
                self.people.until(lambda lives=lives: mortal.ready() > lives, 120.0)  # type: ignore[misc]
                time.sleep(dice.uniform(0.0, 8.0))
            else:
                time.sleep(dice.uniform(0.0, 4.0))
            mortal.kill()
            mortal.start()


def environment(slack: Playground, home: Path) -> dict[str, str]:
    """An ordinary installation with short drafts and short trainings."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FLYWHEEL_", "SLACK_"))}
    return {
        **clean,
        "FLYWHEEL_HOME": str(home),
        "FLYWHEEL_REVIEW_CHANNEL": "C0REVIEW",
        "FLYWHEEL_ADMIN_CHANNEL": "C0FLYWHEEL",
        "FLYWHEEL_EVERY_SECONDS": "1",
        "FLYWHEEL_TRAIN_AFTER": str(TRAIN_AFTER),
        "FLYWHEEL_EPOCHS": "1",
        "FLYWHEEL_MAX_TOKENS": "64",
        "FLYWHEEL_SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


def soak(home: Path, kills: int, seed: int) -> Count:
    """Run one trial in a folder of its own."""
    with Playground.start() as slack:
        settings = environment(slack, home)
        engine = connect(f"sqlite:///{home / 'flywheel.db'}")
        schema.upgrade(engine)
        mortals = [Mortal(verb, settings, home / f"{verb}.log") for verb in ("bot", "trainer")]
        for mortal in mortals:
            mortal.log.touch()
        try:
            return Soak(People(slack), engine, mortals, kills, seed).run()
        finally:
            for mortal in mortals:
                if mortal.process and mortal.process.poll() is None:
                    mortal.process.kill()
            engine.dispose()


if __name__ == "__main__":
    wishes = argparse.ArgumentParser(description=__doc__)
    wishes.add_argument("--kills", type=int, default=20)
    wishes.add_argument("--seed", type=int, default=7)
    chosen = wishes.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = soak(Path(folder), chosen.kills, chosen.seed)
    sys.stdout.write(found.table() + "\n")
    sys.exit(1 if found.faults() else 0)
