"""Who is a guest and where another company reads along: Slack is asked, and until it has told nothing is learnt."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.acquaint import Acquaintance, is_external, is_guest
from bot.clients import Clients
from bot.playground.server import Playground
from curation.slack_desk import slack_client
from db import queries
from db.people import LOCAL_TEAM, person
from db.session import transaction
from db.settings import Settings
from db.tables import Channel, Person, Request, now
from tests import rows
from tests.bot_parts import TEAM
from tests.lives import Life, Wire, rate_limited

HERE = {"team_id": TEAM, "channel_id": "C0DRAFTS"}


@pytest.fixture(scope="module")
def running_slack() -> Any:
    with Playground.start() as slack:
        yield slack


@pytest.fixture
def slack(running_slack: Playground) -> Any:
    usual = running_slack.switch()
    yield running_slack
    running_slack.switch(**usual)


def client(slack: Playground) -> WebClient:
    return slack_client(Settings(slack_bot_token=slack.bot_token, slack_api_url=slack.api_url))


def acquaint(engine: Engine, slack: Playground) -> Acquaintance:
    return Acquaintance(engine, Clients(client(slack)))


def named(session: Session, user: str) -> Person:
    return person(session, TEAM, user)


def test_given_people_and_channels_unknown_when_slack_is_asked_then_it_is_kept_who_and_where_they_are(
    engine: Engine, slack: Playground
) -> None:
    slack.switch(guests=("junho",), external_channels=("초안",))
    with transaction(engine) as session:
        for user in ("U0MINA", "U0JUNHO", "U0SARA", "U0NOBODY"):
            named(session, user)
        person(session, LOCAL_TEAM, "terminal")
        wrote = person(session, TEAM, "U0EUN", language="en")  # whatever Slack says, she wrote in English
        for channel in ("C0DRAFTS", "C0CHOAN", "D0EUN", "C0GONE"):
            rows.request(session, team_id=TEAM, channel_id=channel, person_id=wrote.id)
    asking = acquaint(engine, slack)
    while asking.look():
        pass
    with transaction(engine) as session:
        people = {who.user_id: who for who in session.exec(select(Person))}
        channels = {channel.channel_id: channel.external for channel in session.exec(select(Channel))}
    guests = {user: who.guest for user, who in people.items() if user != "U1"}
    assert guests == {
        "U0MINA": False, "U0JUNHO": True, "U0SARA": False, "U0EUN": False, "U0NOBODY": True, "terminal": None,
    }  # fmt: skip
    assert channels == {"C0DRAFTS": False, "C0CHOAN": True, "D0EUN": False, "C0GONE": True}
    assert [people[user].language for user in ("U0MINA", "U0SARA", "U0EUN")] == ["ko", "en", "en"]


def test_given_a_channel_known_since_yesterday_when_it_was_shared_meanwhile_then_it_is_asked_about_again(
    engine: Engine, slack: Playground
) -> None:
    with transaction(engine) as session:
        rows.request(session, **HERE)
    asking = acquaint(engine, slack)
    asking.look()
    slack.switch(external_channels=("drafts",))
    asking.look()
    with transaction(engine) as session:
        channel = session.exec(select(Channel)).one()
        assert channel.external is False
        channel.asked_at = now() - timedelta(days=1, seconds=1)
    asking.look()
    with transaction(engine) as session:
        assert session.exec(select(Channel)).one().external is True


def test_given_slack_away_when_asked_then_nobody_is_judged_it_is_left_alone_and_logs_hold_ids_only(
    engine: Engine, slack: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    life = Life()
    life.trouble = lambda method: rate_limited(30)
    asking = Acquaintance(engine, Clients(Wire(slack, life)))
    with transaction(engine) as session:
        who = named(session, "U0MINA")
        rows.request(session, **HERE)
    assert (asking.look(), asking.look()) == (0, 0)
    assert life.effects == ["users.info"]
    with transaction(engine) as session:
        assert session.get_one(Person, who.id).guest is None
        assert session.exec(select(Channel)).all() == []
    assert f"person {who.id}" in caplog.text and "U0MINA" not in caplog.text


USERS: list[tuple[Mapping[str, Any], bool]] = [
    ({"team_id": "T1"}, False),
    ({"team_id": "T1", "is_restricted": True}, True),
    ({"team_id": "T1", "is_ultra_restricted": True}, True),
    ({"team_id": "T1", "is_stranger": True}, True),
    ({"team_id": "T1", "deleted": True}, True),
    ({"team_id": "T2"}, True),
    ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, False),  # another workspace of the same company
    ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, True),
]


@pytest.mark.parametrize(("user", "guest"), USERS)
def test_given_a_user_of_slack_when_judged_then_only_members_of_the_company_are_no_guests(
    user: Mapping[str, Any], guest: bool
) -> None:
    assert is_guest(user, Person(team_id="T1", user_id="U1", enterprise_id="E1")) is guest


@pytest.mark.parametrize(
    ("channel", "external"),
    [
        ({}, False),
        ({"is_ext_shared": True}, True),
        ({"is_pending_ext_shared": True}, True),
        ({"is_shared": True, "is_org_shared": True}, False),
    ],
)
def test_given_a_channel_of_slack_when_judged_then_only_other_companies_make_it_external(
    channel: Mapping[str, Any], external: bool
) -> None:
    assert is_external(channel) is external


def nothing(session: Session, request: Request) -> None:
    pass


def a_guest(session: Session, request: Request) -> None:
    session.get_one(Person, request.person_id).guest = True


def somebody_unknown(session: Session, request: Request) -> None:
    session.get_one(Person, request.person_id).guest = None


def an_unknown_channel(session: Session, request: Request) -> None:
    session.delete(session.exec(select(Channel)).one())


def a_shared_channel(session: Session, request: Request) -> None:
    session.exec(select(Channel)).one().external = True


def an_earlier_asker_who_declined(session: Session, request: Request) -> None:
    session.exec(select(Person).where(Person.user_id == "U2")).one().consent = "declined"


@pytest.mark.parametrize(
    "why",
    [nothing, a_guest, somebody_unknown, an_unknown_channel, a_shared_channel, an_earlier_asker_who_declined],
)
def test_given_whatever_forbids_learning_when_edits_are_listed_for_review_then_they_are_left_out(
    engine: Engine, why: Callable[[Session, Request], None]
) -> None:
    with transaction(engine) as session:
        session.add(Channel(**HERE, external=False))
        first = rows.request(session, **HERE, message_ts="1.1", person_id=rows.known(session, "U2").id)
        again = rows.request(session, **HERE, thread_ts="1.1", refines=first.id)
        edit = rows.feedback(session, rows.draft(session, again))
        why(session, again)
        session.flush()
        assert queries.feedback_to_review(session) == ([edit] if why is nothing else [])
