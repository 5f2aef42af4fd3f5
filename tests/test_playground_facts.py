"""In: the facts about Slack one by one. Out: proof that the local Slack keeps to each, every limit in one table."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.limits import TIERS
from bot.playground.methods import METHODS
from bot.playground.server import Playground
from tests.playground_desk import BUTTON, FORM, MENU, MRKDWN, OPTION, VOTE
from tests.playground_stage import META, PLACE, PLAIN, Stage, section

Do = Callable[[Stage], Any]
KOREAN = "가" * 3_500  # 10,500 bytes
FACTS: list[tuple[str, str, Do]] = [
    ("chat.update takes 4,000 characters", "msg_too_long", lambda s: s.update(text="x" * 4_001)),
    ("markdown_text takes 12,000 characters", "msg_too_long", lambda s: s.post(text=None, markdown_text="x" * 12_001)),
    ("markdown_text stands alone", "markdown_text_conflict", lambda s: s.post(markdown_text="x")),
    ("… also in an update", "markdown_text_conflict", lambda s: s.update(text="x", markdown_text="x")),
    ("a markdown block 12,000", "invalid_blocks", lambda s: s.blocks({"type": "markdown", "text": "x" * 12_001})),
    ("all blocks together about 11,300", "msg_blocks_too_long", lambda s: s.blocks(*[section(2_900)] * 4)),
    ("a section 3,000", "invalid_blocks", lambda s: s.blocks(section(3_001))),
    (
        "a field 2,000",
        "invalid_blocks",
        lambda s: s.blocks({"type": "section", "fields": [{**MRKDWN, "text": "x" * 2_001}]}),
    ),
    ("10 fields", "invalid_blocks", lambda s: s.blocks({"type": "section", "fields": [MRKDWN] * 11})),
    (
        "a header 150",
        "invalid_blocks",
        lambda s: s.blocks({"type": "header", "text": {**PLAIN, "text": "x" * 151}}),
    ),
    ("50 blocks", "invalid_blocks", lambda s: s.blocks(*[{"type": "divider"}] * 51)),
    (
        "25 actions",
        "invalid_blocks",
        lambda s: s.blocks({"type": "actions", "elements": [{**BUTTON, "action_id": str(n)} for n in range(26)]}),
    ),
    ("10 in a context", "invalid_blocks", lambda s: s.blocks({"type": "context", "elements": [MRKDWN] * 11})),
    (
        "5 context actions",
        "invalid_blocks",
        lambda s: s.blocks({"type": "context_actions", "elements": [{**VOTE, "action_id": str(n)} for n in range(6)]}),
    ),
    ("a button's text 75", "invalid_blocks", lambda s: s.button(text={**PLAIN, "text": "x" * 76})),
    ("its value 2,000", "invalid_blocks", lambda s: s.button(value="x" * 2_001)),
    ("action_id 255", "invalid_blocks", lambda s: s.button(action_id="x" * 256)),
    ("block_id 255", "invalid_blocks", lambda s: s.blocks({"type": "divider", "block_id": "x" * 256})),
    ("votes stand in context_actions", "invalid_blocks", lambda s: s.blocks({"type": "actions", "elements": [VOTE]})),
    (
        "an icon button is a trash can",
        "invalid_blocks",
        lambda s: s.blocks(
            {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "star", "text": PLAIN}]}
        ),
    ),
    (
        "what is chosen at first is on offer",
        "invalid_blocks",
        lambda s: s.blocks(
            section(1, accessory={**MENU, "type": "checkboxes", "initial_options": [{**OPTION, "value": "b"}]})
        ),
    ),
    ("100 blocks in a form", "invalid_arguments", lambda s: s.open(blocks=[{"type": "divider"}] * 101)),
    ("a form's title 24", "invalid_arguments", lambda s: s.open(title={**PLAIN, "text": "x" * 25})),
    ("its submit 24", "invalid_arguments", lambda s: s.open(submit={**PLAIN, "text": "x" * 25})),
    ("its close 24", "invalid_arguments", lambda s: s.open(close={**PLAIN, "text": "x" * 25})),
    ("private_metadata 3,000", "invalid_arguments", lambda s: s.open(private_metadata="x" * 3_001)),
    ("an input 3,000", "invalid_arguments", lambda s: s.field(max_length=3_001)),
    ("… what stands in it too", "invalid_arguments", lambda s: s.field(initial_value="x" * 3_001)),
    ("a form 250 KB", "view_too_large", lambda s: s.open(blocks=[section(2_900)] * 90)),
    ("a form with inputs can be sent", "invalid_arguments", lambda s: s.open(submit=None)),
    ("no markdown in a form", "invalid_arguments", lambda s: s.open(blocks=[{"type": "markdown", "text": "x"}])),
    ("a form needs a trigger", "invalid_trigger_id", lambda s: s.open()),
    ("100 blocks on the home tab", "invalid_arguments", lambda s: s.home(*[{"type": "divider"}] * 101)),
    ("no title on it", "invalid_arguments", lambda s: s.home(title=PLAIN)),
    ("no votes on it", "invalid_arguments", lambda s: s.home({"type": "context_actions", "elements": [VOTE]})),
    ("its hash guards it", "hash_conflict", lambda s: (s.home(), s.home(hash="1.old"))),
    ("a closed form can't change", "not_found", lambda s: s.client.views_update(view_id="V0", view=FORM)),
    ("metadata has a type and a payload", "invalid_metadata_schema", lambda s: s.post(metadata={"event_type": "x"})),
    (
        "metadata is for ids",
        "metadata_too_large",
        lambda s: s.post(metadata={**META, "event_payload": {"text": "x" * 16_000}}),
    ),
    ("a stream stands in a thread", "invalid_thread_ts", lambda s: s.stream(thread_ts="")),
    ("… and names its reader", "missing_recipient_user_id", lambda s: s.stream(recipient_user_id="")),
    ("… and their team", "missing_recipient_team_id", lambda s: s.stream(recipient_team_id="")),
    ("… 12,000 characters a call", "msg_too_long", lambda s: s.append("x" * 12_001)),
    ("… about 11,500 characters in all", "msg_too_long", lambda s: s.append("x" * 11_501)),
    ("… about 10,600 bytes in all", "msg_too_long", lambda s: s.append(KOREAN + "가" * 34)),
    ("… about five minutes", "message_not_in_streaming_state", lambda s: s.append("x", stream_seconds=0.0)),
    ("… its buttons count", "msg_blocks_too_long", lambda s: s.stop("x" * 10_000, blocks=[section(1_400)])),
    ("… no update meanwhile", "streaming_state_conflict", lambda s: s.change(s.stream()["ts"])),
    ("… not in every workspace", "unknown_method", lambda s: (s.slack.switch(streaming=False), s.stream())),
    (
        "canvases are for paid plans",
        "canvas_disabled_user_team",
        lambda s: (s.slack.switch(canvases=False), s.client.canvases_create(title="x")),
    ),
    (
        "a status stands under a root",
        "invalid_thread_ts",
        lambda s: s.client.assistant_threads_setStatus(
            channel_id="C0DRAFTS", thread_ts=s.post(thread_ts=s.root)["ts"], status="x"
        ),
    ),
    (
        "4 suggested prompts",
        "invalid_arguments",
        lambda s: s.client.assistant_threads_setSuggestedPrompts(
            channel_id="D0MINA", thread_ts="1.000000", prompts=[{"title": "x", "message": "x"}] * 5
        ),
    ),
    ("a file is as long as promised", "file_not_found", lambda s: s.short_file()),
    ("a bot edits its own words only", "cant_update_message", lambda s: s.change(s.root)),
    ("1 message a second a channel", "ratelimited", lambda s: s.quick("chat.postMessage", 4, **PLACE, text="x")),
    ("append 100 a minute", "ratelimited", lambda s: s.quick("chat.appendStream", 101, **PLACE, ts="1.000000")),
    ("start 20 a minute", "ratelimited", lambda s: s.quick("chat.startStream", 21, **PLACE)),
    ("update 50 a minute", "ratelimited", lambda s: s.quick("chat.update", 51, **PLACE, ts="1.000000", text="x")),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    with Playground.start() as slack:
        yield slack


@pytest.fixture
def stage(running: Playground) -> Iterator[Stage]:
    client = WebClient(token=running.bot_token, base_url=running.api_url, timeout=5)
    yield Stage(running, client, running.as_member("sara").say("drafts", "x"))
    running.usual()


@pytest.mark.parametrize(("fact", "code", "do"), FACTS, ids=[f"{n}: {row[0]}" for n, row in enumerate(FACTS)])
def test_given_fact_when_broken_then_slacks_code(stage: Stage, fact: str, code: str, do: Do) -> None:
    with pytest.raises(SlackApiError) as refusal:
        do(stage)
    assert refusal.value.response["error"] == code, fact


def test_given_budgets_when_just_kept_then_all_is_taken(stage: Stage) -> None:
    """The other side of the table: nothing is refused that Slack takes."""
    stage.update(text="x" * 4_000)
    stage.post(text=None, markdown_text="x" * 11_300)
    stage.blocks(*[section(2_825)] * 4)
    stage.append("x" * 10_600)
    stage.append(KOREAN)
    stage.stop("x" * 9_000, blocks=[section(2_000)])
    stage.home(*[{"type": "divider"}] * 100)
    for letters in (39_999, 40_001):  # longer texts are cut, not refused
        assert len(stage.post(text="x" * letters)["message"]["text"]) == min(letters, 40_000)


def test_given_tiers_when_listed_then_those_of_slacks_pages() -> None:
    tiers = {
        "tier1": "apps.connections.open",
        "tier2": "chat.startStream chat.stopStream conversations.list users.list reactions.remove canvases.create",
        "tier3": "chat.update chat.delete conversations.history conversations.replies reactions.add conversations.join",
        "tier4": "chat.appendStream chat.postEphemeral views.open views.push views.update views.publish users.info"
        " files.getUploadURLExternal files.completeUploadExternal",
        "post": "chat.postMessage",
    }
    for tier, names in tiers.items():
        assert {METHODS[name].tier for name in names.split()} == {tier}
    assert {METHODS[name].tier for name in METHODS} <= {*TIERS, "post"}
    assert [TIERS[f"tier{n}"] for n in (1, 2, 3, 4)] == [1, 20, 50, 100]


def test_given_thread_without_reply_when_whispered_into_then_nobody_sees_it(stage: Stage) -> None:
    sara = stage.slack.as_member("sara")
    whisper = {**PLACE, "user": sara.id, "text": "psst", "thread_ts": stage.root}
    stage.client.chat_postEphemeral(**whisper)
    assert len(sara.thread("drafts", stage.root)) == 1
    stage.post(thread_ts=stage.root)
    stage.client.chat_postEphemeral(**whisper)
    assert sara.thread("drafts", stage.root)[-1]["viewer"] == sara.id
