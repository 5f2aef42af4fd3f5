"""In: reactions.* calls of the bot. Out: reactions on messages, and the events they cause."""

import re
from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method, joined_channel
from bot.playground.refusal import Refusal
from bot.playground.workspace import Message

Json = dict[str, Any]


def put(slack: LocalSlack, message: Message, name: str, person: str) -> None:
    """Errors: Refusal invalid_name, already_reacted."""
    name = name.strip(":")
    bare, _, tone = name.partition("::")
    if tone and not re.fullmatch("skin-tone-[2-6]", tone):
        raise Refusal("invalid_name")
    if not bare or not bare.replace("_", "").replace("-", "").replace("+", "").replace("'", "").isalnum():
        raise Refusal("invalid_name")
    people = message.reactions.setdefault(name, [])
    if person in people:
        raise Refusal("already_reacted")
    people.append(person)
    slack.show(message)
    slack.sockets.send_events(slack.events.reaction(True, name, person, message))


def take(slack: LocalSlack, message: Message, name: str, person: str) -> None:
    """Errors: Refusal no_reaction."""
    name = name.strip(":")
    people = message.reactions.get(name, [])
    if person not in people:
        raise Refusal("no_reaction")
    people.remove(person)
    if not people:
        del message.reactions[name]
    slack.show(message)
    slack.sockets.send_events(slack.events.reaction(False, name, person, message))


def item(slack: LocalSlack, args: Json) -> Message:
    """The message meant. Errors: Refusal no_item_specified, channel_not_found, message_not_found."""
    if not args.get("channel") or not args.get("timestamp"):
        raise Refusal("no_item_specified")
    return slack.workspace.find_message(joined_channel(slack, args["channel"]), args["timestamp"])


def add(slack: LocalSlack, args: Json) -> Json:
    put(slack, item(slack, args), args["name"], slack.workspace.identity.bot_user)
    return {}


def remove(slack: LocalSlack, args: Json) -> Json:
    take(slack, item(slack, args), args["name"], slack.workspace.identity.bot_user)
    return {}


def get(slack: LocalSlack, args: Json) -> Json:
    message = item(slack, args)
    return {"type": "message", "channel": message.channel, "message": message.shape(slack.workspace.identity.team_id)}


METHODS = {
    "reactions.add": Method(add, ("name",), ("channel", "timestamp")),
    "reactions.remove": Method(remove, ("name",), ("channel", "timestamp", "file", "file_comment"), "tier2"),
    "reactions.get": Method(get, (), ("channel", "timestamp", "full", "file", "file_comment")),
}
