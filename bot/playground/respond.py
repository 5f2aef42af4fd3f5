"""In: what an app posts to a response URL, or acks a slash command with. Out: the answer where the person acted."""

from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.chat import bot_message, checked_metadata, content
from bot.playground.refusal import Refusal
from bot.playground.triggers import ResponseUrl
from bot.playground.workspace import Message

Json = dict[str, Any]
KNOWN = {
    "text",
    "blocks",
    "attachments",
    "response_type",
    "replace_original",
    "delete_original",
    "unfurl_links",
    "unfurl_media",
    "thread_ts",
    "metadata",
}


def respond(slack: LocalSlack, place: ResponseUrl, body: Json) -> None:
    """Posts, replaces or deletes. Errors: Refusal invalid_arguments, message_not_found and those of `content`."""
    body = {k: v for k, v in body.items() if v is not None}
    if slack.switches.strict and (unknown := body.keys() - KNOWN):
        raise Refusal("invalid_arguments", *(f"unknown argument: {u}" for u in sorted(unknown)))
    channel = slack.workspace.channels[place.channel]
    original = channel.messages.get(place.message_ts) or channel.whispers.get(place.message_ts)
    if body.get("delete_original"):
        slack.remove(found(original))
    elif body.get("replace_original"):
        change(slack, found(original), body)
    else:
        thread = body.get("thread_ts") or place.thread_ts
        viewer = "" if body.get("response_type") == "in_channel" else place.person
        text, blocks = content(body)
        slack.post(
            bot_message(
                slack,
                channel.id,
                text=text,
                blocks=blocks,
                thread_ts=thread,
                viewer=viewer,
                metadata=checked_metadata(body.get("metadata") or {}),
            )
        )


def found(original: Message | None) -> Message:
    if original is None:
        raise Refusal("message_not_found")
    return original


def change(slack: LocalSlack, message: Message, body: Json) -> None:
    before = message.shape(slack.workspace.identity.team_id)
    message.text, message.blocks = content(body)
    if message.viewer:
        slack.show(message)
    else:
        slack.changed(message, before)
