"""In: an unmodified Bolt app. Out: proof that the local Slack delivers, retries and answers as Slack does."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from slack_sdk import WebClient

from bot.playground.member import FormError, NoAnswerError
from bot.playground.server import STATIC, Playground
from tests.playground_desk import BLOCKS, FORM, Desk, change, refused


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5)


@pytest.fixture
def desk(slack: Playground) -> Iterator[Desk]:
    app = Desk(slack)
    app.handler.connect()
    slack.wait_connected()
    yield app
    app.stop()


def test_given_bolt_app_when_mentioned_then_draft_button_vote_and_metadata_round_trip(
    slack: Playground, desk: Desk
) -> None:
    mina = slack.as_member("mina")
    ts = mina.mention("초안", "가을 <할인> & 행사")
    answer = slack.wait_for(lambda: mina.thread("초안", ts)[1:])[0]
    event = desk.got("app_mention")[0]["event"]
    assert event["text"].endswith("가을 &lt;할인&gt; &amp; 행사") and event["text"].startswith(f"<@{slack.bot_user}>")
    assert answer["metadata"]["event_payload"] == {"draft_id": 7}

    mina.click(answer["ts"], "draft_feedback", "down:7")
    mina.click(answer["ts"], "draft_accept")
    vote, press = desk.got("draft_feedback")[0], desk.got("draft_accept")[0]
    assert (vote["actions"][0]["type"], vote["actions"][0]["value"]) == ("feedback_buttons", "down:7")
    assert (press["actions"][0]["value"], press["message"]["ts"]) == ("7", answer["ts"])
    assert press["container"]["thread_ts"] == ts and press["user"]["id"] == mina.id
    whisper = slack.wait_for(lambda: [m for m in mina.thread("초안", ts) if m["viewer"]])[0]
    assert whisper["text"] == "kept"
    assert not [m for m in slack.as_member("sara").thread("초안", ts) if m["viewer"]]


def test_given_command_when_opened_then_form_is_checked_by_slack_and_by_the_app(slack: Playground, desk: Desk) -> None:
    sara = slack.as_member("sara")
    sara.command("/draft", "", "drafts")
    view = sara.open_view()
    with pytest.raises(FormError, match="20 characters"):
        sara.submit(view["id"], {"topic": "x" * 21})
    with pytest.raises(FormError, match="complete"):
        sara.submit(view["id"], {})
    with pytest.raises(FormError, match="another one"):
        sara.submit(view["id"], {"topic": "forbidden"})
    sara.submit(view["id"], {"topic": "Tea & cake <3"})
    assert sara.views() == []
    body = desk.got("draft_form")[0]
    assert body["view"]["state"]["values"]["topic"]["topic_text"]["value"] == "Tea & cake <3"
    assert body["view"]["callback_id"] == "draft_form"


def test_given_unacked_command_or_press_when_time_is_up_then_the_person_is_told(slack: Playground, desk: Desk) -> None:
    slack.switch(ack_seconds=0.3)
    sara = slack.as_member("sara")
    with pytest.raises(NoAnswerError):
        sara.command("/draft", "slow", "drafts")
    assert "operation_timeout" in sara.history("drafts")[-1]["text"]
    envelopes = [e for e in slack.log()["envelopes"] if e["type"] == "slash_commands"]
    time.sleep(0.5)
    assert len(envelopes) == len([e for e in slack.log()["envelopes"] if e["type"] == "slash_commands"]) == 1


def test_given_ephemeral_answer_when_changed_then_only_by_its_response_url_and_five_times(
    slack: Playground, desk: Desk, client: WebClient
) -> None:
    sara = slack.as_member("sara")
    ts = client.chat_postEphemeral(channel="C0DRAFTS", user=sara.id, text="sure?", blocks=BLOCKS[2:])["message_ts"]
    assert refused(client.chat_update, channel="C0DRAFTS", ts=ts, text="x") == "message_not_found"
    sara.click(ts, "draft_accept")  # the app answers once by the same address
    press = slack.wait_for(lambda: desk.got("draft_accept"))[0]
    assert "message" not in press and press["container"]["is_ephemeral"]
    slack.wait_for(lambda: len(sara.history("drafts")) == 2)
    for n in range(4):
        assert httpx.post(press["response_url"], json={"replace_original": True, "text": f"{n}"}).status_code == 200
    assert next((m["ts"], m["text"]) for m in sara.history("drafts")) == (ts, "3")
    late = httpx.post(press["response_url"], json={"delete_original": True})
    assert (late.status_code, late.text) == (404, "used_url")


def test_given_typed_names_and_addresses_when_said_then_the_app_gets_slacks_codes_for_them(
    slack: Playground, desk: Desk
) -> None:
    slack.as_member("mina").dm("@Sara Lindqvist, #초안 #none a.b@c.co.kr https://d.kr/?e=1&f <g> 9:30:10")
    event = slack.wait_for(lambda: desk.got("message"))[0]["event"]
    wanted = (
        "<@U0SARA>, <#C0CHOAN|초안> #none <mailto:a.b@c.co.kr|a.b@c.co.kr> <https://d.kr/?e=1&amp;f> &lt;g&gt; 9:30:10"
    )
    assert event["text"] == wanted


def test_given_trigger_when_late_or_used_twice_then_refused(slack: Playground, desk: Desk, client: WebClient) -> None:
    sara = slack.as_member("sara")
    sara.command("/draft", "x", "drafts")
    sara.open_view()
    trigger = desk.got("/draft")[0]["trigger_id"]
    assert refused(client.views_open, trigger_id=trigger, view=FORM) == "exchanged_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.3", view=FORM) == "invalid_trigger_id"
    slack.switch(trigger_seconds=0.0)
    ts = sara.mention("drafts", "hi")
    answer = slack.wait_for(lambda: sara.thread("drafts", ts)[1:])[0]
    sara.click(answer["ts"], "draft_accept")
    assert (
        refused(client.views_open, trigger_id=desk.got("draft_accept")[0]["trigger_id"], view=FORM)
        == "expired_trigger_id"
    )


def test_given_stream_when_appended_then_text_grows_and_limits_hold(slack: Playground, client: WebClient) -> None:
    sara = slack.as_member("sara")
    root = sara.say("drafts", "root")
    whom = {"recipient_user_id": sara.id, "recipient_team_id": client.auth_test()["team_id"]}
    assert refused(client.chat_startStream, channel="C0DRAFTS", thread_ts=root) == "missing_recipient_user_id"
    stream = client.chat_stream(channel="C0DRAFTS", thread_ts=root, buffer_size=1, **whom)
    stream.append(markdown_text="Hello ")
    stream.append(markdown_text="world")
    growing = sara.thread("drafts", root)[-1]
    assert (growing["text"], growing["streaming"]) == ("Hello world", True)
    assert refused(client.chat_update, channel="C0DRAFTS", ts=stream.ts, text="no") == "streaming_state_conflict"
    assert (
        refused(client.chat_appendStream, channel="C0DRAFTS", ts=stream.ts, markdown_text="가" * 3600) == "msg_too_long"
    )
    stream.stop(blocks=BLOCKS[1:])
    done = sara.thread("drafts", root)[-1]
    assert [b["type"] for b in done["blocks"]] == ["markdown", "context_actions", "actions"] and not done["streaming"]
    again = {"channel": "C0DRAFTS", "ts": stream.ts, "markdown_text": "more"}
    assert refused(client.chat_appendStream, **again) == "message_not_in_streaming_state"
    slack.switch(streaming=False)
    assert refused(client.chat_startStream, channel="C0DRAFTS", thread_ts=root, **whom) == "unknown_method"


def test_given_view_when_updated_with_old_hash_then_conflict(slack: Playground, desk: Desk, client: WebClient) -> None:
    sara = slack.as_member("sara")
    sara.command("/draft", "x", "drafts")
    view = sara.open_view()
    client.views_update(view_id=view["id"], hash=view["hash"], view=change(callback_id="second"))
    assert sara.open_view(callback_id="second")["id"] == view["id"]
    assert refused(client.views_update, view_id=view["id"], hash=view["hash"], view=FORM) == "hash_conflict"


def test_given_history_when_read_then_metadata_only_on_request_and_pages_join(client: WebClient) -> None:
    for n in range(5):
        client.chat_postMessage(
            channel="C0DRAFTS", text=f"m{n}", metadata={"event_type": "draft", "event_payload": {"draft_id": n}}
        )
    plain = client.conversations_history(channel="C0DRAFTS")["messages"]
    assert [m["text"] for m in plain] == ["m4", "m3", "m2", "m1", "m0"] and "metadata" not in plain[0]
    pages = client.conversations_history(channel="C0DRAFTS", limit=2, include_all_metadata=True)
    assert [m["metadata"]["event_payload"]["draft_id"] for p in pages for m in p["messages"]] == [4, 3, 2, 1, 0]


def test_given_file_when_uploaded_then_it_stands_in_the_thread(slack: Playground, client: WebClient) -> None:
    sara = slack.as_member("sara")
    root = sara.say("drafts", "as a file, please")
    client.files_upload_v2(channel="C0DRAFTS", thread_ts=root, filename="draft.md", content="# 초안", title="Draft")
    posted = sara.thread("drafts", root)[-1]
    assert (posted["subtype"], posted["files"][0]["name"]) == ("file_share", "draft.md")


def test_given_page_when_opened_then_every_part_is_served_and_other_sites_are_turned_away(slack: Playground) -> None:
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = httpx.get(urljoin(slack.url, path))
        assert answer.status_code == 200, path
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"|from "\./([^"]+)"', answer.text)
        waiting += {a or f"/static/{b}" for a, b in named} - seen
    assert {Path(p).name for p in seen if p != "/"} == {p.name for p in STATIC.iterdir()} - {"index.html"}
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert httpx.get(slack.url, headers=headers).status_code == 403


def test_given_member_thread_when_two_write_at_once_then_every_ts_is_its_own(slack: Playground) -> None:
    stamps: list[str] = []
    people = [slack.as_member(n) for n in ("mina", "junho", "eun")]
    threads = [
        threading.Thread(target=lambda p=p: stamps.extend(p.say("review", "x") for _ in range(10))) for p in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(stamps)) == 30 == len(people[0].history("review"))
