"""From Slack through Argilla's own page to a promoted adapter: one turn of the wheel in which a reviewer sits at a browser."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bot import demo
from bot.demo.office import Office
from bot.demo.story import Edit, read_story
from bot.demo.team import mark
from curation.argilla_dataset import find, queue
from tests.argilla_hands import log_in

pytest_plugins = ["tests.playground_browser"]

PATIENCE = 240


class AtThePage(Office):
    """The demo's reviewers, who use nothing but Argilla's page: mouse, keyboard and what it shows."""

    page: Any  # of a browser
    pictures: Path

    def review(self, edits: list[Edit], decided: Callable[[], bool], told: Callable[[str], None]) -> None:
        self._open()
        waiting, end = list(edits), time.monotonic() + PATIENCE
        while waiting:
            assert time.monotonic() < end, f"{len(waiting)} edits were never shown"
            edit = self._shown(waiting)
            if edit is None:
                time.sleep(1)
                self.page.reload()
                continue
            self.page.screenshot(path=self.pictures / f"{len(waiting)}.png")
            self._say(edit)
            waiting.remove(edit)
        while not decided():
            assert time.monotonic() < end, "what was decided never arrived"
            time.sleep(0.3)

    def _open(self) -> None:
        end = time.monotonic() + PATIENCE
        while (there := find(self.owner)) is None:  # the first edit makes it
            assert time.monotonic() < end
            time.sleep(0.5)
        log_in(self.page, self.local.url, "eun", self.local.login.password)
        self.page.goto(queue(there))

    def _shown(self, waiting: list[Edit]) -> Edit | None:
        """The edit whose record stands on the page; None if the queue is empty."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            words = " ".join(self.page.locator("body").inner_text().split())
            if found := [edit for edit in waiting if " ".join(mark(edit).split()) in words]:
                return found[0]
            time.sleep(0.2)
        return None

    def _say(self, edit: Edit) -> None:
        if edit.approve:
            self.page.keyboard.press("1")
        else:
            self.page.get_by_text("빼기 · Leave out").click()
            self.page.get_by_text("말투가 안 맞음").click()
        self.page.get_by_role("button", name="Submit").click()


@pytest.fixture
def fresh_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with mock.patch.dict(os.environ):
        yield


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("fresh_settings")
def test_given_drafts_edited_in_slack_when_decided_at_argilla_s_page_then_the_adapter_they_teach_is_promoted_and_serves(
    tmp_path: Path,
    window: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    AtThePage.page, AtThePage.pictures = window(), tmp_path
    monkeypatch.setattr(demo, "Office", AtThePage)
    demo.run(once=True, port=0, garbage=False, in_argilla=True, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"]["promote"] is True
    assert "온빛기획은 모든 결과를 숫자로 보고합니다." in told["after"]  # only the team's texts teach this sentence
    assert "온빛기획은 모든 결과를 숫자로 보고합니다." not in told["before"]
    assert len(list(tmp_path.glob("*.png"))) == len(read_story().edits)
