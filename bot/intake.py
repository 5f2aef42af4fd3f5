"""Something a person typed in, one Request row out. Everything here is one short transaction, so a listener can ack at once."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from curation.house import House
from db.people import person
from db.settings import Settings
from db.tables import Event, Person, Request


@dataclass(frozen=True)
class Asked:
    """Who asked for what, where the answer goes, and the key that makes a repeated delivery the same request."""

    key: str
    source: str
    text: str
    team_id: str
    user_id: str
    channel_id: str
    thread_ts: str = ""
    enterprise_id: str = ""
    external: bool = False  # a channel shared with another company: draft, but learn nothing


def new_event(session: Session, event_id: str) -> bool:
    """Whether this outside event was not taken before; it is now."""
    if session.get(Event, event_id):
        return False
    try:
        with session.begin_nested():
            session.add(Event(id=event_id))
        return True
    except IntegrityError:
        return False


def accept(session: Session, house: House, asked: Asked) -> Request | None:
    """A queued Request, or None if this one is known already."""
    if session.exec(select(Request.id).where(Request.key == asked.key)).first():
        return None
    ask = house.ask(asked.text)
    who = person(session, asked.team_id, asked.user_id, enterprise_id=asked.enterprise_id, language=ask.language)
    who.language = ask.language  # people are answered in the language they last wrote in
    row = Request(
        person_id=who.id or 0,
        key=asked.key,
        source=asked.source,
        task=ask.task,
        language=ask.language,
        text=asked.text,
        fields=ask.fields,
        team_id=asked.team_id,
        channel_id=asked.channel_id,
        thread_ts=asked.thread_ts,
        collect=not asked.external and who.consent != "declined",
    )
    return _queued(session, row)


def _queued(session: Session, row: Request) -> Request | None:
    try:
        with session.begin_nested():
            session.add(row)
        return row
    except IntegrityError:  # the same delivery was stored by another thread or process just now
        return None


def ask_consent(session: Session, row: Request) -> bool:
    """Whether the person behind this request is to be asked about learning now; once for each person."""
    who = session.get_one(Person, row.person_id)
    return who.consent == "unasked" and row.collect and new_event(session, f"asked-consent:{who.id}")


def again(session: Session, draft_id: int, who: Person, key: str) -> Request | None:
    """A new request for the same thing as an earlier draft; the click's key makes a repeat harmless."""
    if session.exec(select(Request.id).where(Request.key == key)).first():
        return None
    first = session.get_one(Request, draft_id)
    row = Request(
        person_id=who.id or 0,
        key=key,
        source="regenerate",
        task=first.task,
        language=first.language,
        text=first.text,
        fields=first.fields,
        team_id=first.team_id,
        channel_id=first.channel_id,
        thread_ts=first.thread_ts or first.message_ts or "",
        collect=first.collect and who.consent != "declined",
        regenerates=first.id,
    )
    return _queued(session, row)


@dataclass(frozen=True)
class Office:
    """What listeners work with."""

    engine: Engine
    house: House
    settings: Settings

    def is_operator(self, user_id: str) -> bool:
        return user_id in self.settings.people(self.settings.operators)

    def is_reviewer(self, user_id: str) -> bool:
        named = self.settings.people(self.settings.reviewers)
        return not named or user_id in named or self.is_operator(user_id)
