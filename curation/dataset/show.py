"""A dataset's name in, its manifest out; of one whose texts were taken back it says so, since its files are gone."""

import json
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from curation.dataset.files import MANIFEST
from db import withdrawals
from db.artifacts import Artifacts
from db.session import transaction
from db.tables import Dataset


def show(engine: Engine, artifacts: Artifacts, name: str) -> dict[str, Any]:
    """What the files say, and what the row knows beside. Errors: ArtifactError if the files are not here."""
    with transaction(engine) as session:
        row = session.exec(select(Dataset).where(Dataset.name == name)).first()
        if row and withdrawals.is_withdrawn(session, row.id or 0):
            return {"withdrawn": "Some of its texts were taken back; its files are gone.", **row.manifest}
    found: dict[str, Any] = json.loads((artifacts.path(name) / MANIFEST).read_text(encoding="utf-8"))
    return {**(row.manifest if row else {}), **found}
