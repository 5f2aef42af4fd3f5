"""In: what the page (or a script in another process) asks for under /ui. Out: JSON, and a WebSocket of live changes.

Nothing here exists in the real Slack's API: it is the side of Slack's own client, the side of the people.
"""

import asyncio
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Body
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.acts import Acts
from bot.playground.local import LocalSlack
from bot.playground.refusal import Refusal
from bot.playground.seed import COMMANDS, SHORTCUTS, START, SUGGESTIONS
from bot.playground.workspace import Person

Json = dict[str, Any]


def routes(slack: LocalSlack) -> APIRouter:
    """The router for pages and scripted members."""
    router = APIRouter(prefix="/ui")

    @router.get("/state")
    async def state(person: str) -> Json:
        return snapshot(slack, slack.workspace.find_person(person))

    @router.post("/act/{what}")
    async def act(what: str, body: Json = Body()) -> Json:
        acts = Acts(slack, slack.workspace.find_person(body.pop("person")))
        return await do(acts, what, body)

    @router.get("/messages")
    async def messages(person: str, channel: str, thread_ts: str = "") -> Json:
        return {"messages": visible(slack, slack.workspace.find_person(person), channel, thread_ts)}

    @router.get("/views")
    async def views(person: str) -> Json:
        who = slack.workspace.find_person(person).id
        return {"views": [v for v in slack.workspace.views.values() if v["user"] == who]}

    @router.websocket("/live")
    async def live(socket: WebSocket, person: str) -> None:
        await follow(slack, socket, slack.workspace.find_person(person).id)

    return router


async def do(acts: Acts, what: str, body: Json) -> Json:
    """One act of a person by its name. Errors: Refusal, also where an argument is missing."""
    try:
        match what:
            case "say":
                return acts.say(body["channel"], body["text"], body.get("thread_ts"))
            case "upload":
                place, text = (body["channel"], body.get("thread_ts")), body.get("text", "")
                return acts.upload(*place, body["name"], body["content"], text)
            case "canvas":
                return acts.canvas(body["canvas_id"], body.get("text"))
            case "react" | "unreact":
                return acts.react(body["channel"], body["ts"], body["name"], what == "react")
            case "click" if body.get("view_id"):
                view = acts.view(body["view_id"])
                return await acts.click_in_view(
                    view, body["action_id"], body.get("block_id"), body.get("value"), body.get("values", {})
                )
            case "click":
                where = (body["channel"], body["ts"], body["action_id"], body.get("block_id"))
                return await acts.click(*where, body.get("value"))
            case "submit":
                return await acts.submit(body["view_id"], body["values"])
            case "close_view":
                return await acts.close_view(body["view_id"])
            case "command":
                return await acts.command(body["channel"], body["command"], body.get("text", ""))
            case "shortcut":
                return await acts.shortcut(body["channel"], body["ts"], body["callback_id"])
            case "open_home":
                return acts.open_home()
            case "open_messages":
                return acts.open_messages()
    except KeyError as error:
        raise Refusal("invalid_arguments", f"missing: {error.args[0]}") from error
    raise Refusal("unknown_act")


def visible(slack: LocalSlack, person: Person, channel: str, thread_ts: str = "") -> list[Json]:
    """What this person sees of a channel (or of one thread), oldest first, ephemeral lines in their place."""
    place = Acts(slack, person).channel(channel)
    found = [*place.messages.values(), *(m for m in place.whispers.values() if m.viewer == person.id)]
    if thread_ts:
        found = [m for m in found if thread_ts in (m.ts, m.thread_ts)]
    return [slack.page_message(m) for m in sorted(found, key=lambda m: m.ts)]


def snapshot(slack: LocalSlack, person: Person) -> Json:
    """All a page needs to draw itself for one person."""
    workspace = slack.workspace
    seen = list(workspace.seen_by(person))
    return {
        "me": asdict(person),
        "team": workspace.identity.team_name,
        "bot": workspace.identity.bot_user,
        "people": [asdict(p) for p in workspace.people.values()],
        "channels": [{"id": c.id, "name": c.name, "topic": c.topic, "kind": c.kind} for c in seen],
        "messages": [m for c in seen for m in visible(slack, person, c.id)],
        "statuses": [{"channel": c, "thread_ts": t, "line": line} for (c, t), line in workspace.statuses.items()],
        "views": [v for v in workspace.views.values() if v["user"] == person.id],
        "home": workspace.homes.get(person.id),
        "prompts": workspace.prompts,
        "banner": workspace.banner,
        "commands": COMMANDS,
        "shortcuts": SHORTCUTS,
        "start": START[person.language],
        "suggestions": SUGGESTIONS,
    }


async def follow(slack: LocalSlack, socket: WebSocket, person: str) -> None:
    """Sends every change this person may see until the page goes away."""
    await socket.accept()
    page = slack.live.open(person)

    async def send() -> None:
        while True:
            await socket.send_json(await page.get())

    sending = asyncio.create_task(send())
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        pass  # the page was closed
    finally:
        sending.cancel()
        slack.live.close(page)
