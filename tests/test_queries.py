"""Work lists lose a row exactly when it has its successor; the newest promotion of a task serves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from db import queries
from db.people import person
from db.session import transaction
from db.tables import Audit, Person, Promotion
from db.votes import vote
from tests import processes, rows
from trainer.promote import promote, put_in_service, rollback

Make = Callable[[Session], Any]


@dataclass(frozen=True)
class Station:
    """A work list: a row that stands on it, what takes it off, and rows of the same table that never stand on it."""

    listed: Callable[[Session], list[Any]]
    row: Make
    settle: Callable[[Session, Any], object]
    others: Callable[[Session], object]


def unteachable(session: Session) -> None:
    """Votes, edits of people and channels that we may not learn from, and an edit that a newer one replaced."""
    declined = rows.saved(session, Person(team_id="T1", user_id="U-private", consent="declined"))
    for kind in ("up", "down", "unvote", "regenerate"):
        rows.feedback(session, kind=kind, text=None)
    rows.feedback(session, person_id=declined.id)
    asked = rows.draft(session, rows.request(session, person_id=declined.id))
    rows.feedback(session, asked, person_id=rows.known(session, "U2").id)
    rows.feedback(session, rows.draft(session, rows.request(session, collect=False)))
    twice = rows.draft(session)
    rows.feedback(session, twice)
    rows.review(session, rows.feedback(session, twice, kind="accept", text=None))


def undecided(session: Session) -> None:
    for state in ("pending", "pushed", "refused", "rejected", "withdrawn"):
        rows.review(session, state=state)


def pushed(session: Session) -> None:
    for state in ("pushed", "refused", "approved", "rejected", "withdrawn"):
        rows.review(session, state=state)


def unfinished(session: Session) -> None:
    for number, state in enumerate(("queued", "running", "failed"), 50):
        rows.run(session, sequence=number, state=state)


def beaten(session: Session) -> None:
    """No word of promotion in the verdict, or it came too late: another adapter serves since the comparison."""
    for number, verdict in enumerate(({"promote": False, "reasons": []}, {}, {"promote": None}), 50):
        run = rows.run(session, sequence=number, state="done")
        rows.evaluation(session, rows.adapter(session, run), verdict=verdict)
    run = rows.run(session, sequence=60, state="done")
    late = rows.evaluation(session, rows.adapter(session, run), summary={"champions": {"blog": 999}})
    assert promote(session, late, ["blog"], "flywheel") == []


STATIONS = {
    "feedback_to_review": Station(queries.feedback_to_review, rows.feedback, rows.review, unteachable),
    "reviews_to_push": Station(
        queries.reviews_to_push, rows.review, lambda s, row: rows.saved(s, row, state="pushed"), pushed
    ),
    "reviews_to_collect": Station(
        queries.reviews_to_collect, lambda s: rows.review(s, state="approved", text="글"), rows.example, undecided
    ),
    "runs_to_adopt": Station(queries.runs_to_adopt, lambda s: rows.run(s, state="done"), rows.adapter, unfinished),
    "adapters_to_evaluate": Station(queries.adapters_to_evaluate, rows.adapter, rows.evaluation, lambda s: None),
    "evaluations_to_promote": Station(queries.evaluations_to_promote, rows.evaluation, rows.promotion, beaten),
}


def test_given_a_row_without_successor_when_it_gets_one_then_it_leaves_the_work_list(engine: Engine) -> None:
    with transaction(engine) as session:
        for name, station in STATIONS.items():
            with session.begin_nested() as point:
                station.others(session)
                row = station.row(session)
                session.expire_all()
                assert (name, station.listed(session)) == (name, [row])
                station.settle(session, row)
                assert (name, station.listed(session)) == (name, [])
                point.rollback()


def test_given_several_edits_when_one_was_reviewed_then_only_a_newer_one_is_asked_about(engine: Engine) -> None:
    with transaction(engine) as session:
        draft, other = rows.draft(session), rows.known(session, "U2").id
        first, theirs = rows.feedback(session, draft), rows.feedback(session, draft, person_id=other)
        assert queries.feedback_to_review(session) == [first, theirs]
        rows.review(session, first)
        rows.feedback(session, draft, kind="up", text=None)  # a vote takes nothing back
        second = rows.feedback(session, draft)
        assert queries.feedback_to_review(session) == [theirs, second]


def test_given_promotions_and_rollbacks_when_asked_then_the_newest_of_each_task_serves(engine: Engine) -> None:
    with transaction(engine) as session:
        v1, v2 = (rows.adapter(session, rows.run(session, sequence=n, state="done")) for n in (1, 2))
        assert queries.serving(session, "blog") is None
        put_in_service(session, v1, ["blog", "sns"], "U2", "first")
        put_in_service(session, v2, ["blog"], "U2", "second")
        assert (queries.serving(session, "blog"), queries.serving(session, "sns")) == (v2, v1)
        assert queries.serving(session, "reply") is None
        seen = [rollback(session, "blog", "U2", "worse") and queries.serving(session, "blog") for _ in range(2)]
        assert seen == [v1, None]  # one back, then the bare base model
        assert queries.serving(session, "sns") == v1
        assert len(session.exec(select(Promotion).where(Promotion.task == "blog")).all()) == 4


def test_given_votes_when_asked_then_the_last_one_of_this_person_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        draft, other = rows.draft(session), rows.draft(session)
        me, you = (person(session, "T1", name).id or 0 for name in ("U1", "U2"))
        assert vote(session, draft.id, me) is None
        for kind, counts in (("up", "up"), ("down", "down"), ("edit", "down"), ("unvote", None), ("up", "up")):
            rows.feedback(session, draft, person_id=me, kind=kind)
            assert vote(session, draft.id, me) == counts
        rows.feedback(session, draft, person_id=you, kind="down", text=None)
        assert [vote(session, d.id, p) for d in (draft, other) for p in (me, you)] == ["up", "down", None, None]


def test_given_a_full_ring_when_counted_then_the_shape_is_the_contracts(engine: Engine) -> None:
    with transaction(engine) as session:
        rows.ring(session)
        for state in ("pending", "pushed", "refused", "rejected", "withdrawn"):
            rows.review(session, state=state)
        rows.example(session)
    with transaction(engine) as session:
        assert queries.counts(session) == {
            "requests": 1,
            "drafts": 1,
            "feedback": 1,
            "reviews": {"pending": 2, "approved": 2, "rejected": 1, "disputed": 0, "refused": 1},
            "examples": 2,
            "examples_since_last_run": 1,  # the run of the ring saw the first
            "datasets": 1,
            "runs": 1,
        }


def test_given_processes_that_meet_somebody_together_then_there_is_one_person(
    engine: Engine, database_url: str
) -> None:
    met = set(processes.together(processes.meet_person, 3, database_url))
    with transaction(engine) as session:
        assert {row.id for row in session.exec(select(Person))} == met
        elsewhere = person(session, "T1", "U-new", enterprise_id="E1")
        assert elsewhere.id not in met  # the same id in another company is somebody else


def test_given_an_audit_line_when_kept_then_it_says_who_did_what(engine: Engine) -> None:
    with transaction(engine) as session:
        queries.audit(session, "U2", "rollback", "adapter:7", "worse")
    with transaction(engine) as session:
        line: SQLModel = session.exec(select(Audit)).one()
        assert line.model_dump(include={"actor", "action", "subject", "note"}) == {
            "actor": "U2",
            "action": "rollback",
            "subject": "adapter:7",
            "note": "worse",
        }


def test_given_somebody_who_declined_when_a_reviewer_approves_their_text_late_then_it_becomes_no_example(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        declined = rows.saved(session, Person(team_id="T1", user_id="U-private", consent="declined"))
        late = rows.feedback(session, person_id=declined.id)
        asked = rows.feedback(session, rows.draft(session, rows.request(session, person_id=declined.id)))
        for signal in (late, asked):
            rows.review(session, signal, state="approved", text="글", decided_by="U0EUN")
        rows.review(session, key="message:1", author_id=declined.id, state="approved", text="글", decided_by="U0EUN")
        kept = rows.review(session, rows.feedback(session), state="approved", text="글", decided_by="U0EUN")
        assert [review.id for review in queries.reviews_to_collect(session)] == [kept.id]
