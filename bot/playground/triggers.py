"""In: an act of a person. Out: the short-lived keys an app gets for it: trigger ids and response URLs."""

import secrets
import time
from dataclasses import dataclass

from bot.playground.refusal import Refusal
from bot.playground.switches import Switches


class Triggers:
    """Trigger ids: good for one view, for `trigger_seconds`."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._given: dict[str, tuple[str, float, str]] = {}  # id -> person, when, parent view
        self._spent: set[str] = set()

    def give(self, person: str, view_id: str = "") -> str:
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._given[trigger] = (person, time.monotonic(), view_id)
        return trigger

    def spend(self, trigger: str) -> tuple[str, str]:
        """The person the trigger belongs to and the view it was pressed in ("" for none).

        Errors: Refusal invalid_trigger_id, exchanged_trigger_id, expired_trigger_id.
        """
        if trigger in self._spent:
            raise Refusal("exchanged_trigger_id")
        if trigger not in self._given:
            raise Refusal("invalid_trigger_id")
        person, when, view_id = self._given.pop(trigger)
        self._spent.add(trigger)
        if time.monotonic() - when > self._switches.trigger_seconds:
            raise Refusal("expired_trigger_id")
        return person, view_id


@dataclass
class ResponseUrl:
    """Where `respond()` posts to: five posts within half an hour."""

    channel: str
    person: str
    message_ts: str  # "" after a slash command
    thread_ts: str
    until: float
    left: int = 5


class ResponseUrls:
    """The response URLs given out, by their secret last part."""

    def __init__(self) -> None:
        self._open: dict[str, ResponseUrl] = {}

    def give(self, channel: str, person: str, message_ts: str = "", thread_ts: str = "") -> str:
        """A path below the server's address."""
        key = secrets.token_urlsafe(12)
        self._open[key] = ResponseUrl(channel, person, message_ts, thread_ts, time.monotonic() + 1800)
        return f"/respond/{key}"

    def use(self, key: str) -> ResponseUrl:
        """Errors: Refusal used_url (five posts made) or expired_url."""
        place = self._open.get(key)
        if place is None or time.monotonic() > place.until:
            raise Refusal("expired_url")
        if place.left == 0:
            raise Refusal("used_url")
        place.left -= 1
        return place
