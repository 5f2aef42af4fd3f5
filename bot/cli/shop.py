"""Settings in, connected parts out: what every verb of the terminal works with."""

import os
import socket
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from curation.argilla_desk import ArgillaDesk, argilla_desk
from curation.desk import ReviewDesk
from curation.house import House, load_house
from db import schema
from db.artifacts import Artifacts
from db.errors import SettingsError
from db.session import connect
from db.settings import Settings, load
from trainer.flywheel import Shop
from trainer.runtime import Runtime
from trainer.settings import TrainSettings


class Parts:
    """Everything is opened when first used, and once."""

    @cached_property
    def settings(self) -> Settings:
        return load(Settings)

    @cached_property
    def training(self) -> TrainSettings:
        return load(TrainSettings)

    @cached_property
    def engine(self) -> Engine:
        engine = connect(self.settings.url)
        schema.upgrade(engine)
        return engine

    @cached_property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.settings.home)

    @cached_property
    def house(self) -> House:
        return load_house(self.settings.house)

    @cached_property
    def runtime(self) -> Runtime:
        from trainer.runtime.choice import open_runtime  # torch takes seconds to load

        return open_runtime(self.settings)

    @cached_property
    def desk(self) -> ReviewDesk | None:
        """Argilla or the review channel, as the settings say, if it is configured."""
        return self.argilla if self.settings.review == "argilla" else self.review_channel

    @cached_property
    def argilla(self) -> ArgillaDesk | None:
        return argilla_desk(self.settings, self.house, self.engine)

    @cached_property
    def review_channel(self) -> ReviewDesk | None:
        token = self.settings.slack_bot_token.get_secret_value() or self.settings.many_workspaces
        if not (token and self.settings.review_channel):
            return None
        from bot.clients import clients_of
        from curation.slack_desk import SlackDesk

        client = clients_of(self.settings, self.engine).of("")
        return SlackDesk(client, self.settings.review_channel, self.house)

    @property
    def desks(self) -> list[ReviewDesk]:
        """All that can be reached from here: texts taken back go from each."""
        return [desk for desk in (self.argilla, self.review_channel) if desk]

    def shop(self, **watchers: Any) -> Shop:
        """What a turn of the wheel works with; `watchers` are Shop's on_stage, on_step, on_item."""
        return Shop(
            self.engine,
            self.artifacts,
            self.house,
            self.settings,
            self.training,
            self.desk,
            runtime=lambda: self.runtime,
            worker=worker_name(),
            former=[desk for desk in self.desks if desk is not self.desk],
            **watchers,
        )


@lru_cache(maxsize=1)
def parts() -> Parts:
    """The parts of this process."""
    return Parts()


def worker_name() -> str:
    """Who holds a lease: host and process, so that logs tell processes apart."""
    return f"{socket.gethostname()}:{os.getpid()}"


def existing(path: Path) -> Path:
    """`path` if it is a file. Errors: SettingsError."""
    if not path.is_file():
        raise SettingsError(f"{path} is not a file. Check the name, or the folder you are in.")
    return path
