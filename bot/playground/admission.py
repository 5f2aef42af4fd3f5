"""In: who calls a method. Out: nothing, or the refusal Slack gives for a wrong token or a scope it lacks."""

import base64
import binascii
from typing import Any

from bot import scopes
from bot.playground.local import LocalSlack
from bot.playground.methods import Method
from bot.playground.refusal import Refusal

Json = dict[str, Any]
UNUSED = {  # methods this Slack knows and the bot has no need of
    "bots.info": ("users:read",),
    "conversations.join": ("channels:join",),
    "conversations.list": scopes.anywhere("read"),
    "team.info": ("team:read",),
    "users.list": ("users:read",),
}


def granted(slack: LocalSlack) -> list[str]:
    """The scopes of the bot's tokens, as the manifest asks for them, with the one it leaves to the installer."""
    asked = (*scopes.BOT, *(scope for needed in scopes.OPTIONAL.values() for scope in needed))
    return [s for s in (*asked, *slack.switches.further_scopes) if s not in slack.switches.withheld_scopes]


def check_caller(slack: LocalSlack, name: str, method: Method, args: Json, authorization: str) -> None:
    """Takes the token out of the arguments; puts an app's own name and secret in, where they come as Basic.

    Errors: Refusal not_authed, invalid_auth, account_inactive, not_allowed_token_type, missing_scope.
    """
    kind, _, given = authorization.partition(" ")
    if kind == "Basic":
        args |= basic(given)
    token = args.pop("token", "") or (given.strip() if kind == "Bearer" else "")
    if method.token:
        check_token(slack, method, token)
    if method.token == "bot":
        check_scope(slack, name, str(args.get("channel") or args.get("channel_id") or ""))


def basic(given: str) -> Json:
    try:
        name, _, secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise Refusal("invalid_auth") from error
    return {"client_id": name, "client_secret": secret}


def check_token(slack: LocalSlack, method: Method, token: str) -> None:
    workspace, app_token = slack.workspace, slack.workspace.identity.app_token
    if not token:
        raise Refusal("not_authed")
    if token in workspace.revoked:
        raise Refusal("account_inactive")
    if token not in workspace.tokens and token != app_token:
        raise Refusal("invalid_auth")
    if (token == app_token) != (method.token == "app"):
        raise Refusal("not_allowed_token_type")


def check_scope(slack: LocalSlack, name: str, channel: str) -> None:
    needed = (scopes.METHODS | scopes.OPTIONAL | UNUSED).get(name, ())
    if len(needed) > 1 and channel:
        kind = "im" if channel.startswith(("D", "U")) else "channels"
        needed = tuple(scope for scope in needed if scope.startswith(f"{kind}:"))
    have = granted(slack)
    if needed and not set(needed) & set(have):
        raise Refusal("missing_scope", needed=",".join(needed), provided=",".join(have))
