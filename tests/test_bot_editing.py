"""A long draft edited by every way there is: canvas, form, reply, file; and what happens where one of them fails."""

import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from docx import Document
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine

from bot.canvas import Canvases
from bot.listeners.editing import keep
from bot.listeners.shortcuts import draft_before
from bot.messages import say
from bot.playground.member import Member, NotAllowedError
from bot.reply import fetched, words
from curation.documents import Unreadable
from db.people import person
from db.session import transaction
from db.tables import Canvas, Draft, Feedback, now
from tests.bot_parts import TEAM, Bench, Json, actions
from tests.rows import draft as draft_row
from tests.rows import request as request_row

pytest_plugins = ["tests.bot_bench"]
SECTION = (
    "## 여름 음료\n\n- 오전 8시 개점 & 텀블러 할인 500원\n- 손님_자리 12석\n\n"
    "손님이 먼저 읽는 글입니다. __시원하게__ 알립니다.  \n"
)
LONG = (SECTION + "\n\n") * 160  # some 12,000 characters, with all that a canvas rewrites
EDITED = LONG.replace("손님", "이웃").replace("500원", "700원").strip()


def number(message: Json) -> int:
    return int(message["metadata"]["event_payload"]["draft_id"])


def edits(bench: Bench, draft_id: int) -> list[Feedback]:
    return bench.rows(Feedback, Feedback.draft_id == draft_id, Feedback.kind == "edit")


def long_draft(bench: Bench, text: str = LONG.strip(), name: str = "mina") -> tuple[Json, str]:
    """The message with the buttons, and its thread."""
    _, thread = bench.draft(text, name=name)
    return bench.answers(bench.member(name), "초안", thread)[-1], thread


def canvas_of(bench: Bench, who: Member, message: Json) -> tuple[Json, Canvas]:
    thread = message["thread_ts"]
    who.click(message["ts"], "draft_edit")
    offer = bench.slack.wait_for(lambda: [m for m in who.thread("초안", thread) if "canvas_done" in actions(m)])[-1]
    return offer, bench.rows(Canvas, Canvas.draft_id == number(message))[-1]


def told(bench: Bench, who: Member, thread: str, start: str = "고친 글 저장했어요") -> list[str]:
    return [m["text"] for m in who.thread("초안", thread) if m["text"].startswith(start) and not m["viewer"]]


def word_file(text: str) -> bytes:
    made, out = Document(), io.BytesIO()
    for line in text.split("\n"):
        made.add_paragraph(line)
    made.save(out)
    return out.getvalue()


def by_canvas(bench: Bench, who: Member, message: Json, thread: str) -> None:
    offer, canvas = canvas_of(bench, who, message)
    there = who.canvas(canvas.canvas_id)
    assert there != LONG.strip() and "* 오전" in there  # Slack has rewritten it
    who.edit_canvas(canvas.canvas_id, there.replace("손님", "이웃").replace("500원", "700원"))
    who.click(offer["ts"], "canvas_done")


def by_form(bench: Bench, who: Member, message: Json, thread: str) -> None:
    offer, _ = canvas_of(bench, who, message)
    who.click(offer["ts"], "draft_edit_form")
    view = who.open_view(callback_id="draft_edit")
    parts = {b["block_id"]: b["element"]["initial_value"] for b in view["blocks"]}
    assert len(parts) > 4
    who.submit(view["id"], {k: v.replace("손님", "이웃").replace("500원", "700원") for k, v in parts.items()})


def by_reply(bench: Bench, who: Member, message: Json, thread: str) -> None:
    who.shortcut(who.say("초안", EDITED, thread), "use_as_edit")


def by_file(bench: Bench, who: Member, message: Json, thread: str, name: str, content: bytes) -> None:
    who.shortcut(who.upload("초안", name, content, thread), "use_as_edit")


def by_markdown_file(bench: Bench, who: Member, message: Json, thread: str) -> None:
    by_file(bench, who, message, thread, "고친 글.md", EDITED.encode("utf-8-sig"))


def by_text_file(bench: Bench, who: Member, message: Json, thread: str) -> None:
    by_file(bench, who, message, thread, "final.txt", EDITED.encode("cp949"))


def by_word_file(bench: Bench, who: Member, message: Json, thread: str) -> None:
    by_file(bench, who, message, thread, "final.docx", word_file(EDITED))


