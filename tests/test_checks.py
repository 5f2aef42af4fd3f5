"""The checklist: a good text keeps every rule, a text broken in one way breaks that one rule, absent fields are no rule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.checks import Text, check, score, wording
from curation.house import House, load_house

HOUSE = load_house()
FIELDS = {
    "ko": {"topic": "여름 음료", "audience": "동네 직장인", "points": ["가격 3,000원", "A/B 테스트 (2주)"]},
    "en": {"topic": "summer drinks", "audience": "office workers", "points": ["price $3", "an A/B test (2 weeks)"]},
}
GOOD = {
    "ko": """안녕하세요, 온빛기획입니다.
제목: 여름 음료를 고르는 법
■ 함께 보는 고민
동네 직장인 여러분께 여름 음료 이야기를 쉬운 말로 풀었습니다. 더운 날에는 시원한 메뉴를 찾는 분이 많습니다.
■ 핵심 정리
✓ 가격 3,000원
✓ A/B 테스트 (2주)
온빛기획은 모든 결과를 숫자로 보고합니다.
■ 다음 걸음
지금 온빛기획에 편하게 문의해 주세요.
— 온빛기획 드림""",
    "en": """Hello from Onbit Studio.
Title: How to choose summer drinks
■ The question
This note explains summer drinks in plain words. It was written for office workers who want something cool at noon.
■ Key points
✓ price $3
✓ an A/B test (2 weeks)
Onbit Studio reports every result in numbers.
■ Next step
Talk to Onbit Studio today.
— Onbit Studio""",
}
SOCIAL = {
    "ko": GOOD["ko"].replace("제목: 여름", "여름").replace("— 온", "#음료 #여름 #온빛기획\n— 온"),
    "en": GOOD["en"].replace("Title: How", "How").replace("— On", "#drinks #summer #OnbitStudio\n— On"),
}


def broken(text: str, fields: dict[str, object], task: str, language: str) -> list[str]:
    return [problem.rule for problem in check(Text(task, language, text, fields), HOUSE)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_given_good_texts_when_checked_then_nothing_is_broken_and_the_score_is_one(language: str) -> None:
    for task, text in (("blog", GOOD[language]), ("sns", SOCIAL[language])):
        assert broken(text, FIELDS[language], task, language) == []
        assert broken(f"\n{text}\n\n", FIELDS[language], task, language) == []
        assert score(Text(task, language, text, FIELDS[language]), HOUSE) == 1.0


BREAKS = [
    ("blog", "ko", "greeting", "안녕하세요, 온빛기획입니다.\n", "안녕하세요, 온빛기획입니다. 반갑습니다.\n"),
    ("blog", "ko", "title", "제목: ", "글: "),
    ("blog", "ko", "headings", "■ 핵심 정리", "■ 요점"),
    ("blog", "ko", "headings", "■ 다음 걸음\n", ""),
    ("blog", "ko", "opener", "여름 음료 이야기를", "겨울 음료 이야기를"),
    ("blog", "ko", "points", "✓ 가격 3,000원", "✓ 가격 3,000원 할인"),
    ("blog", "ko", "points", "✓ A/B", "- A/B"),
    ("blog", "ko", "copies", "동네 직장인", "동네 직장"),
    ("blog", "ko", "promise", "숫자로 보고합니다", "글로 보고합니다"),
    ("blog", "ko", "call_to_action", "문의해 주세요.\n", "문의해 주세요. 기다리겠습니다.\n"),
    ("blog", "ko", "sign_off", "드림", "드림\n추신"),
    ("blog", "ko", "formal", "많습니다.", "많아요."),
    ("blog", "ko", "plain", "시원한", "최고로 시원한"),
    ("blog", "ko", "length", "더운 날에는", "더운 날에는" * 300),
    ("blog", "en", "plain", "something cool", "something Amazing"),
    ("blog", "en", "formal", "It was", "it's"),
    ("blog", "en", "length", "It was written", "It was written " * 200),
    ("sns", "ko", "no_title", "여름 음료를 고르는 법", "제목: 여름 음료를 고르는 법"),
    ("sns", "ko", "hashtags", "#음료 ", ""),
    ("sns", "ko", "hashtags", "#여름 #온빛기획", "#온빛기획 #여름"),
]


@pytest.mark.parametrize("task, language, rule, old, new", BREAKS)
def test_given_text_broken_in_one_way_when_checked_then_exactly_that_rule_is_named(
    task: str, language: str, rule: str, old: str, new: str
) -> None:
    text = (SOCIAL if task == "sns" else GOOD)[language]
    assert old in text
    found = check(Text(task, language, text.replace(old, new), FIELDS[language]), HOUSE)
    assert [problem.rule for problem in found] == [rule]
    assert set(found[0].message) == {"ko", "en"}
    rules = len(HOUSE.tasks[task].rules)
    assert score(Text(task, language, text.replace(old, new), FIELDS[language]), HOUSE) == (rules - 1) / rules


def test_given_request_without_points_or_reader_when_checked_then_rules_about_them_ask_for_nothing_more() -> None:
    assert broken(GOOD["ko"], {"topic": "여름 음료"}, "blog", "ko") == []
    assert broken(GOOD["ko"], {}, "blog", "ko") == []
    without = GOOD["ko"].replace("✓ 가격 3,000원\n", "")
    assert broken(without, {}, "blog", "ko") == ["points"], "a list has two lines at least"
    assert score(Text("blog", "ko", without), HOUSE) == pytest.approx(9 / 10), "opener and copies do not count"


def test_given_too_short_text_when_checked_then_its_length_is_named() -> None:
    assert "length" in broken("안녕하세요, 온빛기획입니다.\n— 온빛기획 드림", {}, "blog", "ko")


def test_given_topic_with_pattern_characters_when_checked_then_they_are_plain_characters() -> None:
    fields = {"topic": "A+B (20%) {topic}", "audience": "동네 직장인"}
    assert broken(GOOD["ko"].replace("여름 음료", fields["topic"]), fields, "blog", "ko") == []


def test_given_task_that_left_the_guide_when_checked_then_no_rule_is_broken() -> None:
    assert broken("글", {}, "press", "ko") == [] and score(Text("press", "ko", "글"), HOUSE) == 1.0


def test_given_avoided_words_when_read_then_flagged_with_the_better_one_but_not_inside_other_words(
    house: House,
) -> None:
    def flags(text: str, language: str) -> list[str]:
        return [problem.message["ko"] for problem in wording(Text("blog", language, text), house)]

    assert flags("관급 사업에서 최고의 팀", "ko") == ["✕ 최고", "관급 사업 → 공공사업"]
    assert flags("The Best team for the Government sector", "en") == ["✕ best", "government sector → public sector"]
    assert flags("We bestow imperfect gifts in the public sector", "en") == []


LINES = st.lists(st.sampled_from([*GOOD["ko"].splitlines(), *SOCIAL["en"].splitlines(), "", "!", "■", "✓", "#"]))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(HOUSE.tasks)),
    st.sampled_from(["ko", "en"]),
    LINES.map("\n".join) | st.text(),
    st.fixed_dictionaries({}, optional={"topic": st.text(), "audience": st.text(), "points": st.lists(st.text())}),
)
def test_given_any_text_and_request_when_scored_then_share_of_kept_rules_between_zero_and_one(
    task: str, language: str, text: str, fields: dict[str, object]
) -> None:
    checked = Text(task, language, text, fields)
    problems, rules = check(checked, HOUSE), HOUSE.tasks[task].rules
    assert [p.rule for p in problems] == [name for name in rules if name in {p.rule for p in problems}]
    assert 0 <= score(checked, HOUSE) <= 1
    assert (score(checked, HOUSE) == 1) == (problems == [])
