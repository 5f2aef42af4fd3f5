"""In: what a test or a demo wants of the local Slack. Out: switches, faults, broken sockets, the log of what was sent."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Body

from bot.playground.faults import ADDRESSES, KINDS
from bot.playground.local import LocalSlack
from bot.playground.methods import METHODS
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel

Json = dict[str, Any]
LAST_CALLS = 30
FAULTY = {"*", *METHODS, *ADDRESSES.values()}


def routes(slack: LocalSlack) -> APIRouter:
    """The router for those who run the local Slack."""
    router = APIRouter(prefix="/control")
    faulty(router, slack)

    @router.post("/switches")
    async def switches(body: Json = Body()) -> Json:
        try:
            slack.switches.change(body)
        except ValueError as error:
            raise Refusal("invalid_arguments", str(error)) from error
        return asdict(slack.switches)

    @router.post("/usual")
    async def usual() -> Json:
        slack.faults.clear()
        slack.switches.reset()
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
            "acks": list(slack.sockets.acks),
        }

    @router.get("/now")
    async def now() -> Json:
        """What the page's panel shows: how things are set, what is to come, the last calls without their texts."""
        last = [slack.calls[n] for n in range(-min(LAST_CALLS, len(slack.calls)), 0)]
        return {
            "switches": asdict(slack.switches),
            "faults": ordered(slack),
            "kinds": KINDS,
            "methods": sorted(FAULTY),
            **await health(),
            "calls": [{name: call[name] for name in ("method", "ok", "error", "fault", "at")} for call in last],
        }

    @router.get("/health")
    async def health() -> Json:
        return {"connected": slack.sockets.connected, "unacked": slack.sockets.unacked}

    return router


def faulty(router: APIRouter, slack: LocalSlack) -> None:
    """What goes wrong by order."""

    @router.get("/faults")
    async def faults() -> Json:
        return {"faults": ordered(slack)}

    @router.post("/faults")
    async def order(body: Json = Body()) -> Json:
        if body.get("method", "*") not in FAULTY:
            raise Refusal("invalid_arguments", f"no such method: {body['method']}")
        slack.faults.order(body)
        return await faults()

    @router.delete("/faults")
    async def clear() -> Json:
        slack.faults.clear()
        return await faults()


def ordered(slack: LocalSlack) -> list[Json]:
    """The faults still to come."""
    return [fault.shape() for fault in slack.faults]
