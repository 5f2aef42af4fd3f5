"""In: what a test or a demo wants of the local Slack. Out: switches set, sockets broken, the log of what was sent."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Body

from bot.playground.local import LocalSlack
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel

Json = dict[str, Any]


def routes(slack: LocalSlack) -> APIRouter:
    """The router for those who run the local Slack."""
    router = APIRouter(prefix="/control")

    @router.post("/switches")
    async def switches(body: Json = Body()) -> Json:
        try:
            slack.switches.change(body)
        except ValueError as error:
            raise Refusal("invalid_arguments", str(error)) from error
        return asdict(slack.switches)

    @router.post("/banner")
    async def banner(body: Json = Body()) -> Json:
        slack.workspace.banner = {"ko": str(body["ko"]), "en": str(body["en"])}
        slack.live.tell("banner", {"banner": slack.workspace.banner})
        return {}

    @router.post("/channels")
    async def channels(body: Json = Body()) -> Json:
        people = {p.id for p in slack.workspace.people.values() if not p.is_bot}
        channel = Channel(f"C0{len(slack.workspace.channels):04d}", body["name"], "", members=people)
        slack.workspace.channels[channel.id] = channel
        return {"channel": channel.id}

    @router.post("/sockets/{what}")
    async def sockets(what: str) -> Json:
        await (slack.sockets.refresh() if what == "refresh" else slack.sockets.hang_up())
        return {}

    @router.get("/log")
    async def log() -> Json:
        return {
            "calls": list(slack.calls),
            "envelopes": list(slack.sockets.delivered),
            "lost": list(slack.sockets.lost),
        }

    @router.get("/health")
    async def health() -> Json:
        return {"connected": slack.sockets.connected, "unacked": slack.sockets.unacked}

    return router
