"""In: the page in a real browser, worked by keyboard, with files and forms. Out: proof that nothing typed is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.server import Playground
from tests.playground_desk import OPTION, Desk, Json

api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")
pytest_plugins = ["tests.playground_browser"]
PLAIN: Json = {"type": "plain_text", "text": "x"}
OTHER: Json = {"text": {"type": "plain_text", "text": "B"}, "value": "b"}
SELECT: Json = {"type": "static_select", "action_id": "task", "options": [OPTION, OTHER], "initial_option": OPTION}
ASK: Json = {"type": "button", "action_id": "ask", "text": {"type": "plain_text", "text": "Ask"}}
SURE: Json = {"title": PLAIN, "text": PLAIN, "confirm": {**PLAIN, "text": "Yes"}, "deny": {**PLAIN, "text": "No"}}
TEXT = {"type": "plain_text_input", "action_id": "t"}
FIELDS: list[Json] = [
    {"type": "input", "block_id": "task", "dispatch_action": True, "label": PLAIN, "element": SELECT},
    {"type": "input", "block_id": "topic", "label": PLAIN, "element": TEXT},
]
FORM: Json = {"type": "modal", "callback_id": "form", "title": PLAIN, "submit": PLAIN, "blocks": FIELDS}


class Clerk(Desk):
    """Publishes a home tab whose button opens a form; the form grows by a field when a task is chosen."""

    def __init__(self, slack: Playground) -> None:
        super().__init__(slack)
        self.app.event("app_home_opened")(self.home)
        self.app.action("ask")(self.ask)
        self.app.action("task")(self.chosen)
        self.app.view("form")(self.keep("form"))

    def home(self, event: Json, client: WebClient) -> None:
        blocks = [{"type": "actions", "elements": [{**ASK, "confirm": SURE}]}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    def ask(self, ack: Any, body: Json, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=FORM)
        ack()

    def chosen(self, ack: Any, body: Json, client: WebClient) -> None:
        ack()
        more = {"type": "input", "block_id": "more", "optional": True, "label": PLAIN, "element": TEXT}
        client.views_update(view_id=body["view"]["id"], view={**FORM, "blocks": [*FIELDS, more]})


@pytest.fixture
def clerk(slack: Playground) -> Iterator[Clerk]:
    app = Clerk(slack)
    app.handler.connect()
    slack.wait_connected()
    yield app
    app.stop()


def said(slack: Playground) -> list[str]:
    return [message["text"] for message in slack.as_member("mina").history("초안")]


def test_given_korean_keyboard_when_syllables_are_put_together_then_sent_once_and_whole(
    slack: Playground, window: Any
) -> None:
    page = window()
    page.goto(f"{slack.url}?as=mina&channel=C0CHOAN")
    composer = page.locator("#main .composer textarea")
    composer.focus()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "안녀", "selectionStart": 2, "selectionEnd": 2})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "type": "rawKeyDown"}
    keyboard.send("Input.dispatchKeyEvent", key)  # the Enter that ends the syllable
    assert said(slack) == []
    keyboard.send("Input.insertText", {"text": "안녕"})
    composer.press("Shift+Enter")
    page.keyboard.type("둘째 줄")
    composer.press("Enter")
    composer.press("Enter")
    slack.wait_for(lambda: said(slack))
    assert said(slack) == ["안녕\n둘째 줄"]
    api.expect(composer).to_have_value("")


def test_given_files_when_attached_in_a_thread_then_shared_with_the_words_and_can_be_fetched(
    slack: Playground, window: Any
) -> None:
    mina = slack.as_member("mina")
    root = mina.say("초안", "a root")
    page = window()
    page.goto(f"{slack.url}?as=mina&channel=C0CHOAN&thread={root}")
    side = page.locator("#thread")
    files = [
        {"name": f"{name}.md", "mimeType": "text/markdown", "buffer": name.encode()} for name in ("고친 글", "b", "c")
    ]
    side.locator("input[type=file]").set_input_files(files)
    side.get_by_role("button", name="b.md").click()  # takes it out again
    side.locator(".composer textarea").fill("여기 있어요")
    side.locator(".composer textarea").press("Enter")
    api.expect(side.locator(".file")).to_have_count(2)
    with page.expect_download() as fetched:
        side.locator(".file").first.click()
    assert fetched.value.path().read_bytes() == "고친 글".encode()
    shared = mina.thread("초안", root)[1:]
    assert [(m["text"], m["files"][0]["name"]) for m in shared] == [("여기 있어요", "고친 글.md"), ("", "c.md")]
    api.expect(side.locator(".chosen-file")).to_have_count(0)


def test_given_home_when_a_form_is_filled_by_keyboard_then_a_redraw_keeps_words_and_focus(
    slack: Playground, clerk: Clerk, window: Any
) -> None:
    expect = api.expect
    page = window()
    page.goto(f"{slack.url}?as=mina&channel=D0MINA")
    page.get_by_role("tab", name="홈").click()
    ask = page.get_by_role("button", name="Ask")
    page.wait_for_timeout(500)  # opening the tab publishes it anew
    ask.focus()
    expect(ask).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes")).to_be_focused()
    page.keyboard.press("Escape")
    expect(ask).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Yes").click()
    topic = page.locator(".modal input").first
    topic.fill("가을 축제")
    page.locator(".modal select").select_option("b")
    expect(page.locator(".modal input")).to_have_count(2)
    topic.press("End")
    page.keyboard.type(" 안내")
    expect(topic).to_have_value("가을 축제 안내")
    page.keyboard.press("Enter")
    expect(page.locator(".modal")).to_have_count(0)
    values = clerk.got("form")[0]["view"]["state"]["values"]
    assert (values["topic"]["t"]["value"], values["task"]["task"]["selected_option"]["value"]) == (
        "가을 축제 안내",
        "b",
    )
    expect(ask).to_be_focused()


def test_given_canvas_when_opened_from_its_link_then_edited_in_place(slack: Playground, window: Any) -> None:
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    canvas = client.canvases_create(title="x", document_content={"type": "markdown", "markdown": "처음"})["canvas_id"]
    client.canvases_access_set(canvas_id=canvas, access_level="write", user_ids=["U0MINA"])
    client.chat_postMessage(channel="C0CHOAN", text=f"<{slack.url}docs/T0ONBIT/{canvas}|the canvas>")
    page = window()
    page.goto(f"{slack.url}?as=mina&channel=C0CHOAN")
    page.get_by_role("link", name="the canvas").click()
    field = page.locator("dialog textarea")
    api.expect(field).to_have_value("처음")
    field.fill("고친 글")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="계속 쓰기").click()
    page.get_by_role("button", name="저장").click()
    api.expect(page.locator("dialog")).to_have_count(0)
    assert slack.as_member("mina").canvas(canvas) == "고친 글"
    page.goto(f"{slack.url}docs/T0ONBIT/{canvas}")
    api.expect(field).to_have_value("고친 글")


def test_given_phone_when_used_then_rail_is_a_drawer_and_a_thread_fills_the_screen(
    slack: Playground, window: Any
) -> None:
    expect = api.expect
    root = slack.as_member("mina").say("초안", "a root")
    slack.as_member("junho").say("초안", "a reply", root)
    page = window()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{slack.url}?as=mina&channel=C0DRAFTS")
    item = page.locator("#rail .item", has_text="초안").first
    expect(item).to_be_hidden()
    page.get_by_role("button", name="채널").click()
    item.click()
    expect(item).to_be_hidden()
    page.locator("#main .threadline").click()
    box = page.locator("#thread").bounding_box()
    assert (box["x"], box["width"], box["height"]) == (0, 390, 844)
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()
    expect(page.locator("#main .threadline")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
