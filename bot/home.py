"""A person in, what their App Home shows out: their own drafts and edits, what serves, how the wheel stands.

Nothing of anybody else's: counts and versions apart, every line is about the person's own rows.
"""

from dataclasses import dataclass, field

from sqlalchemy import func
from sqlmodel import Session, col, select

from curation.decisions import why
from curation.house import House
from db import queries
from db.tables import (
    Adapter,
    Canvas,
    Draft,
    Evaluation,
    Example,
    Feedback,
    Person,
    Request,
    Review,
    Run,
)
from db.votes import vote

MOST = 8  # lines of drafts and of edits
STATES = {"pending": "in_review", "pushed": "in_review", "refused": "in_review", "disputed": "in_review"}


@dataclass(frozen=True)
class DraftLine:
    """A draft, what the person made of it ("accepted", "edited", "up", "down" or ""), and where it stands."""

    task: str
    topic: str
    version: int
    mark: str
    url: str


@dataclass(frozen=True)
class EditLine:
    """A text of the person's on its way: "canvas", "waiting", "in_review", "approved", "taught", "rejected", "withdrawn"."""

    topic: str
    state: str
    note: str = ""  # the reviewers' reasons and notes
    version: int = 0  # of the adapter that learnt from it
    url: str = ""


@dataclass(frozen=True)
class Wheel:
    """How many texts were approved since the last training, of how many; what became of it; whether one is under way."""

    fresh: int
    needed: int
    training: bool = False
    version: int = 0  # of the newest adapter that was judged; 0: none yet
    promoted: bool = False


@dataclass(frozen=True)
class Home:
    """All that an App Home shows."""

    language: str
    consent: str
    guest: bool
    wheel: Wheel
    serving: dict[str, int | None]  # by task: the adapter's version; None: the bare base model
    drafts: list[DraftLine] = field(default_factory=list)
    edits: list[EditLine] = field(default_factory=list)


def home_of(session: Session, house: House, who: Person, needed: int, workspace: str) -> Home:
    """What this person's home shows now. `workspace` is Slack's address of the workspace, as auth.test gives it."""
    serving = {task: queries.serving(session, task) for task in house.tasks}
    return Home(
        language=who.language,
        consent=who.consent,
        guest=bool(who.guest),
        wheel=wheel_of(session, needed),
        serving={task: adapter.version if adapter else None for task, adapter in serving.items()},
        drafts=drafts_of(session, who, workspace),
        edits=edits_of(session, house, who, workspace),
    )


def permalink(workspace: str, request: Request) -> str:
    """Where an answer stands, in the form chat.getPermalink gives; "" if it stands nowhere."""
    ts, thread = request.message_ts, request.thread_ts
    if not (workspace and request.channel_id and ts):
        return ""
    inside = f"?thread_ts={thread}&cid={request.channel_id}" if thread and thread != ts else ""
    return f"{workspace}archives/{request.channel_id}/p{ts.replace('.', '')}{inside}"


def topic_of(request: Request) -> str:
    return str(request.fields.get("topic") or request.text)


def drafts_of(session: Session, who: Person, workspace: str) -> list[DraftLine]:
    """The person's newest drafts; those whose words were forgotten are gone."""
    wanted = select(Request).join(Draft, col(Draft.id) == col(Request.id))
    wanted = wanted.where(Request.person_id == who.id, Request.state == "done", Draft.text != "")
    rows = session.exec(wanted.order_by(col(Request.id).desc()).limit(MOST))
    return [
        DraftLine(row.task, topic_of(row), row.version, mark(session, row, who), permalink(workspace, row))
        for row in rows
    ]


def mark(session: Session, request: Request, who: Person) -> str:
    """What the person made of their draft: used as is, edited, or the vote that stands."""
    assert request.id is not None and who.id is not None
    said = select(Feedback.kind).where(Feedback.draft_id == request.id, Feedback.person_id == who.id)
    kinds = set(session.exec(said))
    done = "accepted" if "accept" in kinds else "edited" if "edit" in kinds else None
    return done or vote(session, request.id, who.id) or ""


