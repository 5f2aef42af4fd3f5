"""A person or an example in, the rows that hold their words out; and those rows emptied of them.

What was built on a person's request (written again, refined, edited by somebody else) holds their words as well.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlmodel import Session, SQLModel, col, or_, select

from db.errors import InputError
from db.tables import Canvas, DatasetItem, Decision, Draft, Evaluation, Example, Feedback, Person, Request, Review

WORDS: dict[type[SQLModel], tuple[str, tuple[str, ...]]] = {  # what a receipt calls them; the columns with words
    Request: ("requests", ("text", "fields")),
    Draft: ("drafts", ("text", "messages", "short_prompt", "long_prompt")),
    Feedback: ("feedback", ("text", "reason", "reasons")),
    Canvas: ("canvases", ("baseline",)),
    Review: ("reviews", ("draft", "proposed", "text", "fields", "short_prompt", "long_prompt", "source", "note")),
    Decision: ("decisions", ("text", "note")),
    Example: ("examples", ("completion", "fields", "short_prompt", "long_prompt")),
}
Clause = ColumnElement[bool]
Rows = dict[type[SQLModel], list[Any]]


def asked_by(person: Person) -> Any:
    """Ids of a person's requests and of all that was built on them, as a subquery."""
    chain = select(col(Request.id)).where(Request.person_id == person.id).cte(recursive=True)
    again = or_(col(Request.regenerates) == chain.c.id, col(Request.refines) == chain.c.id)
    return select(chain.union(select(col(Request.id)).join(chain, again)).c.id)


def of_person(session: Session, person: Person) -> Rows:
    """What a person asked for and all that was built on it, what they said about drafts, what they brought or reworded."""
    asked = asked_by(person)
    signals = or_(Feedback.person_id == person.id, col(Feedback.draft_id).in_(asked))
    return _rows(
        session,
        requests=col(Request.id).in_(asked),
        signals=signals,
        canvases=or_(Canvas.person_id == person.id, col(Canvas.draft_id).in_(asked)),
        reviews=or_(col(Review.feedback_id).in_(select(Feedback.id).where(signals)), brought(person), reworded(person)),
        said=col(Decision.reviewer) == person.user_id,
    )


def reworded(person: Person) -> Clause:
    """Reviews whose text is, or was, this person's wording as their reviewer."""
    theirs = select(Decision.review_id).where(Decision.reviewer == person.user_id, Decision.review_id == Review.id)
    taught = select(Example.id).where(Example.review_id == Review.id, Example.completion == Decision.text).exists()
    return theirs.where((col(Review.text) == Decision.text) | taught).exists()


def brought(person: Person) -> Clause:
    """Reviews of a message this person wrote, or brought as an example."""
    return (col(Review.person_id) == person.id) | (col(Review.author_id) == person.id)


def of_example(session: Session, example_id: int) -> Rows:
    """An example and the way it came: its review, the signal, the draft, the request. Errors: InputError if there is none."""
    example = session.get(Example, example_id)
    if example is None:
        raise InputError(f"There is no example {example_id}. `flywheel trace draft:NUMBER` names those of a draft.")
    review = session.get_one(Review, example.review_id)
    signal = session.get(Feedback, review.feedback_id) if review.feedback_id else None
    draft_id = signal.draft_id if signal else None
    return _rows(
        session,
        requests=col(Request.id) == draft_id,
        signals=col(Feedback.id) == review.feedback_id,
        canvases=col(Canvas.draft_id) == draft_id,
        reviews=col(Review.id) == review.id,
        said=literal(False),
    )


def _rows(session: Session, requests: Clause, signals: Clause, canvases: Clause, reviews: Clause, said: Clause) -> Rows:
    """The rows, locked, reviews first: a reviewer's word or a collection under way is waited for, a later one finds nothing."""
    reviews = or_(reviews, _copies(reviews))
    asked, reviewed = select(Request.id).where(requests), select(Review.id).where(reviews)
    wanted: dict[type[SQLModel], Clause] = {
        Review: reviews,
        Request: requests,
        Draft: col(Draft.id).in_(asked),
        Feedback: signals,
        Canvas: canvases,
        Decision: or_(col(Decision.review_id).in_(reviewed), said),
        Example: col(Example.review_id).in_(reviewed),
    }
    return {kind: list(session.exec(select(kind).where(where).with_for_update())) for kind, where in wanted.items()}


def _copies(reviews: Clause) -> Clause:
    """The same texts, imported from a file: they belong to nobody else."""
    texts = [
        select(text).where(reviews, text != "").correlate(None) for text in (col(Review.proposed), col(Review.text))
    ]
    same = or_(*(col(Review.proposed).in_(text) for text in texts))
    of_nobody = col(Review.feedback_id).is_(None) & col(Review.person_id).is_(None) & col(Review.author_id).is_(None)
    return of_nobody & same


def holds(row: SQLModel) -> bool:
    """Whether a row still holds words."""
    return any(getattr(row, name) for name in WORDS[type(row)][1])


def blank(row: SQLModel) -> None:
    """The row stays, its words go."""
    for name in WORDS[type(row)][1]:
        if value := getattr(row, name):
            setattr(row, name, type(value)())


def clean_evaluations(session: Session, examples: Iterable[Example]) -> None:
    """What the contenders wrote in answer to the texts goes too; the scores stay."""
    gone = {example.id for example in examples if holds(example)}
    standing = select(DatasetItem.dataset_id).where(col(DatasetItem.example_id).in_(gone))
    for row in session.exec(select(Evaluation).where(col(Evaluation.dataset_id).in_(standing))):
        row.items = [without_texts(item) if item["example"] in gone else item for item in row.items]


def without_texts(item: dict[str, Any]) -> dict[str, Any]:
    """One example of an evaluation without what the contenders wrote for it."""
    return {
        **item,
        **{side: {**item[side], "text": ""} for side in ("champion", "challenger") if side in item},
    }
