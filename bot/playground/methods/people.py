"""In: auth, users, bots, team and api calls. Out: who is who, and the address of a Socket Mode connection."""

from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method
from bot.playground.refusal import Refusal
from bot.playground.workspace import Person

Json = dict[str, Any]


def auth_test(slack: LocalSlack, args: Json) -> Json:
    who = slack.workspace.identity
    bot = slack.workspace.people[who.bot_user]
    return {
        "url": f"{slack.base}/",
        "team": who.team_name,
        "user": bot.name,
        "team_id": who.team_id,
        "user_id": who.bot_user,
        "bot_id": who.bot_id,
        "is_enterprise_install": False,
    }


def api_test(slack: LocalSlack, args: Json) -> Json:
    if args.get("error"):
        raise Refusal(args["error"])
    return {"args": args}


def connections_open(slack: LocalSlack, args: Json) -> Json:
    address = slack.base.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={slack.sockets.ticket()}&app_id={slack.workspace.identity.app_id}"}


def shape(slack: LocalSlack, person: Person, args: Json) -> Json:
    """The `user` object; guests are people with restricted accounts. The locale is told on request only."""
    body = person.shape(slack.workspace.identity.team_id)
    if not args.get("include_locale"):
        del body["locale"]
    guest = person.name in slack.switches.guests
    return body | {"is_restricted": guest, "is_ultra_restricted": False}


def user_info(slack: LocalSlack, args: Json) -> Json:
    person = slack.workspace.people.get(args["user"])
    if person is None:
        raise Refusal("user_not_found")
    return {"user": shape(slack, person, args)}


def user_list(slack: LocalSlack, args: Json) -> Json:
    return {
        "members": [shape(slack, p, args) for p in slack.workspace.people.values()],
        "response_metadata": {"next_cursor": ""},
    }


def bot_info(slack: LocalSlack, args: Json) -> Json:
    who = slack.workspace.identity
    if args.get("bot", who.bot_id) != who.bot_id:
        raise Refusal("bot_not_found")
    name = slack.workspace.people[who.bot_user].real_name
    return {"bot": {"id": who.bot_id, "app_id": who.app_id, "user_id": who.bot_user, "name": name, "deleted": False}}


def team_info(slack: LocalSlack, args: Json) -> Json:
    who = slack.workspace.identity
    return {"team": {"id": who.team_id, "name": who.team_name, "domain": who.domain}}


METHODS = {
    "auth.test": Method(auth_test, tier="special"),
    "api.test": Method(api_test, (), ("error",), "tier4"),
    "apps.connections.open": Method(connections_open, tier="tier1", token="app"),
    "users.info": Method(user_info, ("user",), ("include_locale",), "tier4"),
    "users.list": Method(user_list, (), ("cursor", "include_locale", "limit", "team_id"), "tier2"),
    "bots.info": Method(bot_info, (), ("bot", "team_id")),
    "team.info": Method(team_info, (), ("team", "domain", "include_slackbot_availability")),
}
