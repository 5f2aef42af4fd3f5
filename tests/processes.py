"""Work done in real processes that begin together, and processes that die in the middle of it."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

from db import claims, schema
from db.artifacts import Artifacts
from db.people import person
from db.session import connect, transaction

FRESH = multiprocessing.get_context(
    "forkserver"
)  # clean forks: no threads and no connections of the test's own process
FRESH.set_forkserver_preload([__name__])
_start: Any = None


def together(work: Callable[..., Any], times: int, *args: Any) -> list[Any]:
    """What `work(*args)` returns in so many processes that begin at the same moment."""
    barrier = FRESH.Barrier(times)
    with ProcessPoolExecutor(times, mp_context=FRESH, initializer=_meet, initargs=(barrier,)) as pool:
        return [done.result(60) for done in [pool.submit(_begin, work, args) for _ in range(times)]]


def _meet(barrier: Any) -> None:
    global _start
    _start = barrier


def _begin(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    _start.wait(60)
    return work(*args)


def upgrade(url: str) -> str | None:
    engine = connect(url)
    schema.upgrade(engine)
    return schema.revision(engine)


def meet_person(url: str) -> int:
    with transaction(connect(url)) as session:
        return person(session, "T1", "U-new").id or 0


def claim_all(url: str, kind: str) -> list[int]:
    """Three threads of this process claim until nothing is left."""
    engine, claim = connect(url), {"Request": claims.claim_request, "Run": claims.claim_run}[kind]

    def one_thread(number: int) -> list[int]:
        got = []
        while True:
            with transaction(engine) as session:
                row = claim(session, f"{os.getpid()}:{number}", 60)
            if row is None:
                return got
            got.append(row.id or 0)

    with ThreadPoolExecutor(3) as pool:
        return [number for part in pool.map(one_thread, range(3)) for number in part]


def put(home: Path, folder: Path) -> str:
    return Artifacts(home).put("adapter", folder)


def put_killed(home: Path, folder: Path, line: int) -> int:
    """The exit code of a process that stores `folder` and is killed at the so-manieth line of the store's code."""
    process = FRESH.Process(target=_put_until, args=(home, folder, line))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def _put_until(home: Path, folder: Path, line: int) -> None:
    left = line

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.endswith(("db/artifacts.py", "shutil.py")):
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    put(home, folder)
