"""The database in, what the demo watches out: how far the training is, what the gate said, the last turn."""

import json
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, func, select

from db.session import transaction
from db.tables import Adapter, Audit, Draft, Evaluation, Promotion, Review, Run

Json = dict[str, Any]


def run_of(engine: Engine) -> Run | None:
    """The newest training."""
    with transaction(engine) as session:
        return session.exec(select(Run).order_by(col(Run.id).desc()).limit(1)).first()


def evaluation_of(engine: Engine) -> tuple[Evaluation, Adapter] | None:
    """The newest comparison and its adapter."""
    with transaction(engine) as session:
        joined = select(Evaluation, Adapter).join(Adapter, col(Adapter.id) == col(Evaluation.adapter_id))
        found = session.exec(joined.order_by(col(Evaluation.id).desc()).limit(1)).first()
        return (found[0], found[1]) if found else None


def promoted(engine: Engine, evaluation: Evaluation) -> bool:
    """Whether the comparison led to a promotion."""
    with transaction(engine) as session:
        return session.exec(select(Promotion.id).where(Promotion.evaluation_id == evaluation.id)).first() is not None


def edits_decided(engine: Engine) -> int:
    """Edits of which reviewers have approved or rejected the text."""
    decided = col(Review.state).in_(("approved", "rejected")) & (col(Review.origin) == "edited")
    with transaction(engine) as session:
        return session.exec(select(func.count()).select_from(Review).where(decided)).one()


def draft_text(engine: Engine, draft_id: int) -> str:
    with transaction(engine) as session:
        return session.get_one(Draft, draft_id).text


def last_turn(engine: Engine) -> Json | None:
    """What the trainer wrote about its last turn that made something."""
    with transaction(engine) as session:
        wanted = select(Audit.note).where(Audit.action == "turn").order_by(col(Audit.id).desc()).limit(1)
        note = session.exec(wanted).first()
    found: Json | None = json.loads(note) if note else None
    return found
