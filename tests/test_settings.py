"""Settings come from the environment and `.env`; a wrong one stops with a sentence, a secret is never shown."""

import pickle
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from db.errors import SettingsError
from db.session import connect
from db.settings import Settings, load
from trainer.settings import TrainSettings

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_APP_TOKEN": "xapp-hush-2",
    "SLACK_SIGNING_SECRET": "hush-3",
    "FLYWHEEL_DATABASE_URL": "postgresql://wheel:hush-4@db.internal/wheel",
}


@pytest.fixture(autouse=True)
def empty_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `.env` and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for kind in (Settings, TrainSettings):
        for info in kind.model_fields.values():
            monkeypatch.delenv(str(info.alias), raising=False)


def test_given_nothing_when_loaded_then_the_defaults_of_the_contract_hold(tmp_path: Path) -> None:
    own, training = load(Settings), load(TrainSettings)
    assert (own.home, own.base_model, own.runtime, own.review) == (Path(".flywheel"), "tiny", "local", "slack")
    assert own.url == f"sqlite:///{tmp_path}/.flywheel/flywheel.db"
    assert own.slack_api_url == "https://slack.com/api/" and own.slack_bot_token.get_secret_value() == ""
    assert training.train_after == 100


def test_given_a_file_and_an_environment_when_loaded_then_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "# 설정",
        "FLYWHEEL_HOME=~/바퀴",
        "FLYWHEEL_OPERATORS=U1, U2,",
        "FLYWHEEL_BASE_MODEL='from/file'",
        "SOMETHING_ELSE=1",
        "FLYWHEEL_HOUSE=",
        "FLYWHEEL_DATABASE_URL=postgresql://real/production",
    ]
    Path(".env").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("FLYWHEEL_BASE_MODEL", "from/environment")
    monkeypatch.setenv("FLYWHEEL_RUNTIME", "openai")
    own = load(Settings)
    assert own.home == Path.home() / "바퀴" and own.people(own.operators) == {"U1", "U2"}
    assert (own.base_model, own.runtime) == ("from/environment", "openai")
    assert own.house is None and own.url == "postgresql://real/production"
    monkeypatch.setenv("FLYWHEEL_DATABASE_URL", "")  # as the demo does: away from the real one, back to the default
    assert load(Settings).url == f"sqlite:///{Path.home()}/바퀴/flywheel.db"


def test_given_variables_of_other_programs_when_loaded_then_they_mean_nothing_to_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = load(Settings), load(TrainSettings)
    theirs = ("HOME", "HOUSE", "RUNTIME", "RANK", "SEED", "METHOD", "BATCH", "OPERATORS")
    Path(".env").write_text("".join(f"{name.lower()}=/other\n" for name in theirs), encoding="utf-8")
    for name in theirs:
        monkeypatch.setenv(name, "/other")
    assert (load(Settings), load(TrainSettings)) == before


WRONG: list[tuple[type[Any], str, str, str]] = [
    (Settings, "FLYWHEEL_RUNTIME", "cloud", "'local' or 'openai'"),
    (Settings, "FLYWHEEL_REVIEW", "paper", "'slack'"),
    (Settings, "FLYWHEEL_SLACK_API_URL", "https://slack.com/api", "end with a slash"),
    (TrainSettings, "FLYWHEEL_TRAIN_AFTER", "0", "greater than or equal to 1"),
    (TrainSettings, "FLYWHEEL_TRAIN_AFTER", "many", "valid integer"),
    (TrainSettings, "FLYWHEEL_CONFIDENCE", "95", "less than 1"),
    (TrainSettings, "FLYWHEEL_METHOD", "magic", "lora"),
]


@pytest.mark.parametrize("source", ["environment", "file"])
@pytest.mark.parametrize(("kind", "name", "value", "allowed"), WRONG)
def test_given_a_wrong_value_when_loaded_then_one_sentence_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, source: str, kind: type[Any], name: str, value: str, allowed: str
) -> None:
    if source == "environment":
        monkeypatch.setenv(name, value)
    else:
        Path(".env").write_text(f"{name}={value}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as stopped:
        load(kind)
    said = str(stopped.value)
    assert said.startswith(f"{name}: ") and allowed in said and ".env" in said and "\n" not in said


def test_given_a_file_that_is_no_text_when_loaded_then_one_sentence_says_so() -> None:
    Path(".env").write_bytes("FLYWHEEL_HOME=바퀴".encode("cp949"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load(Settings)


def test_given_secrets_when_settings_are_shown_then_none_appears(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    own = load(Settings)
    shown = [repr(own), str(own), str(own.model_dump()), own.model_dump_json(), *(str(v) for _, v in own)]
    assert "hush" not in " ".join(shown)
    assert own.url == SECRETS["FLYWHEEL_DATABASE_URL"] and own.slack_app_token.get_secret_value() == "xapp-hush-2"
    monkeypatch.setenv("FLYWHEEL_RUNTIME", "sk-hush-5")  # pasted into the wrong line
    with pytest.raises(SettingsError) as stopped:
        load(Settings)
    assert "hush" not in "".join(traceback.format_exception(stopped.value))


def test_given_settings_when_changed_then_they_refuse() -> None:
    own = load(Settings, home=Path("elsewhere"))
    assert pickle.loads(pickle.dumps(own)).home == Path("elsewhere")
    with pytest.raises(ValueError, match="frozen"):
        own.home = Path("other")  # type: ignore[misc]


def test_given_database_urls_when_connected_then_both_kinds_get_their_driver(tmp_path: Path) -> None:
    forms = {
        f"sqlite:///{tmp_path}/new/folder/바퀴 하나.db": "sqlite",
        "postgres://u:p@host/name": "postgresql+psycopg",
        "postgresql://u:p@host:5433/name?sslmode=require": "postgresql+psycopg",
        "postgresql+psycopg://u:p@host/name": "postgresql+psycopg",
    }
    engines: dict[str, Engine] = {form: connect(form) for form in forms}
    assert {form: engine.url.drivername for form, engine in engines.items()} == forms
    assert (tmp_path / "new" / "folder").is_dir()
    assert engines["postgresql://u:p@host:5433/name?sslmode=require"].url.query == {"sslmode": "require"}


def test_given_other_urls_when_connected_then_one_sentence_shows_the_right_form_and_no_password() -> None:
    in_memory = ["sqlite://", "sqlite:///:memory:"]
    for wrong in (
        "flywheel.db",
        "hush",
        "mysql://u:hush@h/n",
        "postgresql+psycopg2://u:hush@h/n",
        "://u:hush@h",
        *in_memory,
    ):
        with pytest.raises(SettingsError, match="FLYWHEEL_DATABASE_URL must look like sqlite:///") as stopped:
            connect(wrong)
        assert "hush" not in "".join(traceback.format_exception(stopped.value, chain=True)).replace(wrong, "")


def test_given_no_postgres_driver_when_connected_then_one_sentence_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"draft-flywheel\[postgres\]"):
        connect("postgresql://u:p@h/n")
