"""What our desk costs beside the bare SDK and the bare API, on one local Argilla in one run; prints one table.

    python -m benchmarks.argilla [RECORDS PUSHED] [RESPONSES PULLED]

Push: the same records, made of reviews by our desk, or ready-made for the SDK's `records.log`; then through the outbox
with its commits. Pull: every response as a word of ours, or the search's JSON as it comes. Rounds take turns.
"""

import logging
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median

import argilla
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlmodel import col, select

from bot.cli.argilla import start
from bot.cli.children import Children
from curation import argilla_dataset
from curation.argilla_desk import ArgillaDesk
from curation.argilla_local.server import LocalArgilla, opened
from curation.argilla_place import PAGE, STABLE, Place
from curation.argilla_records import record
from curation.argilla_server import Server
from curation.desk import Verdict
from curation.house import House, load_house
from curation.reviews import exchange
from db import schema
from db.session import connect, transaction
from db.tables import Review

ROUNDS, BATCH = 3, 100  # records sent at once, by either side
LINE = "온빛기획의 여름 음료 이야기를 쉬운 말로 풀었습니다. 점심시간에 부담 없이 고를 수 있는 것만 담았습니다.\n"
VENV = Path(sys.prefix) / "argilla"
Way = Callable[[], float]  # runs, returns the seconds that count


@contextmanager
def local(home: Path) -> Iterator[LocalArgilla]:
    with opened(home, VENV, 0, print) as found, Children() as children:
        start(children, found)
        yield found


class Bench:
    """Reviews of our own, and workspaces on the server, a fresh one for each run of a way."""

    def __init__(self, at: LocalArgilla, home: Path, house: House) -> None:
        self.at, self.house = at, house
        self.engine = connect(f"sqlite:///{home / 'flywheel.db'}")
        schema.upgrade(self.engine)
        self.runs = 0

    def server(self) -> Server:
        self.runs += 1
        return Server(self.at.url, self.at.login.api_key, f"bench-{self.runs}", timeout=300)

    def reviews(self, number: int) -> list[Review]:
        """So many edits that wait to be pushed, and no others."""
        with transaction(self.engine) as session:
            for old in session.exec(select(Review).where(col(Review.state) == "pending")):
                old.state = "refused"
            made = [edit(n) for n in range(number)]
            session.add_all(made)
            session.flush()
            return made

    def sdk(self, number: int) -> float:
        server, reviews = self.server(), self.reviews(number)
        place = argilla_dataset.create(server, self.house)
        dataset = server.client.datasets(argilla_dataset.NAME, workspace=server.workspace)
        ready = [self.ready(place, review) for review in reviews]
        with quiet():
            return took(lambda: dataset.records.log(ready, batch_size=BATCH))

    def ready(self, place: Place, review: Review) -> argilla.Record:
        made = record(review, self.house, place.questions, "base")
        edited = argilla.Suggestion("edited", made["suggestions"][0]["value"], agent="flywheel")
        return argilla.Record(made["external_id"], made["fields"], made["metadata"], suggestions=[edited])

    def desk(self, number: int) -> float:
        reviews, desk = self.reviews(number), ArgillaDesk(self.server(), self.house, self.engine)
        desk.push([])
        return took(lambda: desk.push(reviews))

    def outbox(self, number: int) -> float:
        self.reviews(number)
        desk = ArgillaDesk(self.server(), self.house, self.engine)
        desk.push([])
        return took(lambda: exchange(self.engine, desk))

    def answered(self, number: int) -> ArgillaDesk:
        """A desk all of whose records have an answer."""
        server = self.server()
        desk = ArgillaDesk(server, self.house, self.engine)
        place = argilla_dataset.create(server, self.house)
        [user] = [id for id, name in place.users().items() if name == self.at.login.username]
        items = [record(review, self.house, place.questions, "base") for review in self.reviews(number)]
        for item in items:
            values = {"verdict": "approve", "edited": item["suggestions"][0]["value"], "quality": 4}
            given = {name: {"value": value} for name, value in values.items()}
            item["responses"] = [{"user_id": user, "status": "submitted", "values": given}]
        for at in track(range(0, number, BATCH), "answers", console=Console(stderr=True), transient=True):
            assert not place.log(items[at : at + BATCH])
        return desk


