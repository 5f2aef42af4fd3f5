"""Settings from the environment (and `.env`) in, one frozen object out. Vendors' own names are kept."""

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)
MODEL_CONFIG = SettingsConfigDict(
    env_file=".env",
    env_file_encoding="utf-8",
    hide_input_in_errors=True,  # a wrong value may be a secret in the wrong place
    env_prefix="FLYWHEEL_",  # without it the names of fields count too, and HOME or RANK belong to others
    extra="ignore",
    frozen=True,
    populate_by_name=True,
)


class Environment(BaseSettings):
    """What every group of settings shares."""

    model_config = MODEL_CONFIG

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, given: dict[str, Any]) -> dict[str, Any]:
        # An empty variable still overrides .env: the demo points away from a real database that way.
        return {name: value for name, value in given.items() if value != ""}


class Settings(Environment):
    """Where things are and who may do what. Training settings live in trainer/settings.py."""

    home: Path = Field(Path(".flywheel"), alias="FLYWHEEL_HOME", description="folder for the database and artifacts")
    database_url: SecretStr = Field(
        SecretStr(""), alias="FLYWHEEL_DATABASE_URL", description="SQLAlchemy URL; empty: SQLite in the home"
    )  # it may hold a password
    house: Path | None = Field(
        None, alias="FLYWHEEL_HOUSE", description="the style guide; empty: the shipped house.toml"
    )
    base_model: str = Field("tiny", alias="FLYWHEEL_BASE_MODEL", description="hub id or folder; tiny: the shipped one")
    runtime: Literal["local", "openai"] = Field("local", alias="FLYWHEEL_RUNTIME", description="who drafts and scores")
    runtime_url: str = Field(
        "", alias="FLYWHEEL_RUNTIME_URL", description="an OpenAI-compatible server, as in http://127.0.0.1:8000/v1"
    )
    runtime_api_key: SecretStr = Field(SecretStr(""), alias="FLYWHEEL_RUNTIME_API_KEY", description="its key, if any")
    review: Literal["argilla", "slack"] = Field(
        "slack",
        alias="FLYWHEEL_REVIEW",
        description="where reviewers decide: argilla or slack; empty: argilla where ARGILLA_API_URL is set",
    )
    argilla_api_url: str = Field(
        "", alias="ARGILLA_API_URL", description="Argilla's address, as in http://127.0.0.1:6900"
    )
    argilla_api_key: SecretStr = Field(SecretStr(""), alias="ARGILLA_API_KEY", description="an owner's key")
    argilla_workspace: str = Field(
        "flywheel", alias="ARGILLA_WORKSPACE", description="ours on the server; made by itself, reviewers belong in it"
    )
    review_channel: str = Field("", alias="FLYWHEEL_REVIEW_CHANNEL", description="Slack channel id for reviews")
    admin_channel: str = Field("", alias="FLYWHEEL_ADMIN_CHANNEL", description="Slack channel id for operators' news")
    operators: str = Field("", alias="FLYWHEEL_OPERATORS", description="Slack user ids of operators, by comma")
    operators_group: str = Field(
        "",
        alias="FLYWHEEL_OPERATORS_GROUP",
        description="Slack user group whose members are operators too, as in S0123",
    )
    reviewers: str = Field(
        "",
        alias="FLYWHEEL_REVIEWERS",
        description="Slack user ids of reviewers; empty: everybody in the review channel",
    )
    second_opinions: float = Field(
        0.1,
        alias="FLYWHEEL_SECOND_OPINIONS",
        ge=0.0,
        le=1.0,
        description="share of texts on which two reviewers must agree, where more than one reviews",
    )
    slack_api_url: str = Field("https://slack.com/api/", alias="FLYWHEEL_SLACK_API_URL", description="Slack's Web API")
    slack_bot_token: SecretStr = Field(SecretStr(""), alias="SLACK_BOT_TOKEN", description="xoxb-…")
    slack_app_token: SecretStr = Field(SecretStr(""), alias="SLACK_APP_TOKEN", description="xapp-…, for Socket Mode")
    slack_signing_secret: SecretStr = Field(SecretStr(""), alias="SLACK_SIGNING_SECRET", description="for HTTP mode")
    slack_mode: Literal["socket", "http"] = Field(
        "socket", alias="FLYWHEEL_SLACK_MODE", description="how Slack reaches the bot: socket or http"
    )
    http_host: str = Field("127.0.0.1", alias="FLYWHEEL_HTTP_HOST", description="where HTTP mode listens")
    http_port: int = Field(8800, alias="FLYWHEEL_HTTP_PORT", ge=0, le=65535, description="where HTTP mode listens")
    slack_client_id: str = Field("", alias="SLACK_CLIENT_ID", description="of an app for several workspaces")
    slack_client_secret: SecretStr = Field(
        SecretStr(""), alias="SLACK_CLIENT_SECRET", description="of an app for several workspaces"
    )
    token_key: SecretStr = Field(
        SecretStr(""),
        alias="FLYWHEEL_TOKEN_KEY",
        description="encrypts tokens of installed workspaces; by comma, the first one encrypts",
    )
    home_team: str = Field(
        "",
        alias="FLYWHEEL_HOME_TEAM",
        description="workspace of reviewers and operators; empty: the first one installed",
    )

    @model_validator(mode="before")
    @classmethod
    def _argilla_where_it_is(cls, given: dict[str, Any]) -> dict[str, Any]:
        def told(name: str) -> bool:
            return bool(given.get(name) or given.get(str(cls.model_fields[name].alias)))

        return {**given, "review": "argilla"} if told("argilla_api_url") and not told("review") else given

    @field_validator("home")
    @classmethod
    def _home(cls, folder: Path) -> Path:
        return folder.expanduser()  # no shell does it in .env

    @field_validator("slack_api_url")
    @classmethod
    def _slash(cls, url: str) -> str:
        if not url.endswith("/"):
            raise ValueError("It must end with a slash, as in https://slack.com/api/")
        return url

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.home.resolve() / 'flywheel.db'}"

    @property
    def many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves; a token in the settings speaks for one alone."""
        ours = self.slack_client_id and self.slack_client_secret.get_secret_value()
        return bool(ours) and not self.slack_bot_token.get_secret_value()

    def people(self, names: str) -> frozenset[str]:
        """Ids of a comma-separated setting."""
        return frozenset(part.strip() for part in names.split(",") if part.strip())


def load(kind: type[S], **overrides: Any) -> S:
    """Settings from the environment; errors: SettingsError naming the variable and what it allows."""
    try:
        return kind(**overrides)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name, wrong = first["loc"][0], first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {wrong}. Correct it in the environment or in .env.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(".env is not UTF-8 text. Save it again as UTF-8.") from error
