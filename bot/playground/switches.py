"""In: a test's wishes. Out: how the local Slack misbehaves, one field a misbehaviour; the defaults are a good day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

WIRING = ("request_url", "redirect_url")


@dataclass
class Switches:
    """Everything a test or a demo may change while the server runs. Times are seconds."""

    strict: bool = True  # unknown arguments are refused, so that a typo shows
    streaming: bool = True  # False: chat.*Stream answer unknown_method, as on some workspaces
    canvases: bool = True  # False: canvases.* answer canvas_disabled_user_team, as on plans without them
    stream_seconds: float = 300.0  # after this a stream is closed by Slack
    rate_limits: bool = False
    rate_window: float = 60.0  # the minute the tiers count in
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    message_first: bool = False  # order of the two events one mention makes
    duplicate_deliveries: bool = False  # every event twice, same event_id, another envelope
    reverse_order: bool = False  # of the events that one act causes
    drop_acks: int = 0  # how many of the next acks never arrive
    delivery_delay: float = 0.0
    request_url: str = ""  # where the app listens in HTTP mode; empty: its sockets
    redirect_url: str = ""  # where the app takes people back after Slack's page of an installation
    withheld_scopes: tuple[str, ...] = ()  # which the app asks for and was not granted
    further_scopes: tuple[str, ...] = ()  # which it was granted and does not ask for
    external_channels: tuple[str, ...] = ()  # names of channels shared with another company
    guests: tuple[str, ...] = ()  # handles of people who are guests here
    operators: tuple[str, ...] = ("sara",)  # handles of the members of the user group S0OPERATORS

    def change(self, wishes: Mapping[str, Any]) -> None:
        """Sets the named fields. Errors: ValueError for a name or a kind of value that does not exist."""
        kinds = {f.name: type(getattr(self, f.name)) for f in fields(self)}
        for name, value in wishes.items():
            kind = kinds.get(name)
            if kind is None:
                raise ValueError(f"no such switch: {name}")
            if isinstance(value, bool) != (kind is bool) or (kind is tuple and isinstance(value, str)):
                raise ValueError(f"switch {name} takes {kind.__name__}, not {value!r}")
            setattr(self, name, kind(value))

    def reset(self) -> None:
        """A good day again; where the app listens stays."""
        self.change({name: value for name, value in asdict(Switches()).items() if name not in WIRING})
