"""Something a person typed in, one Request row out. Everything here is one short transaction, so a listener can ack at once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from curation.house import Ask, House
from db.people import person
from db.queries import of_thread
from db.session import put_once
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
    return put_once(session, Event(id=event_id))


def known(session: Session, key: str) -> bool:
    """Whether a request of this key is stored already."""
    return session.exec(select(Request.id).where(Request.key == key)).first() is not None


def willing(who: Person) -> bool:
    """Whether anything of a person's may be learnt from; of a guest's nothing is."""
    return who.consent != "declined" and not who.guest


def accept(session: Session, house: House, asked: Asked, ask: Ask | None = None) -> Request | None:
    """A queued Request, or None if this one is known already. `ask` is what a form says instead of a text."""
    ask = ask or house.ask(asked.text)
    spoken = ask.spoken or ask.language
    who = person(session, asked.team_id, asked.user_id, enterprise_id=asked.enterprise_id, language=spoken)
    if ask.spoken:
        who.language = ask.spoken  # people are answered in the language they last wrote in
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
        collect=willing(who) and not asked.external,
    )
    return queued(session, row)


def queued(session: Session, row: Request) -> Request | None:
    """None if the same delivery was stored by another thread or process just now."""
    return row if put_once(session, row) else None


def undecided(session: Session, row: Request | None) -> Person | None:
    """The person behind a request if they have not said whether it may be learnt from."""
    who = session.get_one(Person, row.person_id) if row and row.collect else None
    return who if who and who.consent == "unasked" else None


def ask_consent(session: Session, who: Person | None) -> bool:
    """Whether an undecided person is to be asked about learning now; once for each person."""
    return who is not None and new_event(session, f"asked-consent:{who.id}")


def again(session: Session, draft_id: int, who: Person, key: str) -> Request | None:
    """A new request for the same thing as an earlier draft; the click's key makes a repeat harmless."""
    if known(session, key):
        return None
    first = session.get_one(Request, draft_id)
    thread = first.thread_ts or first.message_ts or ""
    newest = max((row.version for row in in_thread(session, first.team_id, first.channel_id, thread)), default=0)
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
        thread_ts=thread,
        collect=first.collect and willing(who),
        regenerates=first.id,
        refines=first.refines,  # the same conversation again
        version=newest + 1,
    )
    return queued(session, row)


def in_thread(session: Session, team_id: str, channel_id: str, thread_ts: str) -> list[Request]:
    """What was asked for in a thread, the newest first; whoever asks there at this moment waits for us."""
    if not thread_ts:
        return []
    here = select(Request).where(of_thread(team_id, channel_id, thread_ts))
    session.exec(here.order_by(col(Request.id)).limit(1).with_for_update()).first()
    return list(session.exec(here.order_by(col(Request.id).desc())))


@dataclass(frozen=True)
class Office:
    """What listeners work with."""

    engine: Engine
    house: House
    settings: Settings
    group: Callable[[], frozenset[str] | None] = frozenset  # whom Slack names as operators too; None: it can't tell
    addresses: dict[str, str] = field(default_factory=dict)  # of workspaces, as auth.test gives them

    def is_operator(self, user_id: str) -> bool:
        return self.no_operator(user_id) is None

    def no_operator(self, user_id: str) -> str | None:
        """Why somebody may not do an operator's work, as the key of a sentence; None: they may."""
        if user_id in self.settings.people(self.settings.operators):
            return None
        members = self.group()
        if members is None:
            return "operators_unknown"
        return None if user_id in members else "operators_only"

    def is_reviewer(self, user_id: str) -> bool:
        named = self.settings.people(self.settings.reviewers)
        return not named or user_id in named or self.is_operator(user_id)
