"""The work lists: rows that still lack their successor, and what serves now. Every station starts from one of these."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from db.people import LOCAL_TEAM
from db.tables import (
    Adapter,
    Audit,
    Channel,
    Dataset,
    DatasetItem,
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
VOTES = ("up", "down", "unvote", "unvote_up", "unvote_down")
NOT_PROMOTED = "not promoted"  # the audit's word for a winner that came too late
TRAIN_ASKED, TRAIN_ANSWERED = "train asked", "train answered"  # in the audit: an operator's wish, and what came of it
Claimed = TypeVar("Claimed", Request, Run)


def claim_request(session: Session, worker: str, lease_seconds: float) -> Request | None:
    """The oldest request nobody works on, now held by `worker` until the lease ends; in a thread one after the other."""
    before = aliased(Request)
    same = [getattr(before, name) == getattr(Request, name) for name in ("team_id", "channel_id", "thread_ts")]
    open_ = col(before.state).in_(("queued", "drafting")) | _untold(before)
    same_thread = (col(Request.thread_ts) != "") & and_(*same)
    # The answer to a command began its thread itself.
    earlier = (col(before.id) < col(Request.id)) & (same_thread | (col(before.id) == col(Request.refines)))
    in_turn = ~select(before.id).where(earlier, open_).exists()
    free = _free(Request, "queued", "drafting") & in_turn
    return _claim(session, Request, free, "drafting", REQUEST_TRIES, worker, lease_seconds)


def claim_stopped(session: Session, worker: str, lease_seconds: float) -> Request | None:
    """The oldest stopped request whose message nobody brings to its end, now held by `worker`; it stays cancelled."""
    until = col(Request.claimed_until)
    free = _untold(Request) & (until.is_(None) | (until < now()))
    return _claim(session, Request, free, "cancelled", REQUEST_TRIES, worker, lease_seconds)


def _untold(kind: type[Request]) -> ColumnElement[bool]:
    """Whether a request was stopped and its message may still say that it is being written: `error` tells its end."""
    return (col(kind.state) == "cancelled") & col(kind.error).is_(None) & (col(kind.channel_id) != "")


def claim_run(session: Session, worker: str, lease_seconds: float) -> Run | None:
    """The oldest training nobody works on, now held by `worker` until the lease ends."""
    return _claim(session, Run, _free(Run, "queued", "running"), "running", RUN_TRIES, worker, lease_seconds)


def _free(kind: type[Request] | type[Run], fresh: str, busy: str) -> ColumnElement[bool]:
    return (col(kind.state) == fresh) | ((col(kind.state) == busy) & (col(kind.claimed_until) < now()))


def _claim(
    session: Session,
    kind: type[Claimed],
    free: ColumnElement[bool],
    busy: str,
    tries: int,
    worker: str,
    lease_seconds: float,
) -> Claimed | None:
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


def still_held(session: Session, request: Request) -> Request | None:
    """The row, locked, as long as the one who claimed `request` in this attempt has it; None if another took it over."""
    row = session.get_one(Request, request.id, with_for_update=True)
    return row if (row.claimed_by, row.attempts) == (request.claimed_by, request.attempts) else None


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

    Both who asked and who edited must let us, and whoever asked for an earlier version in the thread: the text holds
    words of all. Slack must have told us that they are no guests, and that the channel is ours alone. Of several edits of
    one person on one draft only the newest counts.
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
        .where(_known(Person), _known(asker), (col(Request.channel_id) == "") | _ours(), ~_chain_unwilling())
        .order_by(col(Feedback.id))
        # Whoever takes their words back at this moment is waited for, and their rows are then left out.
        .with_for_update(read=True, of=(Person, asker))
    )
    return list(session.exec(wanted))


def _known(who: type[Person]) -> ColumnElement[bool]:
    """Whether somebody is known to be no guest; people at the terminal are not."""
    return col(who.guest).is_(False) | (col(who.team_id) == LOCAL_TEAM)


def _ours() -> ColumnElement[bool]:
    """Whether a request's channel is known to have no people of another company in it."""
    here = (Channel.team_id == Request.team_id) & (Channel.channel_id == Request.channel_id)
    return select(Channel.id).where(here, col(Channel.external).is_(False)).exists()


