"""A workspace's id in, the Web API client that speaks for us there out; and for Bolt, who we are in that workspace."""

import threading
import time
from copy import copy
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.models.bot import Bot
from sqlalchemy import Engine

from bot.installs import Installs
from curation.slack_desk import slack_client
from db.settings import Settings

FRESH = 60.0  # seconds a token is believed without a look into the database


class Clients:
    """One client for every workspace the app is installed in; with a token in the settings there is one for all."""

    def __init__(self, base: WebClient, installs: Installs | None = None, home: str = "") -> None:
        self.base, self.installs, self.home = base, installs, home
        self._ourselves: Any = None
        self._known: dict[tuple[str, str], tuple[float, Bot]] = {}
        self._lock = threading.Lock()

    def of(self, team_id: str, enterprise_id: str = "") -> WebClient:
        """The client of a workspace; "" is the house's own, where reviewers and operators read.

        Where the app isn't installed (any more), every call raises what bot.standing takes for passing trouble.
        """
        if self.installs is None:
            return self.base
        bot = self._bot(team_id, enterprise_id)
        if bot is None:
            return NotInstalled()
        made = copy(self.base)
        made.token = bot.bot_token
        return made

    def authorize(self, enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        """Who we are where an event comes from, without a call to Slack. Errors: SlackApiError if not installed there."""
        if self.installs is None:
            us = self.ourselves()
            who = {"bot_id": us["bot_id"], "bot_user_id": us["user_id"], "bot_token": self.base.token}
        else:
            bot = self._bot(team_id or "", enterprise_id or "")
            if bot is None:
                raise not_installed()
            who = {"bot_id": bot.bot_id, "bot_user_id": bot.bot_user_id, "bot_token": bot.bot_token}
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id, **who)

    def ourselves(self) -> Any:
        """What auth.test says of the token in the settings; asked once. Errors: bot.standing.TROUBLE."""
        with self._lock:
            if self._ourselves is None:
                self._ourselves = self.base.auth_test()
            return self._ourselves

    def forget(self) -> None:
        """A token was revoked: look again."""
        self._known.clear()

    def _bot(self, team_id: str, enterprise_id: str) -> Bot | None:
        assert self.installs is not None
        key, now = (team_id or self.home, enterprise_id), time.monotonic()
        until, bot = self._known.get(key, (0.0, None))
        if bot is None or until < now:
            bot = self.installs.bot(*key) if key[0] or enterprise_id else self.installs.first()
            if bot is None:
                self._known.pop(key, None)
            else:
                self._known[key] = (now + FRESH, bot)
        return bot


class NotInstalled(WebClient):
    """Speaks for us where nobody listens: it answers as Slack does to the token of an app that was removed."""

    def api_call(self, api_method: str, **arguments: Any) -> Any:
        raise not_installed()


class Removed(dict[str, Any]):
    """Slack's answer, without asking."""

    status_code, headers = 200, dict[str, str]()


def not_installed() -> SlackApiError:
    answer = Removed(ok=False, error="account_inactive")
    return SlackApiError("The app is not installed in this workspace.", answer)  # type: ignore[no-untyped-call]


def clients_of(settings: Settings, engine: Engine) -> Clients:
    """Who we are: by the token of the settings, else by those of the workspaces that installed the app.

    Errors: SettingsError if FLYWHEEL_TOKEN_KEY is missing or does not open the tokens kept.
    """
    installs = Installs(settings, engine) if settings.many_workspaces else None
    if installs:
        installs.reseal()
    return Clients(slack_client(settings), installs, settings.home_team)
