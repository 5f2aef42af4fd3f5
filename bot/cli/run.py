"""Verbs that stay: demo, up, bot, trainer, argilla."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from bot.cli.argilla import entrance, start
from bot.cli.children import Children
from bot.cli.out import Json, side
from bot.cli.shop import parts
from curation.argilla_local.server import PORT, LocalArgilla, opened
from curation.argilla_local.venv import place

Review = Annotated[
    Literal["argilla", "slack"] | None,
    typer.Option("--review", help="Where reviewers decide; slack: no local Argilla."),
]


def log_to_stderr() -> None:
    """Ids and reasons on stderr, never texts."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for noisy in ("slack_sdk", "httpx", "alembic", "presidio-analyzer", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Warnings of Bolt show whole payloads; one of APScheduler comes with every tick that a training outlasts.
    for noisy in ("torch", "slack_bolt", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def bot() -> None:
    """The Slack bot: takes requests, drafts, collects votes and edits; over a socket or HTTP (FLYWHEEL_SLACK_MODE)."""
    from bot.app import run

    log_to_stderr()
    own = parts()
    run(own.settings, own.training, own.engine, own.house, own.artifacts, lambda: own.runtime)


def trainer() -> None:
    """The trainer: gathers feedback, trains when enough is new, promotes only what is better."""
    from trainer.scheduler import serve

    log_to_stderr()
    serve(parts().shop())


def up(review: Review = None) -> None:
    """Bot, trainer and, where ARGILLA_API_URL names none, a local Argilla; what dies is started again. Ctrl-C ends all."""
    parts().engine  # noqa: B018  create or upgrade the database before two processes meet in it
    with _desk(review) as (local, environment), Children(environment) as children:
        if local:
            start(children, local)
            side.print(f"Argilla is open at {entrance(local)}", highlight=False, soft_wrap=True)
        for verb in ("bot", "trainer"):
            children.start(verb)
        side.print("bot and trainer are running; Ctrl-C ends them")
        children.keep()


@contextmanager
def _desk(review: str | None) -> Iterator[tuple[LocalArgilla | None, dict[str, str]]]:
    """A local Argilla unless one is named or Slack is chosen, and the variables that say where reviewers decide."""
    own = parts().settings
    chosen = review or (own.review if "review" in own.model_fields_set else "argilla")
    if chosen == "slack" or own.argilla_api_url:
        yield None, {"FLYWHEEL_REVIEW": chosen}
        return
    with opened(own.home / "argilla", place(), None, _tell) as local:
        yield local, local.settings


def argilla(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of its page; 0 takes any free one.")
    ] = PORT,
) -> None:
    """Argilla alone, on this machine: its server and pages without Docker, for a first try. Ctrl-C ends it."""
    home = parts().settings.home / "argilla"
    with opened(home, place(), port, _tell) as local, Children(dict(os.environ)) as children:
        start(children, local)
        side.print(f"Argilla is open at {entrance(local)}", highlight=False, soft_wrap=True)
        kept = home / "login.json"
        side.print(f"bot and trainer use it with ARGILLA_API_URL={local.url}, ARGILLA_API_KEY=(api_key in {kept})")
        children.keep()


def _tell(words: str) -> None:
    side.print(words, highlight=False, markup=False, soft_wrap=True)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after one turn instead of staying up.")] = False,
    port: Annotated[int, typer.Option("--port", help="Port of the local Slack's page; 0 takes any free one.")] = 8801,
    garbage: Annotated[
        bool, typer.Option("--garbage", help="Shuffle the words of all texts: the gate should say no.")
    ] = False,
    review: Review = None,
    as_json: Json = False,
) -> None:
    """A local Slack, a local Argilla, a scripted team and one real turn of the wheel on the shipped toy-sized model."""
    from bot.demo import run

    run(once=once, port=port, garbage=garbage, in_argilla=review != "slack", as_json=as_json)


def register(app: typer.Typer) -> None:
    for verb in (demo, up, bot, trainer, argilla):
        app.command()(verb)
