"""Near-copies are found whatever their order, and different texts are left alone; scored on labelled pairs of our own."""

import json
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from curation import dedupe
from curation.dedupe import EDITS, THRESHOLD, jaccard, near_duplicates, near_pairs, plain, shingles

PAIRS = Path(__file__).parent / "duplicates" / "pairs.jsonl"
POST = "안녕하세요, 온빛기획입니다. 여름 음료 이야기를 풀었습니다. 시원한 메뉴를 고르는 방법과 순서를 정리했습니다."
OTHER = "주민센터 평생학습 강좌가 새로 열립니다. 신청은 온라인으로 하며 자세한 일정은 안내문에 있습니다."
ENGLISH = "Hello from Onbit Studio. This note explains summer drinks in plain words for busy workers."


def test_given_labelled_pairs_when_each_is_looked_at_then_copies_are_told_from_texts_that_only_resemble_each_other() -> (
    None
):
    right, seen = Counter[str](), Counter[str]()
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        seen[pair["kind"]] += 1
        right[pair["kind"]] += bool(near_duplicates([pair["a"], pair["b"]])) == pair["copy"]
    assert sum(seen.values()) >= 150
    assert right["nearly a tenth changed"] >= 0.85 * seen["nearly a tenth changed"]
    del right["nearly a tenth changed"], seen["nearly a tenth changed"]
    assert right == seen, "all other kinds are told without a mistake"


def test_given_all_labelled_texts_at_once_when_grouped_then_no_group_holds_two_different_posts() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    first = {pair["a"]: number for number, pair in enumerate(pairs)}
    texts = [*first, *(pair["b"] for pair in pairs if pair["copy"])]
    origin = [*first, *(pair["a"] for pair in pairs if pair["copy"])]
    groups = near_duplicates(texts)
    assert all(len({origin[i] for i in group}) == 1 for group in groups)
    copied = {pair["a"] for pair in pairs if pair["copy"]}
    assert len(groups) == len(copied) == 22
    assert sum(map(len, groups)) >= 0.97 * (len(copied) + sum(pair["copy"] for pair in pairs))


def test_given_copies_that_differ_in_case_spaces_width_and_marks_when_grouped_then_found() -> None:
    texts = [POST, OTHER, POST.replace(" ", "  ").replace(".", "!"), ENGLISH, ENGLISH.upper(), POST + " 고맙습니다."]
    assert near_duplicates(texts) == [{0, 2, 5}, {3, 4}]
    assert near_duplicates(["ＡＢＣ 여름 음료", "abc 여름 음료"]) == [{0, 1}]


def test_given_different_texts_when_grouped_then_nothing() -> None:
    assert near_duplicates([POST, OTHER, ENGLISH, ""]) == []
    assert near_duplicates([]) == []


def test_given_very_short_and_empty_texts_when_grouped_then_only_equal_ones_meet() -> None:
    assert near_duplicates(["가", "나", "가", "", ""]) == [{0, 2}, {3, 4}]


def test_given_a_thousand_texts_in_one_frame_and_as_many_equal_ones_when_paired_then_few_are_compared() -> None:
    """Boilerplate must not make the work grow with the square of the texts."""
    frame = "안녕하세요, 온빛기획입니다. {} 지금 온빛기획에 편하게 문의해 주세요. 첫 상담은 무료입니다."
    texts = [
        frame.format(f"{number * 7919 % 100003}번째 이야기, {number**3}개의 {chr(0xAC00 + number)}")
        for number in range(1000)
    ]
    pairs = dedupe.candidates(dedupe.signatures(texts + [POST] * 1000))
    assert len(pairs) <= 1000 * dedupe.WINDOW * (dedupe.PERMUTATIONS // dedupe.BAND) + 999
    assert near_duplicates([*texts[:3], *[POST] * 1000])[-1] == set(range(3, 1003))


words = st.lists(
    st.sampled_from(["여름", "음료", "축제", "가격", "blog", "summer", "예약", "상담", "주차", "강좌"]), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(st.lists(words.map(" ".join), max_size=8))
def test_given_any_texts_when_paired_then_pairs_really_are_that_similar_and_equal_texts_are_in_one_group(
    texts: list[str],
) -> None:
    pairs = near_pairs(texts)
    for i, j in pairs:
        one, two = texts[i], texts[j]
        edited = Levenshtein.normalized_distance(plain(one), plain(two))
        assert i < j and (edited <= EDITS or jaccard(shingles(one), shingles(two)) >= THRESHOLD)
    group = {i: number for number, members in enumerate(near_duplicates(texts)) for i in members}
    for i, text in enumerate(texts):
        assert text not in texts[:i] or group[i] == group[texts.index(text)]
    assert near_pairs(texts) == pairs


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)))
def test_given_any_order_of_texts_when_grouped_then_the_same_ones_are_together(order: list[int]) -> None:
    texts = [POST, POST + " 고맙습니다.", OTHER, OTHER.replace("새로", "곧"), ENGLISH, "다른 글입니다"]
    found = {frozenset(order[i] for i in group) for group in near_duplicates([texts[i] for i in order])}
    assert found == {frozenset({0, 1}), frozenset({2, 3})}
