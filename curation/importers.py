"""A file in, reviews (or, if approved, examples) out, in one transaction; importing again adds nothing."""

import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation import examples
from curation.files import Row, read_rows
from curation.house import Ask, House
from curation.mask import mask
from curation.reviews import masked_fields, masked_messages
from db import withdrawals
from db.errors import InputError
from db.session import transaction
from db.tables import Example, Review, now


@dataclass
class ImportReport:
    """What became of each row of a file; `rejected` holds {"row": physical line, "reason": text}."""

    file: str
    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


def import_file(
    engine: Engine,
    path: Path,
    house: House,
    *,
    task: str | None = None,
    approved: bool = False,
    actor: str = "terminal",
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take the good rows of a file. Without `approved` they wait for review, with it they are examples at once.

    Errors: InputError if the whole file can't be used; nothing was changed then.
    """
    rows = list(read_rows(path))

    def attempt() -> ImportReport:
        report = ImportReport(path.name)
        reviews = [made for row in rows if (made := _review(row, house, task, report))]
        with transaction(engine) as session:
            _add(session, reviews, report, actor if approved else None, progress)
        return report

    try:
        return attempt()
    except IntegrityError:  # another import added some of the same rows meanwhile: now they are known
        return attempt()


def _add(
    session: Session,
    reviews: list[Review],
    report: ImportReport,
    approver: str | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    known = _known_keys(session, [review.key for review in reviews])
    for done, review in enumerate(reviews, 1):
        if review.key in known:
            report.duplicates += 1
        else:
            known.add(review.key)
            if approver is not None:
                review.state, review.text = "approved", review.proposed
                review.decided_by, review.decided_at = approver, now()
            session.add(review)
            report.accepted += 1
        if progress:
            progress(done, len(reviews))
    session.flush()
    if approver is not None:
        examples.collect(session)


def _review(row: Row, house: House, task: str | None, report: ImportReport) -> Review | None:
    """A human text with the prompts a live request would get: so training and serving see the same."""
    if not row.reason and row.task and row.task not in house.tasks:
        row = Row(row.line, reason=f"unknown task {row.task!r}; the style guide has {', '.join(house.tasks)}")
    if row.reason:
        report.rejected.append({"row": row.line, "reason": row.reason})
        return None
    request, answer = (unicodedata.normalize("NFC", text).strip() for text in (row.request, row.answer))
    ask = house.ask(request, task=row.task or task)
    digest = hashlib.sha256(json.dumps([ask.task, request, answer]).encode()).hexdigest()
    source = f"topic:{examples.topic_key(ask.task, ask.language, masked_fields(ask.fields))}"
    return human_review(house, ask, answer, f"import:{digest[:32]}", source)


def human_review(house: House, ask: Ask, text: str, key: str, source: str, person_id: int | None = None) -> Review:
    """A masked review of a text people wrote, as if it had been the answer to `ask`; `source` names its family."""
    prompts = house.prompts(ask.task, ask.language, ask.fields)
    return Review(
        key=key,
        person_id=person_id,
        origin="human",
        task=ask.task,
        language=ask.language,
        fields=masked_fields(ask.fields),
        short_prompt=masked_messages(prompts.short),
        long_prompt=masked_messages(prompts.long),
        proposed=mask(text).text,
        source=source,
    )


def _known_keys(session: Session, keys: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):  # databases limit how many values one question may hold
        found.update(session.exec(select(Review.key).where(col(Review.key).in_(keys[start : start + 500]))))
    return found


def export(session: Session, path: Path, task: str | None = None) -> int:
    """Write the examples as JSONL messages (masked, short prompt); returns how many. No half-written file appears.

    Errors: InputError if the folder is missing.
    """
    wanted = select(Example).where(~withdrawals.withdrawn()).order_by(col(Example.id))
    rows = session.exec(wanted.where(Example.task == task) if task else wanted)
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist. Make it first.")
    temporary, count = path.with_name(path.name + ".part"), 0
    with temporary.open("w", encoding="utf-8") as out:
        for row in rows:
            turns = [*row.short_prompt, {"role": "assistant", "content": row.completion}]
            out.write(json.dumps({"messages": turns, "task": row.task}, ensure_ascii=False) + "\n")
            count += 1
    temporary.replace(path)
    return count