def edits_of(session: Session, house: House, who: Person, workspace: str) -> list[EditLine]:
    """The person's texts on their way through review, newest first; open canvases before them."""
    return [*canvases_of(session, who, workspace), *reviewed_of(session, house, who, workspace)][:MOST]


def canvases_of(session: Session, who: Person, workspace: str) -> list[EditLine]:
    """Canvases opened for an edit that was not saved since."""
    since = select(Feedback.id).where(Feedback.draft_id == Canvas.draft_id, Feedback.person_id == who.id)
    since = since.where(Feedback.kind == "edit", col(Feedback.created_at) >= col(Canvas.created_at))
    wanted = select(Request).join(Canvas, col(Canvas.draft_id) == col(Request.id))
    wanted = wanted.where(Canvas.person_id == who.id, Canvas.baseline != "", ~since.exists())
    rows = session.exec(wanted.order_by(col(Canvas.id).desc()).limit(MOST))
    return [EditLine(topic_of(row), "canvas", url=permalink(workspace, row)) for row in rows]


def reviewed_of(session: Session, house: House, who: Person, workspace: str) -> list[EditLine]:
    """The newest edit or acceptance of each draft we may learn from, and messages brought as examples."""

    def why_not(review: Review | None) -> str:
        return why(session, review, house, who.language) if review and review.state == "rejected" else ""

    newest = select(func.max(Feedback.id)).where(
        Feedback.person_id == who.id, col(Feedback.kind).in_(("edit", "accept"))
    )
    given = select(Feedback, Request, Review).join(Request, col(Request.id) == col(Feedback.draft_id))
    given = given.outerjoin(Review, col(Review.feedback_id) == col(Feedback.id))
    given = given.where(col(Feedback.id).in_(newest.group_by(col(Feedback.draft_id))), col(Request.collect).is_(True))
    lines = [
        (signal.created_at, line(session, review, topic_of(request), why_not(review), permalink(workspace, request)))
        for signal, request, review in session.exec(given.order_by(col(Feedback.id).desc()).limit(MOST))
    ]
    brought = select(Review).where(Review.person_id == who.id, Review.proposed != "")
    lines += [
        (review.created_at, line(session, review, str(review.fields.get("topic", "")), why_not(review)))
        for review in session.exec(brought.order_by(col(Review.id).desc()).limit(MOST))
    ]
    return [shown for _, shown in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def line(session: Session, review: Review | None, topic: str, note: str, url: str = "") -> EditLine:
    """How far a text has come."""
    if review is None:
        return EditLine(topic, "waiting", url=url)
    version = taught_by(session, review) if review.state == "approved" else 0
    state = "taught" if version else STATES.get(review.state, review.state)
    return EditLine(topic, state, note, version, url)


def taught_by(session: Session, review: Review) -> int:
    """The version of the first promoted adapter that learnt from it; 0: none yet."""
    learnt = queries.first_taught().where(col(Example.review_id) == review.id).subquery()
    return session.exec(select(Adapter.version).join(learnt, learnt.c.adapter_id == Adapter.id)).first() or 0


def wheel_of(session: Session, needed: int) -> Wheel:
    """How far the next training is, and what became of the last."""
    busy = session.exec(select(Run.id).where(col(Run.state).in_(("queued", "running"))).limit(1)).first()
    judged = select(Evaluation, Adapter.version).join(Adapter, col(Adapter.id) == col(Evaluation.adapter_id))
    last = session.exec(judged.order_by(col(Evaluation.id).desc()).limit(1)).first()
    return Wheel(
        fresh=queries.approvals_since_run(session),
        needed=needed,
        training=busy is not None,
        version=last[1] if last else 0,
        promoted=bool(last and last[0].verdict["promote"]),
    )
