"""What `flywheel doctor` looks at, one line each: what was found, or the cure."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy.exc import SQLAlchemyError

from bot.cli import argilla_checkup, slack_checkup
from bot.cli.shop import parts
from bot.cli.slack_checkup import CURES, Unmet
from db import schema
from db.errors import FlywheelError

LEAST_FREE = 2 * 1024**3  # bytes; an adapter, its dataset and the database's growth


@dataclass(frozen=True)
class Check:
    """One line of the doctor's list."""

    name: str
    ok: bool
    detail: str


def checks() -> Iterator[Check]:
    """All checks in order; one that can't be made because an earlier one failed says so."""
    for name, look in (
        ("settings", settings),
        ("style guide", house),
        ("home folder", home),
        ("database", database),
        ("base model", base_model),
        ("Slack token key", slack_checkup.token_key),
        ("Slack bot token", slack_checkup.bot_token),
        ("Slack scopes", slack_checkup.granted_scopes),
        ("Slack connection", slack_checkup.connection),
        ("review channel", slack_checkup.review_channel),
        ("admin channel", slack_checkup.admin_channel),
        *argilla(),
    ):
        yield made(name, look)


def argilla() -> list[tuple[str, Callable[[], str]]]:
    """The lines about Argilla, where it is used."""
    own = parts().settings
    if own.review != "argilla" and not own.argilla_api_url:
        return []
    return [
        ("Argilla", argilla_checkup.server),
        ("Argilla reviewers", argilla_checkup.reviewers),
        ("Argilla records", argilla_checkup.records),
    ]


def made(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except SlackApiError as error:
        return Check(name, False, f"Slack answers {error.response['error']}. {CURES.get(error.response['error'], '')}")
    except (FlywheelError, SQLAlchemyError, SlackClientError, OSError) as error:
        return Check(name, False, str(error).splitlines()[0])


def settings() -> str:
    own, training = parts().settings, parts().training
    return f"home {own.home}, a training every {training.train_after} new examples"


def house() -> str:
    guide = parts().house
    return f"{len(guide.tasks)} tasks: {', '.join(guide.tasks)}"


def home() -> str:
    folder = parts().settings.home
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise Unmet(f"Only {free / 1e9:.1f} GB free in {folder}. Make room, or set FLYWHEEL_HOME to a larger disk.")
    return f"{folder}, {free / 1e9:.0f} GB free"


def database() -> str:
    engine = parts().engine
    return f"{engine.url.render_as_string(hide_password=True)} at {schema.revision(engine)}"


def base_model() -> str:
    name = parts().settings.base_model
    if name == "tiny":
        return "tiny: toy-sized, to try things out. FLYWHEEL_BASE_MODEL brings a real one"
    if Path(name).is_dir() and not (Path(name) / "config.json").is_file():
        raise Unmet(f"{name} holds no config.json. FLYWHEEL_BASE_MODEL must be a model's folder or a hub id.")
    return name
