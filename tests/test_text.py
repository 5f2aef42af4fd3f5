"""What leaves for Slack: whole, in order, within its limits, and pinging nobody."""

import json
import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import joined, parts_for_form, plain, safe, size, split

WORDS = st.sampled_from(
    [
        "초안 ",
        "글을 ",
        "씁니다. ",
        "draft ",
        "👩‍👩‍👧‍👦 ",
        "é\u0301 ",
        "\n",
        "\n\n",
        "| a | b |\n",
        "- item\n",
        "가" * 300,
        ".",
    ]
)
TEXTS = st.lists(WORDS, max_size=120).map("".join)
ODD = st.text(st.sampled_from("가a \n\t&<>👩\u200d\u0301\u3000"), max_size=300) | TEXTS | st.text(max_size=200)
FENCED = "앞글\n\n```python\n" + "print('글')\n" * 200 + "```\n\n뒷글"


@given(TEXTS, st.integers(200, 2000))
@settings(max_examples=150, deadline=None)
def test_given_any_text_without_fences_when_split_then_the_parts_join_to_it_within_the_limit(
    text: str, most: int
) -> None:
    parts = split(text, most)
    assert "".join(parts) == text
    rows = max([size(line) for line in text.splitlines() if line.startswith("|")], default=0)
    assert all(size(part) <= max(most, rows) for part in parts)


@given(ODD, st.integers(64, 400))
@settings(max_examples=200, deadline=None)
def test_given_any_text_when_split_then_no_character_of_several_code_points_is_cut(text: str, most: int) -> None:
    whole = regex.findall(r"\X", text)
    pieces = [grapheme for part in split(text, most) for grapheme in regex.findall(r"\X", part)]
    assert pieces == whole


def test_given_a_long_fence_when_split_then_every_part_closes_and_reopens_it() -> None:
    parts = split(FENCED, 900)
    assert len(parts) == 3
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert re.sub(r"\n?```\n?(?:```\n)?", "", "".join(parts)).count("print") == 200


@pytest.mark.parametrize(
    "block", ["| 상품 | 값 |\n|---|---|\n" + "| 보리차 | 1,500원 |\n" * 20, "```\n" + "a\n\n" * 150 + "```\n"]
)
@given(before=st.lists(st.sampled_from(["글입니다. ", "말. ", "\n\n"]), max_size=150).map("".join))
@settings(max_examples=60, deadline=None)
def test_given_a_table_or_a_fence_that_fits_into_a_message_when_split_then_it_is_never_parted(
    block: str, before: str
) -> None:
    text = f"{before}\n\n{block}\n뒤의 글입니다."
    parts = split(text, 900)
    assert "".join(parts) == text and all(size(part) <= 900 for part in parts)
    assert sum(block in part for part in parts) == 1


def test_given_a_korean_draft_of_30000_characters_when_split_then_every_message_has_at_most_9000_bytes() -> None:
    text = "여름 음료를 알리는 글입니다. 손님이 먼저 읽습니다.\n\n" * 1000
    parts = split(text)
    assert "".join(parts) == text
    assert all(size(part) <= 9000 and part.endswith("\n\n") for part in parts)


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_given_any_text_when_made_safe_then_nothing_in_it_can_ping(text: str) -> None:
    out = safe(text + "<!channel> <@U123> <#C1> @here @Everyone <!subteam^S1>")
    assert "<" not in out and ">" not in out
    assert not re.search(r"@(channel|here|everyone|subteam)\b", out, re.IGNORECASE)


def test_given_the_requester_allowed_when_made_safe_then_only_they_can_be_mentioned() -> None:
    assert safe("<@U1> <@U2>", allow=["U1"]) == "<@U1> &lt;@U2&gt;"


def test_given_slacks_wire_form_when_made_plain_then_it_reads_as_typed() -> None:
    assert (
        plain("<@U0BOT> 가격 &lt;표&gt; <https://a.kr/x|여기> <mailto:a@b.kr> A &amp; B")
        == "가격 <표> 여기 a@b.kr A & B"
    )


@given(ODD, st.integers(3, 2800))
@settings(max_examples=300, deadline=None)
def test_given_any_text_when_taken_apart_for_a_form_then_what_stands_in_it_untouched_is_the_text(
    text: str, most: int
) -> None:
    parts, joints = zip(*parts_for_form(text, most, count=10_000), strict=True)
    assert joined(parts, joints) == text == "".join(part + joint for part, joint in zip(parts, joints, strict=True))
    assert all(len(part) <= most for part in parts) and (all(parts) or parts == ("",))
    assert len(json.dumps(joints)) <= 22 * len(joints)  # 90 of them fit beside a form


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (["하나", "둘", "셋"], "하나\n\n둘 셋"),
        (["하나", "", "셋"], "하나\n\n셋"),
        (["", "둘", ""], "둘"),
        (["", "", " 셋 "], " 셋 "),
        (["", "", ""], ""),
    ],
)
def test_given_emptied_fields_when_joined_then_they_leave_one_gap_and_none_at_the_ends(
    typed: list[str], text: str
) -> None:
    assert joined(typed, ["\n\n", " ", ""]) == text


def test_given_a_character_larger_than_a_field_when_taken_apart_then_it_still_ends_and_joins() -> None:
    monster = "a" + "\u0301" * 100
    assert "".join(part + joint for part, joint in parts_for_form(monster, 30)) == monster


@pytest.mark.parametrize("text", ["가" * 50_000, "문단입니다.\n\n" * 10_000])
def test_given_a_text_no_form_holds_when_taken_apart_then_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too long"):
        parts_for_form(text)


def test_given_a_draft_full_of_signs_when_split_then_the_parts_fit_as_they_are_sent() -> None:
    parts = split("<&> " * 9_000)
    assert "".join(parts) == "<&> " * 9_000
    assert all(len(safe(part).encode()) <= 9_000 for part in parts)
