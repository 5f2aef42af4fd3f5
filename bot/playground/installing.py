"""In: somebody on Slack's page of an installation, or an administrator who takes the app away. Out: a code, or no tokens.

The page is not shown: whoever comes allows at once.
"""

import secrets
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from bot.playground.admission import granted
from bot.playground.local import LocalSlack

Json = dict[str, Any]


def routes(slack: LocalSlack) -> APIRouter:
    """The router for the authorization page and for taking the app away."""
    router = APIRouter()

    @router.get("/oauth/v2/authorize")
    async def authorize(client_id: str = "", scope: str = "", state: str = "", redirect_uri: str = "") -> Response:
        if client_id != slack.workspace.identity.client_id:
            return PlainTextResponse("invalid_client_id", 400)
        if unknown := set(scope.split(",")) - set(granted(slack)):
            return PlainTextResponse(f"invalid_scope: {', '.join(sorted(unknown))}", 400)
        code = secrets.token_urlsafe(16)
        slack.workspace.codes[code] = scope
        back = redirect_uri or slack.switches.redirect_url
        return RedirectResponse(f"{back}?{urlencode({'code': code, 'state': state})}", 302)

    @router.post("/control/uninstall")
    async def uninstall(body: Json = Body()) -> Json:
        workspace = slack.workspace
        gone = body.get("tokens") or sorted(workspace.tokens)
        workspace.tokens -= set(gone)
        workspace.revoked |= set(gone)
        told: list[Json] = [{"type": "tokens_revoked", "tokens": {"bot": [workspace.identity.bot_user], "oauth": []}}]
        if not body.get("tokens"):
            told.append({"type": "app_uninstalled"})
        slack.sockets.send_events([slack.events.wrap(event) for event in told])
        return {}

    return router
