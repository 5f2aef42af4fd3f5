"""Examples in, a frozen dataset out: without copies and leaks, masked again, split by family, named by its bytes' hash."""

from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from curation import leaks
from curation.dataset.choose import DISAGREE, Chosen, choose, pairs_of, votes_of
from curation.dataset.facts import Facts, facts
from curation.dataset.files import write
from curation.dataset.forms import Row, rows
from curation.dataset.hub import write_hub
from curation.examples import known
from db import withdrawals
from db.artifacts import DIGITS, VIEWS, Artifacts, content_hash
from db.session import transaction
from db.tables import Dataset, DatasetDraft, DatasetItem


def build(engine: Engine, artifacts: Artifacts) -> Dataset | None:
    """Freeze all examples. The same texts give the same bytes, name and row. None if there is nothing to train on.

    Errors: InputError if personal data is still found in a text after masking, or a held-out text would be trained on.
    """
    chosen = _chosen(engine)
    if not any(e.split == "train" for e in chosen.kept):
        return None
    made = list(rows(chosen))
    with artifacts.staging() as staged:
        folder, manifest, known_already = _frozen(engine, staged, made, chosen)
        if known_already and (artifacts.root / known_already.name).is_dir():
            return known_already
        leaks.check(folder, {(row.split, row.sha256): row.owner for row in made})
        with transaction(engine) as session:
            about = facts(session, chosen, manifest)
        write_hub(folder / VIEWS, folder, about, chosen)
        name = artifacts.put("dataset", folder)
    return _row(engine, name, chosen, manifest | _ours(chosen, about))


def _chosen(engine: Engine) -> Chosen:
    with transaction(engine) as session:
        examples, sources = known(session)
        pairs = pairs_of(session, examples, sources)
        votes, disputed = votes_of(session)
    chosen = choose(examples, sources, pairs, votes)
    chosen.less[DISAGREE] += disputed
    return chosen


def _frozen(
    engine: Engine, staged: Path, made: list[Row], chosen: Chosen
) -> tuple[Path, dict[str, Any], Dataset | None]:
    """The written files, their manifest, and their row if there is one.

    What was withdrawn keeps its name to itself: the same texts come back as another edition.
    """
    for edition in count(1):
        folder = staged / f"edition-{edition}"
        manifest = write(folder, made, chosen, edition)
        with transaction(engine) as session:
            row = _known(session, f"dataset-{content_hash(folder)[:DIGITS]}")
            if row is None or not withdrawals.is_withdrawn(session, row.id or 0):
                return folder, manifest, row
    raise AssertionError("unreachable")


def _ours(chosen: Chosen, about: Facts) -> dict[str, Any]:
    """What the row says beside the files, by our own ids and of our own history."""
    return {
        "left_out": {str(example.id): reason for example, reason in chosen.dropped},
        "also_left_out": dict(chosen.less),
        "heldout_version": about.heldout_version,
        "before": about.before,
        "topics": about.topics,
        "reviewers": about.reviewers,
        "reviewed": about.reviewed,
    }


def _row(engine: Engine, name: str, chosen: Chosen, manifest: dict[str, Any]) -> Dataset:
    try:
        with transaction(engine) as session:
            if found := _known(session, name):
                return found
            held = sum(e.split == "heldout" for e in chosen.kept)
            made = Dataset(name=name, train=len(chosen.kept) - held, heldout=held, manifest=manifest)
            session.add(made)
            session.flush()
            session.add_all(DatasetItem(dataset_id=made.id or 0, example_id=e.id or 0) for e in chosen.kept)
            session.add_all(DatasetDraft(dataset_id=made.id or 0, draft_id=v.draft_id) for v in chosen.votes)
            return made
    except IntegrityError:  # another process froze the same examples at the same moment
        with transaction(engine) as session:
            return session.exec(select(Dataset).where(col(Dataset.name) == name)).one()


def _known(session: Session, name: str) -> Dataset | None:
    return session.exec(select(Dataset).where(Dataset.name == name)).first()
