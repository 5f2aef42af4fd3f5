"""The terminal: `flywheel VERB`. Every verb has --help and --json; exit 0 ok, 1 failed, 2 wrong use."""

import os
import sys

import typer

from bot.cli import data, datasets, gate, look, methods, people, run, wheel
from bot.cli.out import fail
from db.errors import FlywheelError

app = typer.Typer(
    name="flywheel",
    help="A Slack bot that drafts in your team's voice, learns from every edit, and only ever gets better.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for part in (run, data, datasets, wheel, methods, gate, look, people):
    part.register(app)


def main() -> None:
    """The edge of the terminal: every error becomes one sentence and exit code 1."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        app()
    except FlywheelError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("FLYWHEEL_DEBUG"):
            raise
        fail(
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no detail'}. "
            "Set FLYWHEEL_DEBUG=1 to see where it happened."
        )
