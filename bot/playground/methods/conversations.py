"""In: conversations.* calls. Out: channels, their history and threads, page by page."""

from typing import Any

from bot.playground.local import LocalSlack
from bot.playground.methods.spec import Method, joined_channel
from bot.playground.refusal import Refusal
from bot.playground.workspace import Channel, Message

Json = dict[str, Any]


def page(slack: LocalSlack, args: Json, messages: list[Message], default: int) -> Json:
    """A page of messages in the given order, from the cursor on. Errors: Refusal invalid_cursor."""
    limit = min(args.get("limit") or default, 999)
    oldest, latest, inclusive = args.get("oldest") or "", args.get("latest") or "", args.get("inclusive")
    kept = [
        m
        for m in messages
        if (not oldest or m.ts > oldest or (inclusive and m.ts == oldest))
        and (not latest or m.ts < latest or (inclusive and m.ts == latest))
    ]
    start = 0
    if cursor := args.get("cursor"):
        places = [i for i, m in enumerate(kept) if m.ts == cursor.removeprefix("next_ts:")]
        if not places:
            raise Refusal("invalid_cursor")
        start = places[0]
    rest = kept[start + limit :]
    team = slack.workspace.identity.team_id
    with_metadata = bool(args.get("include_all_metadata"))
    answer: Json = {
        "messages": [m.shape(team, with_metadata) for m in kept[start : start + limit]],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": f"next_ts:{rest[0].ts}"}
    return answer


def with_thread_facts(channel: Channel, shapes: list[Json]) -> None:
    """Adds to each thread root how many replies it has, as Slack shows it."""
    for shape in shapes:
        replies = channel.thread(shape["ts"])[1:]
        if replies:
            shape |= {
                "thread_ts": shape["ts"],
                "reply_count": len(replies),
                "latest_reply": replies[-1].ts,
                "reply_users": sorted({m.user for m in replies}),
            }


def history(slack: LocalSlack, args: Json) -> Json:
    """The newest first; replies show in their thread only."""
    channel = joined_channel(slack, args["channel"])
    roots = [m for m in reversed(channel.messages.values()) if not m.thread_ts or m.thread_ts == m.ts]
    answer = page(slack, args, roots, 100)
    with_thread_facts(channel, answer["messages"])
    return answer


def replies(slack: LocalSlack, args: Json) -> Json:
    """The root and its replies, the oldest first."""
    channel = joined_channel(slack, args["channel"])
    message = channel.messages.get(args["ts"])
    if message is None:
        raise Refusal("thread_not_found")
    answer = page(slack, args, channel.thread(message.thread_ts or message.ts), 1000)
    with_thread_facts(channel, answer["messages"][:1])
    return answer


def info(slack: LocalSlack, args: Json) -> Json:
    channel = slack.workspace.find_channel(args["channel"])
    shared = bool(channel.name) and channel.name in slack.switches.external_channels
    body = channel.shape() | {"is_shared": shared, "is_ext_shared": shared, "is_org_shared": False}
    member = slack.workspace.identity.bot_user in channel.members
    return {"channel": body if channel.user else body | {"is_pending_ext_shared": False, "is_member": member}}


def listing(slack: LocalSlack, args: Json) -> Json:
    kinds = set((args.get("types") or "public_channel").split(","))
    shown = [c.shape() for c in slack.workspace.channels.values() if ("im" if c.user else "public_channel") in kinds]
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}


def members(slack: LocalSlack, args: Json) -> Json:
    channel = slack.workspace.find_channel(args["channel"])
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


def join(slack: LocalSlack, args: Json) -> Json:
    channel = slack.workspace.find_channel(args["channel"])
    if channel.user:
        raise Refusal("method_not_supported_for_channel_type")
    channel.members.add(slack.workspace.identity.bot_user)
    return {"channel": channel.shape()}


def open_direct(slack: LocalSlack, args: Json) -> Json:
    """The direct message with one person; it exists already, as the app is installed."""
    if args.get("channel"):
        return {"channel": slack.workspace.find_channel(args["channel"]).shape()}
    people = [u for u in (args.get("users") or "").split(",") if u]
    if not people:
        raise Refusal("users_list_not_supplied")
    if len(people) > 1:
        raise Refusal("not_enabled")
    person = slack.workspace.find_person(people[0])
    channel = slack.workspace.find_channel(person.id)
    return {
        "channel": channel.shape() if args.get("return_im") else {"id": channel.id},
        "already_open": True,
        "no_op": True,
    }


PAGED = ("cursor", "inclusive", "include_all_metadata", "latest", "limit", "oldest")
METHODS = {
    "conversations.history": Method(history, ("channel",), PAGED),
    "conversations.replies": Method(replies, ("channel", "ts"), PAGED),
    "conversations.info": Method(info, ("channel",), ("include_locale", "include_num_members")),
    "conversations.list": Method(listing, (), ("cursor", "exclude_archived", "limit", "team_id", "types"), "tier2"),
    "conversations.members": Method(members, ("channel",), ("cursor", "limit"), "tier4"),
    "conversations.join": Method(join, ("channel",)),
    "conversations.open": Method(open_direct, (), ("channel", "users", "return_im")),
}
