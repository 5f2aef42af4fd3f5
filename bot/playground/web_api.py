"""In: HTTP calls to /api/METHOD as Slack's SDKs send them. Out: Slack's JSON answers, refusals with their code."""

import json
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from bot.playground.admission import check_caller, granted
from bot.playground.local import LocalSlack
from bot.playground.methods import METHODS
from bot.playground.methods.files import receive
from bot.playground.refusal import Refusal, missing
from bot.playground.respond import respond

Json = dict[str, Any]
AS_JSON = {
    "blocks",
    "attachments",
    "metadata",
    "view",
    "files",
    "chunks",
    "prompts",
    "loading_messages",
    "document_content",
}
AS_BOOL = {
    "inclusive",
    "include_all_metadata",
    "include_locale",
    "include_num_members",
    "return_im",
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
    "link_names",
    "reply_broadcast",
    "as_user",
    "full",
    "exclude_archived",
}
AS_INT = {"limit", "length"}
ANYWHERE = {"team_id"}  # Bolt adds it to every call


def routes(slack: LocalSlack) -> APIRouter:
    """The router for the Web API, file transfer and response URLs."""
    router = APIRouter()

    @router.api_route("/api/{name}", methods=["GET", "POST"])
    async def call(name: str, request: Request) -> Response:
        args: Json = {}
        try:
            args = await read(request)
            answer = {"ok": True, **dispatch(slack, name, args, request.headers.get("authorization", ""))}
            status, headers = 200, {"x-oauth-scopes": ",".join(granted(slack))}
        except Refusal as refusal:
            answer = refusal.answer()
            status = 429 if refusal.retry_after else 200
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
        call = {"method": name, "args": args, "ok": answer["ok"], "error": answer.get("error", "")}
        slack.calls.append(call | {"fault": request.scope.get("fault", ""), "at": time.time()})
        return JSONResponse(answer, status, headers)

    @router.post("/upload/v1/{file_id}")
    async def upload(file_id: str, request: Request) -> Response:
        try:
            return PlainTextResponse(receive(slack, file_id, await request.body()))
        except Refusal as refusal:
            return PlainTextResponse(refusal.error, 400)

    @router.get("/files/{file_id}/download")
    async def for_apps(file_id: str, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if token not in slack.workspace.tokens:  # not an error: Slack shows its sign-in page
            return HTMLResponse("<!DOCTYPE html><html><head><title>Sign in</title></head></html>")
        content = slack.workspace.contents.get(file_id)
        return Response(content or b"", 200 if content is not None else 404, media_type="application/octet-stream")

    @router.get("/files/{file_id}")
    async def download(file_id: str) -> Response:
        content = slack.workspace.contents.get(file_id)
        if content is None:
            return PlainTextResponse("file_not_found", 404)
        return Response(
            content,
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )

    @router.post("/respond/{key}")
    async def answer_url(key: str, request: Request) -> Response:
        try:
            respond(slack, slack.response_urls.use(key), await request.json())
        except Refusal as refusal:
            status = 404 if refusal.error in ("expired_url", "used_url") else 400
            return PlainTextResponse(refusal.error, status)
        return PlainTextResponse("ok")

    return router


async def read(request: Request) -> Json:
    """The arguments of a call, whatever way they came. Errors: Refusal json_not_object, invalid_json."""
    args: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as error:
            raise Refusal("invalid_json") from error
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        args |= body
    elif request.method == "POST":
        args |= dict(await request.form())
    return {k: v for k, v in args.items() if v is not None}


def dispatch(slack: LocalSlack, name: str, args: Json, authorization: str) -> Json:
    """Finds the method, checks who calls and with what, runs it."""
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method")
    check_caller(slack, name, method, args, authorization)
    if slack.switches.strict and (unknown := args.keys() - {*method.needs, *method.takes, *ANYWHERE}):
        raise Refusal("invalid_arguments", *(f"unknown argument: {u}" for u in sorted(unknown)))
    if absent := [n for n in method.needs if args.get(n) in (None, "") and not (n in args and n == "status")]:
        raise missing(*absent)
    parsed = {k: parse(k, v) for k, v in args.items()}
    slack.limits.take(name, method.tier, str(parsed.get("channel", "")))
    return method.run(slack, parsed)


def parse(name: str, value: Any) -> Any:
    """One argument in its proper type. Errors: Refusal invalid_blocks_format, invalid_arguments."""
    if name in AS_JSON:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
            raise Refusal(code, f"not JSON: {name}") from error
    if name in AS_BOOL:
        return value in (True, 1, "1", "true", "True")
    if name in AS_INT:
        if isinstance(value, bool) or not str(value).isdigit():
            raise Refusal("invalid_arguments", f"must be an integer [json-pointer:/{name}]")
        return int(value)
    if not isinstance(value, str):
        raise Refusal("invalid_arguments", f"must be a string [json-pointer:/{name}]")
    return value
