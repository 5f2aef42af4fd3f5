"""In: a workspace. Out: the whole local Slack in one object; methods and people's acts both work through it."""

import asyncio
import time
from collections import deque
from typing import Any

from bot.playground.events import EventMaker
from bot.playground.faults import Faults
from bot.playground.limits import RateLimits
from bot.playground.live import Live
from bot.playground.refusal import Refusal
from bot.playground.sockets import Sockets
from bot.playground.switches import Switches
from bot.playground.triggers import ResponseUrls, Triggers
from bot.playground.workspace import Channel, Message, Workspace

Json = dict[str, Any]
STATUS_SECONDS = 120.0


class LocalSlack:
    """State, clockwork and pages of one local Slack. Lives on one event loop; nothing here may block."""

    def __init__(self, workspace: Workspace, switches: Switches) -> None:
        self.workspace = workspace
        self.switches = switches
        self.base = ""  # "http://127.0.0.1:PORT", set when the port is known
        self.live = Live()
        self.sockets = Sockets(switches, workspace.identity.app_id, workspace.identity.signing_secret)
        self.events = EventMaker(workspace, switches)
        self.limits = RateLimits(switches)
        self.faults = Faults()
        self.triggers = Triggers(switches)
        self.response_urls = ResponseUrls()
        self.calls: deque[Json] = deque(maxlen=20_000)  # the log of Web API calls: method, args, answer

    def post(self, message: Message, event: bool = True) -> Message:
        """Adds a message to its channel, shows it, and tells the app about it."""
        channel = self.workspace.channels[message.channel]
        if message.viewer:
            channel.whispers[message.ts] = message
        else:
            channel.messages[message.ts] = message
            if message.user == self.workspace.identity.bot_user:
                self.set_status(channel, message.thread_ts, "")
        self.show(message)
        if event and not message.viewer:
            self.sockets.send_events(self.events.message(channel, message))
        return message

    def show(self, message: Message) -> None:
        """Brings a new or changed message onto the pages."""
        channel = self.workspace.channels[message.channel]
        self.live.tell("message", self.page_message(message), only=message.viewer or channel.user)

    def changed(self, message: Message, before: Json) -> None:
        """A message was edited by the app: show it, and send message_changed as Slack does."""
        self.show(message)
        channel = self.workspace.channels[message.channel]
        self.sockets.send_events(self.events.message_changed(channel, message, before))

    def remove(self, message: Message) -> None:
        channel = self.workspace.channels[message.channel]
        gone = channel.whispers.pop(message.ts, None) or channel.messages.pop(message.ts, None)
        self.live.tell("removed", {"channel": channel.id, "ts": message.ts}, only=channel.user)
        if gone and not gone.viewer:
            self.sockets.send_events(self.events.message_deleted(channel, gone))

    def whisper(
        self, channel: Channel, person: str, text: str, thread_ts: str = "", user: str = "USLACKBOT"
    ) -> Message:
        """A line that only one person sees, from Slack itself unless `user` is given."""
        return self.post(Message(self.workspace.new_ts(), channel.id, user, text, thread_ts, viewer=person))

    def set_status(self, channel: Channel, thread_ts: str, line: str) -> None:
        key = (channel.id, thread_ts)
        if self.workspace.statuses.get(key, "") == line:
            return
        self.workspace.statuses.pop(key, None)
        if line:
            self.workspace.statuses[key] = line
            loop = asyncio.get_running_loop()
            loop.call_later(STATUS_SECONDS, self.end_status, channel, thread_ts, line)
        self.live.tell("status", {"channel": channel.id, "thread_ts": thread_ts, "line": line}, only=channel.user)

    def end_status(self, channel: Channel, thread_ts: str, line: str) -> None:
        """Slack lets a status stand for two minutes unless it is said again."""
        if self.workspace.statuses.get((channel.id, thread_ts)) == line:
            self.set_status(channel, thread_ts, "")

    def show_view(self, view: Json) -> None:
        self.live.tell("view", {"view": view}, only=view["user"])

    def close_view(self, view: Json) -> None:
        self.workspace.views.pop(view["id"], None)
        self.live.tell("view_closed", {"view_id": view["id"]}, only=view["user"])

    def find_view(self, view_id: str) -> Json:
        view = self.workspace.views.get(view_id)
        if view is None:
            raise Refusal("not_found")
        return view

    def page_message(self, message: Message) -> Json:
        """What the page and the scripted members see of a message: Slack's shape plus where it stands and for whom."""
        body = message.shape(self.workspace.identity.team_id)
        return {
            **body,
            "channel": message.channel,
            "viewer": message.viewer,
            "streaming": bool(message.streaming_since),
        }

    def expire_stream(self, message: Message) -> None:
        """Closes a stream that is older than Slack lets it live."""
        if message.streaming_since and time.monotonic() - message.streaming_since > self.switches.stream_seconds:
            message.streaming_since = 0.0
            self.show(message)
