"""The real processes: they start, end, die and are started again as an operator's machine does it."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bot.playground.server import Playground
from db import schema
from db.errors import DeskError
from db.session import connect, transaction
from db.tables import Request, Run
from trainer.flywheel import Shop, Turn
from trainer.scheduler import tick

PATIENCE = 120.0  # seconds for what takes a few; machines that test are busy


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


class Place:
    """A folder with a database, and the verbs run in it."""

    def __init__(self, slack: Playground, home: Path) -> None:
        self.slack, self.home = slack, home
        self.engine = connect(f"sqlite:///{home / 'flywheel.db'}")
        schema.upgrade(self.engine)
        self.begun: list[subprocess.Popen[bytes]] = []

    def environment(self, **more: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("FLYWHEEL_", "SLACK_", "ARGILLA_"))}
        return {
            **clean,
            "FLYWHEEL_HOME": str(self.home),
            "FLYWHEEL_REVIEW": "slack",
            "FLYWHEEL_REVIEW_CHANNEL": "C0REVIEW",
            "FLYWHEEL_EVERY_SECONDS": "1",
            "FLYWHEEL_MAX_TOKENS": "24",
            "FLYWHEEL_SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            **more,
        }

    def begin(self, *words: str, **more: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "bot.cli", *words]
        with self.log.open("ab") as log:
            made = subprocess.Popen(command, cwd=self.home, env=self.environment(**more), stdout=log, stderr=log)
        self.begun.append(made)
        return made

    @property
    def log(self) -> Path:
        return self.home / "log"

    def read(self, words: str, times: int = 1) -> None:
        """Wait until the log has said this so often."""
        self.slack.wait_for(lambda: self.log.read_text(encoding="utf-8").count(words) >= times, PATIENCE, every=0.2)

    def end(self) -> None:
        for process in self.begun:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.engine.dispose()


@pytest.fixture
def place(slack: Playground, tmp_path: Path) -> Iterator[Place]:
    made = Place(slack, tmp_path)
    yield made
    made.end()


@pytest.mark.slow
def test_given_a_bot_told_to_stop_when_asked_meanwhile_then_it_ends_well_and_the_next_one_answers(place: Place) -> None:
    mina = place.slack.as_member("mina")

    def answered(ts: str) -> bool:
        return any(b["type"] == "context_actions" for m in mina.thread("초안", ts) for b in m.get("blocks", []))

    bot = place.begin("bot")
    place.read("bot ready")
    first = mina.mention("초안", "여름 음료 블로그")
    place.slack.wait_for(lambda: answered(first), PATIENCE)
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(PATIENCE) == 0
    place.read("bot left")
    meanwhile = mina.mention("초안", "가을 축제 블로그")
    place.begin("bot")
    place.slack.wait_for(lambda: answered(meanwhile), PATIENCE)
    with transaction(place.engine) as session:
        assert [(r.state, r.attempts) for r in session.query(Request)] == [("done", 1), ("done", 1)]


def test_given_a_slack_that_hangs_when_the_bot_is_told_to_stop_then_it_has_left_within_ten_seconds(
    place: Place,
) -> None:
    mina = place.slack.as_member("mina")
    bot = place.begin("bot")
    place.read("bot ready")
    place.slack.fault("*", "slow", times=50, seconds=60)
    asked = [mina.mention("초안", f"여름 음료 {n} 블로그") for n in range(3)]
    place.slack.wait_for(lambda: waiting(place) == len(asked), PATIENCE)
    began = time.monotonic()
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(PATIENCE) == 0
    assert time.monotonic() - began < 10
    place.slack.clear_faults()


def waiting(place: Place) -> int:
    """Requests a bot has in hand."""
    with transaction(place.engine) as session:
        return session.query(Request).filter(Request.state == "drafting").count()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack can't be reached or refuses the tokens"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack can't be reached or refuses the tokens"),
        ({"FLYWHEEL_SLACK_API_URL": "http://127.0.0.1:9/"}, "Slack can't be reached or refuses the tokens"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are needed"),
    ],
)
def test_given_slack_settings_that_are_wrong_when_the_bot_starts_then_one_sentence_ends_it(
    place: Place, settings: dict[str, str], words: str
) -> None:
    assert place.begin("bot", **settings).wait(PATIENCE) == 1
    said = place.log.read_text(encoding="utf-8")
    assert words in said.splitlines()[-1] and "Traceback" not in said


@pytest.mark.slow
def test_given_a_training_when_the_trainer_is_told_to_stop_then_the_next_one_takes_it_up_at_no_cost_of_tries(
    place: Place,
) -> None:
    posts = Path(__file__).parents[1] / "trainer" / "tiny" / "posts.jsonl"
    assert place.begin("import", str(posts), "--approved").wait(PATIENCE) == 0
    settings = {"FLYWHEEL_TRAIN_AFTER": "50", "FLYWHEEL_EPOCHS": "0.5"}

    def run() -> Run | None:
        with transaction(place.engine) as session:
            return session.query(Run).one_or_none()

    trainer = place.begin("trainer", **settings)
    place.slack.wait_for(lambda: [c for c in psutil.Process(trainer.pid).children() if c.is_running()], PATIENCE)
    recipes = psutil.Process(trainer.pid).children()
    trainer.send_signal(signal.SIGTERM)
    assert trainer.wait(PATIENCE) == 0
    assert not any(recipe.is_running() for recipe in recipes)
    left = run()
    assert left and (left.state, left.attempts, left.claimed_by) == ("queued", 0, None)
    assert "run 1 given back" in place.log.read_text(encoding="utf-8")
    place.begin("trainer", **settings)
    place.slack.wait_for(lambda: (row := run()) and row.state == "done", PATIENCE, every=0.3)
    done = run()
    assert done and (done.sequence, done.attempts, done.error) == (1, 1, None)


def test_given_up_when_a_child_dies_then_it_is_started_again_and_all_end_with_their_parent(place: Place) -> None:
    up = place.begin("up")
    place.read("bot ready")
    place.read("trainer ready")
    before = psutil.Process(up.pid).children()
    assert len(before) == 2
    before[0].kill()
    place.read("starting it again")
    place.read("ready", 3)
    after = psutil.Process(up.pid).children()
    assert len(after) == 2 and before[1] in after
    up.kill()  # as the kernel does when memory is short: nobody can clean up
    up.wait()
    _, alive = psutil.wait_procs(after, PATIENCE)
    assert alive == []


def test_given_up_when_told_to_stop_then_its_children_end_too(place: Place) -> None:
    up = place.begin("up")
    place.read("Ctrl-C ends them")
    children = psutil.Process(up.pid).children()
    up.send_signal(signal.SIGTERM)
    assert up.wait(PATIENCE) == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DeskError("Slack can't be reached. Check the network."), "Slack can't be reached"),
        (ValueError("a text of a person"), "ValueError"),
    ],
)
def test_given_a_job_that_fails_when_the_clock_ticks_then_the_reason_is_logged_and_the_clock_goes_on(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def turn(shop: Shop) -> Turn:
        raise error

    shop: Shop = None  # type: ignore[assignment]  # the job looks at none
    with caplog.at_level(logging.INFO):
        tick(turn, shop)()
    assert said in caplog.text and "text of a person" not in caplog.text
