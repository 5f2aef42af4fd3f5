"""How fast one process may go: calls of Slack that only decorate, shared by a team's answers, and seats at the model."""

import heapq
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Calls in so many seconds, a little below Slack's tiers of 50, 100 and 20 a minute: short windows spread them evenly.
RATES = {
    "chat_update": (6, 8.0),
    "chat_appendStream": (12, 8.0),
    "chat_startStream": (6, 20.0),
    "chat_stopStream": (6, 20.0),
}


class Pace:
    """What each team's Slack lets this process do now. Safe to call from many threads."""

    def __init__(self) -> None:
        self.without_streams: set[str] = set()  # teams whose Slack streams nothing
        self._past: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._silent: dict[tuple[str, str], float] = {}  # until when Slack asked to be left alone
        self._lock = threading.Lock()

    def take(self, team_id: str, method: str) -> bool:
        """Whether a call that decorates may be made now; it is counted then."""
        most, seconds = RATES[method]
        key, at = (team_id, method), time.monotonic()
        with self._lock:
            past = self._past[key]
            while past and past[0] <= at - seconds:
                past.popleft()
            if len(past) >= most or self._silent.get(key, 0.0) > at:
                return False
            past.append(at)
            return True

    def count(self, team_id: str, method: str) -> None:
        """A call that must be made is made: decoration makes room for it."""
        with self._lock:
            self._past[team_id, method].append(time.monotonic())

    def hush(self, team_id: str, method: str, seconds: float) -> None:
        """Slack asked for silence."""
        with self._lock:
            self._silent[team_id, method] = time.monotonic() + seconds


class Seats:
    """So many write at once; the others wait in the order of their rank."""

    def __init__(self, seats: int) -> None:
        self._free, self._lock = seats, threading.Lock()
        self._queue: list[tuple[int, int, threading.Event]] = []

    @contextmanager
    def seat(self, rank: int, waiting: Callable[[], None], every: float) -> Iterator[None]:
        """A seat for the length of a `with` block. `waiting` is called each `every` seconds of the wait, and may raise."""
        turn = threading.Event()
        place = (rank, id(turn), turn)
        with self._lock:
            heapq.heappush(self._queue, place)
        self._give()
        try:
            while not turn.wait(every):
                waiting()
            yield
        finally:
            with self._lock:
                if turn.is_set():
                    self._free += 1
                else:
                    self._queue.remove(place)
                    heapq.heapify(self._queue)
            self._give()

    def _give(self) -> None:
        with self._lock:
            while self._free and self._queue:
                self._free -= 1
                heapq.heappop(self._queue)[2].set()
