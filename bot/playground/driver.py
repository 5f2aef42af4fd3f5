"""In: the address of a running local Slack. Out: a remote control for it: people to act as, switches, what was sent.

Works over HTTP, so the script may run in another process than the local Slack.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from bot.playground.member import Member, NotAllowedError

Json = dict[str, Any]
T = TypeVar("T")


class SlackDriver:
    """Drives a local Slack by its page address ("http://127.0.0.1:PORT/")."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> Json:
        """One HTTP call. Errors: NotAllowedError with the code of the refusal."""
        response = self._http.request(method, path, **options)
        body: Json = response.json()
        if response.status_code != 200:
            lines = body.get("response_metadata", {}).get("messages", [])
            raise NotAllowedError(body.get("error", str(response.status_code)), "; ".join(lines))
        return body

    def as_member(self, name: str) -> Member:
        """A person by handle ("mina", "junho", "sara", "eun") or id."""
        return Member(self, name)

    def switch(self, **wishes: Any) -> Json:
        """Changes test switches (see Switches); returns all of them."""
        return self.call("POST", "control/switches", json=wishes)

    def fault(self, method: str = "*", kind: str = "internal_error", times: int = 1, **more: float) -> None:
        """Orders a fault (see faults.Fault; `more`: seconds, chance, seed). Errors: NotAllowedError invalid_arguments."""
        self.call("POST", "control/faults", json={"method": method, "kind": kind, "times": times, **more})

    def faults(self) -> list[Json]:
        """The faults still to come."""
        return list(self.call("GET", "control/faults")["faults"])

    def clear_faults(self) -> None:
        self.call("DELETE", "control/faults")

    def usual(self) -> None:
        """Takes back every switch and fault."""
        self.call("POST", "control/usual")

    def banner(self, ko: str, en: str) -> None:
        """One quiet line on top of every page; empty takes it away."""
        self.call("POST", "control/banner", json={"ko": ko, "en": en})

    def new_channel(self, name: str) -> str:
        """A channel of all people in which the bot is not; its id."""
        return str(self.call("POST", "control/channels", json={"name": name})["channel"])

    def uninstall(self) -> None:
        """An administrator takes the app away: its tokens are dead, and it is told."""
        self.call("POST", "control/uninstall", json={})

    def revoke(self, token: str) -> None:
        """One token of the bot is dead, and the app is told."""
        self.call("POST", "control/uninstall", json={"tokens": [token]})

    def refresh_sockets(self) -> None:
        """Asks the app's connections to renew themselves."""
        self.call("POST", "control/sockets/refresh")

    def cut_sockets(self) -> None:
        """Breaks the app's connections."""
        self.call("POST", "control/sockets/cut")

    def log(self) -> Json:
        """`calls` of the Web API, `envelopes` sent and `lost` events, all in order."""
        return self.call("GET", "control/log")

    def calls(self, method: str) -> list[Json]:
        """The Web API calls of one method so far: `args`, `ok`, `error`."""
        return [c for c in self.log()["calls"] if c["method"] == method]

    def health(self) -> Json:
        """`connected` sockets of the app, and `unacked` events (queued or sent)."""
        return self.call("GET", "control/health")

    def wait_connected(self, timeout: float = 10.0) -> None:
        """Waits until the app has a socket open."""
        self.wait_for(lambda: self.health()["connected"] > 0, timeout)

    def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0, every: float = 0.05) -> T:
        """Waits until `predicate()` is true and returns its value. Errors: TimeoutError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            if value := predicate():
                return value
            if time.monotonic() > end:
                raise TimeoutError(f"waited {timeout} s in vain")
            time.sleep(every)
