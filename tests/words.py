"""A model for tests that writes a given text word by word, as quickly and as long as a test wishes."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from db.errors import Cancelled
from trainer.runtime import Completion, Generation, Order


@dataclass
class Writing:
    """One draft of `Words`."""

    words: "Words"
    order: Order
    text: str

    def __iter__(self) -> Iterator[str]:
        with self.words:
            for number, piece in enumerate(re.findall(r"\S+\s*", self.text)):
                while number >= self.words.until and not self.words.going.wait(0.01):
                    self._check()
                self._check()
                time.sleep(self.words.pause)
                yield piece

    def _check(self) -> None:
        if self.order.cancel.is_set():
            raise Cancelled("The draft was stopped.")

    def result(self) -> Generation:
        return Generation(self.text, len(self.text.split()), 0.1, 0.01, "end")


@dataclass
class Words:
    """`going` cleared: nobody writes more than `until` words. `most` tells how many ever wrote at once."""

    text: str | Callable[[Order], str] = (
        "여름에는 시원한 음료가 잘 어울립니다. 이번 주에는 세 가지를 소개할게요.\n\n첫째는 매실차입니다."
    )
    pause: float = 0.0
    until: int = 0
    name: str = "words"
    base_model: str = "tiny"
    going: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.going.set()

    def __enter__(self) -> None:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self.at_once -= 1

    def stream(self, order: Order) -> Writing:
        return Writing(self, order, self.text if isinstance(self.text, str) else self.text(order))

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        return [-1.0 for _ in completions]

    def adapters(self) -> list[str]:
        return []

    def load(self, name: str, folder: Path) -> None: ...

    def drop(self, name: str) -> None: ...

    def close(self) -> None: ...
