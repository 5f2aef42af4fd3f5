"""A draft as a Markdown file: exact to the last character, under a name any disk takes, or a sentence why not."""

from urllib.parse import urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.drafts import file_name
from bot.messages import say
from tests.bot_parts import Bench, Json

pytest_plugins = ["tests.bot_bench"]


def number(message: Json) -> int:
    return int(message["metadata"]["event_payload"]["draft_id"])


@pytest.mark.parametrize("name", ["mina", "sara"])
def test_given_a_draft_when_downloaded_then_its_file_holds_it_to_the_last_character(bench: Bench, name: str) -> None:
    text = "  앞이 비었어요 👩‍👩‍👧‍👦 & <b>굵게</b> &amp; *별* @here\n\n\n  - 목록\t끝  "
    message, thread = bench.draft(text, fields={"topic": "여름/음료: <특가> ../..\n2026"})
    who = bench.member(name)
    who.click(message["ts"], "draft_download")

    def files() -> list[Json]:
        return [file for m in who.thread("초안", thread) for file in m.get("files", [])]

    (file,) = bench.slack.wait_for(files)
    assert file["name"] == f"여름-음료-특가-2026-{number(message)}.md"
    assert bench.slack._slack.workspace.contents[file["id"]].decode() == text
    assert urlparse(file["url_private"]).scheme == "http"


def test_given_slack_refusing_a_file_when_downloaded_then_it_comes_by_direct_message_or_the_person_reads_why_not(
    bench: Bench,
) -> None:
    message, thread = bench.draft("여름 음료 초안")
    mina = bench.member("mina")
    bench.speak("mina", "ko")

    def held(messages: list[Json]) -> list[Json]:
        return [file for m in messages for file in m.get("files", [])]

    bench.slack.fault("files.completeUploadExternal")
    mina.click(message["ts"], "draft_download")
    bench.slack.wait_for(lambda: held(mina.history("dm")))
    bench.slack.fault("files.getUploadURLExternal", times=2)
    mina.click(message["ts"], "draft_download")
    assert bench.told(mina, "초안", say("ko", "file_failed"))
    assert not held(mina.thread("초안", thread)) and len(held(mina.history("dm"))) == 1


@given(st.text(max_size=200), st.integers(1, 10**9))
def test_given_any_topic_when_made_a_file_name_then_any_disk_takes_it(topic: str, number: int) -> None:
    name = file_name(topic, number)
    assert len(name.encode()) <= 80 and name.endswith(f"-{number}.md")
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t') and not name.startswith((".", "-"))
