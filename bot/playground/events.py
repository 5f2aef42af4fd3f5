"""In: something that happened in the workspace. Out: the Events API payloads an app with our manifest gets for it."""

import secrets
import time
from typing import Any

from bot.playground.switches import Switches
from bot.playground.workspace import Channel, Message, Workspace

Json = dict[str, Any]


class EventMaker:
    """Builds `event_callback` bodies; each carries a fresh event_id, redeliveries reuse the body."""

    def __init__(self, workspace: Workspace, switches: Switches) -> None:
        self._workspace = workspace
        self._switches = switches

    def wrap(self, event: Json, channel: Channel | None = None) -> Json:
        """The envelope's payload around one event."""
        who = self._workspace.identity
        shared = channel is not None and channel.name in self._switches.external_channels
        authorization = {
            "enterprise_id": None,
            "team_id": who.team_id,
            "user_id": who.bot_user,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "local",
            "team_id": who.team_id,
            "context_team_id": who.team_id,
            "context_enterprise_id": None,
            "api_app_id": who.app_id,
            "type": "event_callback",
            "event": event,
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),
            "authorizations": [authorization],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{secrets.token_urlsafe(24)}",
        }

    def message(self, channel: Channel, message: Message) -> list[Json]:
        """The `message` event, and before or after it `app_mention` where the bot is named outside a direct message."""
        who = self._workspace.identity
        if who.bot_user not in channel.members:
            return []
        event = {
            **message.shape(who.team_id),
            "channel": channel.id,
            "event_ts": message.ts,
            "channel_type": channel.kind,
        }
        if message.thread_ts and (root := channel.messages.get(message.thread_ts)):
            event["parent_user_id"] = root.user
        made = [self.wrap(event, channel)]
        if f"<@{who.bot_user}>" in message.text and not channel.user and message.user != who.bot_user:
            mention = {k: v for k, v in event.items() if k != "channel_type"}
            made.insert(self._switches.message_first, self.wrap({**mention, "type": "app_mention"}, channel))
        return made

    def message_changed(self, channel: Channel, message: Message, before: Json) -> list[Json]:
        body = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "ts": self._workspace.new_ts(),
            "message": message.shape(self._workspace.identity.team_id),
            "previous_message": before,
        }
        return self._about(channel, body)

    def message_deleted(self, channel: Channel, message: Message) -> list[Json]:
        body = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "ts": self._workspace.new_ts(),
            "deleted_ts": message.ts,
            "previous_message": message.shape(self._workspace.identity.team_id),
        }
        return self._about(channel, body)

    def _about(self, channel: Channel, body: Json) -> list[Json]:
        if self._workspace.identity.bot_user not in channel.members:
            return []
        event = {**body, "channel": channel.id, "event_ts": body["ts"], "channel_type": channel.kind}
        return [self.wrap(event, channel)]

    def reaction(self, added: bool, name: str, person: str, message: Message) -> list[Json]:
        if self._workspace.identity.bot_user not in self._workspace.channels[message.channel].members:
            return []
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": person,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self._workspace.new_ts(),
        }
        return [self.wrap(event, self._workspace.channels[message.channel])]

    def home_opened(self, person: str, channel: Channel, view: Json | None, tab: str = "home") -> list[Json]:
        """`tab` is "home" or "messages"."""
        event: Json = {
            "type": "app_home_opened",
            "user": person,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._workspace.new_ts(),
        }
        if view:
            event["view"] = view
        return [self.wrap(event)]
