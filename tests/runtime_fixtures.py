"""Fixtures of the Runtime's contract: adapters that differ, a runtime for one test, a runtime for a whole file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.adapters import draw_adapter
from tests.runtimes import OPENERS
from trainer.runtime import Runtime
from trainer.tiny import BASE


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three adapters that write three different texts."""
    home = tmp_path_factory.mktemp("adapters")
    return {name: draw_adapter(BASE, home / name, seed + 10, spread=0.3) for seed, name in enumerate(("a", "b", "c"))}


@pytest.fixture(params=list(OPENERS))
def fresh(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    opened = OPENERS[request.param]()
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=list(OPENERS))
def runtime(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Iterator[Runtime]:
    """One for all tests that leave it as it was; a, b and c are loaded."""
    opened = OPENERS[request.param]()
    for name, folder in folders.items():
        opened.load(name, folder)
    yield opened
    opened.close()