def raw(desk: ArgillaDesk) -> float:
    """Pages of the search as parsed JSON, and nothing else."""
    place = desk.found()
    assert place

    def read() -> None:
        seen = 0
        while page := place.search(STABLE, seen)["items"]:
            seen += len(page)

    return took(read)


def pulled(desk: ArgillaDesk, number: int) -> float:
    """All words, as the trainer gets them after a change."""
    words: list[Verdict] = []
    seconds = took(lambda: words.extend(fresh(desk).pull().verdicts))
    assert len(words) == number
    return seconds


def iterated(desk: ArgillaDesk) -> float:
    """The SDK's own way to read; it drops ids and times of responses."""
    server = desk.server
    dataset = server.client.datasets(argilla_dataset.NAME, workspace=server.workspace)
    return took(lambda: list(dataset.records(with_responses=True, with_suggestions=False, batch_size=PAGE)))


def unchanged(desk: ArgillaDesk) -> float:
    """The look every few seconds while nobody has answered."""
    again = fresh(desk)
    again.pull().kept()
    return took(again.pull)


def fresh(desk: ArgillaDesk) -> ArgillaDesk:
    """One that has kept nothing yet, on the same connection."""
    return ArgillaDesk(desk.server, desk.house, desk.engine)


def took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def quiet() -> Iterator[None]:
    """The SDK draws bars and talks."""
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
        yield


def edit(number: int) -> Review:
    draft = "".join(f"{number}.{n} {LINE}" for n in range(8))
    return Review(
        key=f"import:{uuid.uuid4().hex}",
        origin="edited",
        task="blog",
        language="ko",
        fields={"topic": "여름 음료"},
        short_prompt=[{"role": "user", "content": f"주제: 여름 음료 {number}"}],
        long_prompt=[],
        draft=draft,
        proposed=draft.replace("쉬운 말로", "편한 말로").replace("부담 없이", "가볍게"),
        priority=(number % 100) / 100,
        flags=["copy:87", "masked:PHONE:1", "promise"],
    )


def measured(ways: list[tuple[str, Way]]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in track(range(ROUNDS), "rounds", console=Console(stderr=True), transient=True):
        for name, way in ways:
            taken[name].append(way())
    return taken


def rows(table: Table, title: str, number: int, taken: dict[str, list[float]]) -> None:
    """The first way is the baseline: ratios of the same round."""
    table.add_section()
    table.add_row("", f"[bold]{title}")
    base = next(iter(taken.values()))
    for name, seconds in taken.items():
        ratio = median(a / b for a, b in zip(base, seconds, strict=True))
        spread = f"{min(seconds):.2f} - {max(seconds):.2f}"
        table.add_row(f"{ratio:.2f}", name, f"{median(seconds):.2f}", spread, f"{number / median(seconds):,.0f}")


def main(pushed: int = 1_000, pulls: int = 10_000) -> None:
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    table = Table("times as fast", "what", "seconds", "least - most", "records/s", title=f"median of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as folder, local(Path(folder) / "argilla") as at:
        bench = Bench(at, Path(folder), load_house(Path(__file__).parents[1] / "house.toml"))
        pushes: list[tuple[str, Way]] = [
            ("SDK, records.log of ready records", lambda: bench.sdk(pushed)),
            ("ArgillaDesk.push of reviews", lambda: bench.desk(pushed)),
            ("exchange: outbox with commits, then the first pull", lambda: bench.outbox(pushed)),
        ]
        rows(table, f"push of {pushed:,} records", pushed, measured(pushes))
        desk = bench.answered(pulls)
        reads: list[tuple[str, Way]] = [
            ("raw search, JSON alone", lambda: raw(desk)),
            ("ArgillaDesk.pull, words", lambda: pulled(desk, pulls)),
            ("SDK, iterating records", lambda: iterated(desk)),
            ("ArgillaDesk.pull, nothing new", lambda: unchanged(desk)),
        ]
        rows(table, f"pull of {pulls:,} responses", pulls, measured(reads))
    Console(width=120).print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