@pytest.mark.parametrize(
    ("edit", "way"),
    [
        (by_canvas, "canvas"),
        (by_form, "form"),
        (by_reply, "reply"),
        (by_markdown_file, "file"),
        (by_text_file, "file"),
        (by_word_file, "file"),
    ],
)
def test_given_twelve_thousand_characters_when_edited_in_full_then_exactly_that_is_kept_and_told_once(
    bench: Bench, edit: object, way: str
) -> None:
    message, thread = long_draft(bench)
    mina = bench.member("mina")
    assert len(LONG) > 12_000
    edit(bench, mina, message, thread)  # type: ignore[operator]
    (row,) = edits(bench, number(message))
    assert row.text == EDITED
    assert row.way == way
    line = say("ko", "edit_saved", share=round(100 * (row.edit_share or 0)))
    assert bench.slack.wait_for(lambda: told(bench, mina, thread)) == [line]


def test_given_a_canvas_when_opened_and_done_again_then_it_is_the_same_one_and_the_newest_version_counts(
    bench: Bench,
) -> None:
    message, thread = long_draft(bench)
    mina = bench.member("mina")
    offer, canvas = canvas_of(bench, mina, message)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: bench.member("mina").click(message["ts"], "draft_edit"), range(2)))
    assert [row.id for row in bench.rows(Canvas, Canvas.draft_id == number(message))] == [canvas.id]

    mina.click(offer["ts"], "canvas_done")
    assert bench.told(mina, "초안", say("ko", "unchanged"))
    there = mina.canvas(canvas.canvas_id)
    for text in (there + "\n하나", there + "\n둘", there + "\n둘", there + "\n하나", there):
        mina.edit_canvas(canvas.canvas_id, text)
        mina.click(offer["ts"], "canvas_done")
    found = edits(bench, number(message))
    assert [(row.text or "").replace(LONG.strip(), "글") for row in found] == ["글\n하나", "글\n둘", "글\n하나", "글"]
    assert len(bench.slack.wait_for(lambda: len(told(bench, mina, thread)) == 4 and told(bench, mina, thread))) == 4


def test_given_a_canvas_that_cannot_be_read_when_done_then_the_person_presses_again_and_nothing_is_lost(
    bench: Bench,
) -> None:
    message, _ = long_draft(bench)
    mina = bench.member("mina")
    offer, canvas = canvas_of(bench, mina, message)
    mina.edit_canvas(canvas.canvas_id, "내가 다시 쓴 글")
    bench.slack.switch(canvases=False)
    mina.click(offer["ts"], "canvas_done")
    assert bench.told(mina, "초안", say("ko", "canvas_away"))
    assert edits(bench, number(message)) == []
    bench.slack.switch(canvases=True)
    mina.click(offer["ts"], "canvas_done")
    assert [row.text for row in edits(bench, number(message))] == ["내가 다시 쓴 글"]

    bench.client.canvases_delete(canvas_id=canvas.canvas_id)
    mina.click(offer["ts"], "canvas_done")
    assert bench.told(mina, "초안", say("ko", "canvas_gone"))
    _, other = canvas_of(bench, mina, message)  # the button makes a new one
    assert other.canvas_id != canvas.canvas_id


def test_given_a_slack_that_does_not_answer_when_a_canvas_is_wanted_then_there_is_time_left_for_a_form(
    bench: Bench,
) -> None:
    message, _ = long_draft(bench, "조용한 글입니다. " * 400)
    canvases, deaf = Canvases(bench.engine), socket.create_server(("127.0.0.1", 0))
    client = WebClient(token="xoxb-1", base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/api/")
    with transaction(bench.engine) as session:
        draft, who = session.get_one(Draft, number(message)), person(session, TEAM, "U0MINA")
    began = time.monotonic()
    assert canvases.open(client, draft, who, "초안") is None
    assert time.monotonic() - began < 2.0
    deaf.close()
    assert canvases.open(bench.client, draft, who, "초안") is not None  # an outage is not remembered


def test_given_words_that_mention_people_when_a_canvas_is_made_then_nobody_is_and_the_text_stays(bench: Bench) -> None:
    written = "![](@U0JUNHO) <@U0JUNHO> @channel 여러분 & 손님\n" * 100
    message, _ = long_draft(bench, written)
    mina = bench.member("mina")
    offer, canvas = canvas_of(bench, mina, message)
    there = mina.canvas(canvas.canvas_id)
    assert "![](@" not in there and "@channel" not in there
    mina.edit_canvas(canvas.canvas_id, there + "\n끝")
    mina.click(offer["ts"], "canvas_done")
    assert [row.text for row in edits(bench, number(message))] == [written + "끝\n"]


def test_given_the_same_reply_when_used_twice_at_once_then_one_edit_is_kept_for_its_author_and_told_once(
    bench: Bench,
) -> None:
    message, thread = long_draft(bench, "여름 음료 초안입니다.")
    junho, mina = bench.member("junho"), bench.member("mina")
    said = junho.say("초안", "- 여름 음료\n  - 고친 & 초안", thread)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: bench.member("mina").shortcut(said, "use_as_edit"), range(2)))
    (row,) = edits(bench, number(message))
    assert row.text == "- 여름 음료\n  - 고친 & 초안"
    with transaction(bench.engine) as session:
        assert row.person_id == person(session, TEAM, junho.id).id
    assert len(bench.slack.wait_for(lambda: told(bench, mina, thread))) == 1
    assert bench.slack.wait_for(lambda: say("ko", "unchanged") in bench.whispers(mina, "초안"))


