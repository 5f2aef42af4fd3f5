"""A Chromium for tests of the page; a test module asks for it with `pytest_plugins = ["tests.playground_browser"]`."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.playground.server import Playground

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, or a skipped test where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no chromium found")
    with api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=QUIET)
        api.expect.set_options(timeout=15_000)
        yield running
        running.close()


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[[], Any]]:
    """Opens an empty page in a window of its own (one in the background draws slowly); an error on a page fails the test."""
    broken: list[Any] = []
    opened: list[Any] = []

    def new() -> Any:
        opened.append(chromium.new_context(locale="ko-KR", viewport={"width": 1280, "height": 800}))
        opened[-1].on("weberror", lambda error: broken.append(error.error))
        return opened[-1].new_page()

    yield new
    for profile in opened:
        profile.close()
    assert not broken
