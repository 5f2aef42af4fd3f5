"""In: the drawer of switches on the page. Out: proof that it breaks and mends the local Slack, and has words for all of it."""

import re
from dataclasses import fields
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.faults import KINDS
from bot.playground.server import STATIC, Playground
from bot.playground.switches import Switches

api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")
pytest_plugins = ["tests.playground_browser"]


def test_given_panel_when_opened_by_key_then_it_breaks_and_mends_the_local_slack(
    slack: Playground, window: Any
) -> None:
    expect = api.expect
    page = window()
    page.goto(f"{slack.url}?as=sara&channel=C0DRAFTS")
    gear = page.locator("#rail .gear")
    gear.focus()
    page.keyboard.press("?")
    panel = page.locator("#panel")
    panel.get_by_label("Limit the rate of calls").check()
    panel.get_by_label("Events late, seconds").fill("0.5")
    panel.get_by_label("What").select_option("chat.postMessage")
    panel.get_by_label("How").select_option("internal_error")
    panel.get_by_role("button", name="Put in").click()
    expect(panel.locator(".ordered li")).to_have_text("chat.postMessage · internal error (500) × 1")
    slack.wait_for(lambda: slack.switch()["delivery_delay"] == 0.5)
    assert slack.switch()["rate_limits"] is True
    WebClient(token=slack.bot_token, base_url=slack.api_url).auth_test()
    expect(panel.locator(".calls li").first).to_contain_text("auth.test")
    panel.get_by_role("button", name="Everything as usual").click()
    expect(panel.locator(".ordered li")).to_have_count(0)
    expect(panel.get_by_label("Limit the rate of calls")).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(gear).to_be_focused()
    page.locator("#rail .theme").click()
    page.reload()
    expect(page.locator("html")).to_have_css("color-scheme", "dark")  # remembered


def test_given_every_switch_and_fault_when_shown_then_in_words_of_both_languages() -> None:
    words = dict(
        re.findall(r'^  (\w+): \["(.+)", ".+"\],$', (STATIC / "panel_words.js").read_text("utf-8"), re.MULTILINE)
    )
    shown = [words[name] for name in (*(field.name for field in fields(Switches)), *KINDS)]
    assert all(re.search("[가-힣]", text) for text in shown)
