"""Rows for tests: each function makes one row with sensible values; `ring` makes one of every station."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, SQLModel

from db.people import person
from db.tables import (
    Adapter,
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

FIELDS = {"topic": "여름 음료", "audience": "동네 직장인"}
PROMPT = [{"role": "system", "content": "짧게"}, {"role": "user", "content": "주제: 여름 음료"}]
LONG = [{"role": "system", "content": "길게"}, {"role": "user", "content": "주제: 여름 음료"}]


def fresh() -> str:
    return uuid.uuid4().hex


def saved(session: Session, row: Any, **more: Any) -> Any:
    for name, value in more.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def known(session: Session, user_id: str) -> Person:
    """Somebody of whom Slack told us that they are no guest."""
    who = person(session, "T1", user_id)
    who.guest = False
    return who


def request(session: Session, **more: Any) -> Request:
    who = known(session, "U1")
    return saved(
        session,
        Request(
            person_id=who.id,
            key=fresh(),
            source="mention",
            task="blog",
            language="ko",
            text="여름 음료 블로그",
            fields=dict(FIELDS),
        ),
        **more,
    )


def draft(session: Session, of: Request | None = None, **more: Any) -> Draft:
    of = of or request(session)
    return saved(
        session,
        Draft(
            id=of.id,
            messages=LONG,
            short_prompt=PROMPT,
            long_prompt=LONG,
            instruction="long",
            base_model="tiny",
            runtime="local",
            sampling={},
            text="여름 음료 초안",
            stop="end",
            tokens=5,
            seconds=0.1,
            first_token_seconds=0.01,
        ),
        **more,
    )


def feedback(session: Session, of: Draft | None = None, **more: Any) -> Feedback:
    of = of or draft(session)
    owner = session.get_one(Request, of.id).person_id
    return saved(session, Feedback(draft_id=of.id, person_id=owner, key=fresh(), kind="edit", text="고친 글"), **more)


def review(session: Session, of: Feedback | None = None, **more: Any) -> Review:
    return saved(
        session,
        Review(
            feedback_id=of and of.id,
            key=f"feedback:{of.id}" if of else f"import:{fresh()}",
            origin="edited" if of else "human",
            task="blog",
            language="ko",
            fields=dict(FIELDS),
            short_prompt=PROMPT,
            long_prompt=LONG,
            draft="초안" if of else None,
            proposed="고친 글",
        ),
        **more,
    )


def example(session: Session, of: Review | None = None, **more: Any) -> Example:
    of = of or review(session, state="approved", text="고친 글", decided_at=datetime.now(UTC), decided_by="U2")
    return saved(
        session,
        Example(
            review_id=of.id,
            task=of.task,
            language=of.language,
            origin=of.origin,
            fields=of.fields,
            short_prompt=PROMPT,
            long_prompt=LONG,
            completion=of.text or of.proposed,
            family=fresh(),
            split="train",
        ),
        **more,
    )


def dataset(session: Session, *examples: Example, **more: Any) -> Dataset:
    made = saved(session, Dataset(name=f"dataset-{fresh()}", train=len(examples), heldout=0, manifest={}), **more)
    for one in examples:
        session.add(DatasetItem(dataset_id=made.id, example_id=one.id))
    session.flush()
    return made


def run(session: Session, of: Dataset | None = None, **more: Any) -> Run:
    of = of or dataset(session)
    values: dict[str, Any] = {"sequence": 1, "through_example_id": 0, "trigger": "approvals", "spec": {}}
    return saved(session, Run(dataset_id=of.id, **{**values, **more}))


def adapter(session: Session, of: Run | None = None, **more: Any) -> Adapter:
    of = of or run(session, state="done")
    return saved(
        session,
        Adapter(run_id=of.id, name=f"adapter-{fresh()[:16]}", version=of.sequence, base_model="tiny", method="lora"),
        **more,
    )


def evaluation(session: Session, of: Adapter | None = None, **more: Any) -> Evaluation:
    of = of or adapter(session)
    values: dict[str, Any] = {"items": [], "summary": {}, "verdict": {"promote": True, "reasons": ["better"]}}
    dataset_id = session.get_one(Run, of.run_id).dataset_id
    return saved(session, Evaluation(adapter_id=of.id, dataset_id=dataset_id, **{**values, **more}))


def promotion(session: Session, of: Evaluation | None = None, **more: Any) -> Promotion:
    of = of or evaluation(session)
    values: dict[str, Any] = {"task": "blog", "actor": "flywheel"}
    return saved(session, Promotion(evaluation_id=of.id, adapter_id=of.adapter_id, **{**values, **more}))


def ring(session: Session) -> dict[str, SQLModel]:
    """One row of every station, each the successor of the one before."""
    rows: dict[str, Any] = {"request": request(session)}
    rows["draft"] = draft(session, rows["request"])
    rows["feedback"] = feedback(session, rows["draft"])
    rows["review"] = review(session, rows["feedback"], state="approved", text="고친 글")
    rows["example"] = example(session, rows["review"])
    rows["dataset"] = dataset(session, rows["example"])
    rows["run"] = run(session, rows["dataset"], state="done", through_example_id=rows["example"].id)
    rows["adapter"] = adapter(session, rows["run"])
    rows["evaluation"] = evaluation(session, rows["adapter"])
    rows["promotion"] = promotion(session, rows["evaluation"])
    return rows
