"""What keeping data clean costs: near-copies found and datasets built, at 1,000 to 100,000 texts; prints two tables.

Every line is measured in a process of its own, so that its peak memory is its own. `python -m benchmarks.datasets 10000`
goes no further than 10,000 texts.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, insert
from sqlmodel import Session

from benchmarks.texts import posts
from curation.mask import Masked

SIZES = (1_000, 10_000, 100_000)
NAIVE_MOST = 10_000  # the loop would take half an hour beyond
MASKED_MOST = 10_000  # beyond, masking alone takes longer than this benchmark may; it costs the same for each text


@dataclass(frozen=True)
class Cost:
    """Of one way at one size: seconds by the clock and of the processor, peak memory in MB, and what it found."""

    clock: float
    processor: float
    megabytes: int
    found: str = ""


def alone(task: Callable[..., Any], *args: Any) -> Any:
    """Run in a fresh process and return what it returns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *args).result()


def measured(work: Callable[[], Any]) -> tuple[Cost, Any]:
    clock, processor = time.monotonic(), time.process_time()
    made = work()
    spent = time.monotonic() - clock, time.process_time() - processor
    return Cost(*spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024), made


def told(groups: Sequence[set[int]], copies: list[tuple[int, int]]) -> str:
    """How many of the copies were found, and how many groups hold texts of different origin."""
    place = {i: number for number, group in enumerate(groups) for i in group}
    origin: dict[int, int] = {}
    for of, copy in copies:
        origin[copy] = origin.get(of, of)
    found = sum(place.get(of, -1) == place.get(copy, -2) for of, copy in copies)
    mixed = sum(len({origin.get(i, i) for i in group}) > 1 for group in groups)
    return f"{found / len(copies):.1%}, {mixed} wrong"


def exact(count: int) -> list[Cost]:
    texts, copies = posts(count)

    def work() -> list[set[int]]:
        seen: dict[str, set[int]] = {}
        for i, text in enumerate(texts):
            seen.setdefault(hashlib.sha256(text.encode()).hexdigest(), set()).add(i)
        return [group for group in seen.values() if len(group) > 1]

    cost, groups = measured(work)
    return [Cost(cost.clock, cost.processor, cost.megabytes, told(groups, copies))]


def naive(count: int) -> list[Cost]:
    """datasketch as its documentation shows it: one text after the other asks the index and goes into it."""
    from datasketch import MinHash, MinHashLSH

    from curation.dedupe import PERMUTATIONS, THRESHOLD, groups, plain

    texts, copies = posts(count)

    def work() -> list[set[int]]:
        index, pairs = MinHashLSH(THRESHOLD, PERMUTATIONS), list[tuple[int, int]]()
        for i, text in enumerate(texts):
            short, one = plain(text), MinHash(PERMUTATIONS)
            for at in range(len(short) - 3):
                one.update(short[at : at + 4].encode())
            pairs += [(int(other), i) for other in index.query(one)]
            index.insert(str(i), one)
        return groups(count, pairs)

    cost, groups_found = measured(work)
    return [Cost(cost.clock, cost.processor, cost.megabytes, told(groups_found, copies))]


def ours(count: int) -> list[Cost]:
    """The first look, and the second, when the signatures are remembered."""
    from curation.dedupe import near_duplicates

    texts, copies = posts(count)
    looks = [measured(lambda: near_duplicates(texts)) for _ in range(2)]
    return [Cost(cost.clock, cost.processor, cost.megabytes, told(groups, copies)) for cost, groups in looks]


def stored(engine: Engine, texts: Sequence[str], first: int = 0) -> None:
    """Approved reviews of the texts, as an import leaves them."""
    from db.tables import Review

    def row(number: int, text: str) -> dict[str, Any]:
        prompt = [{"role": "system", "content": "짧게"}, {"role": "user", "content": f"주제: 이야기 {number}"}]
        told = {"fields": {"topic": f"이야기 {number}"}, "short_prompt": prompt, "long_prompt": prompt}
        review = Review(key=f"import:{number}", origin="human", task="blog", language="ko", proposed=text, text=text,
                        state="approved", source=f"topic:{number}", **told)  # fmt: skip
        return review.model_dump(exclude={"id"})

    with Session(engine) as session, session.begin():
        for at in range(0, len(texts), 500):
            chunk = [row(first + i, text) for i, text in enumerate(texts[at : at + 500], at)]
            session.connection().execute(insert(Review), chunk)


