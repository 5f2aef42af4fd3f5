"""The whole bot at work in a local Slack: the real Bolt app, worker and herald, on the tiny model kept open for all tests.

A test module asks for it with `pytest_plugins = ["tests.bot_bench"]`; each module gets its own Slack and database.
"""

from collections.abc import Iterator

import pytest

from bot.playground.server import Playground
from curation.house import load_house
from db.settings import Settings
from tests.bot_parts import Bench
from trainer.runtime import Runtime


@pytest.fixture(scope="session")
def tiny_runtime() -> Iterator[Runtime]:
    """The shipped base model, opened once."""
    from trainer.runtime.local import LocalRuntime

    runtime = LocalRuntime("tiny")
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def running_bench(tiny_runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Playground.start() as slack:
        settings = Settings(
            home=tmp_path_factory.mktemp("home"),
            base_model="tiny",
            review_channel="C0REVIEW",
            admin_channel="C0FLYWHEEL",
            operators="U0SARA",
            reviewers="U0EUN",
            slack_api_url=slack.api_url,
            slack_bot_token=slack.bot_token,
            slack_app_token=slack.app_token,
            slack_signing_secret=slack.signing_secret,
        )
        bench = Bench(slack, settings, tiny_runtime, load_house())
        yield bench
        bench.stop()


@pytest.fixture
def bench(running_bench: Bench) -> Iterator[Bench]:
    """The running bot; whatever a test switched or broke in the local Slack is as usual again after it."""
    usual = running_bench.slack.switch()
    yield running_bench
    running_bench.slack.switch(**usual)
    running_bench.slack.clear_faults()
