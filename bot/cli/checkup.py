"""What `flywheel doctor` looks at, one line each: what was found, or the cure."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.shop import parts
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
        ("Slack bot token", slack),
        ("Slack app token", socket_mode),
        ("review channel", review_channel),
    ):
        yield made(name, look)


def made(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except SlackApiError as error:
        return Check(name, False, f"Slack answers {error.response['error']}. {CURES.get(error.response['error'], '')}")
    except (FlywheelError, SQLAlchemyError, SlackClientError, OSError) as error:
        return Check(name, False, str(error).splitlines()[0])


CURES = {
    "invalid_auth": "Copy the token again from OAuth & Permissions of the app.",
    "not_authed": "Set SLACK_BOT_TOKEN.",
    "missing_scope": "Install the app again with the scopes of the manifest.",
    "channel_not_found": "Invite the bot to the channel and set the channel's id, not its name.",
}


class Unmet(FlywheelError):
    """A check failed; the message is the cure."""


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


def client(token: str) -> WebClient:
    return WebClient(token, base_url=parts().settings.slack_api_url, timeout=10)


def slack() -> str:
    token = parts().settings.slack_bot_token.get_secret_value()
    if not token:
        raise Unmet("SLACK_BOT_TOKEN is empty. `flywheel demo` needs none; a real workspace does.")
    answer = client(token).auth_test()
    return f"{answer['user']} in {answer['team']}"


def socket_mode() -> str:
    token = parts().settings.slack_app_token.get_secret_value()
    if not token.startswith("xapp-"):
        raise Unmet("SLACK_APP_TOKEN must start with xapp-. Make one under Basic Information, scope connections:write.")
    client(token).apps_connections_open(app_token=token)
    return "a connection can be opened"


def review_channel() -> str:
    own = parts().settings
    if not own.review_channel:
        raise Unmet("FLYWHEEL_REVIEW_CHANNEL is empty: nobody can approve anything. Set it to a channel's id.")
    answer = client(own.slack_bot_token.get_secret_value()).conversations_info(channel=own.review_channel)
    return f"#{answer['channel']['name']}"
