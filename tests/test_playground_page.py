"""In: the page in a real browser, a small Bolt app behind it. Out: proof that a person can do there what one does in Slack."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.server import Playground
from tests.playground_desk import BLOCKS, Desk, Json

api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")
pytest_plugins = ["tests.playground_browser"]
TYPED = '  첫 줄 <b>&amp;</b> & "따옴표" *별*\n\n\t둘째 줄 🎉 @초안봇 \\n 끝  '
EDIT: Json = {"type": "button", "action_id": "draft_edit", "text": {"type": "plain_text", "text": "Edit"}, "value": "7"}


class Writer(Desk):
    """Writes word by word, a word for each `steps.release()`; takes an edit in a form and shows it."""

    def __init__(self, slack: Playground) -> None:
        super().__init__(slack)
        self.steps = threading.Semaphore(0)
        self.app.action("draft_edit")(self.edit)
        self.app.view("draft_edit")(self.edited)

    def mentioned(self, body: Json, client: WebClient) -> None:
        self.bodies.append(("app_mention", body))
        threading.Thread(target=self.write, args=(body["event"], client), daemon=True).start()

    def write(self, event: Json, client: WebClient) -> None:
        where = {"channel": event["channel"]}
        where["ts"] = client.chat_postMessage(**where, thread_ts=event["ts"], text="writing")["ts"]
        for text in ("하나", "하나 둘", "하나 둘 셋"):
            self.steps.acquire(timeout=20)
            done = [*BLOCKS[1:2], {"type": "actions", "elements": [*BLOCKS[2]["elements"], EDIT]}]
            blocks = [{"type": "markdown", "text": text}, *(done if text.endswith("셋") else [])]
            client.chat_update(**where, text=text, blocks=blocks)

    def edit(self, ack: Any, body: Json, client: WebClient) -> None:
        plain = {"type": "plain_text", "text": "Text"}
        field = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": "하나 둘 셋"}
        block = {"type": "input", "block_id": "part", "label": plain, "element": field}
        where = f"{body['channel']['id']} {body['message']['ts']}"
        form = {
            "type": "modal",
            "callback_id": "draft_edit",
            "private_metadata": where,
            "title": plain,
            "submit": plain,
        }
        client.views_open(trigger_id=body["trigger_id"], view={**form, "blocks": [block]})
        ack()

    def edited(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        self.bodies.append(("edited", body))
        channel, ts = body["view"]["private_metadata"].split()
        client.chat_update(channel=channel, ts=ts, text="edited", blocks=[{"type": "markdown", "text": "**고친 글**"}])


@pytest.fixture
def writer(slack: Playground) -> Iterator[Writer]:
    app = Writer(slack)
    app.handler.connect()
    slack.wait_connected()
    yield app
    app.stop()


def test_given_page_when_a_member_asks_votes_edits_and_reacts_then_all_of_it_works_and_the_others_see_it(
    slack: Playground, writer: Writer, window: Any
) -> None:
    expect = api.expect
    mina, sara = window(), window()
    mina.goto(f"{slack.url}?as=mina&channel=C0CHOAN")
    sara.goto(f"{slack.url}?as=sara&channel=C0REVIEW")

    composer = mina.locator("#main .composer textarea")
    composer.press_sequentially("@초안")
    composer.press("Enter")  # takes the name that is offered
    composer.press_sequentially("가을 <할인> & 행사")
    composer.press("Enter")
    answer = mina.locator("#thread .message").nth(1)
    for text in ("writing", "하나", "하나 둘", "하나 둘 셋"):  # the thread opens by itself and the answer grows in it
        expect(answer.locator(".said .prose")).to_have_text(text)
        writer.steps.release()
    assert writer.got("app_mention")[0]["event"]["text"] == f"<@{slack.bot_user}> 가을 &lt;할인&gt; &amp; 행사"
    expect(sara.locator("#rail .item.unread")).to_contain_text("초안")

    answer.get_by_role("button", name="Good").click()
    expect(answer.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    assert writer.got("draft_feedback")[0]["actions"][0]["value"] == "up:7"
    answer.get_by_role("button", name="Use").click()
    expect(mina.locator("#thread .whisper")).to_contain_text("kept")

    answer.get_by_role("button", name="Edit").click()
    field = mina.locator(".modal textarea")
    expect(field).to_be_focused()
    expect(field).to_have_value("하나 둘 셋")
    field.fill(TYPED)
    field.press("Escape")  # asks before it throws away what was typed
    mina.get_by_role("button", name="계속 쓰기").click()
    field.press("Control+Enter")
    expect(mina.locator(".modal")).to_have_count(0)
    assert writer.got("edited")[0]["view"]["state"]["values"]["part"]["text"]["value"] == TYPED
    expect(answer.locator(".said strong")).to_have_text("고친 글")

    answer.hover()
    answer.get_by_role("button", name=":tada:").click()
    expect(answer.locator(".reactions .mine")).to_have_text("🎉1")
    sara.locator("#rail .item", has_text="초안").first.click()
    sara.locator("#main .threadline").click()
    seen = sara.locator("#thread .message").nth(1)
    expect(seen.locator(".said strong")).to_have_text("고친 글")
    expect(seen.locator(".reactions button:not(.mine)")).to_have_text("🎉1")
    expect(sara.locator("#thread .whisper")).to_have_count(0)  # what was said to Mina alone

    mina.locator("#rail .acting .item", has_text="Sara").click()
    expect(mina.locator("#rail .acting [aria-pressed=true]")).to_contain_text("operator")
    expect(mina.locator("#thread .head h1")).to_have_text("Thread")
    expect(mina.locator("#thread .whisper")).to_have_count(0)
