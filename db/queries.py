"""The work lists: rows that still lack their successor, and what serves now. Every station starts from one of these."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal
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
)
from db.votes import VOTES
from db.withdrawals import tainted

VERSION = re.compile(r"v([0-9]{1,9})")  # what people know an adapter by
NOT_PROMOTED = "not promoted"  # the audit's word for a winner that came too late
TRAIN_ASKED, TRAIN_ANSWERED = "train asked", "train answered"  # in the audit: an operator's wish, and what came of it
RETRAIN_ASKED = "retrain asked"  # in the audit: texts were taken back, and what learnt from them needs a follower


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


def adapter_named(session: Session, name: str) -> Adapter | None:
    """The adapter of a version ("v13") or an immutable name."""
    version = VERSION.fullmatch(name)
    same = Adapter.version == int(version[1]) if version else Adapter.name == name
    return session.exec(select(Adapter).where(same)).first()


def of_thread(team_id: str, channel_id: str, thread_ts: str) -> ColumnElement[bool]:
    """Requests made in a thread; one below an answer (to a command, from a form) is that answer's request's."""
    there = (col(Request.thread_ts) == thread_ts) | (col(Request.message_ts) == thread_ts)
    return (col(Request.team_id) == team_id) & (col(Request.channel_id) == channel_id) & there


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
        .where(*_willing(asker))
        .order_by(col(Feedback.id))
        # Whoever takes their words back at this moment is waited for, and their rows are then left out.
        .with_for_update(read=True, of=(Person, asker))
    )
    return list(session.exec(wanted))


def votes_to_learn(session: Session) -> list[tuple[Feedback, Draft, Request]]:
    """Votes for and against drafts, in the order they were given, of people and channels we may learn from, as above."""
    asker, taken = aliased(Person), aliased(Feedback)
    wanted = (
        select(Feedback, Draft, Request)
        .join(Person, col(Person.id) == col(Feedback.person_id))
        .join(Draft, col(Draft.id) == col(Feedback.draft_id))
        .join(Request, col(Request.id) == col(Draft.id))
        .join(asker, col(asker.id) == col(Request.person_id))
        .where(col(Feedback.kind).in_(VOTES), Draft.text != "", *_willing(asker))
        .order_by(col(Draft.id), col(Feedback.person_id), col(Feedback.acted_at), col(Feedback.id))
    )
    back = select(taken.id).join(Review, col(Review.feedback_id) == col(taken.id)).where(Review.state == "withdrawn")
    return list(session.exec(wanted.where(~back.where(taken.draft_id == Draft.id).exists())))


def _willing(asker: type[Person]) -> tuple[ColumnElement[bool], ...]:
    """Whether we may learn from what Person did with what `asker` asked for, where they did."""
    consent = (col(Person.consent) != "declined") & (col(asker.consent) != "declined")
    place = (col(Request.channel_id) == "") | _ours()
    return consent, col(Request.collect).is_(True), _known(Person), _known(asker), place, ~_chain_unwilling()


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


def reviews_to_push(session: Session, most: int | None = None) -> list[Review]:
    """Reviews the desk does not show yet, or lost while people disagreed; what teaches most comes first."""
    lost = (col(Review.state) == "disputed") & col(Review.external_id).is_(None)
    wanted = select(Review).where((col(Review.state) == "pending") | lost)
    return list(session.exec(wanted.order_by(col(Review.priority).desc(), col(Review.id)).limit(most)))


def reviews_to_collect(session: Session) -> list[Review]:
    """Approved reviews that are no example yet, or whose newest example is another text or of another task; locked."""
    newest = select(func.max(Example.id)).where(Example.review_id == Review.id).correlate(Review).scalar_subquery()
    wanted = select(Review).outerjoin(Example, col(Example.id) == newest).where(Review.state == "approved")
    differs = (col(Example.completion) != col(Review.text)) | (col(Example.task) != col(Review.task))
    wanted = wanted.where(col(Example.id).is_(None) | differs, ~_declined()).order_by(col(Review.id))
    # A reviewer may be changing their mind right now: they are waited for, and the rows are as they left them.
    locked = wanted.with_for_update(of=Review).execution_options(populate_existing=True)
    return [review for review in session.exec(locked) if review.state == "approved"]


def _declined() -> ColumnElement[bool]:
    """Whether a review holds words of somebody who has said no since: a reviewer may approve it all the same."""
    asker, theirs = aliased(Person), col(Person.consent) == "declined"
    signal = select(Feedback.id).join(Request, col(Request.id) == col(Feedback.draft_id))
    signal = signal.join(Person, col(Person.id) == col(Feedback.person_id))
    signal = signal.join(asker, col(asker.id) == col(Request.person_id))
    signal = signal.where(Feedback.id == Review.feedback_id, theirs | (col(asker.consent) == "declined"))
    whose = col(Person.id).in_((col(Review.person_id), col(Review.author_id)))
    return signal.exists() | select(Person.id).where(whose, theirs).exists()


def counting() -> ColumnElement[bool]:
    """Whether an example counts: its review is approved still, and no later revision of the text took its place."""
    later, review = aliased(Example), aliased(Review)
    revised = select(later.id).where(later.review_id == Example.review_id, col(later.revision) > col(Example.revision))
    approved = select(review.id).where(review.id == Example.review_id, review.state == "approved")
    return approved.exists() & ~revised.exists()


def last_run(session: Session) -> Run | None:
    """The newest training, whatever became of it."""
    return session.exec(select(Run).order_by(col(Run.sequence).desc()).limit(1)).first()


def trainings_asked(session: Session) -> list[Audit]:
    """Trainings operators asked for in Slack that no trainer has answered."""
    return _unanswered(session, TRAIN_ASKED)


def retrainings_asked(session: Session) -> list[Audit]:
    """Trainings without texts taken back that no run begun since has answered."""
    return _unanswered(session, RETRAIN_ASKED)


def retrainings_due(session: Session) -> list[Audit]:
    """Those that may begin: a run under way ends first, and is no answer, since its dataset is older than the wish."""
    last = last_run(session)
    return [] if last and last.state in ("queued", "running") else retrainings_asked(session)


def _unanswered(session: Session, action: str) -> list[Audit]:
    answer = aliased(Audit)
    ours = col(answer.subject) == literal("audit:") + cast(col(Audit.id), String)
    answered = select(answer.id).where(answer.action == TRAIN_ANSWERED, ours).exists()
    return list(session.exec(select(Audit).where(Audit.action == action, ~answered).order_by(col(Audit.id))))


def train_answer(session: Session, asked: Audit) -> Audit | None:
    """What became of a wish for a training; its note is "run:7", "nothing" or (an operator's) "busy"."""
    return session.exec(
        select(Audit).where(Audit.action == TRAIN_ANSWERED, Audit.subject == f"audit:{asked.id}")
    ).first()


def approvals_since_run(session: Session) -> int:
    """Examples that no training has seen."""
    last = last_run(session)
    newer = col(Example.id) > (last.through_example_id if last else 0)
    return _count(session, Example, newer & counting())


def first_taught() -> "Select[tuple[int, int]]":
    """For every review of a training text the first adapter the gate promoted that learnt from it: `review_id, adapter_id`."""
    return (
        select(Example.review_id, func.min(Adapter.id).label("adapter_id"))  # type: ignore[return-value]
        .join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
        .join(Evaluation, col(Evaluation.dataset_id) == col(DatasetItem.dataset_id))
        .join(Promotion, col(Promotion.evaluation_id) == col(Evaluation.id))
        .join(Adapter, col(Adapter.id) == col(Evaluation.adapter_id))
        .where(Example.split == "train")
        .group_by(col(Example.review_id))
    )


def runs_to_adopt(session: Session) -> list[Run]:
    """Trainings that ended well and whose adapter is not stored yet."""
    wanted = select(Run).outerjoin(Adapter, col(Adapter.run_id) == col(Run.id))
    return list(session.exec(wanted.where(Run.state == "done", col(Adapter.id).is_(None)).order_by(col(Run.id))))


def adapters_to_evaluate(session: Session) -> list[Adapter]:
    """Adapters that were never compared with what serves, and may serve."""
    wanted = select(Adapter).outerjoin(Evaluation, col(Evaluation.adapter_id) == col(Adapter.id))
    return list(session.exec(wanted.where(col(Evaluation.id).is_(None), ~tainted()).order_by(col(Adapter.id))))


def evaluations_to_promote(session: Session) -> list[Evaluation]:
    """Evaluations whose verdict is to promote and which led to no promotion yet.

    One that came too late (another adapter serves since the comparison) is settled for ever by its line in the audit;
    one of an adapter that learnt from texts taken back since is none.
    """
    subject = literal("evaluation:") + cast(col(Evaluation.id), String)
    late = select(Audit.id).where(Audit.action == NOT_PROMOTED, Audit.subject == subject).exists()
    wanted = select(Evaluation).outerjoin(Promotion, col(Promotion.evaluation_id) == col(Evaluation.id))
    wanted = wanted.join(Adapter, col(Adapter.id) == col(Evaluation.adapter_id)).where(~tainted())
    wanted = wanted.where(col(Evaluation.verdict)["promote"].as_boolean().is_(True))
    return list(session.exec(wanted.where(col(Promotion.id).is_(None), ~late).order_by(col(Evaluation.id))))


def counts(session: Session) -> dict[str, Any]:
    """Rows along the ring, in the shape of `flywheel status --json` without `serving`."""
    state = col(Review.state)
    return {
        "requests": _count(session, Request),
        "drafts": _count(session, Draft),
        "feedback": _count(session, Feedback),
        "reviews": {
            "pending": _count(session, Review, state.in_(("pending", "pushed", "disputed"))),
            "approved": _count(session, Review, state == "approved"),
            "rejected": _count(session, Review, state == "rejected"),
            "disputed": _count(session, Review, state == "disputed"),  # of those pending
            "refused": _count(session, Review, state == "refused"),
        },
        "examples": _count(session, Example, counting()),
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
