"""Settings from the environment (and `.env`) in, one frozen object out. Vendors' own names are kept."""

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)
MODEL_CONFIG = SettingsConfigDict(
    env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
)


class Settings(BaseSettings):
    """Where things are and who may do what. Training settings live in trainer/settings.py."""

    model_config = MODEL_CONFIG

    home: Path = Field(Path(".flywheel"), alias="FLYWHEEL_HOME", description="folder for the database and artifacts")
    database_url: str = Field(
        "", alias="FLYWHEEL_DATABASE_URL", description="SQLAlchemy URL; empty: SQLite in the home"
    )
    house: Path | None = Field(
        None, alias="FLYWHEEL_HOUSE", description="the style guide; empty: the shipped house.toml"
    )
    base_model: str = Field("tiny", alias="FLYWHEEL_BASE_MODEL", description="hub id or folder; tiny: the shipped one")
    runtime: Literal["local", "openai"] = Field("local", alias="FLYWHEEL_RUNTIME", description="who drafts and scores")
    review: Literal["slack"] = Field("slack", alias="FLYWHEEL_REVIEW", description="where reviewers decide")
    review_channel: str = Field("", alias="FLYWHEEL_REVIEW_CHANNEL", description="Slack channel id for reviews")
    admin_channel: str = Field("", alias="FLYWHEEL_ADMIN_CHANNEL", description="Slack channel id for operators' news")
    operators: str = Field("", alias="FLYWHEEL_OPERATORS", description="Slack user ids of operators, by comma")
    reviewers: str = Field(
        "",
        alias="FLYWHEEL_REVIEWERS",
        description="Slack user ids of reviewers; empty: everybody in the review channel",
    )
    slack_api_url: str = Field("https://slack.com/api/", alias="FLYWHEEL_SLACK_API_URL", description="Slack's Web API")
    slack_bot_token: SecretStr = Field(SecretStr(""), alias="SLACK_BOT_TOKEN", description="xoxb-…")
    slack_app_token: SecretStr = Field(SecretStr(""), alias="SLACK_APP_TOKEN", description="xapp-…, for Socket Mode")
    slack_signing_secret: SecretStr = Field(SecretStr(""), alias="SLACK_SIGNING_SECRET", description="for HTTP mode")

    @model_validator(mode="after")
    def _slash(self) -> Self:
        if not self.slack_api_url.endswith("/"):
            raise ValueError("FLYWHEEL_SLACK_API_URL must end with a slash, as in https://slack.com/api/")
        return self

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'flywheel.db'}"

    def people(self, names: str) -> frozenset[str]:
        """Ids of a comma-separated setting."""
        return frozenset(part.strip() for part in names.split(",") if part.strip())


def load(kind: type[S], **overrides: Any) -> S:
    """Settings from the environment; errors: SettingsError naming the variable and what it allows."""
    try:
        return kind(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{name}: {first['msg']}. Correct it in the environment or in .env.") from error
