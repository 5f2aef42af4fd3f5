"""What `flywheel import` costs: rows a second and memory at 1,000, 10,000 and 100,000 rows, beside csv and a bare insert.

Each way runs in a process of its own. Invented texts of about 400 characters, half Korean, half English, on SQLite.
"""

import csv
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

SIZES = (1_000, 10_000, 100_000)
KOREAN = "{n}번 안내입니다. 동네 가게의 여름 음료를 소개합니다. 값은 {p}원이고, 문의는 0{a}-{b}-{c}로 주세요. 기다리겠습니다. "
ENGLISH = (
    "Note {n}. The shop around the corner has summer drinks for {p} won and opens at eight. Call 0{a}-{b}-{c} to ask. "
)


def rows(count: int) -> Iterator[tuple[str, str]]:
    for n in range(count):
        text = (ENGLISH if n % 2 else KOREAN).format(
            n=n, p=n % 90 * 100 + 1000, a=10, b=2000 + n % 7000, c=1000 + n % 9000
        )
        yield f"{'summer drinks' if n % 2 else '여름 음료'} {n}", text * (4 if n % 2 else 5)


def bare(path: Path, database: Path) -> int:
    """csv.reader and one executemany."""
    with sqlite3.connect(database) as connection, path.open(encoding="utf-8", newline="") as file:
        connection.execute("CREATE TABLE text (id INTEGER PRIMARY KEY, input TEXT, output TEXT)")
        reader = csv.reader(file)
        next(reader)
        return connection.executemany("INSERT INTO text (input, output) VALUES (?, ?)", reader).rowcount


def masking(path: Path, database: Path) -> int:
    """csv.reader and the masking of each text alone: the part of the way that can't be left out."""
    from curation.mask import mask

    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        return sum(1 for request, answer in reader if mask(request) and mask(answer))


def ours(path: Path, database: Path) -> int:
    from curation.house import load_house
    from curation.importers import import_file
    from db import schema
    from db.session import connect

    engine = connect(f"sqlite:///{database}")
    schema.upgrade(engine)
    return import_file(engine, path, load_house()).accepted


WAYS: dict[str, Callable[[Path, Path], int]] = {"csv, bare insert": bare, "csv, masking alone": masking, "import": ours}


def measured(way: str, path: Path, database: Path) -> None:
    """In a process of its own: prints seconds, seconds of processor, rows, and the most memory in MB in all and before.

    What loads once is loaded before.
    """
    if way != "csv, bare insert":
        from curation.mask import load_light, mask

        load_light()
        mask("여름 음료")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, busy = time.monotonic(), time.process_time()
    count = WAYS[way](path, database)
    took = (time.monotonic() - began, time.process_time() - busy)
    print(json.dumps([*took, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, before]))


def table(sizes: tuple[int, ...], folder: Path) -> Table:
    columns = (
        "rows",
        "way",
        "s",
        "s of processor",
        "rows/s of processor",
        "times the bare one",
        "MB at most",
        "MB loaded before",
    )
    made = Table(*columns)
    for size in sizes:
        path = folder / f"{size}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("input", "output"), *rows(size)])
        bare_one = 0.0
        for way in WAYS:
            words = [sys.executable, "-m", "benchmarks.importing", way, str(path), str(folder / f"{size} {way}.db")]
            said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            seconds, busy, count, most, before = json.loads(said.splitlines()[-1])
            assert count == size, f"{way} took {count} rows of {size}"
            bare_one = bare_one or busy
            numbers = (f"{seconds:.2f}", f"{busy:.2f}", f"{count / busy:,.0f}", f"{busy / bare_one:,.0f}")
            made.add_row(f"{size:,}", way, *numbers, f"{most:,.0f}", f"{before:,.0f}")
    return made


def main() -> None:
    if len(sys.argv) == 4:
        return measured(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    sizes = tuple(int(size) for size in sys.argv[1:]) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        Console(width=120).print(table(sizes, Path(folder)))
    return None


if __name__ == "__main__":
    main()
