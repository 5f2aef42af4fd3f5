"""A click in Argilla reaches us at once over its real webhooks; what doctor and status tell of Argilla in each trouble."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from bot.cli import main, shop
from bot.web import argilla
from bot.web.argilla import Puller
from bot.web.server import Server
from curation.mask import mask
from db.settings import Settings
from tests.argilla_office import Office, Wheel
from tests.breaking_proxy import proxy_to

pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench"]


@pytest.fixture
def events(wheel: Wheel) -> Iterator[str]:
    """Our address, where Argilla's webhooks arrive; the trainer does not run."""
    puller, web = Puller(wheel.engine, wheel.desk), FastAPI()
    argilla.listen(web, puller)
    server = Server(web, "127.0.0.1", 0)
    puller.start()
    yield f"http://127.0.0.1:{server.port}/argilla/events"
    puller.stop()
    server.close()


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def test_given_webhook_when_a_reviewer_answers_then_the_word_is_kept_without_a_poll(
    wheel: Wheel, office: Office, events: str
) -> None:
    mask("준비")
    first, second = wheel.add("하나"), wheel.add("둘")
    wheel.turn()
    told = {
        "url": events,
        "events": ["response.created", "response.updated", "response.deleted"],
        "description": "flywheel",
    }
    webhook = office.owner.who.ask("POST", "/webhooks", json=told)
    try:
        assert office.owner.who.ask("POST", f"/webhooks/{webhook['id']}/ping") is None
        office.eun.says(first, "approve")
        assert until(lambda: wheel.state(first) == "approved")
        office.eun.says(second, "reject")
        assert until(lambda: wheel.state(second) == "rejected")
    finally:
        office.owner.who.ask("DELETE", f"/webhooks/{webhook['id']}")


Line = dict[str, Any]


@pytest.fixture
def told(
    office: Office, wheel: Wheel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., dict[str, Line]]]:
    """`told(NAME=value)`: the doctor's lines by name, and status's word on the desk as "status"."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    usual = {
        "FLYWHEEL_HOME": str(tmp_path / "home"),
        "FLYWHEEL_DATABASE_URL": str(wheel.engine.url),
        "ARGILLA_API_URL": office.url,
        "ARGILLA_API_KEY": office.staff.key,
        "ARGILLA_WORKSPACE": office.workspace,
    }

    def call(**changed: str) -> dict[str, Line]:
        for name, value in {**usual, **changed}.items():
            monkeypatch.setenv(name, value)
        found: dict[str, Line] = {}
        for verb in ("doctor", "status"):
            shop.parts.cache_clear()
            monkeypatch.setattr(sys, "argv", ["flywheel", verb, "--json"])
            with pytest.raises(SystemExit):
                main()
            said = json.loads(capsys.readouterr().out)
            found |= {"status": said["desk"]} if verb == "status" else {line["name"]: line for line in said}
        return found

    yield call
    shop.parts.cache_clear()


def test_given_reviews_at_argilla_when_looked_at_then_who_reviews_and_what_waits_is_told(
    told: Callable[..., dict[str, Line]], wheel: Wheel, office: Office
) -> None:
    office.empty()
    assert "no record yet; 0 reviews go out" in told()["Argilla records"]["detail"]
    wheel.add("하나")
    wheel.add("둘")
    wheel.turn()
    wheel.add("셋")
    lines = told()
    assert all(lines[name]["ok"] for name in ("Argilla", "Argilla reviewers", "Argilla records", "review channel"))
    assert "version 2.8.0" in lines["Argilla"]["detail"] and office.eun.name in lines["Argilla reviewers"]["detail"]
    state = lines["status"]["state"]
    assert (
        state.startswith("2 wait for a reviewer, 1 go out next; reviewers begin at http") and "sort=metadata" in state
    )
    office.empty()
    assert "the dataset is gone: 2 reviews that wait go out again" in told()["status"]["state"]


def test_given_trouble_when_looked_at_then_both_say_it_plainly_with_the_cure(
    told: Callable[..., dict[str, Line]], office: Office
) -> None:
    for changed, cure in (
        ({"ARGILLA_API_KEY": "revoked"}, "copy an owner's key"),
        ({"ARGILLA_API_URL": "http://127.0.0.1:9"}, "can't be reached at http://127.0.0.1:9"),
    ):
        lines = told(**changed)
        assert not lines["Argilla"]["ok"] and cure in lines["Argilla"]["detail"]
        assert not lines["status"]["reachable"] and cure in lines["status"]["state"]
    annotator = office.eun.who.http.headers["X-Argilla-Api-Key"]
    told_line = told(ARGILLA_API_KEY=annotator)["Argilla"]
    assert not told_line["ok"] and "who is no owner" in told_line["detail"]
    with proxy_to(office.url) as proxy:
        proxy.fate = lambda call: "html"
        assert "is not Argilla" in told(ARGILLA_API_URL=proxy.url)["status"]["state"]
