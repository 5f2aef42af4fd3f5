"""New reviews appraised beside 1,000 to 20,000 known texts: the first look of a process, and every later one; one table.

The baseline compares a new text with every known one as they are (Jaccard of shingles), for as many as two seconds allow.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from curation import dedupe
from curation.house import load_house
from curation.priority import appraise
from db import schema
from db.session import connect, transaction
from db.tables import Review

NEW = 100
WORDS = (
    "여름",
    "음료",
    "소개",
    "가격",
    "예약",
    "고객",
    "행사",
    "시청",
    "가을",
    "축제",
    "블로그",
    "독자",
    "검색",
    "예산",
)


def text(chance: random.Random) -> str:
    """About 700 characters."""
    return " ".join(f"{chance.choice(WORDS)}{chance.randint(0, 99)}{chance.choice('은는이가을를')}" for _ in range(130))


def add(engine: Engine, texts: Iterator[str], count: int, state: str, since: int) -> None:
    with transaction(engine) as session:
        for n in range(count):
            made = {"origin": "human", "task": "blog", "language": "ko", "state": state, "proposed": next(texts)}
            session.add(Review(key=f"{state}:{since + n}", fields={}, short_prompt=[], long_prompt=[], **made))


def one_by_one(known: list[str], new: list[str]) -> float:
    """Seconds for NEW texts, from as many comparisons as fit into two seconds."""
    began, done = time.perf_counter(), 0
    for one in new:
        for other in known:
            dedupe.jaccard(dedupe.shingles(one), dedupe.shingles(other))
            done += 1
            if (spent := time.perf_counter() - began) > 2:
                return spent / done * len(known) * NEW
    return (time.perf_counter() - began) / done * len(known) * NEW


def main() -> None:
    table = Table("known texts", "one by one, s", "first look, s", "later looks, s", "a review then, ms", "ratio")
    house, chance = load_house(), random.Random(7)
    for size in (1_000, 10_000, 20_000):
        with tempfile.TemporaryDirectory() as folder:
            engine = connect(f"sqlite:///{Path(folder) / 'flywheel.db'}")
            schema.upgrade(engine)
            texts = iter(lambda: text(chance), "")
            add(engine, texts, size, "approved", 0)
            base = one_by_one([text(chance) for _ in range(min(size, 500))], [text(chance)]) * size / min(size, 500)
            seconds = []
            for look in range(3):
                add(engine, texts, NEW, "pending", look * NEW)
                began = time.perf_counter()
                assert appraise(engine, house, second_opinions=0.1) == NEW
                seconds.append(time.perf_counter() - began)
            first, later = seconds[0], min(seconds[1:])
            cells = (f"{base:.0f}", f"{first:.1f}", f"{later:.2f}", f"{later / NEW * 1000:.1f}", f"{base / later:.0f}x")
            table.add_row(f"{size:,}", *cells)
            engine.dispose()
    Console().print(f"{NEW} new reviews of about 700 characters", table, sep="\n")


if __name__ == "__main__":
    main()
