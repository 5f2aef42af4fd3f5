"""The work lists: rows that still lack their successor, and what serves now. Every station starts from one of these."""

from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, cast, func, literal, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from db.tables import (
    Adapter,
    Audit,
    Dataset,
    Draft,
    Evaluation,
    Example,
    Feedback,
    Person,
    Promotion,
    Request,
    Review,
    Run,
    now,
)

REQUEST_TRIES, RUN_TRIES = 10, 3
NOT_PROMOTED = "not promoted"  # the audit's word for a winner that came too late
Claimed = TypeVar("Claimed", Request, Run)


def claim_request(session: Session, worker: str, lease_seconds: float) -> Request | None:
    """The oldest request nobody works on, now held by `worker` until the lease ends."""
    return _claim(session, Request, "queued", "drafting", REQUEST_TRIES, worker, lease_seconds)


def claim_run(session: Session, worker: str, lease_seconds: float) -> Run | None:
    """The oldest training nobody works on, now held by `worker` until the lease ends."""
    return _claim(session, Run, "queued", "running", RUN_TRIES, worker, lease_seconds)


def _claim(
    session: Session, kind: type[Claimed], fresh: str, busy: str, tries: int, worker: str, lease_seconds: float
) -> Claimed | None:
    free: ColumnElement[bool] = (col(kind.state) == fresh) | (
        (col(kind.state) == busy) & (col(kind.claimed_until) < now())
    )
    # SKIP LOCKED is Postgres; SQLite ignores it and is safe since every transaction takes the write lock first.
    wanted = select(kind).where(free).order_by(col(kind.id)).limit(1).with_for_update(skip_locked=True)
    while (row := session.exec(wanted).first()) is not None:
        if row.attempts >= tries:
            row.state = "failed"
            row.error = f"It was begun {tries} times and never finished; see the log of its worker."
            session.flush()
            continue
        row.state, row.claimed_by, row.attempts = busy, worker, row.attempts + 1
        row.claimed_until = now() + timedelta(seconds=lease_seconds)  # waiting for the lock must not eat the lease
        session.flush()
        return row
    return None


def extend(session: Session, row: Request | Run, lease_seconds: float) -> bool:
    """A longer lease for the holder; False if somebody else took the row over or closed it meanwhile.

    `row` is as it was claimed: who, in which attempt, in which state. One statement, so nobody comes in between.
    """
    kind = type(row)
    same = [col(getattr(kind, name)) == getattr(row, name) for name in ("id", "state", "claimed_by", "attempts")]
    longer = update(kind).where(*same).values(claimed_until=now() + timedelta(seconds=lease_seconds))
    return session.connection().execute(longer).rowcount == 1


def queue_ahead(session: Session, request: Request) -> int:
    """How many requests wait or are being written before this one. One from the terminal holds no lease, nor a place."""
    held = (col(Request.state) == "drafting") & col(Request.claimed_until).is_not(None)
    return _count(session, Request, ((col(Request.state) == "queued") | held) & (col(Request.id) < request.id))


def serving_promotion(session: Session, task: str) -> Promotion | None:
    """The newest promotion of a task."""
    newest = select(Promotion).where(Promotion.task == task).order_by(col(Promotion.id).desc()).limit(1)
    return session.exec(newest).first()


def serving(session: Session, task: str) -> Adapter | None:
    """The adapter that serves a task; None is the bare base model."""
    promotion = serving_promotion(session, task)
    return session.get(Adapter, promotion.adapter_id) if promotion and promotion.adapter_id else None


def usable(adapter: Adapter | None, base_model: str) -> Adapter | None:
    """The adapter, if it was made for this base model. Another one's weights don't fit: then the bare base serves."""
    return adapter if adapter and adapter.base_model == base_model else None


def adapter_name(session: Session, adapter_id: int | None) -> str | None:
    """The immutable name of an adapter's id."""
    return session.get_one(Adapter, adapter_id).name if adapter_id else None


def adapter_version(session: Session, adapter_id: int | None) -> int | None:
    """The version people know an adapter's id by."""
    return session.get_one(Adapter, adapter_id).version if adapter_id else None