def wheel(count: int, masked: bool) -> list[Cost]:
    """All texts collected, one more collected, and a dataset built."""
    import curation.dataset.choose as choosing
    import curation.dataset.forms as forms
    from curation.dataset import build
    from curation.examples import collect
    from db import schema
    from db.artifacts import Artifacts
    from db.session import connect, transaction

    if masked:
        forms.mask("연락처 010-1234-5678")  # loaded before the clock runs
    else:
        forms.find = lambda text: []  # type: ignore[assignment]
        forms.mask = choosing.mask = lambda text: Masked(text, [])  # type: ignore[assignment]
    texts, _ = posts(count)
    with tempfile.TemporaryDirectory() as home:
        engine = connect(f"sqlite:///{home}/flywheel.db")
        schema.upgrade(engine)

        def gather() -> None:
            with transaction(engine) as session:
                collect(session)

        stored(engine, texts)
        costs = [measured(gather)[0]]
        stored(engine, posts(1, seed=2)[0], first=count)
        costs.append(measured(gather)[0])
        cost, made = measured(lambda: build(engine, Artifacts(Path(home))))
        return [*costs, Cost(cost.clock, cost.processor, cost.megabytes, f"{made.train} + {made.heldout} rows")]


def lines_alone(count: int) -> list[Cost]:
    """What can't be saved: the same rows written as JSON lines, nothing asked."""
    texts, _ = posts(count)

    def work() -> None:
        with tempfile.TemporaryFile("w", encoding="utf-8") as out:
            for text in texts:
                turns = {
                    "prompt": [{"role": "user", "content": "?"}],
                    "completion": [{"role": "assistant", "content": text}],
                }
                out.write(json.dumps(turns, ensure_ascii=False) + "\n")

    return [measured(work)[0]]


def show(title: str, found_what: str, rows: Sequence[tuple[int, str, Cost]]) -> None:
    """A table; the first line of each size is what the others are compared with."""
    grid = Table(title=title, title_justify="left")
    for name in ("texts", "what", "times the first", "seconds", "processor s", "texts/s", "peak MB", found_what):
        grid.add_column(name, justify="left" if name in ("what", found_what) else "right")
    base, size = 0.0, 0
    for count, what, cost in rows:
        if count != size:
            base, size = cost.processor, count
            grid.add_section()
        ratio = f"{cost.processor / base:.2f}" if base else ""
        grid.add_row(f"{count:,}", what, ratio, f"{cost.clock:.2f}", f"{cost.processor:.2f}",
                     f"{count / cost.clock:,.0f}", str(cost.megabytes), cost.found)  # fmt: skip
    Console(width=140).print(grid)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    copies: list[tuple[int, str, Cost]] = []
    frozen: list[tuple[int, str, Cost]] = []
    for count in (size for size in SIZES if size <= most):
        first = (
            [(count, "datasketch, text by text", cost) for cost in alone(naive, count)] if count <= NAIVE_MOST else []
        )
        looks = zip(("near-copies, first look", "near-copies, looked at again"), alone(ours, count), strict=True)
        copies += [*first, *((count, name, cost) for name, cost in looks)]
        copies += [(count, "equal texts alone (SHA-256)", cost) for cost in alone(exact, count)]
        masked = count <= MASKED_MOST
        names = ("all collected", "one more collected", f"dataset built{'' if masked else ', masking left out'}")
        frozen += [(count, "JSON lines written, nothing asked", cost) for cost in alone(lines_alone, count)]
        frozen += [(count, name, cost) for name, cost in zip(names, alone(wheel, count, masked), strict=True)]
    show("Near-copies (5% of the texts are copies with up to 10% changed)", "copies found", copies)
    show("Collecting and freezing", "", frozen)


if __name__ == "__main__":
    main()
