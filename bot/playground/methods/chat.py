"""In: chat.* calls. Out: messages posted, changed and removed, under Slack's limits."""

import json
from typing import Any
from urllib.parse import quote

from bot.playground.block_check import check_message_blocks
from bot.playground.compose import named
from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method, joined_channel, thread_root
from bot.playground.refusal import Refusal
from bot.playground.workspace import Message

Json = dict[str, Any]
POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
METADATA_BYTES = 16_000
MARKDOWN_CHARACTERS = 12_000


def content(args: Json) -> tuple[str, list[Json]]:
    """The text and the blocks of a call, checked. Markdown text becomes a markdown block.

    Errors: Refusal no_text, markdown_text_conflict, msg_too_long, and those of check_message_blocks.
    """
    text, blocks, markdown = args.get("text") or "", args.get("blocks"), args.get("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > MARKDOWN_CHARACTERS:
            raise Refusal("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}] if markdown else None
    if blocks:
        check_message_blocks(blocks)
    if not text and not blocks and not args.get("attachments"):
        raise Refusal("no_text")
    return text, named(blocks or [])


def checked_metadata(metadata: Any) -> Json:
    """Errors: Refusal invalid_metadata_format, invalid_metadata_schema, metadata_too_large."""
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    kinds = {"event_type": str, "event_payload": dict}
    if metadata and (
        metadata.keys() != kinds.keys() or any(not isinstance(metadata[name], kind) for name, kind in kinds.items())
    ):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata


def bot_message(slack: LocalSlack, channel: str, **fields: Any) -> Message:
    who = slack.workspace.identity
    return Message(slack.workspace.new_ts(), channel, who.bot_user, bot_id=who.bot_id, **fields)


def post_message(slack: LocalSlack, args: Json) -> Json:
    channel = joined_channel(slack, args["channel"])
    text, blocks = content(args)
    thread = thread_root(channel, args.get("thread_ts"))
    answer: Json = {}
    if len(text) > POST_CHARACTERS:
        text = text[:POST_CHARACTERS]
        answer["response_metadata"] = {"messages": ["[WARN] message_truncated"]}
        answer["warning"] = "message_truncated"
    message = slack.post(
        bot_message(
            slack,
            channel.id,
            text=text,
            blocks=blocks,
            thread_ts=thread,
            metadata=checked_metadata(args.get("metadata") or {}),
            attachments=args.get("attachments") or [],
        )
    )
    return {
        **answer,
        "channel": channel.id,
        "ts": message.ts,
        "message": message.shape(slack.workspace.identity.team_id),
    }


def update(slack: LocalSlack, args: Json) -> Json:
    """Text without blocks removes the blocks; metadata and attachments stay unless given, as Slack documents it."""
    workspace = slack.workspace
    channel = joined_channel(slack, args["channel"])
    message = channel.messages.get(args["ts"])
    if message is None:
        raise Refusal("message_not_found")
    if message.user != workspace.identity.bot_user:
        raise Refusal("cant_update_message")
    slack.expire_stream(message)
    if message.streaming_since:
        raise Refusal("streaming_state_conflict")
    if len(args.get("text") or "") > UPDATE_CHARACTERS:
        raise Refusal("msg_too_long")
    before = message.shape(workspace.identity.team_id)
    only_metadata = "metadata" in args and not args.keys() & {"text", "blocks", "markdown_text", "attachments"}
    if not only_metadata:
        message.text, message.blocks = content(args)
    if "metadata" in args:
        message.metadata = checked_metadata(args["metadata"])
    if "attachments" in args:
        message.attachments = args["attachments"]
    if not message.blocks:
        message.edited = {"user": message.user, "ts": workspace.new_ts()}
    slack.changed(message, before)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.shape(workspace.identity.team_id),
    }


def delete(slack: LocalSlack, args: Json) -> Json:
    channel = joined_channel(slack, args["channel"])
    message = channel.messages.get(args["ts"])
    if message is None:
        raise Refusal("message_not_found")
    if message.user != slack.workspace.identity.bot_user:
        raise Refusal("cant_delete_message")
    slack.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(slack: LocalSlack, args: Json) -> Json:
    """Slack answers ok but shows nobody what is said in a thread before the thread has a reply."""
    channel = joined_channel(slack, args["channel"])
    person = slack.workspace.find_person(args["user"])
    if person.id not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = content(args)
    thread = thread_root(channel, args.get("thread_ts"))
    message = bot_message(slack, channel.id, text=text, blocks=blocks, viewer=person.id, thread_ts=thread)
    if not thread or len(channel.thread(thread)) > 1:
        slack.post(message)
    return {"message_ts": message.ts}


def permalink(slack: LocalSlack, args: Json) -> Json:
    channel = joined_channel(slack, args["channel"])
    message = slack.workspace.find_message(channel, args["message_ts"])
    link = f"{slack.base}/?channel={quote(channel.id)}&ts={message.ts}"
    return {"channel": channel.id, "permalink": link + (f"&thread={message.thread_ts}" if message.thread_ts else "")}


LOOKS = ("as_user", "icon_emoji", "icon_url", "username", "link_names", "parse", "attachments")
CONTENT = ("text", "blocks", "markdown_text", "thread_ts", *LOOKS)
METHODS = {
    "chat.postMessage": Method(
        post_message,
        ("channel",),
        (*CONTENT, "metadata", "reply_broadcast", "unfurl_links", "unfurl_media", "mrkdwn", "container_id"),
        "post",
    ),
    "chat.update": Method(
        update,
        ("channel", "ts"),
        (
            "text",
            "blocks",
            "markdown_text",
            "attachments",
            "metadata",
            "as_user",
            "link_names",
            "parse",
            "reply_broadcast",
            "file_ids",
        ),
    ),
    "chat.delete": Method(delete, ("channel", "ts"), ("as_user",)),
    "chat.postEphemeral": Method(post_ephemeral, ("channel", "user"), CONTENT, "tier4"),
    "chat.getPermalink": Method(permalink, ("channel", "message_ts"), tier="special"),
}
