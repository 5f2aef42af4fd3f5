"""Personal data goes, everything else stays, in Korean as it is really written; masking twice is masking once."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.masking import score
from curation.mask import find, mask

GOES: dict[str, list[str]] = {
    "EMAIL": ["kim.minsu@onbit.co.kr", "a+b@sub.example.com"],
    "PHONE": [
        "010-1234-5678", "01012345678", "010 1234 5678", "010.1234.5678", "010 - 1234 - 5678", "010–1234–5678",
        "０１０-１２３４-５６７８", "+82 10-1234-5678", "+82-(0)10-1234-5678", "02-123-4567", "(02) 123-4567",
        "031-123-4567", "070-1234-5678", "0507-1234-5678", "+82 2 123 4567", "+1 415-555-0123", "(415) 555-0123",
    ],
    "KR_RRN": ["900101-1234567", "900101 - 2234567", "9001011234568"],
    "BUSINESS_NO": ["123-45-67890"],
    "CARD": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"],
    "IP": ["192.168.0.17"],
    "SLACK_ID": ["<@U012ABCDEF>", "<@W012ABCDEF|minsu>", "U0ABC12345"],
    "SECRET": ["xoxb-1234567890-abcdef", "sk-abcdefghijklmnop1234", "ghp_abcdefghijklmnopqrst1", "AKIAABCDEFGHIJKLMNOP"],
    "URL_WITH_TOKEN": ["https://onbit.kr/?page=2&token=abc123"],
}  # fmt: skip
LABELLED = [
    ("사업자번호 1234567890", "사업자번호 [BUSINESS_NO_1]"),
    ("국민은행 123456-04-123456로 보내 주세요", "국민은행 [ACCOUNT_1]로 보내 주세요"),
    ("계좌는 농협 302-1234-5678-91입니다", "계좌는 농협 [ACCOUNT_1]입니다"),
    ("비밀번호: hunter22!", "비밀번호: [SECRET_1]"),
    ("대표 전화 0212345678입니다", "대표 전화 [PHONE_1]입니다"),
    ("문의 02)1234-5678로", "문의 [PHONE_1]로"),
]
STAYS = [
    "1,000,000원", "3만 5천 원", "2024-05-03", "2024.05.03(금)", "10:30~18:00", "제품 AB-1234-5678", "모델 SM-S921N",
    "2024-010-1234-5678", "ISBN 978-89-1234-567-8", "8801234567893", "주문번호 20240501123456", "하루 12,345명", "0.5%p",
    "4111 1111 1111 1112", "버전 1.2.3.4", "v2.10.3.1", "1588-1234", "은행 2024-05-01 방문", "계좌 이체 2024-05-01까지",
    "비밀번호: 재설정하는 방법을 안내합니다", "the secret: simplicity", "https://onbit.kr/post/12?page=3", "3.14159265358",
    "2023-2024년 예산 1,234,567,890원", "골목 여행 지도", "#온빛기획", "@온빛기획", "1 대 1 상담", "24/7",
]  # fmt: skip
AROUND = ["{}", "{}로 연락 주세요", "담당자({})", "문의:{}입니다.", "담당자는{}를 씁니다", "가격 3,000원, {}, 5월 3일"]


@pytest.mark.parametrize("kind", GOES)
def test_given_personal_data_close_to_korean_letters_when_masked_then_only_it_goes(kind: str) -> None:
    for value in GOES[kind]:
        for around in AROUND:
            text = around.format(value)
            masked = mask(text)
            assert masked.text == around.format(f"[{kind}_1]"), text
            assert [(text[s.start : s.end], s.type) for s in masked.spans] == [(value, kind)]


@pytest.mark.parametrize("text, masked", LABELLED)
def test_given_numbers_that_only_their_label_tells_when_masked_then_the_label_stays(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize("text", STAYS)
def test_given_prices_dates_hours_codes_and_statistics_when_masked_then_nothing_changes(text: str) -> None:
    for around in AROUND:
        assert mask(around.format(text)).text == around.format(text)


def test_given_one_value_in_several_spellings_when_masked_then_one_placeholder_and_true_places() -> None:
    text = "김 010-1234-5678 또는 +82 10 1234 5678, 이 ０１０.１２３４.５６７８, 박 010-9999-0000, a@b.kr"
    masked = mask(text)
    assert masked.text == "김 [PHONE_1] 또는 [PHONE_1], 이 [PHONE_1], 박 [PHONE_2], [EMAIL_1]"
    rebuilt, last = [], 0
    for span in masked.spans:
        rebuilt += [text[last : span.start], "~"]
        last = span.end
    assert "".join([*rebuilt, text[last:]]) == re.sub(r"\[[A-Z]+_\d\]", "~", masked.text)


def test_given_masked_text_with_a_new_number_when_masked_then_it_gets_a_placeholder_of_its_own() -> None:
    assert mask("[PHONE_1] 또는 010-9999-0000").text == "[PHONE_1] 또는 [PHONE_2]"


def test_given_data_inside_other_data_when_masked_then_all_of_both_goes() -> None:
    assert mask("https://x.kr/?token=abc&secret=abcdef1 끝").text == "[URL_WITH_TOKEN_1] 끝"
    assert mask("password: a.b@c.kr,010-1234-5678").text == "password: [SECRET_1]"


PIECES = st.one_of(
    st.sampled_from([value for values in GOES.values() for value in values]),
    st.sampled_from([text for text, _ in LABELLED]),
    st.sampled_from(STAYS),
    st.text(alphabet="가나 01-._@:/=?&[]()abU+\n", max_size=12),
    st.sampled_from(["[PHONE_1]", "secret=", "token=", "계좌 ", "https://x.kr/?code=", "-", " "]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=7).map("".join))
def test_given_any_text_when_masked_twice_then_the_same_as_once_and_nothing_is_found(text: str) -> None:
    once = mask(text)
    assert find(once.text) == []
    assert mask(once.text).text == once.text
    ends = [0, *(place for span in once.spans for place in (span.start, span.end)), len(text)]
    assert ends == sorted(ends) and all(span.start < span.end for span in once.spans)


def test_given_no_network_when_masked_then_it_works_and_texts_without_letters_load_nothing() -> None:
    program = """
import socket, sys
def refuse(*a, **k): raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
from curation.mask import mask
assert mask("").text == "" and "presidio_analyzer" not in sys.modules
assert mask("010-1234-5678로").text == "[PHONE_1]로"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_given_long_texts_of_awkward_characters_when_masked_then_it_ends() -> None:
    for text in (
        "." * 200_000,
        "a.b" * 60_000,
        "https://" * 20_000,
        "010-" * 50_000,
        "1234 " * 40_000,
        "계좌 " * 60_000,
    ):
        assert mask(text).text == text


@pytest.mark.parametrize("name", ["development", "unseen"])
def test_given_labelled_sentences_when_masked_then_95_of_100_values_are_found_and_few_clean_ones_change(
    name: str,
) -> None:
    made = score(name)
    assert made.wanted.total() >= 200 and made.clean >= 150
    assert made.recall >= 0.95 and made.false_alarms <= 0.05
