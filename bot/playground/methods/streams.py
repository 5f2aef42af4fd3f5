"""In: chat.startStream, appendStream, stopStream. Out: a message that grows in a thread.

Budgets as seen on the real service: 12,000 characters a call, about 11,500 characters or 10,600 UTF-8 bytes a message,
closed about five minutes after the start whatever is appended.
"""

import time
from typing import Any

from bot.playground.block_check import check_message_blocks
from bot.playground.compose import named
from bot.playground.local import LocalSlack
from bot.playground.methods.chat import MARKDOWN_CHARACTERS, bot_message, checked_metadata
from bot.playground.methods.spec import Method, joined_channel, thread_root
from bot.playground.refusal import Refusal
from bot.playground.workspace import Message

Json = dict[str, Any]
STREAM_CHARACTERS = 11_500
STREAM_BYTES = 10_600


def added_text(args: Json) -> str:
    """The markdown a call adds. Errors: Refusal markdown_text_conflict, invalid_chunks, msg_too_long."""
    markdown, chunks = args.get("markdown_text"), args.get("chunks")
    if markdown and chunks:
        raise Refusal("markdown_text_conflict")
    pieces = [markdown or ""]
    if not isinstance(chunks or [], list):
        raise Refusal("invalid_chunks")
    for chunk in chunks or []:
        known = isinstance(chunk, dict) and chunk.get("type") == "markdown_text"
        if not known or not isinstance(chunk.get("text"), str):
            raise Refusal("invalid_chunks")
        pieces.append(chunk["text"])
    if any(len(piece) > MARKDOWN_CHARACTERS for piece in pieces):
        raise Refusal("msg_too_long")
    return "".join(pieces)


def grow(message: Message, piece: str) -> None:
    text = message.text + piece
    if len(text) > STREAM_CHARACTERS or len(text.encode()) > STREAM_BYTES:
        raise Refusal("msg_too_long")
    message.text = text
    message.blocks = named([{"type": "markdown", "text": text}]) if text else []


def start(slack: LocalSlack, args: Json) -> Json:
    if not slack.switches.streaming:
        raise Refusal("unknown_method")
    channel = joined_channel(slack, args["channel"])
    thread = thread_root(channel, args.get("thread_ts"))
    if not thread:
        raise Refusal("invalid_thread_ts")
    if not channel.user:
        for name in ("recipient_user_id", "recipient_team_id"):
            if not args.get(name):
                raise Refusal(f"missing_{name}")
        slack.workspace.find_person(args["recipient_user_id"])
    piece = added_text(args)
    message = bot_message(slack, channel.id, thread_ts=thread, streaming_since=time.monotonic(), was_streamed=True)
    grow(message, piece)
    slack.post(message)
    return {"channel": channel.id, "ts": message.ts}


def open_stream(slack: LocalSlack, args: Json) -> Message:
    """Errors: Refusal unknown_method, message_not_found, message_not_owned_by_app, message_not_in_streaming_state."""
    if not slack.switches.streaming:
        raise Refusal("unknown_method")
    channel = joined_channel(slack, args["channel"])
    message = channel.messages.get(args["ts"])
    if message is None:
        raise Refusal("message_not_found")
    if message.user != slack.workspace.identity.bot_user:
        raise Refusal("message_not_owned_by_app")
    slack.expire_stream(message)
    if not message.streaming_since:
        raise Refusal("message_not_in_streaming_state")
    return message


def append(slack: LocalSlack, args: Json) -> Json:
    message = open_stream(slack, args)
    piece = added_text(args)
    if not piece:
        raise Refusal("no_text")
    grow(message, piece)
    slack.show(message)
    return {"channel": message.channel, "ts": message.ts}


def stop(slack: LocalSlack, args: Json) -> Json:
    message = open_stream(slack, args)
    before = message.shape(slack.workspace.identity.team_id)
    metadata, added = checked_metadata(args.get("metadata") or {}), added_text(args)
    if args.get("blocks"):
        check_message_blocks(args["blocks"], beside=len(message.text + added))
    grow(message, added)
    message.blocks += named(args.get("blocks") or [])
    message.metadata = metadata
    message.streaming_since = 0.0
    slack.changed(message, before)
    return {"channel": message.channel, "ts": message.ts, "message": message.shape(slack.workspace.identity.team_id)}


METHODS = {
    "chat.startStream": Method(
        start,
        ("channel",),
        (
            "thread_ts",
            "markdown_text",
            "chunks",
            "recipient_team_id",
            "recipient_user_id",
            "task_display_mode",
            "icon_emoji",
            "icon_url",
            "username",
        ),
        "tier2",
    ),
    "chat.appendStream": Method(append, ("channel", "ts"), ("markdown_text", "chunks"), "tier4"),
    "chat.stopStream": Method(
        stop, ("channel", "ts"), ("markdown_text", "chunks", "blocks", "metadata", "session_status"), "tier2"
    ),
}
