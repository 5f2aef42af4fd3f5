"""The review card: a reviewer sees what changed, what is off the checklist and what was masked; Slack takes every card."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.block_check import check_message_blocks
from curation.card import Block, card, heading
from curation.diff import changes, share_kept
from curation.house import load_house
from db.tables import Decision, Review
from tests.rows import FIELDS, LONG, PROMPT

HOUSE = load_house()
STYLES = {"strike": "gone", "bold": "new"}
KOREAN = [
    "여름",
    "음료를",
    "소개합니다.",
    "가격은",
    "3,000원입니다.",
    "예약",
    "■ 안내",
    "고객이",
    "온빛기획은",
    "많습니다.\n",
]


def review(proposed: str, draft: str | None = None, **more: Any) -> Review:
    values: dict[str, Any] = {"id": 7, "key": "k", "task": "blog", "language": "ko", "state": "pending", **more}
    values.setdefault("origin", "edited" if draft is not None else "human")
    return Review(fields=FIELDS, short_prompt=PROMPT, long_prompt=LONG, draft=draft, proposed=proposed, **values)


def read(messages: list[list[Block]]) -> list[tuple[str, str]]:
    """The texts of people on a card: (fate, words) in reading order."""
    found: list[tuple[str, str]] = []
    for block in (b for blocks in messages for b in blocks if b["type"] == "rich_text"):
        for section in (e for e in block["elements"] if e["type"] == "rich_text_section"):
            for piece in section["elements"]:
                fate = next((STYLES[s] for s in piece.get("style", {})), "same")
                found.append((fate, piece["text"]))
    return found


def spelled(messages: list[list[Block]], without: str) -> str:
    return "".join(words for fate, words in read(messages) if fate != without)


def notes(messages: list[list[Block]]) -> list[str]:
    return [e["text"] for block in messages[0] if block["type"] == "context" for e in block["elements"]]


def buttons(messages: list[list[Block]]) -> list[tuple[str, str]]:
    return [(e["action_id"], e["value"]) for b in messages[0] if b["type"] == "actions" for e in b["elements"]]


def test_given_an_edit_when_shown_then_request_difference_flags_and_masks_stand_on_one_card() -> None:
    draft = "안녕하세요, 온빛기획입니다.\n여름 음료를 최고로 소개해요.\n감사합니다."
    final = "안녕하세요, 온빛기획입니다.\n여름 음료를 최상으로 소개해요. [PHONE_1] [PHONE_2]\n감사합니다."
    shown = card(review(final, draft), HOUSE)
    assert len(shown) == 1
    assert heading(review(final, draft), HOUSE) == "검토 #7 · 블로그 글 · 고친 글"
    assert "검토 #7" in shown[0][0]["text"]["text"]
    assert "주제: 여름 음료" in str(shown[0][1])
    assert ("gone", "최고로") in read(shown) and spelled(shown, "gone") == final and spelled(shown, "new") == draft
    broken, terms, masked = notes(shown)
    assert (
        broken.startswith("체크리스트에서 어긋난 것: 제목 줄, ") and "습니다체" in broken and "첫 줄 인사" not in broken
    )
    assert (terms, masked) == ("말: ✕ 최상", "가린 것: 전화번호 2")
    assert buttons(shown) == [("review_approve", "7"), ("review_edit", "7"), ("review_reject", "7")]


def test_given_english_import_that_keeps_every_rule_when_shown_then_card_says_so_in_english() -> None:
    from tests.test_checks import FIELDS as ASKED
    from tests.test_checks import GOOD

    row = review(GOOD["en"], language="en")
    row.fields = ASKED["en"]
    shown = card(row, HOUSE)
    assert heading(row, HOUSE) == "Review #7 · blog post · imported text"
    assert read(shown) == [("same", GOOD["en"])]
    assert notes(shown) == ["Everything on the checklist is kept."]


def test_given_edit_that_kept_hardly_a_word_when_shown_then_both_texts_stand_whole() -> None:
    shown = card(review("전혀 다른 글입니다.", "가나다 라마바 사아자"), HOUSE)
    assert [words.strip() for _, words in read(shown)] == [
        "봇의 초안",
        "가나다 라마바 사아자",
        "고친 글",
        "전혀 다른 글입니다.",
    ]


@pytest.mark.parametrize("state", ["approved", "rejected"])
def test_given_decided_review_when_shown_then_who_and_why_and_no_buttons(state: str) -> None:
    row = review(
        "글",
        state=state,
        decided_by="U0EUN",
        note="가격 <확인> & 끝",
        text="고친 <글>" if state == "approved" else None,
    )
    shown = card(row, HOUSE)
    assert buttons(shown) == []
    assert notes(shown)[-2:] == [
        f"*{'승인했습니다' if state == 'approved' else '뺐습니다'}* · <@U0EUN>",
        "가격 &lt;확인&gt; &amp; 끝",
    ]
    assert spelled(shown, "gone") == (row.text or row.proposed)


def said(reviewer: str, verdict: str, minute: int, **more: Any) -> Decision:
    when = datetime(2026, 3, 2, 9, minute, tzinfo=UTC)
    return Decision(review_id=7, key=f"k{minute}", reviewer=reviewer, verdict=verdict, decided_at=when, **more)


def test_given_words_that_do_not_decide_yet_when_shown_then_who_said_what_and_what_is_wanted() -> None:
    no = said("U0EUN", "reject", 1, reasons=["too_long", "gone_from_the_guide"], note="가격 <확인>")
    yes = said("sara@argilla", "approve", 2, text="짧은 글입니다.")
    alone = card(review("글", state="pushed", opinions=2), HOUSE, [no])
    assert notes(alone)[-4:] == [
        "*다른 검토자의 의견이 더 필요합니다 (1명)*",
        "*뺐습니다* · <@U0EUN>",
        "너무 김",
        "가격 &lt;확인&gt;",
    ]
    split = card(review("글", state="disputed", opinions=2), HOUSE, [no, yes])
    assert "*의견이 갈렸습니다. 다른 검토자가 봐 주세요 (1명)*" in notes(split)
    assert spelled(split, "gone") == "짧은 글입니다.", "the next reviewer decides on the wording as it is now"
    assert [action for action, _ in buttons(split)] == ["review_approve", "review_edit", "review_reject"]
    check_message_blocks(split[0])
    done = card(review("글", state="rejected", opinions=2), HOUSE, [no, said("U0SARA", "reject", 3)])
    assert buttons(done) == [] and "*뺐습니다* · <@U0SARA>" in notes(done)
    assert notes(card(review("글", flags=["copy:87", "title"]), HOUSE))[-1] == "비슷한 글이 이미 있습니다 (87%)"


def test_given_task_that_left_the_guide_when_shown_then_its_name_stands_for_it() -> None:
    row = review("글", task="press<!channel>")
    check_message_blocks(card(row, HOUSE)[0])
    assert "press&lt;!channel&gt;" in card(row, HOUSE)[0][0]["text"]["text"]


def korean(characters: int, seed: int, joint: str = " ") -> str:
    rng = random.Random(seed)
    text = ""
    while len(text) < characters:
        text += rng.choice(KOREAN) + joint
    return text[:characters]


def edited(text: str, share: float) -> str:
    rng = random.Random(3)
    return " ".join(rng.choice(KOREAN) if rng.random() < share else word for word in text.split(" "))


LONG_TEXTS = {
    "one paragraph, every fourth word changed": (korean(12_000, 1), 0.25),
    "every word changed": (korean(12_000, 2), 1.0),
    "every second word changed, so the runs are short": (korean(12_000, 4).replace("\n", ""), 0.5),
    "no spaces at all": (korean(12_000, 5, joint="").replace("\n", "").replace(" ", ""), 0.0),
    "nothing but line breaks": ("\n" * 6_000 + "끝", 0.0),
    "wide characters and markup": ("👩‍👩‍👧‍👦 <!channel> & *굵게* `코드` " * 500, 0.1),
}


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_given_twelve_thousand_characters_when_shown_then_slack_takes_each_message_and_nothing_is_cut(
    name: str,
) -> None:
    draft, share = LONG_TEXTS[name]
    final = edited(draft, share) + " 끝."
    shown = card(review(final, draft), HOUSE)
    for blocks in shown:
        check_message_blocks(blocks)
        assert len(str(blocks).encode()) < 30_000 and len(blocks) <= 6
        assert sum(len(words.encode()) for _, words in read([blocks])) <= 8_500
    if share_kept(changes(draft, final)) >= 0.2:
        assert spelled(shown, "gone") == final and spelled(shown, "new") == draft
    else:
        assert f"{draft}\n\n" in spelled(shown, "") and spelled(shown, "").endswith(final)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.sampled_from(KOREAN)), st.lists(st.sampled_from(KOREAN)))
def test_given_any_two_texts_when_shown_then_both_can_be_read_from_the_card_and_slack_takes_it(
    before: str, after: str, old: list[str], new: list[str]
) -> None:
    draft, final = before + " ".join(old), after + " ".join(new)
    runs = changes(draft, final)
    assert "".join(r.text for r in runs if r.kind != "new") == draft
    assert "".join(r.text for r in runs if r.kind != "gone") == final
    assert all(r.text for r in runs) and 0 <= share_kept(runs) <= 1
    shown = card(review(final, draft, language="en"), HOUSE)
    check_message_blocks(shown[0])
    if final:
        assert final in spelled(shown, "gone")
