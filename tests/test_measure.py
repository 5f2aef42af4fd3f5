"""How much of a text an edit changed, and whether it changed words or only their dress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.measure import measure


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("여름 음료", "여름 음료", "none"),
        ("가격은 1,500원입니다.", "가격은 **1500원** 입니다", "cosmetic"),
        ("Cold Drinks\n\n- tea", "cold drinks\n* tea", "cosmetic"),
        ("ＡＢＣ café", "ABC cafe\u0301", "cosmetic"),
        ("할인은 1.5배", "할인은 15배", "substantive"),
        ("전년보다 -5%", "전년보다 5%", "substantive"),
        ("10:30에 엽니다", "1030에 엽니다", "substantive"),
        ("2026. 7. 1. ~ 2026. 7. 3.", "2026.7.1 – 2026.7.3", "cosmetic"),
        ("50 % 할인, 10~20개", "50% 할인: 10-20개", "cosmetic"),
        ("- 3월 1일\n- 4월 1일", "* 3월 1일\n* 4월 1일", "cosmetic"),
        ("시원해요", "시원해요 🍉", "substantive"),
        ("손님께", "고객께", "substantive"),
        ("", "글", "substantive"),
    ],
)
def test_given_an_edit_when_measured_then_its_kind_is_what_a_reader_would_say(
    before: str, after: str, kind: str
) -> None:
    assert measure(before, after).kind == kind


def test_given_one_word_of_four_changed_when_measured_then_words_and_characters_are_counted_apart() -> None:
    change = measure("여름 음료 새 소식", "여름 음료 새 메뉴")
    assert (change.words, change.characters) == (0.25, 0.2)
    dressed = measure("Cold tea, for you.", "**cold** tea – for you")
    assert dressed.words == 0 < dressed.characters


@given(st.text(max_size=80), st.text(max_size=80))
def test_given_any_two_texts_when_measured_then_shares_lie_between_nothing_and_all(before: str, after: str) -> None:
    change = measure(before, after)
    assert 0 <= change.characters <= 1 and 0 <= change.words <= 1
    assert (change.kind == "none") == (before == after) == (change.characters == 0)
    assert measure(after, before).kind == change.kind