def _chain_unwilling() -> ColumnElement[bool]:
    """Whether a request goes on with the words of somebody who does not let us learn from them."""
    before, who = aliased(Request), aliased(Person)
    thread = (col(before.thread_ts) == col(Request.thread_ts)) | (col(before.message_ts) == col(Request.thread_ts))
    same = (col(before.team_id) == col(Request.team_id)) & (col(before.channel_id) == col(Request.channel_id)) & thread
    earlier = select(before.id).join(who, col(who.id) == col(before.person_id))
    earlier = earlier.where(same, col(before.id) < col(Request.id), (col(who.consent) == "declined") | ~_known(who))
    return col(Request.refines).is_not(None) & earlier.exists()


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


def trainings_asked(session: Session) -> list[Audit]:
    """Trainings operators asked for in Slack that no trainer has answered."""
    answer = aliased(Audit)
    ours = col(answer.subject) == literal("audit:") + cast(col(Audit.id), String)
    answered = select(answer.id).where(answer.action == TRAIN_ANSWERED, ours).exists()
    return list(session.exec(select(Audit).where(Audit.action == TRAIN_ASKED, ~answered).order_by(col(Audit.id))))


def train_answer(session: Session, asked: Audit) -> Audit | None:
    """What became of an operator's wish for a training; its note is "run:7", "nothing" or "busy"."""
    return session.exec(
        select(Audit).where(Audit.action == TRAIN_ANSWERED, Audit.subject == f"audit:{asked.id}")
    ).first()


def approvals_since_run(session: Session) -> int:
    """Examples that no training has seen."""
    last = last_run(session)
    newer = col(Example.id) > (last.through_example_id if last else 0)
    return _count(session, Example, newer & ~withdrawn())


def withdrawn() -> ColumnElement[bool]:
    """Whether an example was taken back by the person whose words it held: its review says so."""
    return select(Review.id).where(Review.id == Example.review_id, Review.state == "withdrawn").exists()


def withdrawn_datasets(session: Session) -> list[Dataset]:
    """Datasets that hold an example taken back since: their files must go, and nothing may be made of them."""
    held = select(DatasetItem.dataset_id).join(Example, col(Example.id) == col(DatasetItem.example_id))
    held = held.where(withdrawn())
    return list(session.exec(select(Dataset).where(col(Dataset.id).in_(held)).order_by(col(Dataset.id))))


def drafts_too_late(session: Session) -> list[Draft]:
    """Drafts that were being written while the words they answer were forgotten."""
    wanted = select(Draft).join(Request, col(Request.id) == col(Draft.id)).where(Request.state == "cancelled")
    return list(session.exec(wanted.where(Request.text == "", Draft.text != "", col(Request.collect).is_(False))))


def reviews_too_late(session: Session) -> list[Review]:
    """Reviews that were being opened while the request they come from was forgotten."""
    wanted = select(Review).join(Feedback, col(Feedback.id) == col(Review.feedback_id))
    wanted = wanted.join(Request, col(Request.id) == col(Feedback.draft_id)).where(Review.state != "withdrawn")
    return list(session.exec(wanted.where(Request.text == "", col(Request.collect).is_(False))))


def is_withdrawn(session: Session, dataset_id: int) -> bool:
    """Whether a dataset holds an example taken back since."""
    held = select(DatasetItem.example_id).join(Example, col(Example.id) == col(DatasetItem.example_id))
    return session.exec(held.where(DatasetItem.dataset_id == dataset_id, withdrawn()).limit(1)).first() is not None


def reviews_to_clear(session: Session) -> list[Review]:
    """Reviews taken back whose card may still stand at the desk."""
    wanted = select(Review).where(Review.state == "withdrawn", col(Review.external_id).is_not(None))
    return list(session.exec(wanted.order_by(col(Review.id))))


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
    """This person's vote on this draft: "up", "down" or None."""
    wanted = select(Feedback).where(
        Feedback.draft_id == draft_id, Feedback.person_id == person_id, col(Feedback.kind).in_(VOTES)
    )
    return fold(session.exec(wanted.order_by(col(Feedback.acted_at), col(Feedback.id))))


def fold(acts: Iterable[Feedback]) -> str | None:
    """What one person's acts on one draft, in the order they were done, come to. The last vote counts.

    A button pressed again takes its vote back; a reaction taken away takes back the vote of its side.
    """
    state: str | None = None
    for act in acts:
        if act.kind in ("up", "down"):
            state = None if act.way == "button" and state == act.kind else act.kind
        elif act.kind in ("unvote", f"unvote_{state}"):
            state = None
    return state


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
        "examples": _count(session, Example, ~withdrawn()),
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
