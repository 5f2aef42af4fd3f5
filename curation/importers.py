"""A file or a folder of past texts in, reviews (or, if approved, examples) out; importing again adds nothing.

Rows are read and masked one by one into a temporary file, which holds nobody up, and then stored in one transaction: all
or none of them, and in little memory.
"""

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation import examples
from curation.files import Source, quoted
from curation.house import House
from curation.incoming import Incoming, incoming, text_key
from curation.posts import read_posts
from curation.sheets import read_table
from db import withdrawals
from db.session import transaction
from db.tables import Example, Review, now

SPOOLED = 4 * 1024 * 1024  # bytes that wait in memory before they wait on the disk
CHUNK = 250  # rows to a statement: databases limit how many values one may hold


@dataclass
class ImportReport:
    """What became of each row; `rejected` holds {"file", "row": physical line, "reason"}, `duplicates` what was known.

    `by_task_and_language` ("blog/ko") and `masked` (kinds of personal data) are about what was accepted.
    """

    file: str
    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: int = 0  # of the duplicates: texts that were taken back, and stay out
    encoding: str = ""
    by_task_and_language: dict[str, int] = field(default_factory=dict)
    masked: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False


def import_file(
    engine: Engine,
    path: Path,
    house: House,
    *,
    task: str | None = None,
    approved: bool = False,
    dry_run: bool = False,
    actor: str = "terminal",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Take the good rows of a file or folder. Without `approved` they wait for review, with it they are examples at once.

    `progress` hears of steps done and of how many there are, while reading and then, from the start, while storing. A dry
    run changes nothing. Errors: InputError if the whole file can't be used; nothing was changed then.
    """
    source = read_posts(path, house) if path.is_dir() else read_table(path)
    report = ImportReport(path.absolute().name, dry_run=dry_run)
    with tempfile.SpooledTemporaryFile(SPOOLED) as spool:
        ready = _spool(spool, source, house, task, report, progress)
        report.encoding = ", ".join(sorted(source.encodings))

        def attempt() -> ImportReport:
            spool.seek(0)
            rows = (pickle.load(spool) for _ in range(ready))
            with transaction(engine) as session:
                stored = _store(session, rows, report, actor if approved else "", lambda done: progress(done, ready))
                if approved and not dry_run:
                    examples.collect(session)
            return stored

        try:
            return attempt()
        except IntegrityError:  # another import added some of the same rows meanwhile: now they are known
            return attempt()


def _spool(
    spool: IO[bytes],
    source: Source,
    house: House,
    task: str | None,
    report: ImportReport,
    progress: Callable[[int, int], None],
) -> int:
    """Write the good rows down, masked, and name the bad ones in the report; returns how many are good."""
    ready = 0
    for number, row in enumerate(source.rows, 1):
        if not row.reason and row.task and row.task not in house.tasks:
            known = ", ".join(house.tasks)
            row = replace(row, reason=f"unknown task {quoted(row.task)}; the style guide has {known}")
        if row.reason:
            report.rejected.append({"file": row.file, "row": row.line, "reason": row.reason})
        else:
            pickle.dump(incoming(row, house, task), spool)
            ready += 1
        progress(max(row.line, number), source.total)  # a row of a table may take several lines
    return ready


def _store(
    session: Session, rows: Iterable[Incoming], report: ImportReport, approver: str, progress: Callable[[int], None]
) -> ImportReport:
    """Insert what is not known yet, unless it is a dry run, and count it all."""
    rows, known, defaults = iter(rows), _given_out(session), _defaults(approver)
    done = accepted = withdrawn = 0
    kinds, found = Counter[str](), Counter[str]()
    while chunk := list(islice(rows, CHUNK)):
        states = _states(session, chunk)
        gone = withdrawals.forgotten_among(session, [row.values["proposed"] for row in chunk])
        fresh = []
        for row in chunk:
            if row.values["proposed"] in gone or any(states.get(key) == "withdrawn" for key in row.keys):
                withdrawn += 1
            elif row.keys.isdisjoint(known) and row.keys.isdisjoint(states):
                fresh.append(row)
                known |= row.keys
        if fresh and not report.dry_run:
            texts = [{**row.values, "text": row.values["proposed"]} if approver else row.values for row in fresh]
            session.connection().execute(insert(Review), [{**defaults, **columns} for columns in texts])
        kinds.update(f"{row.values['task']}/{row.values['language']}" for row in fresh)
        found.update(kind for row in fresh for kind in row.found.elements())
        accepted, done = accepted + len(fresh), done + len(chunk)
        progress(done)
    return replace(
        report,
        accepted=accepted,
        duplicates=done - accepted,
        withdrawn=withdrawn,
        by_task_and_language=dict(sorted(kinds.items())),
        masked=dict(sorted(found.items())),
    )


def _defaults(approver: str) -> dict[str, Any]:
    """Columns that all rows share; made once, since a Review for each row takes as long as masking a short text."""
    fields = {name: one for name, one in Review.model_fields.items() if name != "id" and not one.is_required()}
    made = {name: one.get_default(call_default_factory=True) for name, one in fields.items()}
    return {**made, "state": "approved", "decided_by": approver, "decided_at": now()} if approver else made


def _states(session: Session, chunk: Iterable[Incoming]) -> dict[str, str]:
    """The states of the reviews known by the same keys."""
    keys = {key for row in chunk for key in row.keys}
    return dict(session.exec(select(Review.key, Review.state).where(col(Review.key).in_(keys))).all())


def _given_out(session: Session) -> set[str]:
    """Keys that the examples have when they come back from an export, whatever became of their texts on the way to it."""
    wanted = select(Example.task, Example.short_prompt, Example.completion).where(~withdrawals.withdrawn())
    rows = session.exec(wanted.execution_options(yield_per=1000))
    return {text_key(task, prompt[-1]["content"], completion) for task, prompt, completion in rows}
