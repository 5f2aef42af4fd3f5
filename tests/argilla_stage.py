"""A real Argilla for tests (`pytest_plugins = ["tests.argilla_stage"]`): API, pages and worker, on SQLite.

One server for each process that tests; whoever needs an empty one works in a workspace of their own (tests/argilla_office.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.cli.argilla import start
from bot.cli.children import Children
from curation.argilla_local import venv
from curation.argilla_local.server import LocalArgilla, opened

VENV = venv.place()


@dataclass(frozen=True)
class Stage:
    """The running server. `url` has no slash at its end; the key is the owner's."""

    local: LocalArgilla
    children: Children

    @property
    def url(self) -> str:
        return self.local.url

    @property
    def api_key(self) -> str:
        return self.local.login.api_key


@pytest.fixture(scope="session")
def argilla_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Started once in this process, in about five seconds."""
    with opened(tmp_path_factory.mktemp("argilla"), VENV, 0, print) as local, Children() as children:
        start(children, local)
        yield Stage(local, children)
