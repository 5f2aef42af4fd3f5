"""A port and a folder in; out, where the demo plays: its local Slack, and the settings that point all processes at it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.playground.server import Playground
from db.errors import SettingsError


@contextmanager
def local_slack(port: int) -> Iterator[Playground]:
    """The local Slack at a port."""
    with ExitStack() as stack:
        try:
            slack = stack.enter_context(Playground.start(port=port))
        except OSError as error:
            raise SettingsError(f"Port {port} is in use. Choose another with --port, or end the other demo.") from error
        yield slack


def environment(slack: Playground, home: Path) -> dict[str, str]:
    """The settings of an ordinary installation, pointed at the local Slack."""
    return {
        "FLYWHEEL_HOME": str(home),
        "FLYWHEEL_DATABASE_URL": "",
        "FLYWHEEL_BASE_MODEL": "tiny",
        "FLYWHEEL_RUNTIME": "local",
        "FLYWHEEL_REVIEW": "slack",
        "ARGILLA_API_URL": "",  # never anybody's real one
        "ARGILLA_WORKSPACE": "",
        "FLYWHEEL_REVIEW_CHANNEL": "C0REVIEW",
        "FLYWHEEL_ADMIN_CHANNEL": "C0FLYWHEEL",
        "FLYWHEEL_OPERATORS": "U0SARA",
        "FLYWHEEL_REVIEWERS": "U0EUN",
        "FLYWHEEL_SECOND_OPINIONS": "0",  # whoever stays decides alone
        "FLYWHEEL_EVERY_SECONDS": "2",
        "FLYWHEEL_SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }
