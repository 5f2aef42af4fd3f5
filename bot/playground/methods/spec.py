"""In: one line for each method. Out: `Method`, the table entry that the HTTP edge reads before calling."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel

Json = dict[str, Any]
TS = re.compile(r"\d{1,12}\.\d{6}")


@dataclass(frozen=True)
class Method:
    """`needs` and `takes` are argument names; `tier` is a rate limit tier; `token` is "bot", "app" or "" for none."""

    run: Callable[[LocalSlack, Json], Json]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    tier: str = "tier3"
    token: str = "bot"


def joined_channel(slack: LocalSlack, ref: str) -> Channel:
    """The channel, where the bot is a member. Errors: Refusal channel_not_found, not_in_channel."""
    channel = slack.workspace.find_channel(ref)
    if slack.workspace.identity.bot_user not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def thread_root(channel: Channel, thread_ts: str | None) -> str:
    """The root's ts of a thread named by its root or by a reply ("" for none).

    Errors: Refusal invalid_thread_ts (not a time stamp), thread_not_found (no such message).
    """
    if not thread_ts:
        return ""
    if not TS.fullmatch(thread_ts):
        raise Refusal("invalid_thread_ts")
    message = channel.messages.get(thread_ts)
    if message is None:
        raise Refusal("thread_not_found")
    return message.thread_ts or message.ts
