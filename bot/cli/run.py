"""Verbs that stay: demo, up, bot, trainer."""

import logging
from typing import Annotated

import typer

from bot.cli.children import Children
from bot.cli.out import Json, side
from bot.cli.shop import parts


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
    garbage: Annotated[
        bool, typer.Option("--garbage", help="Shuffle the words of all texts: the gate should say no.")
    ] = False,
    as_json: Json = False,
) -> None:
    """A local Slack, a scripted team and one real turn of the wheel on the shipped toy-sized model."""
    from bot.demo import run

    run(once=once, port=port, garbage=garbage, as_json=as_json)


def register(app: typer.Typer) -> None:
    for verb in (demo, up, bot, trainer):
        app.command()(verb)
