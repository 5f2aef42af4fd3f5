"""Many workspaces: installed by OAuth, their tokens encrypted in the database, taken away again, back again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.fernet import Fernet
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Engine, MetaData, text

from bot import clients as clients_module
from bot import scopes
from bot.clients import Clients, clients_of
from bot.installs import Installs, States
from bot.playground.server import Playground
from bot.standing import TROUBLE, code, passing
from curation.house import House
from curation.slack_desk import slack_client
from db.errors import SettingsError
from db.installations import BOTS, INSTALLATIONS, SECRET, STATES
from db.session import transaction
from db.settings import Settings
from db.tables import Audit, Person, Request, now
from tests.http_bot import HttpBot, http_bot, mention
from tests.lives import Stage
from trainer.runtime import Runtime

pytest_plugins = ["tests.bot_bench"]

KEY, OLD, OTHER = (Fernet.generate_key().decode() for _ in range(3))
CLIENT = "10000000001.20000000002"


def settings_of(key: str = KEY, **more: Any) -> Settings:
    usual = {"slack_client_id": CLIENT, "slack_client_secret": "hush", "slack_bot_token": "", "token_key": key}
    return Settings(**{**usual, **more})


def installation(team: str | None, token: str, installed_at: float = 0.0, **more: Any) -> Installation:
    usual = {
        "app_id": "A1",
        "team_id": team,
        "bot_token": token,
        "bot_id": "B1",
        "bot_user_id": "U0BOT",
        "user_id": "U1",
    }
    return Installation(**{**usual, "installed_at": installed_at or time.time(), **more})


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def bot(slack: Playground, engine: Engine, house: House, tmp_path: Path) -> Iterator[HttpBot]:
    """Without a token of its own, on both databases."""
    more = {"slack_client_secret": slack.client_secret, "slack_client_id": slack.client_id, "token_key": KEY}
    with http_bot(slack, engine, house, tmp_path, slack_bot_token="", **more) as running:
        yield running


def install(bot: HttpBot, **changed: str) -> httpx.Response:
    """A person goes to /slack/install, allows at Slack, and comes back."""
    begun = bot.web.get("/slack/install")
    allowed = httpx.get(begun.headers["location"], trust_env=False)
    back = {k: v[0] for k, v in parse_qs(urlsplit(allowed.headers["location"]).query).items()}
    cookie = {"cookie": begun.headers["set-cookie"].split(";")[0]} if "cookie" not in changed else {}
    changed.pop("cookie", None)
    return bot.web.get("/slack/oauth_redirect", params={**back, **changed}, headers=cookie)


def test_given_a_workspace_when_it_installs_then_its_events_are_answered_with_its_own_token(bot: HttpBot) -> None:
    assert bot.send(mention(number=1)).status_code == 200
    assert bot.rows(Request) == []  # nobody there to speak with
    begun = bot.web.get("/slack/install")
    address = urlsplit(begun.headers["location"])
    asked = {k: v[0] for k, v in parse_qs(address.query).items()}
    assert begun.status_code == 302 and address.path == "/oauth/v2/authorize"
    assert asked["client_id"] == CLIENT and set(asked["scope"].split(",")) == set(scopes.BOT)
    assert install(bot).status_code == 200
    known = bot.slack.log()["calls"][-1]
    assert (known["method"], known["ok"]) == ("auth.test", True)
    asked_before = len(bot.slack.calls("auth.test"))
    bot.slack.as_member("mina").mention("초안", "여름 음료 블로그")
    bot.slack.wait_for(lambda: [row.team_id for row in bot.rows(Request)] == ["T0ONBIT"])
    asked_consent = bot.slack.wait_for(lambda: bot.slack.calls("chat.postEphemeral"))
    assert asked_consent[-1]["ok"]
    assert len(bot.slack.calls("auth.test")) == asked_before  # who we are stands in the store


def test_given_a_redirect_that_is_not_the_one_begun_when_it_comes_then_nothing_is_installed(bot: HttpBot) -> None:
    refused = [
        install(bot, cookie="none"),
        install(bot, state="another"),
        install(bot, code="forged"),
        bot.web.get("/slack/oauth_redirect"),
        bot.web.get("/slack/oauth_redirect", params={"error": "access_denied"}),
    ]
    assert [answer.status_code for answer in refused] == [400, 400, 401, 400, 200]
    assert bot.clients.installs is not None and bot.clients.installs.first() is None
    state = States(-1, bot.engine).issue()  # expired as it is made
    cookie = {"cookie": f"slack-app-oauth-state={state}"}
    late = bot.web.get("/slack/oauth_redirect", params={"code": "x", "state": state}, headers=cookie)
    assert late.status_code == 401
    States(600, bot.engine).issue()
    with bot.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM slack_oauth_states WHERE state = :s"), {"s": state}).scalar()
            == 0
        )


def test_given_a_slack_that_is_away_when_installing_then_a_sentence(bot: HttpBot) -> None:
    bot.slack.call("POST", "control/faults", json={"method": "oauth.v2.access", "kind": "reset", "times": 5})
    answer = install(bot)
    bot.slack.call("DELETE", "control/faults")
    assert (answer.status_code, answer.text[:22]) == (502, "Slack can't be reached")


def test_given_an_installed_app_when_removed_then_its_tokens_are_gone_and_installing_brings_it_back(
    bot: HttpBot,
) -> None:
    install(bot)
    before = bot.clients.of("T0ONBIT")
    assert before.auth_test()["ok"]
    bot.slack.uninstall()
    bot.slack.wait_for(lambda: len(bot.rows(Audit)) == 2)  # app_uninstalled and tokens_revoked
    assert {(row.actor, row.action, row.subject) for row in bot.rows(Audit)} == {
        ("slack", "revoked", "workspace:T0ONBIT")
    }
    with bot.engine.connect() as connection:
        for table in (BOTS, INSTALLATIONS):
            assert connection.execute(table.select()).all() == []
    with pytest.raises(TROUBLE) as away:
        bot.clients.of("T0ONBIT").chat_postMessage(channel="C0CHOAN", text="x")
    assert passing(away.value) and code(away.value) == "account_inactive"
    install(bot)
    assert bot.clients.of("T0ONBIT").auth_test()["ok"]


def test_given_a_late_repeat_of_a_removal_when_installed_anew_then_the_new_tokens_stay(bot: HttpBot) -> None:
    install(bot)
    body = mention(event={"type": "app_uninstalled"}, event_id="Ev-gone")
    assert bot.send(body).status_code == 200
    install(bot)
    assert bot.send(body, x_slack_retry_num="2").status_code == 200
    assert bot.clients.of("T0ONBIT").auth_test()["ok"] and len(bot.rows(Audit)) == 1


def test_given_tokens_of_people_when_revoked_then_the_bot_stays(bot: HttpBot) -> None:
    install(bot)
    installs = bot.clients.installs
    assert installs is not None
    installs.save(installation("T0ONBIT", "xoxb-mine", user_id="U0MINA", user_token="xoxp-mina"))
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": ["U0MINA"], "bot": []}}
    assert bot.send(mention(event=revoked, event_id="Ev-user")).status_code == 200
    assert installs.find_installation(enterprise_id=None, team_id="T0ONBIT", user_id="U0MINA") is None
    assert installs.bot("T0ONBIT") is not None
    assert [row.note for row in bot.rows(Audit)] == ["tokens of U0MINA"]


def test_given_requests_of_a_removed_workspace_when_it_comes_back_then_they_go_on_and_else_fail_after_a_day(
    slack: Playground, tiny_runtime: Runtime, house: House, tmp_path: Path, sqlite_engine: Engine, sqlite_url: str
) -> None:
    settings = settings_of(slack_api_url=slack.api_url)
    clients = clients_of(settings, sqlite_engine)
    stage = Stage(slack, sqlite_url, tiny_runtime, house, tmp_path, sqlite_engine)
    _, worker = stage.life()
    worker.writer = type(worker.writer)(worker.writer.studio, clients, worker.lease, worker.writer.seats)
    waits, lost = stage.ask(2, team_id="T0ONBIT")
    with transaction(sqlite_engine) as session:
        session.get_one(Request, lost).created_at = now() - timedelta(days=2)
    worker.start()
    slack.wait_for(lambda: stage.request(lost).state == "failed", 20)
    assert stage.request(lost).error == "Slack answers account_inactive"
    assert stage.request(waits).state != "failed"
    assert clients.installs is not None
    token = slack._slack.workspace.identity.bot_token
    slack._slack.workspace.revoked.discard(token)
    slack._slack.workspace.tokens.add(token)
    clients.installs.save(installation("T0ONBIT", token))
    slack.wait_for(lambda: stage.request(waits).state == "done", 60)
    stage.close()


def test_given_tokens_when_stored_then_no_byte_of_them_is_in_the_database(engine: Engine, tmp_path: Path) -> None:
    installs = Installs(settings_of(), engine)
    secrets = {name: f"xox-plain-{name}-{'q' * 180}" for name in SECRET}
    installs.save(installation("T1", secrets.pop("bot_token"), **secrets))
    found = installs.find_installation(enterprise_id=None, team_id="T1")
    assert found is not None and found.user_token == secrets["user_token"]
    assert found.bot_token is not None and found.bot_token.startswith("xox-plain-bot_token")
    with engine.connect() as connection:
        rows = [str(row) for table in (BOTS, INSTALLATIONS) for row in connection.execute(table.select())]
    assert len(rows) == 2 and all("xox" not in row and "gAAAA" in row for row in rows)
    engine.dispose()
    for file in tmp_path.glob("flywheel.db*"):
        assert b"xox-plain" not in file.read_bytes()


def test_given_workspaces_when_asked_for_then_each_has_its_newest_own_token(engine: Engine) -> None:
    settings = settings_of()
    installs = Installs(settings, engine)
    for team, token, at in (("T1", "old", 10.0), ("T2", "two", 20.0), ("T1", "new", 30.0)):
        installs.save(installation(team, token, at))
    installs.save(installation(None, "whole", 40.0, enterprise_id="E1", is_enterprise_install=True))
    installs.save(installation("T4", "four", 50.0, enterprise_id="E1"))
    with transaction(engine) as session:
        session.add(Person(enterprise_id="E1", team_id="T3", user_id="U1"))
    clients = Clients(slack_client(settings), installs)
    tokens = {team: clients.of(team).token for team in ("T1", "T2", "T3", "T4", "")}
    assert tokens == {"T1": "new", "T2": "two", "T3": "whole", "T4": "four", "": "new"}
    assert clients.of("T5", "E1").token == "whole"
    assert Clients(slack_client(settings), installs, home="T2").of("").token == "two"
    with pytest.raises(SlackApiError):
        clients.of("T9").auth_test()
    us = clients.authorize("E1", "T4", "U1")
    assert (us.bot_token, us.bot_user_id, us.bot_id) == ("four", "U0BOT", "B1")
    with pytest.raises(SlackApiError):
        clients.authorize(None, "T9", "U1")


def test_given_a_token_that_changed_elsewhere_when_a_minute_passed_then_the_new_one_is_used(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of()
    ours, others = Installs(settings, sqlite_engine), Installs(settings, sqlite_engine)
    clients, clock = Clients(slack_client(settings), ours), [1000.0]
    monkeypatch.setattr(clients_module.time, "monotonic", lambda: clock[0])
    ours.save(installation("T1", "old", 10.0))
    assert clients.of("T1").token == "old"
    others.save(installation("T1", "new", 20.0))
    clock[0] += 59
    assert clients.of("T1").token == "old"
    clock[0] += 2
    assert clients.of("T1").token == "new"


def test_given_another_key_when_started_then_both_open_the_tokens_and_the_old_one_may_go(engine: Engine) -> None:
    Installs(settings_of(OLD), engine).save(installation("T1", "kept"))
    clients_of(settings_of(f"{KEY}, {OLD}"), engine)  # as at the start of the bot
    alone = Installs(settings_of(KEY), engine).bot("T1")
    assert alone is not None and alone.bot_token == "kept"
    with pytest.raises(SettingsError, match="FLYWHEEL_TOKEN_KEY does not open"):
        Installs(settings_of(OLD), engine).bot("T1")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "FLYWHEEL_TOKEN_KEY is empty"),
        ("short", "FLYWHEEL_TOKEN_KEY holds something that is no key"),
        (f"{KEY},열쇠", "FLYWHEEL_TOKEN_KEY holds something that is no key"),
        (OTHER, "FLYWHEEL_TOKEN_KEY does not open the tokens"),
    ],
    ids=["none", "no key", "one of two", "another"],
)
def test_given_a_key_that_is_missing_or_wrong_when_started_then_a_sentence(
    sqlite_engine: Engine, tmp_path: Path, key: str, words: str
) -> None:
    Installs(settings_of(KEY), sqlite_engine).save(installation("T1", "kept"))
    with pytest.raises(SettingsError, match=words):
        clients_of(settings_of(key), sqlite_engine)
    environment = {
        "PATH": "/usr/bin:/bin",
        "FLYWHEEL_DATABASE_URL": str(sqlite_engine.url),
        "SLACK_CLIENT_ID": CLIENT,
        "SLACK_CLIENT_SECRET": "hush",
        "SLACK_APP_TOKEN": "xapp-1",
        "FLYWHEEL_TOKEN_KEY": key,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "bot.cli", "bot"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert words in " ".join(ran.stderr.split())


def test_given_slack_sdks_store_when_it_changes_then_our_tables_have_its_columns() -> None:
    made = MetaData()
    theirs = (
        SQLAlchemyInstallationStore.build_bots_table(made, "slack_bots"),
        SQLAlchemyInstallationStore.build_installations_table(made, "slack_installations"),
        SQLAlchemyOAuthStateStore.build_oauth_states_table(made, "slack_oauth_states"),
    )
    for ours, table in zip((BOTS, INSTALLATIONS, STATES), theirs, strict=True):
        assert set(ours.c.keys()) == set(table.c.keys())
        assert {c.name for c in ours.c if "token" in c.name and isinstance(c.type, type(BOTS.c.bot_token.type))} <= set(
            SECRET
        )
