"""A finished training's folder in, a stored adapter with a version out."""

import math
from pathlib import Path

from sqlalchemy import Engine, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from db import queries, withdrawals
from db.artifacts import Artifacts
from db.errors import ArtifactError
from db.session import transaction
from db.tables import Adapter, Run
from trainer.recipes.spec import ADAPTER_FOLDER

WITHDRAWN = "Its dataset holds texts that were taken back since. The next training is made without them."


def folder_of(run: Run) -> Path:
    """Each attempt has a folder of its own: one that was given up may still write while the next trains."""
    return Path(run.spec["folder"]) / str(run.attempts)


def flaw(folder: Path) -> str:
    """Why an adapter folder can't be used, or "": it must load, be finite, and change something."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(folder / "adapter_model.safetensors")
    except (OSError, SafetensorError) as error:
        return f"The training left no readable adapter ({str(error).splitlines()[0]}). Start another with `flywheel train`."
    if not all(math.isfinite(float(t.float().abs().sum())) for t in tensors.values()):
        return "The adapter holds values that are no numbers. Lower FLYWHEEL_LEARNING_RATE."
    if not any(bool(t.any()) for name, t in tensors.items() if not _starts_at_random(name)):
        return "The training changed nothing. Raise FLYWHEEL_LEARNING_RATE or FLYWHEEL_EPOCHS."
    return ""


def _starts_at_random(name: str) -> bool:
    """Whether a tensor holds numbers before any training: of a pair, one side starts at nothing."""
    return "lora_A" in name or name.endswith(".down")


def adopt(engine: Engine, artifacts: Artifacts) -> list[Adapter]:
    """Store the adapters of runs that ended well and give them a version. Repeats are harmless."""
    with transaction(engine) as session:
        waiting = queries.runs_to_adopt(session)
    made = []
    for run in waiting:
        if _withdrawn(engine, run):
            continue
        try:
            name = artifacts.put("adapter", folder_of(run) / ADAPTER_FOLDER)
        except (ArtifactError, FileNotFoundError):
            _fail(engine, run, "Its adapter is gone from the disk. Train again with `flywheel train`.")
            continue
        if row := _row(engine, run, name):
            made.append(row)
    return made


def _row(engine: Engine, run: Run, name: str) -> Adapter | None:
    assert run.id is not None
    try:
        with transaction(engine) as session:
            owner = session.exec(select(Adapter.run_id).where(Adapter.name == name)).first()
            if owner == run.id:
                return None  # another trainer adopted it a moment ago
            if owner:
                # Names are never used again: equal bytes are the older adapter, and bring nothing new.
                stored = session.get_one(Run, run.id)
                stored.state = "failed"
                stored.error = "It gave exactly the bytes of an older adapter; nothing was learnt."
                session.add(stored)
                return None
            version = session.exec(select(func.max(col(Adapter.version)))).one() or 0
            row = Adapter(
                run_id=run.id,
                name=name,
                version=version + 1,
                base_model=run.spec["base_name"],
                method=run.spec["method"],
            )
            session.add(row)
            session.flush()
            return row
    except IntegrityError:  # another trainer adopted it at the same moment
        return None


def _withdrawn(engine: Engine, run: Run) -> bool:
    """Whether texts it learnt from were taken back since: its adapter could never serve, and another is asked for."""
    with transaction(engine) as session:
        row = session.get_one(Run, run.id, with_for_update=True)
        if not withdrawals.is_withdrawn(session, run.dataset_id):
            return False
        if row.state == "done":  # else another trainer was here first
            row.state, row.error = "failed", WITHDRAWN
            queries.audit(session, "flywheel", queries.RETRAIN_ASKED, f"run:{run.id}")
    return True


def _fail(engine: Engine, run: Run, reason: str) -> None:
    with transaction(engine) as session:
        row = session.get_one(Run, run.id)
        row.state, row.error = "failed", reason
        session.add(row)
