"""A person's changes to a rewritten text, applied to the text as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.threeway import threeway

LINES = st.lists(
    st.sampled_from(["- 여름 음료", "* 여름 음료", "", "  ", "글 & 말", "표 | 칸", "# 제목", "끝"]), max_size=12
)
TEXTS = LINES.map("\n".join) | st.text("가나 \n*-_", max_size=60)
ORIGINAL = "# 여름  \n\n\n- 오전 8시 개점\n- 텀블러 할인 500원\n\n시원한 __음료__ 를 알립니다.  \n끝"
REWRITTEN = "# 여름\n\n* 오전 8시 개점\n* 텀블러 할인 500원\n\n시원한 **음료** 를 알립니다.\n끝\n"


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_given_nothing_edited_when_merged_then_the_original_stands_to_the_last_character(
    original: str, baseline: str
) -> None:
    assert threeway(original, baseline, baseline) == original


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_given_nothing_rewritten_when_merged_then_exactly_what_the_person_wrote_stands(
    original: str, edited: str
) -> None:
    assert threeway(original, original, edited) == edited


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("8시", "9시"), ORIGINAL.replace("8시", "9시")),  # a touched line keeps its bullet as the draft has it
        (("시원한", "아주 시원한"), ORIGINAL.replace("시원한", "아주 시원한")),
        (("* 텀블러 할인 500원\n", ""), ORIGINAL.replace("- 텀블러 할인 500원\n", "")),
        (("* 텀블러", "* 창가 12석\n* 텀블러"), ORIGINAL.replace("- 텀블러", "* 창가 12석\n- 텀블러")),
        (("끝\n", "끝\n\n덧붙임\n"), ORIGINAL + "\n\n덧붙임"),
        (("# 여름", "# 겨울"), ORIGINAL.replace("# 여름  ", "# 겨울")),
    ],
)
def test_given_a_rewritten_text_when_a_person_changes_it_then_only_their_change_is_made(
    change: tuple[str, str], expected: str
) -> None:
    assert threeway(ORIGINAL, REWRITTEN, REWRITTEN.replace(*change)) == expected


def test_given_the_same_place_rewritten_and_edited_when_merged_then_the_persons_words_stand() -> None:
    assert threeway("- 하나\n- 둘", "* 하나\n* 둘", "1. 하나\n* 둘") == "1. 하나\n- 둘"


def test_given_a_long_korean_text_when_every_paragraph_is_edited_then_it_merges_while_somebody_waits() -> None:
    original = "".join(f"- {i}번째 손님이 먼저 읽습니다.  \n\n" for i in range(1_300))
    baseline = original.replace("- ", "* ").replace("  \n", "\n")
    merged = threeway(original, baseline, baseline.replace("손님", "이웃"))
    assert len(original) > 30_000 and merged == original.replace("손님", "이웃")
