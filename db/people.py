"""A Slack user in, the one Person row out."""

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from db.tables import Person

LOCAL_TEAM = "local"  # people at the terminal
OF_IDS = select(Person).where(  # kept, since building it takes as long as running it
    Person.enterprise_id == bindparam("enterprise"),
    Person.team_id == bindparam("team"),
    Person.user_id == bindparam("user"),
)


def person(session: Session, team_id: str, user_id: str, *, enterprise_id: str = "", language: str = "ko") -> Person:
    """The person of these ids, made at first sight; two processes that meet somebody together get the same row."""
    wanted = {"enterprise": enterprise_id, "team": team_id, "user": user_id}
    found = session.exec(OF_IDS, params=wanted).first()
    if found:
        return found
    try:
        with session.begin_nested():
            row = Person(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id, language=language)
            session.add(row)
        return row
    except IntegrityError:
        return session.exec(OF_IDS, params=wanted).one()
