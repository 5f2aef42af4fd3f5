"""The doctor's lines about Slack: tokens, scopes, how Slack reaches us, and the channels where people read."""

from typing import Any

from slack_sdk import WebClient
from sqlalchemy import func, select

from bot import scopes
from bot.cli.shop import parts
from bot.clients import clients_of
from bot.installs import lock
from db.errors import FlywheelError
from db.installations import BOTS

CURES = {
    "account_inactive": "The app was removed or never installed: install it again.",
    "channel_not_found": "Invite the bot to the channel and set the channel's id, not its name.",
    "invalid_auth": "Copy the token again from OAuth & Permissions of the app.",
    "missing_scope": "Install the app again with the scopes of the manifest.",
    "not_allowed_token_type": "xoxb-… belongs in SLACK_BOT_TOKEN, xapp-… in SLACK_APP_TOKEN.",
    "not_authed": "Set SLACK_BOT_TOKEN.",
    "token_revoked": "Install the app again and set the new token.",
}
NO_TOKEN = (
    "SLACK_BOT_TOKEN is empty. `flywheel demo` needs none; a real workspace does. For several workspaces set "
    "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead."
)


class Unmet(FlywheelError):
    """A check failed; the message is the cure."""


def client() -> WebClient:
    """Of the house's own workspace. Errors: Unmet without any token, SettingsError for a wrong FLYWHEEL_TOKEN_KEY."""
    own = parts().settings
    if not own.slack_bot_token.get_secret_value() and not own.many_workspaces:
        raise Unmet(NO_TOKEN)
    made = clients_of(own, parts().engine).of(own.home_team)
    made.timeout = 10
    return made


def bot_token() -> str:
    answer = client().auth_test()
    return f"{answer['user']} in {answer['team']}"


def granted_scopes() -> str:
    """As Slack tells them beside every answer."""
    granted = {scope for scope in client().auth_test().headers.get("x-oauth-scopes", "").split(",") if scope}
    optional = {scope for needed in scopes.OPTIONAL.values() for scope in needed}
    wanted = set(scopes.BOT) | (optional if parts().settings.operators_group else set())
    if missing := sorted(wanted - granted):
        raise Unmet(
            f"Missing: {', '.join(missing)}. Put manifest.yaml into App Manifest of the app, then Install App > Reinstall."
        )
    more = sorted(granted - wanted - optional)
    return f"all {len(scopes.BOT)} of the manifest" + (f"; not needed: {', '.join(more)}" if more else "")


def token_key() -> str:
    own = parts().settings
    if not own.many_workspaces:
        return "not needed: the token is in the settings"
    lock(own.token_key.get_secret_value())
    with parts().engine.connect() as connection:
        number = connection.execute(select(func.count(func.distinct(BOTS.c.team_id)))).scalar()
    if not number:
        raise Unmet("No workspace has installed the app yet: start the bot and open /slack/install of its address.")
    client()
    return f"opens the tokens of {number} installed workspaces"


def connection() -> str:
    """Socket Mode: a socket can be opened. HTTP mode: what has to be there before Slack can reach us."""
    own = parts().settings
    if own.slack_mode == "http":
        if not own.slack_signing_secret.get_secret_value().strip():
            raise Unmet("SLACK_SIGNING_SECRET is empty. Copy it from Basic Information of the app.")
        here = f"http://{own.http_host}:{own.http_port}/slack/events"
        return f"{here}; Slack needs a public https address that leads there, as the Request URL of the app"
    token = own.slack_app_token.get_secret_value()
    if not token.startswith("xapp-"):
        raise Unmet("SLACK_APP_TOKEN must start with xapp-. Make one under Basic Information, scope connections:write.")
    WebClient(token, base_url=own.slack_api_url, timeout=10).apps_connections_open(app_token=token)
    return "a socket can be opened"


def review_channel() -> str:
    name = parts().settings.review_channel
    if not name and parts().settings.review == "argilla":
        return "none; reviewers decide in Argilla"
    if not name:
        raise Unmet("FLYWHEEL_REVIEW_CHANNEL is empty: nobody can approve anything. Set it to a channel's id.")
    return joined(name)


def admin_channel() -> str:
    name = parts().settings.admin_channel
    return joined(name) if name else "none; FLYWHEEL_ADMIN_CHANNEL says where operators read news"


def joined(channel: str) -> str:
    found: dict[str, Any] = client().conversations_info(channel=channel)["channel"]
    if not found.get("is_member"):
        raise Unmet(f"The bot is not in #{found['name']}. Type /invite @ and the bot's name there.")
    return f"#{found['name']}"
