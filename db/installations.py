"""Where the app is installed: the columns slack_sdk's own store works with. Tokens stand in them encrypted, by bot.installs.

Not part of the ring. The times are UTC without a zone, as that library reads and writes them.
"""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, String, Table, Text, func
from sqlmodel import SQLModel

SECRET = ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token", "incoming_webhook_url")


def columns(*names: str) -> list[Column[Any]]:
    """Columns of text; those that hold a secret take any length, as encrypted text is longer."""
    return [Column(name, Text() if name in SECRET else String()) for name in names]


def whose() -> list[Column[Any]]:
    """What both tables begin with."""
    return [
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("client_id", String(), nullable=False),
        Column("app_id", String(), nullable=False),
        *columns("enterprise_id", "enterprise_name", "team_id", "team_name"),
        *columns("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token"),
        Column("bot_token_expires_at", DateTime),
        Column("is_enterprise_install", Boolean, default=False, nullable=False),
        Column("installed_at", DateTime, default=func.now(), nullable=False),
    ]


BOTS = Table(
    "slack_bots",
    SQLModel.metadata,
    *whose(),
    Index("slack_bots_idx", "client_id", "enterprise_id", "team_id", "installed_at"),
)
INSTALLATIONS = Table(
    "slack_installations",
    SQLModel.metadata,
    *whose(),
    *columns("enterprise_url", "user_token", "user_scopes", "user_refresh_token", "token_type"),
    Column("user_id", String(), nullable=False),
    Column("user_token_expires_at", DateTime),
    *columns("incoming_webhook_url", "incoming_webhook_channel", "incoming_webhook_channel_id"),
    *columns("incoming_webhook_configuration_url"),
    Index("slack_installations_idx", "client_id", "enterprise_id", "team_id", "user_id", "installed_at"),
)
STATES = Table(
    "slack_oauth_states",
    SQLModel.metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(), nullable=False),
    Column("expire_at", DateTime, nullable=False),
)
