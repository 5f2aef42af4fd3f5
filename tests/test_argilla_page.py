"""A reviewer at Argilla's own web page, by mouse and keyboard in a real browser: what is decided there becomes examples."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from curation.argilla_dataset import queue
from curation.examples import collect
from db.session import transaction
from tests.argilla_hands import log_in
from tests.argilla_office import Office, Wheel

pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench", "tests.playground_browser"]

DRAFT = "여름 음료를 최고로 소개합니다.\n\n감사합니다."
EDITED = "여름 음료를 편하게 소개합니다.\n\n감사합니다."


def waited_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "the answer never arrived"
        time.sleep(0.2)


@pytest.mark.timeout(300)
def test_given_texts_when_decided_with_keys_in_the_page_then_approved_ones_are_examples_and_left_out_ones_say_why(
    wheel: Wheel, office: Office, window: Callable[[], Any]
) -> None:
    good = wheel.add(EDITED, draft=DRAFT, priority=0.9)
    poor = wheel.add("겨울 음료를 소개합니다.", priority=0.1)
    wheel.turn()
    place = wheel.desk.found()
    assert place
    page = window()
    log_in(page, office.url, office.eun.name, "12345678")
    page.goto(queue(place))
    page.get_by_text("편하게").first.wait_for()  # what teaches most stands first
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_text("겨울 음료를 소개합니다.").first.wait_for()
    page.get_by_text("빼기 · Leave out").click()
    page.get_by_text("말투가 안 맞음").click()
    page.get_by_role("button", name="Submit").click()
    waited_for(lambda: office.eun.queued() == [])
    wheel.turn()
    approved, left_out = wheel.review(good), wheel.review(poor)
    assert (approved.state, approved.text, approved.decided_by) == ("approved", EDITED, office.eun.name)
    assert left_out.state == "rejected"
    with transaction(wheel.engine) as session:
        assert [example.completion for example in collect(session)] == [EDITED]
