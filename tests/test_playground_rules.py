"""In: wrong calls, blocks and views. Out: proof that the local Slack refuses them with Slack's own error codes."""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.block_check import check_message_blocks
from bot.playground.block_tables import MESSAGE_ONLY
from bot.playground.methods import METHODS
from bot.playground.refusal import Refusal
from bot.playground.server import Playground
from bot.playground.view_check import check_view
from tests.playground_desk import BLOCKS, BUTTON, FORM, MENU, MRKDWN, OPTION, VOTE, Json, change, refused


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, timeout=5)


def long_section(n: int) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * n}}]


def rich(element: Json) -> list[Json]:
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}]


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
        (rich({"type": "text", "text": ""}), "invalid_blocks"),
        ([{"type": "markdown", "text": ""}], "invalid_blocks"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}], "invalid_blocks"),
        ([{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]}], "invalid_blocks"),
        (rich({"type": "text", "text": "x", "style": {"blink": True}}), "invalid_blocks"),
        (rich({"type": "mrkdwn", "text": "x"}), "invalid_blocks"),
        ([{"type": "actions", "elements": [{**MENU, "options": [{"text": MRKDWN, "value": "a"}]}]}], "invalid_blocks"),
        ([{"type": "actions", "elements": [{**MENU, "initial_option": {**OPTION, "value": "b"}}]}], "invalid_blocks"),
        ([{"type": "section", "text": MRKDWN, "accessory": {**MENU, "options": [OPTION] * 101}}], "invalid_blocks"),
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
        ("view_too_large", client.views_open, {"trigger_id": "1", "view": change(blocks=long_section(2900) * 100)}),
        ("user_not_found", client.chat_postEphemeral, {**where, "user": "U0NONE", "text": "x"}),
    ]:
        assert refused(call, **kwargs) == expected, kwargs
    client.reactions_add(channel="C0DRAFTS", timestamp=theirs, name="eyes")
    assert refused(client.reactions_add, channel="C0DRAFTS", timestamp=theirs, name="eyes") == "already_reacted"
    long = client.chat_postMessage(channel="C0DRAFTS", text="x" * 40_001)
    assert long["warning"] == "message_truncated" and len(long["message"]["text"]) == 40_000


STRUCK: Json = {"type": "text", "text": "old", "style": {"strike": True}}
BULLETS: Json = {
    "type": "rich_text_list",
    "style": "bullet",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "tada"}]}],
}
RICH: list[Json] = [
    *BLOCKS,
    {"type": "header", "text": {"type": "plain_text", "text": "x", "emoji": True}},
    {"type": "section", "text": MRKDWN, "fields": [MRKDWN], "accessory": {**MENU, "initial_option": OPTION}},
    {
        "type": "context",
        "elements": [MRKDWN, {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [STRUCK]}, BULLETS]},
    {
        "type": "actions",
        "elements": [{"type": "radio_buttons", "action_id": "r", "options": [{**OPTION, "text": MRKDWN}]}],
    },
    *FORM["blocks"],
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, child in inside for deeper in places(child, (*path, key)))]


def with_change(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_change(value[path[0]], path[1:], new)
    return copy


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "options", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(path=st.sampled_from(places(RICH)), new=ANYTHING)
def test_given_one_part_of_good_blocks_replaced_when_checked_then_accepted_or_refused_never_broken(
    path: tuple[Any, ...], new: Any
) -> None:
    check_message_blocks(RICH)
    with suppress(Refusal):
        check_message_blocks(with_change(RICH, path, new))
    view = {**FORM, "blocks": [b for b in RICH if b["type"] not in MESSAGE_ONLY]}
    check_view(view, "modal")
    for wrong in ({**view, "blocks": with_change(RICH, path, new)}, {**view, "title": new}):
        with suppress(Refusal):
            check_view(wrong, "modal")


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


def test_given_rate_limits_when_too_fast_then_429_with_retry_after(slack: Playground, client: WebClient) -> None:
    slack.switch(rate_limits=True)
    with pytest.raises(SlackApiError) as failure:
        for _ in range(21):
            client.users_list()
    assert failure.value.response.status_code == 429
    assert 1 <= int(failure.value.response.headers["Retry-After"]) <= 60
    for channel in ("C0DRAFTS", "C0REVIEW"):  # a short burst, then about one message a second in each channel
        for _ in range(3):
            client.chat_postMessage(channel=channel, text="x")
        assert refused(client.chat_postMessage, channel=channel, text="x") == "ratelimited"


def test_given_sdk_when_its_arguments_are_listed_then_strict_mode_knows_exactly_these() -> None:
    for name, method in METHODS.items():
        listed = set(inspect.signature(getattr(WebClient, name.replace(".", "_"))).parameters)
        assert {*method.needs, *method.takes} - {"team_id"} == listed - {"self", "kwargs", "app_token", "team_id"}, name