def feedback_to_review(session: Session) -> list[Feedback]:
    """Edits and acceptances that nobody was asked to review yet, of people and channels we may learn from.

    Both who asked and who edited must let us: the text holds words of both. Of several edits of one person on one
    draft only the newest counts.
    """
    proposals = select(func.max(Feedback.id)).where(col(Feedback.kind).in_(("edit", "accept")))
    newest = proposals.group_by(col(Feedback.draft_id), col(Feedback.person_id))
    asker = aliased(Person)
    wanted = (
        select(Feedback)
        .join(Person, col(Person.id) == col(Feedback.person_id))
        .join(Request, col(Request.id) == col(Feedback.draft_id))
        .join(asker, col(asker.id) == col(Request.person_id))
        .outerjoin(Review, col(Review.feedback_id) == col(Feedback.id))
        .where(col(Feedback.id).in_(newest), col(Review.id).is_(None))
        .where(Person.consent != "declined", asker.consent != "declined", col(Request.collect).is_(True))
        .order_by(col(Feedback.id))
    )
    return list(session.exec(wanted))


def reviews_to_push(session: Session) -> list[Review]:
    """Reviews the desk does not show yet."""
    return list(session.exec(select(Review).where(Review.state == "pending").order_by(col(Review.id))))


def reviews_to_collect(session: Session) -> list[Review]:
    """Approved reviews that are no example yet."""
    wanted = select(Review).outerjoin(Example, col(Example.review_id) == col(Review.id))
    wanted = wanted.where(Review.state == "approved", col(Example.id).is_(None)).order_by(col(Review.id))
    return list(session.exec(wanted))


def last_run(session: Session) -> Run | None:
    """The newest training, whatever became of it."""
    return session.exec(select(Run).order_by(col(Run.sequence).desc()).limit(1)).first()


def approvals_since_run(session: Session) -> int:
    """Examples that no training has seen."""
    last = last_run(session)
    return _count(session, Example, col(Example.id) > (last.through_example_id if last else 0))


def runs_to_adopt(session: Session) -> list[Run]:
    """Trainings that ended well and whose adapter is not stored yet."""
    wanted = select(Run).outerjoin(Adapter, col(Adapter.run_id) == col(Run.id))
    return list(session.exec(wanted.where(Run.state == "done", col(Adapter.id).is_(None)).order_by(col(Run.id))))


def adapters_to_evaluate(session: Session) -> list[Adapter]:
    """Adapters that were never compared with what serves."""
    wanted = select(Adapter).outerjoin(Evaluation, col(Evaluation.adapter_id) == col(Adapter.id))
    return list(session.exec(wanted.where(col(Evaluation.id).is_(None)).order_by(col(Adapter.id))))


def evaluations_to_promote(session: Session) -> list[Evaluation]:
    """Evaluations whose verdict is to promote and which led to no promotion yet.

    One that came too late (another adapter serves since the comparison) is settled for ever by its line in the audit.
    """
    subject = literal("evaluation:") + cast(col(Evaluation.id), String)
    late = select(Audit.id).where(Audit.action == NOT_PROMOTED, Audit.subject == subject).exists()
    wanted = select(Evaluation).outerjoin(Promotion, col(Promotion.evaluation_id) == col(Evaluation.id))
    wanted = wanted.where(col(Evaluation.verdict)["promote"].as_boolean().is_(True))
    return list(session.exec(wanted.where(col(Promotion.id).is_(None), ~late).order_by(col(Evaluation.id))))


def vote(session: Session, draft_id: int, person_id: int) -> str | None:
    """This person's vote on this draft: "up", "down" or None. The last one counts."""
    wanted = select(Feedback.kind).where(
        Feedback.draft_id == draft_id,
        Feedback.person_id == person_id,
        col(Feedback.kind).in_(("up", "down", "unvote")),
    )
    kind = session.exec(wanted.order_by(col(Feedback.id).desc()).limit(1)).first()
    return None if kind == "unvote" else kind


def counts(session: Session) -> dict[str, Any]:
    """Rows along the ring, in the shape of `flywheel status --json` without `serving`."""
    state = col(Review.state)
    return {
        "requests": _count(session, Request),
        "drafts": _count(session, Draft),
        "feedback": _count(session, Feedback),
        "reviews": {
            "pending": _count(session, Review, state.in_(("pending", "pushed"))),
            "approved": _count(session, Review, state == "approved"),
            "rejected": _count(session, Review, state == "rejected"),
        },
        "examples": _count(session, Example),
        "examples_since_last_run": approvals_since_run(session),
        "datasets": _count(session, Dataset),
        "runs": _count(session, Run),
    }


def audit(session: Session, actor: str, action: str, subject: str, note: str = "") -> None:
    """Leave a line in the audit trail."""
    session.add(Audit(actor=actor, action=action, subject=subject, note=note))


def _count(session: Session, kind: type[SQLModel], where: ColumnElement[bool] | None = None) -> int:
    wanted = select(func.count()).select_from(kind)
    return session.exec(wanted if where is None else wanted.where(where)).one()
