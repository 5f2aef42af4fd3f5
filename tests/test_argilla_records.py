"""What a record shows is exactly the text, whatever stands in it; what a response says is told from what it does not."""

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.argilla_page import page
from curation.argilla_records import base_of, belongs, external_id, numbered, word
from curation.diff import changes
from db.tables import Review

texts = st.text(st.sampled_from("가 나다<>&\n*_`$#-1\"'"), max_size=60)
BASE = "7-0123456789abcdef"


def read(shown: str, without: str) -> str:
    """The text a browser shows of a block, without the tag's contents."""
    kept = re.sub(rf"<{without} [^>]*>.*?</{without}>", "", shown)
    return html.unescape(re.sub(r"<[^>]+>", "", kept.replace("<br>", "\n")))


@given(texts, texts)
def test_given_any_edit_when_shown_then_without_the_red_it_is_the_new_text_and_without_the_green_the_old(
    before: str, after: str
) -> None:
    shown = page(changes(before, after))
    assert (read(shown, "del"), read(shown, "ins")) == (after, before)
    assert "\n" not in shown, "an empty line would end the block, and what follows would be read as Markdown"


def review(**more: Any) -> Review:
    given: dict[str, Any] = {"id": 7, "key": "feedback:7", "short_prompt": [], "draft": "초안", "proposed": "고친 글"}
    return Review(**{**given, **more})


def test_given_review_when_named_then_the_name_is_that_of_its_text_and_stays() -> None:
    name = external_id(review())
    assert (
        name == external_id(review(priority=0.9, task="sns", state="disputed")) != external_id(review(proposed="딴 글"))
    )
    assert external_id(review(proposed="", external_id=name)) == name, "also once its texts are gone"
    assert external_id(review(external_id="C1:1700.1")) == name, "whatever another desk called it"
    assert base_of({"external_id": numbered(name, 3)}) == base_of({"external_id": name}) == (7, name)


@pytest.mark.parametrize(
    ("known", "ours"),
    [
        ({}, False),
        ({7: (BASE, "pushed")}, True),
        ({7: (None, "pending")}, True),
        ({7: ("C1:1700.1", "pushed")}, True),
        ({7: ("7-fedcba9876543210", "pushed")}, False),
        ({7: (None, "withdrawn")}, True),
    ],
)
def test_given_record_when_our_rows_are_asked_then_only_our_own_texts_belong_to_us(known: Any, ours: bool) -> None:
    assert belongs({"external_id": numbered(BASE, 2)}, known) is ours
    assert not belongs({"external_id": "somebody's"}, known)


def test_given_responses_when_read_then_drafts_and_skips_are_no_words() -> None:
    record = {"external_id": BASE, "metadata": {"shown": ""}}
    given_at = {"id": "r", "updated_at": "2026-03-02T09:00:00.123456"}
    said = {"values": {"verdict": {"value": "approve"}, "edited": {"value": " \n"}}}
    for status in ("draft", "discarded"):
        assert word(record, {**given_at, **said, "status": status}, "eun") is None
    assert word(record, {**given_at, "values": None, "status": "submitted"}, "eun") is None
    told = word(record, {**given_at, **said, "status": "submitted"}, "eun")
    assert told and (told.review_id, told.verdict, told.text, told.response) == (7, "approve", None, "r")