def test_given_two_drafts_in_a_thread_when_a_reply_between_them_is_used_then_it_edits_the_first(bench: Bench) -> None:
    message, thread = long_draft(bench, "첫째 초안")
    mina = bench.member("mina")
    said = mina.say("초안", "첫째 고친 글", thread)
    mina.click(message["ts"], "draft_regenerate")
    bench.slack.wait_for(lambda: bench.versions(mina, "초안", thread, 2), 60)
    mina.shortcut(said, "use_as_edit")
    assert [row.text for row in edits(bench, number(message))] == ["첫째 고친 글"]


def test_given_a_person_who_declined_when_their_reply_is_used_then_it_is_kept_and_said_to_teach_nothing(
    bench: Bench,
) -> None:
    _, thread = long_draft(bench, "여름 음료 초안입니다.", name="eun")
    eun = bench.member("eun")
    with transaction(bench.engine) as session:
        person(session, TEAM, eun.id).consent = "declined"
    eun.shortcut(eun.say("초안", "고친 글", thread), "use_as_edit")
    only = say("ko", "edit_saved_only", share=0).partition("%")[2]
    assert bench.slack.wait_for(lambda: told(bench, eun, thread))[0].endswith(only)


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("그림.png", b"\x89PNG....", "file_kind"),
        ("글.docx", b"only text", "file_not_word"),
        ("글.txt", b"%PDF-1.7", "file_not_text"),
        ("글.md", b"x" * (2 * 1024 * 1024 + 1), "file_large"),
        ("글.md", b"  \n", "file_empty"),
    ],
)
def test_given_a_file_that_gives_no_text_when_used_then_the_person_reads_why(
    bench: Bench, name: str, content: bytes, key: str
) -> None:
    message, thread = long_draft(bench, "여름 음료 초안입니다.")
    mina = bench.member("mina")
    by_file(bench, mina, message, thread, name, content)
    assert bench.told(mina, "초안", say("ko", key))
    assert edits(bench, number(message)) == []


def test_given_a_message_outside_a_drafts_thread_or_of_the_bot_when_used_as_an_edit_then_the_person_reads_why(
    bench: Bench,
) -> None:
    message, _ = long_draft(bench, "여름 음료 초안입니다.")
    mina = bench.member("mina")
    mina.shortcut(mina.say("초안", "그냥 하는 말"), "use_as_edit")
    assert bench.told(mina, "초안", say("ko", "no_draft_here"))
    mina.shortcut(message["ts"], "use_as_edit")
    assert bench.told(mina, "초안", say("ko", "not_a_person"))
    assert edits(bench, number(message)) == []


def test_given_a_file_somewhere_else_when_fetched_then_our_token_does_not_go_there(bench: Bench) -> None:
    for file in (
        {"name": "글.md", "url_private_download": "https://drive.example.com/x", "is_external": True},
        {"name": "글.md", "url_private_download": "https://files.slack.com.example.com/x"},
        {"name": "글.md", "url_private_download": "http://files.slack.com/x"},
    ):
        with pytest.raises(Unreadable) as refused:
            fetched(bench.client, file)
        assert refused.value.why == "kind"


def rich(kind: str, *elements: Json, **more: object) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(elements), **more}


