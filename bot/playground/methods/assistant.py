"""In: assistant.threads.* calls. Out: the status line under a thread and suggested prompts."""

from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import TS, Method, joined_channel
from bot.playground.refusal import Refusal

Json = dict[str, Any]
MOST_PROMPTS = 4


def set_status(slack: LocalSlack, args: Json) -> Json:
    """An empty status clears the line; a reply's ts is refused, as only roots carry a status."""
    channel = joined_channel(slack, args["channel_id"])
    root = channel.messages.get(args["thread_ts"])
    if not TS.fullmatch(args["thread_ts"]) or root is None or root.thread_ts not in ("", root.ts):
        raise Refusal("invalid_thread_ts")
    slack.set_status(channel, root.ts, args["status"])
    return {}


def set_prompts(slack: LocalSlack, args: Json) -> Json:
    channel = joined_channel(slack, args["channel_id"])
    prompts = args["prompts"]
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise Refusal("invalid_arguments", f"between 1 and {MOST_PROMPTS} items allowed [json-pointer:/prompts]")
    if any(not isinstance(p, dict) or p.keys() != {"title", "message"} for p in prompts):
        raise Refusal("invalid_arguments", "title and message are needed [json-pointer:/prompts]")
    slack.workspace.prompts[channel.id] = prompts
    slack.live.tell("prompts", {"channel": channel.id, "prompts": prompts}, only=channel.user)
    return {}


METHODS = {
    "assistant.threads.setStatus": Method(
        set_status,
        ("channel_id", "thread_ts", "status"),
        ("loading_messages", "icon_emoji", "icon_url", "username"),
        "special",
    ),
    "assistant.threads.setSuggestedPrompts": Method(set_prompts, ("channel_id", "prompts"), ("thread_ts", "title")),
}
