"""Workspaces that install the app in, their tokens out: slack_sdk's own store, with every secret encrypted in the database."""

import logging
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from slack_sdk.web import WebClient
from sqlalchemy import Engine, MetaData, Table, Text, TypeDecorator, and_, delete, or_, select, update
from sqlmodel import col

from bot import scopes
from db.errors import SettingsError
from db.installations import BOTS, INSTALLATIONS, SECRET
from db.settings import Settings
from db.tables import Person

MINUTES_TO_INSTALL = 10
NEW_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


def lock(keys: str) -> MultiFernet:
    """What encrypts with the first of the keys and opens with any. Errors: SettingsError if there is none, or no key."""
    named = [key.strip() for key in keys.split(",") if key.strip()]
    if not named:
        raise SettingsError(f"FLYWHEEL_TOKEN_KEY is empty, and tokens are kept encrypted only. Make one: {NEW_KEY}")
    try:
        return MultiFernet([Fernet(key) for key in named])
    except ValueError:
        raise SettingsError(f"FLYWHEEL_TOKEN_KEY holds something that is no key. Make one: {NEW_KEY}") from None


class Sealed(TypeDecorator[str]):
    """Text that the database sees encrypted only. Errors: SettingsError where none of the keys opens it."""

    impl = Text
    cache_ok = True

    def __init__(self, box: MultiFernet) -> None:
        super().__init__()
        self.box = box

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else self.box.encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        try:
            return None if value is None else self.box.decrypt(value).decode()
        except InvalidToken:
            raise SettingsError(
                "FLYWHEEL_TOKEN_KEY does not open the tokens kept here. Put the old key behind the new one, by comma; "
                "if it is lost, delete the rows of slack_bots and slack_installations and install the app again."
            ) from None


def sealed(table: Table, box: MultiFernet) -> Table:
    """A copy of the table whose secrets are encrypted on their way in and opened on their way out."""
    copy = table.to_metadata(MetaData())
    for name in SECRET:
        if name in copy.c:
            copy.c[name].type = Sealed(box)
    return copy


class Installs(SQLAlchemyInstallationStore):
    """Every installation, the newest of a workspace in force. Token rotation is off in the manifests, so tokens stay."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        super().__init__(settings.slack_client_id, engine)
        box = lock(settings.token_key.get_secret_value())
        self.bots, self.installations = sealed(BOTS, box), sealed(INSTALLATIONS, box)

    def bot(self, team_id: str, enterprise_id: str = "") -> Bot | None:
        """The bot of a workspace, else that of its whole organisation. Errors: SettingsError if no key opens its token."""
        c = self.bots.c
        org = enterprise_id or self._organisation(team_id)
        there = or_(c.team_id == team_id, and_(c.is_enterprise_install, c.enterprise_id == org))
        wanted = self.bots.select().where(c.client_id == self.client_id, c.bot_token.is_not(None), there)
        newest = wanted.order_by(c.is_enterprise_install, c.installed_at.desc(), c.id.desc()).limit(1)
        with self.engine.connect() as connection:
            row = connection.execute(newest).mappings().first()
        return self.build_bot_entity(row) if row else None

    def first(self) -> Bot | None:
        """The bot of the workspace that installed the app first. Errors: as `bot`."""
        c = self.bots.c
        places = select(c.enterprise_id, c.team_id, c.is_enterprise_install)
        wanted = places.where(c.client_id == self.client_id, c.bot_token.is_not(None)).order_by(c.installed_at, c.id)
        with self.engine.connect() as connection:
            row = connection.execute(wanted.limit(1)).mappings().first()
        return self.find_bot(**row) if row else None

    def _organisation(self, team_id: str) -> str | None:
        """The organisation a workspace belongs to, as far as its people told."""
        known = select(col(Person.enterprise_id)).where(col(Person.team_id) == team_id, col(Person.enterprise_id) != "")
        with self.engine.connect() as connection:
            return connection.execute(known.limit(1)).scalar()

    def reseal(self) -> int:
        """Encrypt every secret with the first key, so that the others may go; how many rows that were."""
        number = 0
        for table in (self.bots, self.installations):
            secret = [table.c[name] for name in SECRET if name in table.c]
            with self.engine.begin() as connection:
                for row in connection.execute(select(table.c.id, *secret).with_for_update()).mappings().all():
                    kept = {column.name: row[column.name] for column in secret}
                    connection.execute(update(table).where(table.c.id == row["id"]).values(**kept))
                    number += 1
        return number


class States(SQLAlchemyOAuthStateStore):
    """Installations under way; those never finished are swept when the next begins."""

    def issue(self, *args: Any, **kwargs: Any) -> str:
        with self.engine.begin() as connection:
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(delete(self.oauth_states).where(self.oauth_states.c.expire_at < now))
        return super().issue(*args, **kwargs)


def flow(settings: Settings, installs: Installs, client: WebClient) -> OAuthFlow:
    """Slack's own steps of an installation: to Slack's page and back, with a state that is good once."""
    minutes = MINUTES_TO_INSTALL * 60
    return OAuthFlow(
        client=client,
        logger=logging.getLogger("slack_bolt"),
        settings=OAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret.get_secret_value(),
            scopes=scopes.BOT,
            user_scopes=[],
            install_page_rendering_enabled=False,
            authorization_url=settings.slack_api_url.removesuffix("api/") + "oauth/v2/authorize",
            installation_store=installs,
            state_store=States(minutes, installs.engine),
            state_expiration_seconds=minutes,
        ),
    )