def said(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def test_given_a_formatted_reply_when_read_then_it_is_the_markdown_of_what_is_seen() -> None:
    parts = [
        rich(
            "section",
            {"type": "user", "user_id": "U0DRAFTBOT"},
            said(" 첫 줄 "),
            said("굵게 ", bold=True),
            said("끝\n"),
        ),
        rich("list", rich("section", said("하나")), rich("section", said("둘", italic=True)), style="bullet", indent=0),
        rich("list", rich("section", said("안쪽")), style="ordered", indent=1, offset=2),
        rich("section", said("다음 "), {"type": "link", "url": "https://a.example/b", "text": "여기"}),
        rich("quote", said("인용\n두 줄")),
        rich("preformatted", said("x = 1\n  y")),
        rich("section", {"type": "emoji", "name": "tea", "unicode": "1f375"}, said("a & b < c")),
    ]
    message = {"text": "다른 글", "blocks": [{"type": "rich_text", "elements": parts}]}
    assert words(message) == (
        "첫 줄 **굵게** 끝\n- 하나\n- _둘_\n  3. 안쪽\n다음 [여기](https://a.example/b)\n"
        "> 인용\n> 두 줄\n```\nx = 1\n  y\n```\n🍵a & b < c"
    )
    assert words({"text": "• 하나\n    ◦ a &amp; b <https://a.example|여기>"}) == "• 하나\n    ◦ a & b 여기"


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("canvases.create", {"document_content": {"type": "html", "markdown": "x"}}, "invalid_arguments"),
        ("canvases.create", {"document_content": {"type": "markdown"}}, "invalid_arguments"),
        ("canvases.access.set", {"access_level": "write"}, "invalid_parameters"),
        ("canvases.access.set", {"access_level": "write", "user_ids": "U1", "channel_ids": "C1"}, "invalid_parameters"),
        ("canvases.access.set", {"access_level": "all", "user_ids": "U0MINA"}, "invalid_arguments"),
        ("canvases.access.set", {"access_level": "write", "user_ids": "U1"}, "user_not_found"),
        ("canvases.access.set", {"access_level": "write", "channel_ids": "D0MINA"}, "invalid_arguments"),
        ("canvases.getContent", {"canvas_id": "F0NONE"}, "canvas_not_found"),
        ("canvases.getContent", {"content_type": "pdf"}, "invalid_arguments"),
        ("canvases.delete", {"canvas_id": "F0NONE"}, "canvas_not_found"),
    ],
)
def test_given_a_wrong_call_about_a_canvas_when_made_then_the_local_slack_refuses_it_as_slack_does(
    bench: Bench, method: str, args: Json, error: str
) -> None:
    canvas_id = bench.client.canvases_create(title="초안")["canvas_id"]
    named = {} if method == "canvases.create" else {"canvas_id": canvas_id}
    with pytest.raises(SlackApiError) as refused:
        bench.client.api_call(method, json={**named, **args})
    assert refused.value.response["error"] == error
    with pytest.raises(NotAllowedError):  # nobody was given access
        bench.member("mina").canvas(canvas_id)
    bench.client.canvases_access_set(canvas_id=canvas_id, access_level="read", user_ids=["U0MINA"])
    with pytest.raises(NotAllowedError):
        bench.member("mina").edit_canvas(canvas_id, "글")


def test_given_the_same_version_twice_when_kept_then_once_but_again_after_another_one(engine: Engine) -> None:
    with transaction(engine) as session:
        one = draft_row(session, request_row(session, channel_id="C1", message_ts="5.000001", state="done"))
        who, more = person(session, "T1", "U1"), {"way": "reply", "acted_at": now()}
        rows = [
            keep(session, one, who, text, "reply:1", **more) for text in ("가", "가", "나", "가", one.text, one.text)
        ]
        assert [row and row.text for row in rows] == ["가", None, "나", "가", one.text, None]
        places = [("5.000001", "6.000000"), ("5.000001", "4.000000"), ("", "6.000000"), ("7.000001", "8.000000")]
        found = [draft_before(session, "", "C1", {"thread_ts": thread, "ts": ts}) for thread, ts in places]
        assert [row and row.id for row in found] == [one.id, None, None, None]


# The last ones: from here on this bot knows that the workspace has no canvases.


def test_given_a_workspace_without_canvases_when_edited_then_a_form_opens_and_slack_is_not_asked_again(
    bench: Bench,
) -> None:
    bench.slack.switch(canvases=False)
    message, _ = long_draft(bench)
    mina = bench.member("mina")
    before = len(bench.slack.calls("canvases.create"))
    for _ in range(2):
        mina.click(message["ts"], "draft_edit")
        mina.close_view(mina.open_view(callback_id="draft_edit")["id"])
    assert len(bench.slack.calls("canvases.create")) == before + 1


def test_given_a_text_no_form_holds_when_edited_then_the_person_is_shown_the_way_by_file_and_it_works(
    bench: Bench,
) -> None:
    bench.slack.switch(canvases=False)
    message, thread = long_draft(bench, "긴 글입니다. " * 7_000)
    mina = bench.member("mina")
    mina.click(message["ts"], "draft_edit")
    assert bench.told(mina, "초안", say("ko", "edit_by_file"))
    by_file(bench, mina, message, thread, "글.md", ("고친 글입니다. " * 7_000).encode())
    assert [row.text for row in edits(bench, number(message))] == ["고친 글입니다. " * 7_000]
