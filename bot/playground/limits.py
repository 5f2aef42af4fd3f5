"""In: calls as they come. Out: HTTP 429 with Retry-After where Slack would, when the switch is on.

Tiers and the one message a second a channel: Slack's page "Rate limits", read 2026-07.
"""

import math
import time
from collections import defaultdict, deque

from bot.playground.refusal import Refusal
from bot.playground.switches import Switches

TIERS = {"tier1": 1, "tier2": 20, "tier3": 50, "tier4": 100, "special": 600}
POSTS_BURST = 3  # short bursts above one message a second are let through


class RateLimits:
    """A sliding window for each method (and for each channel, for chat.postMessage)."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._past: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, method: str, tier: str, channel: str) -> None:
        """Counts one call. Errors: Refusal ratelimited with the seconds to wait."""
        if not self._switches.rate_limits:
            return
        window = self._switches.rate_window
        if tier == "post":
            self._count(f"{method} {channel}", POSTS_BURST, POSTS_BURST * window / 60)
        else:
            self._count(method, TIERS[tier], window)

    def _count(self, key: str, most: int, window: float) -> None:
        now = time.monotonic()
        past = self._past[key]
        while past and past[0] <= now - window:
            past.popleft()
        if len(past) >= most:
            raise Refusal("ratelimited", retry_after=max(1, math.ceil(past[0] + window - now)))
        past.append(now)
