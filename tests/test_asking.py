"""What people type in Slack, and what the bot takes it to mean. Whatever it takes, no word is lost."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.asking import language_of
from curation.house import House, load_house

HOUSE = load_house()

SAID: list[tuple[str, str, dict[str, Any]]] = [
    # a mention, as the agency writes it
    (
        "B2G 마케팅 트렌드 블로그, 관공서 담당자 대상",
        "blog",
        {"topic": "B2G 마케팅 트렌드", "audience": "관공서 담당자"},
    ),
    ("여름 음료, 직장인 대상 블로그 글 써 주세요", "blog", {"topic": "여름 음료", "audience": "직장인"}),
    ("직장인 대상으로 여름 음료 블로그 써줘", "blog", {"topic": "여름 음료", "audience": "직장인"}),
    ("안녕하세요, 여름휴가 안내 블로그 글을 부탁드립니다!", "blog", {"topic": "여름휴가 안내"}),
    ("여름 음료 인스타 게시물", "sns", {"topic": "여름 음료", "platform": "인스타그램"}),
    ("고객이 환불을 물어봤어요. 답변 부탁드려요", "reply", {"topic": "고객이 환불을 물어봤어요."}),
    ("제안서 작성법 블로그", "blog", {"topic": "제안서 작성법"}),
    ("가을 축제에 대한 제안서를 만들어 주세요", "proposal", {"topic": "가을 축제"}),
    ("여름 메뉴, 블로그 운영자 대상", "blog", {"topic": "여름 메뉴", "audience": "블로그 운영자"}),
    ("관심이 적어", "blog", {"topic": "관심이 적어"}),
    ("블로그", "blog", {"topic": "블로그"}),
    (
        "Draft a blog post about summer drinks for office workers",
        "blog",
        {"topic": "summer drinks", "audience": "office workers"},
    ),
    ("Summer drinks for office workers, blog", "blog", {"topic": "Summer drinks", "audience": "office workers"}),
    (
        "Hi, could you write a proposal for the city office about a festival, please?",
        "proposal",
        {"topic": "a festival", "audience": "the city office"},
    ),
    ("create an Instagram post about our sale", "sns", {"topic": "our sale", "platform": "Instagram"}),
    ("tips for saving water", "blog", {"topic": "tips for saving water"}),
    ("draft beer festival", "blog", {"topic": "draft beer festival"}),
    ("Hello Kitty cafe", "blog", {"topic": "Hello Kitty cafe"}),
    # lines with labels, the way forms and colleagues do it
    (
        "안녕하세요! 답변 하나 부탁해요\n주제: 여름 음료\n독자 : 동네 직장인\n핵심: 가격 3,000원, 예약",
        "reply",
        {"topic": "여름 음료", "audience": "동네 직장인", "points": ["가격 3,000원", "예약"]},
    ),
    (
        "- 주제: 여름 음료\n- 핵심: A/B 테스트 / 예약\n- 작업: SNS",
        "sns",
        {"topic": "여름 음료", "points": ["A/B 테스트", "예약"]},
    ),
    (
        "작업: 제안서\n주제： 축제\n핵심:\n- 예산: 1,000만 원\n- 주차, 안내\n독자:\n• 시청\n• 구청",
        "proposal",
        {"topic": "축제", "audience": "시청, 구청", "points": ["예산: 1,000만 원", "주차, 안내"]},
    ),
    ("가격/예약/주차\n주제: 축제", "blog", {"topic": "축제", "points": ["가격/예약/주차"]}),
    ("여름 음료 블로그\n- 가격 3,000원\n- 예약", "blog", {"topic": "여름 음료", "points": ["가격 3,000원", "예약"]}),
    (
        "Topic: summer drinks,\nhot and cold\nAudience: office workers\nkey points: price/booking",
        "blog",
        {"topic": "summer drinks, hot and cold", "audience": "office workers", "points": ["price", "booking"]},
    ),
]


@pytest.mark.parametrize("text, task, fields", SAID, ids=[text[:30].replace("\n", " ") for text, _, _ in SAID])
def test_given_what_people_type_when_understood_then_task_and_fields_are_what_they_meant(
    house: House, text: str, task: str, fields: dict[str, Any]
) -> None:
    ask = house.ask(text)
    assert (ask.task, ask.fields) == (task, fields)
    assert ask.language == ("ko" if re.search("[가-힣]", text) else "en")


def test_given_task_and_language_by_name_when_understood_then_they_win_over_the_text(house: House) -> None:
    ask = house.ask("여름 음료 블로그", task="reply", language="en")
    assert (ask.task, ask.language, ask.fields) == ("reply", "en", {"topic": "여름 음료 블로그"})


@pytest.mark.parametrize(
    "text, language",
    [
        ("B2G marketing trend 블로그 써 주세요", "ko"),
        ("Please write about the Seoul 축제 for tourists who come in autumn", "en"),
        ("1,000", "en"),
        ("ㅎㅎ", "ko"),
    ],
)
def test_given_mixed_text_when_read_then_language_is_that_of_its_sentences(text: str, language: str) -> None:
    assert language_of(text) == language


# Words without another meaning to the bot, and lines people may put around them.
WORDS = st.sampled_from(
    [
        "여름",
        "음료수",
        "축제에서",
        "3,000원",
        "A/B",
        "서울시",
        "예약,",
        "summer",
        "drinks",
        "B2G",
        "café",
        "(10:00~18:00)",
    ]
)
PHRASE = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
LINE = st.one_of(
    PHRASE,
    st.builds("{}: {}".format, st.sampled_from(["주제", "독자", "핵심", "기간", "작업", "Topic", "Audience"]), PHRASE),
    st.builds("{}\n- {}\n- {}".format, st.sampled_from(["핵심:", "독자:", "대상은"]), PHRASE, PHRASE),
    st.builds("- {}".format, PHRASE),
    st.builds("- 주제: {}".format, PHRASE),
    st.builds("{}, {} 대상 블로그 글 써 주세요".format, PHRASE, PHRASE),
    st.builds("please write a blog post about {} for {}".format, PHRASE, PHRASE),
    st.builds("{} 제안서 부탁드려요!".format, PHRASE),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=5).map("\n".join))
def test_given_any_request_when_understood_then_every_word_of_it_is_in_some_field(text: str) -> None:
    ask = HOUSE.ask(text)
    kept = " ".join(" ".join(value) if isinstance(value, list) else value for value in ask.fields.values())
    wanted = re.findall(r"여름|음료수|축제에서|3,000원|A/B|서울시|예약|summer|drinks|B2G|café|10:00~18:00", text)
    assert ask.fields["topic"]
    for word in set(wanted):
        assert kept.count(word) >= wanted.count(word)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_given_any_text_at_all_when_understood_then_it_has_a_topic_and_a_prompt(text: str) -> None:
    ask = HOUSE.ask(text)
    assert ask.task in HOUSE.tasks and ask.language in ("ko", "en")
    assert bool(ask.fields["topic"]) == bool(text.split())
    assert HOUSE.prompts(ask.task, ask.language, ask.fields).short[1]["content"]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(HOUSE.tasks)),
    st.sampled_from(["ko", "en"]),
    st.lists(st.sampled_from(["여름 음료", "price, and more", "3,000원", "주차 안내"]), min_size=2, max_size=4),
    PHRASE,
)
def test_given_a_prompt_of_the_house_when_read_back_then_the_same_request_comes_out(
    task: str, language: str, points: list[str], topic: str
) -> None:
    fields = {"topic": topic, "audience": "동네 직장인", "points": points}
    ask = HOUSE.ask(HOUSE.prompts(task, language, fields).short[1]["content"])
    assert (ask.task, ask.language, ask.fields) == (task, language, fields)
