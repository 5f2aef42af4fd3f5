"""In: views.* calls. Out: modals and App Home pages, each with an id and a hash that guards against races."""

import secrets
from typing import Any

from bot.playground.compose import named
from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method
from bot.playground.refusal import Refusal
from bot.playground.view_check import check_view

Json = dict[str, Any]
MOST_STACKED = 3


def made(slack: LocalSlack, view: Json, person: str, previous: Json | None = None) -> Json:
    """A stored view out of an app's view. `user` names whose it is; it is left out of what the app gets.

    Errors: Refusal of check_view, duplicate_external_id.
    """
    who = slack.workspace.identity
    external = view.get("external_id") or ""
    if external and any(v["external_id"] == external for v in slack.workspace.views.values()):
        raise Refusal("duplicate_external_id")
    view_id = f"V{secrets.token_hex(5).upper()}"
    return filled(view) | {
        "id": view_id,
        "team_id": who.team_id,
        "app_id": who.app_id,
        "bot_id": who.bot_id,
        "user": person,
        "app_installed_team_id": who.team_id,
        "hash": new_hash(slack),
        "state": {"values": {}},
        "previous_view_id": previous["id"] if previous else None,
        "root_view_id": previous["root_view_id"] if previous else view_id,
    }


def filled(view: Json) -> Json:
    """The app's part of a view with Slack's defaults."""
    defaults = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
    }
    return defaults | view | {"blocks": named(view.get("blocks", []))}


def new_hash(slack: LocalSlack) -> str:
    return f"{slack.workspace.new_ts().split('.')[0]}.{secrets.token_hex(4)}"


def public(view: Json) -> Json:
    return {k: v for k, v in view.items() if k != "user"}


def open_view(slack: LocalSlack, args: Json) -> Json:
    check_view(args["view"], "modal")
    person, _ = slack.triggers.spend(args.get("trigger_id") or "")
    for old in [v for v in slack.workspace.views.values() if v["user"] == person]:
        slack.close_view(old)
    view = made(slack, args["view"], person)
    slack.workspace.views[view["id"]] = view
    slack.show_view(view)
    return {"view": public(view)}


def push(slack: LocalSlack, args: Json) -> Json:
    check_view(args["view"], "modal")
    person, parent_id = slack.triggers.spend(args.get("trigger_id") or "")
    parent = slack.find_view(parent_id)
    return {"view": public(stack(slack, args["view"], person, parent))}


def stack(slack: LocalSlack, view: Json, person: str, parent: Json) -> Json:
    """Lays a view over its parent. Errors: Refusal push_limit_reached."""
    stacked = [v for v in slack.workspace.views.values() if v["root_view_id"] == parent["root_view_id"]]
    if len(stacked) >= MOST_STACKED:
        raise Refusal("push_limit_reached")
    child = made(slack, view, person, parent)
    slack.workspace.views[child["id"]] = child
    slack.show_view(child)
    return child


def update(slack: LocalSlack, args: Json) -> Json:
    if external := args.get("external_id"):
        found = next((v for v in slack.workspace.views.values() if v["external_id"] == external), None)
        if found is None:
            raise Refusal("not_found")
    else:
        found = slack.find_view(args.get("view_id") or "")
    check_view(args["view"], "modal")
    if args.get("hash") and args["hash"] != found["hash"]:
        raise Refusal("hash_conflict")
    return {"view": public(replace(slack, found, args["view"]))}


def replace(slack: LocalSlack, found: Json, view: Json) -> Json:
    """Puts new content into an open view; what was typed stays where block and action ids stay."""
    found.update(filled(view) | {"hash": new_hash(slack)})
    slack.show_view(found)
    return found


def publish(slack: LocalSlack, args: Json) -> Json:
    person = slack.workspace.find_person(args["user_id"])
    check_view(args["view"], "home")
    old = slack.workspace.homes.get(person.id)
    if args.get("hash") and (old is None or args["hash"] != old["hash"]):
        raise Refusal("hash_conflict")
    view = made(slack, args["view"], person.id)
    if old:
        view |= {"id": old["id"], "root_view_id": old["id"]}
    slack.workspace.homes[person.id] = view
    slack.live.tell("home", {"view": view}, only=person.id)
    return {"view": public(view)}


METHODS = {
    "views.open": Method(open_view, ("view",), ("trigger_id", "interactivity_pointer"), "tier4"),
    "views.push": Method(push, ("view",), ("trigger_id", "interactivity_pointer"), "tier4"),
    "views.update": Method(update, ("view",), ("view_id", "external_id", "hash"), "tier4"),
    "views.publish": Method(publish, ("user_id", "view"), ("hash",), "tier4"),
}
