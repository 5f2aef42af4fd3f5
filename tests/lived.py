"""What people leave behind, each with one word in all their texts; and all that stands in a database, as one text."""

from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session

from db.tables import Decision, Draft, Example, Feedback, Person, Request, now
from tests import rows

OURS, OTHERS = "자귀나무", "느티나무"  # a word that stands in all texts of one person, and one in those of the others


def requested(session: Session, who: Person, word: str, **more: Any) -> Request:
    return rows.request(session, person_id=who.id, text=f"{word} 블로그", fields={"topic": word}, **more)


def drafted(session: Session, of: Request, word: str) -> Draft:
    turns = [{"role": "user", "content": f"주제: {word}"}]
    return rows.draft(session, of, text=f"{word} 초안", messages=turns, short_prompt=turns, long_prompt=turns)


def taught(session: Session, of: Feedback, word: str, split: str = "train") -> Example:
    """An edit that went all the way to an example."""
    turns = [{"role": "user", "content": f"주제: {word}"}]
    wording = f"{word} {rows.fresh()} {rows.fresh()} {rows.fresh()}"  # like no other: datasets leave copies out
    review = rows.review(
        session,
        of,
        state="approved",
        text=wording,
        draft=f"{word} 초안",
        proposed=wording,
        fields={"topic": wording},
        short_prompt=turns,
        long_prompt=turns,
        note=f"{word} 좋아요",
        external_id="C0REVIEW:1.000001",
        decided_at=now(),
        decided_by="U0EUN",
    )
    session.add(Decision(review_id=review.id or 0, key=rows.fresh(), reviewer="U0EUN", verdict="approve", text=word))
    return rows.example(session, review, short_prompt=turns, long_prompt=turns, split=split)


def edited(session: Session, of: Draft, who: Person, word: str) -> Feedback:
    return rows.feedback(
        session, of, person_id=who.id, text=f"{word}를 고친 글", reason=f"{word} 빠짐", reasons=["facts"]
    )


def everything(engine: Engine) -> str:
    """All that stands in the database, as one text."""
    with engine.connect() as connection:
        names = [name for name in Person.metadata.tables if name != "audit"]
        found = [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names]
    plain = str(found)
    return plain + plain.encode().decode("unicode_escape", "ignore")  # JSON columns may hold escapes
