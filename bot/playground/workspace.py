"""In: people, channels, messages as they come. Out: the state of one small workspace, in memory, in Slack's shapes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.playground.refusal import Refusal

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A member of the workspace, or the bot."""

    id: str
    name: str  # the handle: "mina"
    real_name: str
    language: str = "en"  # "ko" or "en"
    role: str = "member"  # "member", "reviewer", "operator"
    title: str = ""
    is_bot: bool = False

    def shape(self, team: str) -> Json:
        """The `user` object of users.info."""
        locale = "ko-KR" if self.language == "ko" else "en-US"
        zone = "Asia/Seoul" if self.language == "ko" else "America/New_York"
        profile = {"real_name": self.real_name, "display_name": self.real_name, "title": self.title, "team": team}
        return {
            "id": self.id,
            "team_id": team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "is_bot": self.is_bot,
            "is_admin": self.role == "operator",
            "is_app_user": False,
            "locale": locale,
            "tz": zone,
            "profile": profile,
        }


@dataclass
class Message:
    """One message; `ts` names it inside its channel. `viewer` set: visible to that person alone (ephemeral)."""

    ts: str
    channel: str
    user: str
    text: str = ""
    thread_ts: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    bot_id: str = ""
    subtype: str = ""
    viewer: str = ""
    edited: Json = field(default_factory=dict)
    streaming_since: float = 0.0  # monotonic seconds; 0: no open stream
    was_streamed: bool = False
    client_msg_id: str = ""

    def shape(self, team: str, with_metadata: bool = True) -> Json:
        """The `message` object as history, replies and payloads carry it."""
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "team": team, "text": self.text}
        for name in ("subtype", "thread_ts", "blocks", "files", "attachments", "bot_id", "edited", "client_msg_id"):
            if value := getattr(self, name):
                body[name] = value
        if self.reactions:
            body["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in self.reactions.items()]
        if self.metadata and with_metadata:
            body["metadata"] = self.metadata
        if self.was_streamed:
            body["streaming_state"] = "in_progress" if self.streaming_since else "completed"
        return body


@dataclass
class Channel:
    """A channel or a direct message (`user` set) with its messages in order of arrival."""

    id: str
    name: str
    topic: str = ""
    user: str = ""
    members: set[str] = field(default_factory=set)
    messages: dict[str, Message] = field(default_factory=dict)
    whispers: dict[str, Message] = field(default_factory=dict)  # ephemeral ones

    @property
    def kind(self) -> str:
        return "im" if self.user else "channel"

    def shape(self) -> Json:
        """The `channel` object of conversations.info."""
        if self.user:
            return {"id": self.id, "is_im": True, "is_channel": False, "user": self.user, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": True,
            "is_im": False,
            "is_private": False,
            "is_archived": False,
            "is_member": True,
            "topic": {"value": self.topic},
            "num_members": len(self.members),
        }

    def thread(self, ts: str) -> list[Message]:
        """The root and its replies, oldest first; empty if there is no such root."""
        if ts not in self.messages:
            return []
        return [m for m in self.messages.values() if m.ts == ts or m.thread_ts == ts]


@dataclass(frozen=True)
class Identity:
    """The names and secrets of the workspace and of the one app installed in it."""

    team_id: str
    team_name: str
    domain: str
    app_id: str
    bot_id: str
    bot_user: str
    bot_token: str
    app_token: str
    signing_secret: str
    client_id: str
    client_secret: str


@dataclass
class Workspace:
    """All state that outlives one call. Lookups raise Refusal with the code Slack would answer."""

    identity: Identity
    people: dict[str, Person]
    channels: dict[str, Channel]
    views: dict[str, Json] = field(default_factory=dict)  # open modals by id, the newest last
    homes: dict[str, Json] = field(default_factory=dict)  # App Home by person
    files: dict[str, Json] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    canvases: dict[str, Json] = field(default_factory=dict)  # "text", and "access" by person
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)  # (channel, thread) -> line
    prompts: dict[str, list[Json]] = field(default_factory=dict)  # suggested prompts by channel
    banner: Json = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)  # of the bot: one for each installation
    revoked: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)  # of installations under way, with their scopes
    _last: int = 0

    def new_ts(self) -> str:
        """A message time stamp, never given twice and always growing."""
        self._last = max(int(time.time() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def find_person(self, ref: str) -> Person:
        for person in self.people.values():
            if ref in (person.id, person.name):
                return person
        raise Refusal("user_not_found")

    def find_channel(self, ref: str) -> Channel:
        """By id, by name with or without '#', or by a person's id (their direct message with the bot)."""
        if ref in self.channels:
            return self.channels[ref]
        for channel in self.channels.values():
            if channel.user == ref or (channel.name and channel.name == ref.removeprefix("#")):
                return channel
        raise Refusal("channel_not_found")

    def find_message(self, channel: Channel, ts: str) -> Message:
        message = channel.messages.get(ts) or channel.whispers.get(ts)
        if message is None:
            raise Refusal("message_not_found")
        return message

    def seen_by(self, person: Person) -> Iterator[Channel]:
        """The channels this person sees in the rail: those joined, and the own direct message."""
        return (c for c in self.channels.values() if (c.user == person.id if c.user else person.id in c.members))
