"""Near-copies are found whatever their order, and different texts are left alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from curation.dedupe import jaccard, near_duplicates, near_pairs, shingles

POST = "안녕하세요, 온빛기획입니다. 여름 음료 이야기를 풀었습니다. 시원한 메뉴를 고르는 방법과 순서를 정리했습니다."
OTHER = "주민센터 평생학습 강좌가 새로 열립니다. 신청은 온라인으로 하며 자세한 일정은 안내문에 있습니다."
ENGLISH = "Hello from Onbit Studio. This note explains summer drinks in plain words for busy workers."


def test_given_copies_that_differ_in_case_spaces_and_marks_when_grouped_then_found() -> None:
    texts = [POST, OTHER, POST.replace(" ", "  ").replace(".", "!"), ENGLISH, ENGLISH.upper(), POST + " 고맙습니다."]
    assert near_duplicates(texts) == [{0, 2, 5}, {3, 4}]


def test_given_different_texts_when_grouped_then_nothing() -> None:
    assert near_duplicates([POST, OTHER, ENGLISH, ""]) == []
    assert near_duplicates([]) == []


def test_given_very_short_and_empty_texts_when_grouped_then_only_equal_ones_meet() -> None:
    assert near_duplicates(["가", "나", "가", "", ""]) == [{0, 2}, {3, 4}]


words = st.lists(
    st.sampled_from(["여름", "음료", "축제", "가격", "blog", "summer", "예약", "상담", "주차", "강좌"]), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(st.lists(words.map(" ".join), max_size=8))
def test_given_any_texts_when_paired_then_pairs_really_are_that_similar_and_equal_texts_are_paired(
    texts: list[str],
) -> None:
    pairs = near_pairs(texts)
    assert all(i < j and jaccard(shingles(texts[i]), shingles(texts[j])) >= 0.8 for i, j in pairs)
    equal = {(i, j) for i in range(len(texts)) for j in range(i + 1, len(texts)) if texts[i] == texts[j]}
    assert equal <= set(pairs)
    assert near_pairs(texts) == pairs
