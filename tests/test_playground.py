"""In: an unmodified Bolt app and a WebClient. Out: proof that the local Slack behaves, and refuses, as Slack does."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from websockets.sync.client import connect

from bot.playground.member import FormError, NoAnswerError
from bot.playground.server import STATIC, Playground

Json = dict[str, Any]
FORM: Json = {
    "type": "modal",
    "callback_id": "draft_form",
    "title": {"type": "plain_text", "text": "Draft"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "topic",
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {"type": "plain_text_input", "action_id": "topic_text", "max_length": 20},
        }
    ],
}
BUTTON: Json = {
    "type": "button",
    "action_id": "draft_accept",
    "text": {"type": "plain_text", "text": "Use"},
    "value": "7",
}
VOTE: Json = {
    "type": "feedback_buttons",
    "action_id": "draft_feedback",
    "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up:7"},
    "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down:7"},
}
BLOCKS: list[Json] = [
    {"type": "markdown", "text": "**draft**"},
    {"type": "context_actions", "elements": [VOTE]},
    {"type": "actions", "elements": [BUTTON]},
]


class Desk:
    """A small Bolt app that keeps what it gets; `hold` makes its mention listener slow."""

    def __init__(self, slack: Playground) -> None:
        self.bodies: list[tuple[str, Json]] = []
        self.headers: list[Json] = []
        self.hold = 0.0
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.app = App(client=client, signing_secret=slack.signing_secret)
        self.slack = slack
        self.handler = SocketModeHandler(self.app, slack.app_token, ping_interval=1)
        self.app.event("app_mention")(self.mentioned)
        self.app.event("message")(self.keep("message"))
        self.app.event("reaction_added")(self.keep("reaction_added"))
        self.app.command("/draft")(self.commanded)
        self.app.action("draft_feedback")(self.keep("draft_feedback"))
        self.app.action("draft_accept")(self.pressed)
        self.app.view("draft_form")(self.submitted)
        self.app.shortcut("use_as_example")(self.keep("use_as_example"))

    def keep(self, name: str) -> Any:
        def listener(ack: Any, body: Json, request: Any) -> None:
            ack()
            self.headers.append(dict(request.headers))
            self.bodies.append((name, body))

        return listener

    def mentioned(self, body: Json, say: Any, request: Any) -> None:
        time.sleep(self.hold)
        self.headers.append(dict(request.headers))
        self.bodies.append(("app_mention", body))
        event = body["event"]
        say(
            text="draft",
            blocks=BLOCKS,
            thread_ts=event.get("thread_ts") or event["ts"],
            metadata={"event_type": "draft", "event_payload": {"draft_id": 7}},
        )

    def commanded(self, ack: Any, body: Json, client: WebClient, command: Json) -> None:
        if command["text"] == "slow":
            return
        ack()
        self.bodies.append(("/draft", body))
        client.views_open(trigger_id=body["trigger_id"], view=FORM)

    def pressed(self, ack: Any, body: Json, respond: Any) -> None:
        ack()
        self.bodies.append(("draft_accept", body))
        respond(text="kept", response_type="ephemeral", replace_original=False)

    def submitted(self, ack: Any, body: Json) -> None:
        values = body["view"]["state"]["values"]
        if values["topic"]["topic_text"]["value"] == "forbidden":
            ack(response_action="errors", errors={"topic": "another one, please"})
            return
        ack()
        self.bodies.append(("draft_form", body))

    def stop(self) -> None:
        """Closing alone waits three seconds for the socket to say something; hanging up first spares them."""
        self.handler.client.auto_reconnect_enabled = False
        self.slack.cut_sockets()
        self.handler.close()

    def got(self, name: str) -> list[Json]:
        return [body for kind, body in list(self.bodies) if kind == name]


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


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(SlackApiError) as failure:
        call(*args, **kwargs)
    return str(failure.value.response["error"])


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


def test_given_one_mention_when_switched_then_both_events_come_in_either_order(slack: Playground, desk: Desk) -> None:
    mina = slack.as_member("mina")
    for first in (False, True):
        slack.switch(message_first=first)
        ts = mina.mention("drafts", "hello")
        kinds = [
            e["payload"]["event"]["type"]
            for e in slack.log()["envelopes"]
            if e["type"] == "events_api" and e["payload"]["event"].get("ts") == ts
        ]
        assert kinds == (["message", "app_mention"] if first else ["app_mention", "message"])
    ids = {e["payload"]["event_id"] for e in slack.log()["envelopes"]}
    assert len(ids) == len(slack.log()["envelopes"])


def test_given_slow_listener_when_not_acked_then_same_event_comes_again_marked_as_retry(slack: Playground) -> None:
    slack.switch(ack_seconds=0.3, retry_delays=[0.0, 0.1, 0.1])
    desk = Desk(slack)
    slack.switch(drop_acks=1)
    mina = slack.as_member("mina")
    mina.dm("before anybody listens")
    assert slack.health()["unacked"] == 1
    desk.handler.connect()
    try:
        first, second = slack.wait_for(lambda: len(desk.bodies) == 2 and desk.got("message"))
        assert first["event_id"] == second["event_id"]
        assert [h["x-slack-retry-num"] for h in desk.headers] == [["0"], ["1"]]
        slack.wait_for(lambda: slack.health()["unacked"] == 0)
    finally:
        desk.stop()


def test_given_doubled_deliveries_when_said_then_two_envelopes_carry_one_event(slack: Playground, desk: Desk) -> None:
    slack.switch(duplicate_deliveries=True)
    slack.as_member("sara").dm("once")
    bodies = slack.wait_for(lambda: len(desk.got("message")) == 2 and desk.got("message"))
    assert bodies[0]["event_id"] == bodies[1]["event_id"]


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


def test_given_connections_cut_or_refreshed_when_said_then_bolt_reconnects_and_nothing_is_lost(
    slack: Playground, desk: Desk
) -> None:
    mina = slack.as_member("mina")
    for n, break_it in enumerate((slack.refresh_sockets, slack.cut_sockets)):
        break_it()
        mina.dm(f"number {n}")
        slack.wait_for(lambda n=n: f"number {n}" in [b["event"]["text"] for b in desk.got("message")], 20)
    assert slack.log()["lost"] == []


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


def long_section(n: int) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * n}}]


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "sparkles"}], "invalid_blocks"),
        ([{"type": "divider", "colour": "red"}], "invalid_blocks"),
        (long_section(3001), "invalid_blocks"),
        (long_section(2900) * 4, "msg_blocks_too_long"),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "divider", "block_id": "a"}] * 2, "invalid_blocks"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "invalid_blocks"),
        ([{"type": "actions", "elements": [BUTTON] * 2}], "invalid_blocks"),
        ([{"type": "actions", "elements": [VOTE]}], "invalid_blocks"),
        ([{"type": "context_actions", "elements": [{**BUTTON}]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [{**BUTTON, "value": "v" * 2001}]}], "invalid_blocks"),
        (
            [{"type": "actions", "elements": [{**BUTTON, "text": {"type": "plain_text", "text": "t" * 76}}]}],
            "invalid_blocks",
        ),
        ([{"type": "actions", "elements": [{**BUTTON, "action_id": "a" * 256}]}], "invalid_blocks"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "invalid_blocks"),
        ([{"type": "markdown", "text": "x" * 12_001}], "invalid_blocks"),
        ("[not json", "invalid_blocks_format"),
    ],
)
def test_given_wrong_blocks_when_posted_then_slacks_error(client: WebClient, blocks: Any, error: str) -> None:
    assert refused(client.chat_postMessage, channel="C0DRAFTS", text="x", blocks=blocks) == error


def test_given_wrong_calls_when_made_then_slacks_error_codes(slack: Playground, client: WebClient) -> None:
    sara = slack.as_member("sara")
    theirs = sara.say("drafts", "mine")
    own = client.chat_postMessage(channel="#drafts", text="own")["ts"]
    where = {"channel": "C0DRAFTS"}
    hidden = slack.new_channel("hidden")
    nobody, wrong = WebClient(base_url=slack.api_url), WebClient(token="xoxb-wrong", base_url=slack.api_url)
    for expected, call, kwargs in [
        ("not_authed", nobody.auth_test, {}),
        ("invalid_auth", wrong.auth_test, {}),
        ("not_allowed_token_type", client.apps_connections_open, {"app_token": slack.bot_token}),
        ("unknown_method", client.api_call, {"api_method": "chat.sing"}),
        ("channel_not_found", client.chat_postMessage, {"channel": "C0NONE", "text": "x"}),
        ("not_in_channel", client.chat_postMessage, {"channel": hidden, "text": "x"}),
        ("no_text", client.api_call, {"api_method": "chat.postMessage", "json": where}),
        ("markdown_text_conflict", client.chat_postMessage, {**where, "text": "x", "markdown_text": "y"}),
        ("msg_too_long", client.chat_postMessage, {**where, "markdown_text": "x" * 12_001}),
        ("thread_not_found", client.chat_postMessage, {**where, "text": "x", "thread_ts": "1.000000"}),
        ("invalid_metadata_schema", client.chat_postMessage, {**where, "text": "x", "metadata": {"event_type": "a"}}),
        ("invalid_arguments", client.chat_postMessage, {**where, "text": "x", "colour": "red"}),
        ("msg_too_long", client.chat_update, {**where, "ts": own, "text": "x" * 4001}),
        ("cant_update_message", client.chat_update, {**where, "ts": theirs, "text": "x"}),
        ("message_not_found", client.chat_update, {**where, "ts": "1.000000", "text": "x"}),
        ("cant_delete_message", client.chat_delete, {**where, "ts": theirs}),
        ("thread_not_found", client.conversations_replies, {**where, "ts": "1.000000"}),
        ("no_reaction", client.reactions_remove, {**where, "timestamp": theirs, "name": "eyes"}),
        (
            "invalid_thread_ts",
            client.assistant_threads_setStatus,
            {"channel_id": "C0DRAFTS", "thread_ts": "1", "status": "x"},
        ),
        ("invalid_arguments", client.api_call, {"api_method": "chat.postMessage", "json": {"text": "x"}}),
    ]:
        assert refused(call, **kwargs) == expected, kwargs
    client.reactions_add(channel="C0DRAFTS", timestamp=theirs, name="eyes")
    assert refused(client.reactions_add, channel="C0DRAFTS", timestamp=theirs, name="eyes") == "already_reacted"
    long = client.chat_postMessage(channel="C0DRAFTS", text="x" * 40_001)
    assert long["warning"] == "message_truncated" and len(long["message"]["text"]) == 40_000


def change(**fields: Any) -> Json:
    return {**FORM, **fields}


@pytest.mark.parametrize(
    "view",
    [
        change(title={"type": "plain_text", "text": "t" * 25}),
        change(private_metadata="m" * 3001),
        change(blocks=[{"type": "divider"}] * 101),
        change(blocks=[{"type": "markdown", "text": "x"}]),
        change(colour="red"),
        {k: v for k, v in FORM.items() if k != "submit"},
        change(blocks=[{**FORM["blocks"][0], "element": {"type": "plain_text_input", "max_length": 3001}}]),
        change(
            blocks=[
                {**FORM["blocks"][0], "element": {"type": "plain_text_input", "max_length": 3, "initial_value": "four"}}
            ]
        ),
    ],
)
def test_given_wrong_view_when_opened_then_invalid_arguments(client: WebClient, view: Json) -> None:
    assert refused(client.views_open, trigger_id="1.2.3", view=view) == "invalid_arguments"


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


def test_given_rate_limits_when_too_fast_then_429_with_retry_after(slack: Playground, client: WebClient) -> None:
    slack.switch(rate_limits=True)
    with pytest.raises(SlackApiError) as failure:
        for _ in range(21):
            client.users_list()
    assert failure.value.response.status_code == 429
    assert 1 <= int(failure.value.response.headers["Retry-After"]) <= 60


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


def test_given_ten_connections_when_an_eleventh_opens_then_it_is_refused(slack: Playground) -> None:
    client = WebClient(base_url=slack.api_url)
    with ExitStack() as stack:
        hellos = []
        for _ in range(11):
            url = client.apps_connections_open(app_token=slack.app_token)["url"]
            hellos.append(json.loads(stack.enter_context(connect(url)).recv(5)))
    assert [h["type"] for h in hellos] == ["hello"] * 10 + ["disconnect"]
    assert hellos[-1]["reason"] == "too_many_websockets"


def test_given_two_connections_when_events_come_then_each_goes_to_one(slack: Playground) -> None:
    desks = [Desk(slack) for _ in range(2)]
    for desk in desks:
        desk.handler.connect()
    try:
        slack.wait_for(lambda: slack.health()["connected"] == 2)
        for n in range(6):
            slack.as_member("mina").dm(f"{n}")
        slack.wait_for(lambda: sum(len(d.got("message")) for d in desks) == 6)
        assert {len(d.got("message")) for d in desks} == {3}
    finally:
        for desk in desks:
            desk.stop()


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
