"""`flywheel doctor` at a local Slack: every line it has about Slack, green and red, and each red one says the cure."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Installation

from bot import scopes
from bot.cli import main, shop
from bot.installs import Installs
from bot.playground.server import Playground
from db import schema
from db.session import connect
from db.settings import Settings

Line = dict[str, Any]
Doctor = Callable[..., dict[str, Line]]
KEY, OTHER = (Fernet.generate_key().decode() for _ in range(2))
SLACK_LINES = (
    "Slack token key",
    "Slack bot token",
    "Slack scopes",
    "Slack connection",
    "review channel",
    "admin channel",
)


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def usual(slack: Playground, tmp_path: Path) -> dict[str, str]:
    """Settings with which all is well."""
    return {
        "FLYWHEEL_HOME": str(tmp_path / "home"),
        "FLYWHEEL_SLACK_API_URL": slack.api_url,
        "FLYWHEEL_REVIEW_CHANNEL": "C0REVIEW",
        "FLYWHEEL_ADMIN_CHANNEL": "C0FLYWHEEL",
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


@pytest.fixture
def doctor(
    usual: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Doctor]:
    """`doctor(NAME=value)`: its lines by name."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)

    def call(**changed: str) -> dict[str, Line]:
        for name, value in {**usual, **changed}.items():
            monkeypatch.setenv(name, value)
        shop.parts.cache_clear()
        monkeypatch.setattr(sys, "argv", ["flywheel", "doctor", "--json"])
        with pytest.raises(SystemExit) as left:
            main()
        lines = {line["name"]: line for line in json.loads(capsys.readouterr().out)}
        assert bool(left.value.code) == any(not line["ok"] for line in lines.values())
        return lines

    yield call
    shop.parts.cache_clear()


def test_given_all_in_order_when_looked_at_then_every_line_is_green(doctor: Doctor) -> None:
    lines = doctor()
    assert [name for name in SLACK_LINES if not lines[name]["ok"]] == []
    assert lines["Slack bot token"]["detail"] == "draftbot in 온빛기획"
    assert lines["Slack scopes"]["detail"] == f"all {len(scopes.BOT)} of the manifest"
    assert (lines["review channel"]["detail"], lines["admin channel"]["detail"]) == ("#review", "#flywheel")
    assert doctor(FLYWHEEL_ADMIN_CHANNEL="")["admin channel"]["ok"]  # nobody has to read news


HTTP = {"FLYWHEEL_SLACK_MODE": "http", "SLACK_APP_TOKEN": ""}


@pytest.mark.parametrize(
    ("line", "changed", "cure"),
    [
        ("Slack bot token", {"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is empty"),
        ("Slack bot token", {"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Copy the token again"),
        ("Slack bot token", {"FLYWHEEL_SLACK_API_URL": "http://127.0.0.1:9/"}, "Connection refused"),
        ("Slack connection", {"SLACK_APP_TOKEN": ""}, "must start with xapp-"),
        ("Slack connection", {"SLACK_APP_TOKEN": "xoxb-1"}, "must start with xapp-"),
        ("Slack connection", {"SLACK_APP_TOKEN": "xapp-wrong"}, "invalid_auth"),
        ("Slack connection", HTTP, "SLACK_SIGNING_SECRET is empty"),
        ("review channel", {"FLYWHEEL_REVIEW_CHANNEL": ""}, "nobody can approve"),
        ("review channel", {"FLYWHEEL_REVIEW_CHANNEL": "C0NOWHERE"}, "Invite the bot"),
        ("admin channel", {"FLYWHEEL_ADMIN_CHANNEL": "C0NOWHERE"}, "Invite the bot"),
    ],
)
def test_given_one_wrong_setting_when_looked_at_then_its_line_says_the_cure(
    doctor: Doctor, line: str, changed: dict[str, str], cure: str
) -> None:
    found = doctor(**changed)[line]
    assert not found["ok"] and cure in found["detail"]


def test_given_scopes_that_differ_when_looked_at_then_the_missing_are_named_and_the_others_hinted(
    doctor: Doctor, slack: Playground
) -> None:
    slack.switch(withheld_scopes=["users:read", "canvases:write"])
    found = doctor()["Slack scopes"]
    assert not found["ok"] and found["detail"].startswith("Missing: canvases:write, users:read. Put manifest.yaml")
    slack.switch(withheld_scopes=["usergroups:read"])
    assert doctor()["Slack scopes"]["ok"]  # needed by those alone who name a user group
    found = doctor(FLYWHEEL_OPERATORS_GROUP="S0123")["Slack scopes"]
    assert found["detail"].startswith("Missing: usergroups:read.")
    slack.switch(withheld_scopes=["channels:read"])
    assert "scopes of the manifest" in doctor()["review channel"]["detail"]
    slack.switch(withheld_scopes=[], further_scopes=["channels:join"])
    found = doctor(FLYWHEEL_OPERATORS_GROUP="")["Slack scopes"]
    slack.switch(further_scopes=[])
    assert found["ok"] and found["detail"].endswith("not needed: channels:join")


def test_given_a_channel_without_the_bot_when_looked_at_then_it_is_to_be_invited(
    doctor: Doctor, slack: Playground
) -> None:
    channel = slack.new_channel("elsewhere")
    lines = doctor(FLYWHEEL_REVIEW_CHANNEL=channel, FLYWHEEL_ADMIN_CHANNEL=channel)
    for name in ("review channel", "admin channel"):
        assert not lines[name]["ok"] and "not in #elsewhere. Type /invite" in lines[name]["detail"]


def test_given_http_mode_when_looked_at_then_the_address_slack_needs_is_told(doctor: Doctor) -> None:
    found = doctor(**HTTP, SLACK_SIGNING_SECRET="hush")["Slack connection"]
    assert found["ok"] and "http://127.0.0.1:8800/slack/events" in found["detail"] and "https" in found["detail"]


def test_given_an_app_for_many_workspaces_when_looked_at_then_key_and_installations_are_checked(
    doctor: Doctor, slack: Playground, usual: dict[str, str]
) -> None:
    home = Path(usual["FLYWHEEL_HOME"])
    many = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "hush"}
    engine = connect(f"sqlite:///{home / 'flywheel.db'}")
    schema.upgrade(engine)
    assert "FLYWHEEL_TOKEN_KEY is empty" in doctor(**many)["Slack token key"]["detail"]
    assert "no key" in doctor(**many, FLYWHEEL_TOKEN_KEY="x")["Slack token key"]["detail"]
    lines = doctor(**many, FLYWHEEL_TOKEN_KEY=KEY)
    assert "/slack/install" in lines["Slack token key"]["detail"]
    assert "install it again" in lines["Slack bot token"]["detail"]
    kept = Settings(slack_client_id="1.2", slack_client_secret="hush", slack_bot_token="", token_key=KEY)
    Installs(kept, engine).save(
        Installation(app_id="A1", team_id="T0ONBIT", bot_token=slack.bot_token, user_id="U1", installed_at=1.0)
    )
    engine.dispose()
    lines = doctor(**many, FLYWHEEL_TOKEN_KEY=KEY)
    assert [name for name in SLACK_LINES if not lines[name]["ok"]] == []
    assert lines["Slack token key"]["detail"] == "opens the tokens of 1 installed workspaces"
    found = doctor(**many, FLYWHEEL_TOKEN_KEY=OTHER)["Slack token key"]
    assert not found["ok"] and "does not open the tokens" in found["detail"]
