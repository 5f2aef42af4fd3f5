"""In: a code from the page of an installation. Out: the workspace's token, once for each code."""

import secrets
from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method
from bot.playground.refusal import Refusal

Json = dict[str, Any]
INSTALLER = "U0SARA"


def access(slack: LocalSlack, args: Json) -> Json:
    workspace, who = slack.workspace, slack.workspace.identity
    if args["client_id"] != who.client_id:
        raise Refusal("invalid_client_id")
    if args["client_secret"] != who.client_secret:
        raise Refusal("bad_client_secret")
    if args.get("grant_type") == "refresh_token":  # token rotation is off, so no such token was ever given
        raise Refusal("invalid_refresh_token")
    scope = workspace.codes.pop(args["code"], None)
    if scope is None:
        raise Refusal("invalid_code")
    token = f"xoxb-local-{secrets.token_hex(8)}"
    workspace.tokens.add(token)
    return {
        "access_token": token,
        "token_type": "bot",
        "scope": scope,
        "bot_user_id": who.bot_user,
        "app_id": who.app_id,
        "team": {"id": who.team_id, "name": who.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": INSTALLER},
    }


NEEDS, TAKES = ("code", "client_id", "client_secret"), ("grant_type", "redirect_uri", "refresh_token")
METHODS = {"oauth.v2.access": Method(access, NEEDS, TAKES, "tier4", token="")}
