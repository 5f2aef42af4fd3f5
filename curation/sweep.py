"""Rows that say what was forgotten in, nothing of it left outside of them out: files, logs, review desks.

Any step may be killed, or find somebody away: what is left is told by the same rows, and done the next time.
"""

import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from curation.consent import NO_CARD_KNOWN, withdraw
from curation.desk import ReviewDesk
from curation.words import blank
from db import withdrawals
from db.artifacts import Artifacts
from db.errors import DeskError
from db.session import transaction, wipe
from db.tables import Dataset, Event, Review

SLACK_CARD = re.compile(r"[A-Z0-9]+:[0-9.]+")  # external ids of the review channel: CHANNEL:TS
ORPHANED = 3600.0  # seconds; a dataset's row follows its files within moments, unless its maker was killed in between
PATIENCE = 3  # failures after which a desk is left alone until next time


def sweep(engine: Engine, artifacts: Artifacts) -> list[str]:
    """Remove the files that hold forgotten texts, and what the database keeps of rows as they were; returns datasets' names.

    A crash, or somebody who keeps the database busy, means: the next one does it.
    """
    with transaction(engine) as session:
        _blank_late(session)
        datasets = withdrawals.withdrawn_datasets(session)
        runs = [Path(run.spec["folder"]) for run in withdrawals.ended_runs(session, datasets) if "folder" in run.spec]
        wipes = withdrawals.wipes_due(session)
        known = set(session.exec(select(Dataset.name)))
    for name in _orphans(artifacts, known):  # nobody could tell which words it holds
        artifacts.remove(name)
    removed = [row.name for row in datasets if artifacts.remove(row.name)]
    for folder in runs:  # logs may quote a text; the adapter itself is stored elsewhere
        if folder.is_relative_to(artifacts.root.parent):
            shutil.rmtree(folder, ignore_errors=True)
    if datasets:
        artifacts.sweep()
    if wipes and wipe(engine):
        with transaction(engine) as session:
            for due in wipes:
                session.delete(session.get_one(Event, due.id))
    return removed


def _orphans(artifacts: Artifacts, known: set[str]) -> list[str]:
    """Datasets on the disk that no row tells of, old enough that none will."""
    found = [folder for folder in artifacts.root.glob("dataset-*") if folder.name not in known]
    return [folder.name for folder in found if time.time() - folder.stat().st_mtime > ORPHANED]


def _blank_late(session: Session) -> None:
    """Rows written while the words they hold were forgotten."""
    late = [*withdrawals.drafts_too_late(session), *withdrawals.reviews_too_late(session)]
    late += withdrawals.canvases_too_late(session)
    for row in late:
        if isinstance(row, Review):
            withdraw(row)
        blank(row)
    if late:
        withdrawals.wipe_wanted(session)


def clear_cards(engine: Engine, desks: Sequence[ReviewDesk]) -> int:
    """Take withdrawn texts off the desks they may stand at; returns how many.

    What stands at a desk that is not among these waits for it. Errors: DeskError, the first one, once all others had
    their go; what is left is done next time.
    """
    with transaction(engine) as session:
        waiting = withdrawals.reviews_to_clear(session)
    troubles: dict[str, list[DeskError]] = {}
    cleared = 0
    for review in waiting:
        places = [desk for desk in desks if desk.name in standing_at(review)]
        left = [desk for desk in places if not _removed(review, desk, troubles)]
        if left or not places:
            continue
        cleared += 1
        with transaction(engine) as session:
            row = session.get_one(Review, review.id, with_for_update=True)
            if row.external_id == review.external_id:  # else its card was noted meanwhile, and has to be looked at
                row.external_id = None
    for found in troubles.values():
        if found:
            raise found[0]
    return cleared


def _removed(review: Review, desk: ReviewDesk, troubles: dict[str, list[DeskError]]) -> bool:
    found = troubles.setdefault(desk.name, [])
    if len(found) >= PATIENCE:
        return False
    try:
        desk.remove(review)
    except DeskError as error:
        found.append(error)
        return False
    return True


def standing_at(review: Review) -> tuple[str, ...]:
    """Names of the desks a withdrawn review may stand at."""
    if review.external_id == NO_CARD_KNOWN:
        return "slack", "argilla"
    return ("slack",) if SLACK_CARD.fullmatch(review.external_id or "") else ("argilla",)
