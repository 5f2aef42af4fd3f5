"""In: Bolt's app and, for several workspaces, the steps of an installation. Out: the web application Slack calls."""

from collections.abc import Callable

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_bolt.oauth import OAuthFlow
from slack_sdk.signature import SignatureVerifier

from bot.standing import TROUBLE
from bot.web import argilla
from bot.web.argilla import Puller
from bot.web.signed import body_of

AWAY = "Slack can't be reached just now. Please begin again at /slack/install in a moment."


def create_web(app: App, signing_secret: str, oauth: OAuthFlow | None, puller: Puller | None = None) -> FastAPI:
    """The routes. Without a signing secret (Socket Mode) there is no /slack/events, without Argilla no /argilla/events."""
    web = FastAPI(title="flywheel", docs_url=None, redoc_url=None, openapi_url=None)

    @web.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"ok": True}

    if puller:
        argilla.listen(web, puller)

    if signing_secret:
        verifier = SignatureVerifier(signing_secret)

        @web.post("/slack/events")
        async def events(request: Request) -> Response:
            body = await body_of(request, verifier)
            try:
                asked = to_bolt_request(request, body)
            except ValueError:
                raise HTTPException(400) from None
            # Bolt's adapter would hold up all other requests until a listener has acked this one.
            return to_starlette_response(await run_in_threadpool(app.dispatch, asked))

    if oauth:

        @web.get("/slack/install")
        def install(request: Request) -> Response:
            return step(oauth.handle_installation, BoltRequest(body="", headers=dict(request.headers)))

        @web.get("/slack/oauth_redirect")
        def back(request: Request) -> Response:
            return step(oauth.handle_callback, to_bolt_request(request, b""))

    return web


def step(handle: Callable[[BoltRequest], BoltResponse], request: BoltRequest) -> Response:
    """The edge of an installation: whoever installs reads a sentence."""
    try:
        return to_starlette_response(handle(request))
    except TROUBLE:
        return PlainTextResponse(AWAY, 502)
