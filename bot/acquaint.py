"""People and channels not known yet in; what Slack tells of them out: who is a guest, where another company reads along."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from bot.clients import Clients
from bot.standing import TROUBLE, code, impatient, passing
from db.edge import keep_doing
from db.people import LOCAL_TEAM
from db.session import put_once, transaction
from db.tables import Channel, Person, Request, now

log = logging.getLogger("flywheel.bot")
EVERY = 1.0  # seconds between two looks
REST = 30.0  # seconds after a trouble of Slack's
WHOLE, LATELY = 600.0, 1_000  # seconds between two looks at all requests, and how many the looks between go back
STALE = timedelta(days=1)  # a channel may be shared later, or no more
GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
EXTERNAL = ("is_ext_shared", "is_pending_ext_shared")


class Acquaintance:
    """Asks Slack about whoever talked to us, and where; until it has answered, nothing of theirs is learnt from."""

    def __init__(self, engine: Engine, clients: Clients) -> None:
        self.engine, self.clients = engine, clients
        self._stop = threading.Event()
        self._rest: dict[str, float] = {}  # monotonic seconds until which a workspace is left alone
        self._whole = 0.0  # monotonic seconds: when all requests are looked at again
        self._thread = threading.Thread(
            target=keep_doing, args=(self.look, self._stop, EVERY, log), name="acquaint", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(1.0)  # Slack may take thirty seconds for a single answer; nothing is lost without it

    def look(self) -> int:
        """Ask about everybody and every channel unknown; returns how many were settled. Slack's troubles are waited out."""
        whole = time.monotonic() >= self._whole
        self._whole = time.monotonic() + WHOLE if whole else self._whole
        with transaction(self.engine) as session:
            people, channels = strangers(session), list(places(session, None if whole else LATELY))
        met = sum(self._free(who.team_id) and self._meet(who) for who in people)
        return met + sum(self._free(team_id) and self._visit(team_id, channel_id) for team_id, channel_id in channels)

    def _free(self, team_id: str) -> bool:
        return not self._stop.is_set() and time.monotonic() >= self._rest.get(team_id, 0.0)

    def _meet(self, who: Person) -> bool:
        """False if Slack is away. From somebody Slack does not know nothing is learnt."""
        try:
            meet(self.engine, impatient(self.clients.of(who.team_id, who.enterprise_id)), who)
        except TROUBLE as error:
            if not self._refused(who.team_id, f"person {who.id}", error):
                return False
            with transaction(self.engine) as session:
                session.get_one(Person, who.id).guest = True
        return True

    def _visit(self, team_id: str, channel_id: str) -> bool:
        """False if Slack is away. From a channel Slack does not show us nothing is learnt."""
        try:
            shown = impatient(self.clients.of(team_id)).conversations_info(channel=channel_id)["channel"]
            external = is_external(shown)
        except TROUBLE as error:
            if not self._refused(team_id, f"channel {channel_id}", error):
                return False
            external = True
        with transaction(self.engine) as session:
            keep(session, team_id, channel_id, external)
        return True

    def _refused(self, team_id: str, whom: str, error: Exception) -> bool:
        """Whether Slack refuses for good; else the workspace is left alone for a while."""
        log.warning("%s: Slack does not tell (%s)", whom, code(error))
        if passing(error):
            self._rest[team_id] = time.monotonic() + REST
            return False
        return True


def meet(engine: Engine, client: WebClient, who: Person) -> str:
    """Ask Slack who somebody is, and keep it; returns the language they read. Errors: bot.standing.TROUBLE."""
    user = client.users_info(user=who.user_id, include_locale=True)["user"]
    with transaction(engine) as session:
        row = session.get_one(Person, who.id, with_for_update=True)
        row.guest = is_guest(user, row)
        wrote = session.exec(select(Request.id).where(Request.person_id == row.id).limit(1)).first()
        if wrote is None and (locale := str(user.get("locale") or "")):
            row.language = "ko" if locale.startswith("ko") else "en"
        return row.language


def strangers(session: Session) -> list[Person]:
    """People Slack was not asked about yet."""
    wanted = select(Person).where(col(Person.guest).is_(None), Person.team_id != LOCAL_TEAM, Person.team_id != "")
    return list(session.exec(wanted.order_by(col(Person.id))))


def places(session: Session, lately: int | None) -> Iterator[tuple[str, str]]:
    """Channels of the last so many requests (None: of all) that Slack was not asked about today: team and channel."""
    here = (Channel.team_id == Request.team_id) & (Channel.channel_id == Request.channel_id)
    fresh = select(Channel.id).where(here, Channel.asked_at > now() - STALE).exists()
    wanted = select(Request.team_id, Request.channel_id).where(Request.channel_id != "", Request.team_id != "", ~fresh)
    if lately is not None:  # every second; over all of 100,000 requests it takes 70 ms, and SQLite's write lock
        wanted = wanted.where(
            col(Request.id) > select(func.coalesce(func.max(Request.id), 0) - lately).scalar_subquery()
        )
    yield from session.exec(wanted.distinct())


def keep(session: Session, team_id: str, channel_id: str, external: bool) -> None:
    """What Slack says of a channel now."""
    if put_once(session, Channel(team_id=team_id, channel_id=channel_id, external=external)):
        return
    here = select(Channel).where(Channel.team_id == team_id, Channel.channel_id == channel_id)
    row = session.exec(here.with_for_update()).one()
    row.external, row.asked_at = external, now()


def is_guest(user: Mapping[str, Any], who: Person) -> bool:
    """Whether a user of users.info is no full member here: a guest, gone, or somebody of another company."""
    company = (user.get("enterprise_user") or {}).get("enterprise_id")
    elsewhere = user.get("team_id", who.team_id) != who.team_id and (not company or company != who.enterprise_id)
    return elsewhere or any(user.get(name) for name in GUEST)


def is_external(channel: Mapping[str, Any]) -> bool:
    """Whether a channel of conversations.info is read by another company, or will be."""
    # "is_shared" alone: between workspaces of one company.
    return any(channel.get(name) for name in EXTERNAL)
