"""Reviewers decide on a real Argilla server, and every way of theirs to say or unsay something has one outcome."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curation.decisions import decide
from curation.desk import Verdict
from db.session import transaction
from db.tables import Review
from tests.argilla_office import Office, Wheel

pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench"]

DRAFT = "여름 음료를 최고로 소개합니다.\n\n감사합니다."
EDITED = "여름 음료를 편하게 소개합니다.\n\n감사합니다."


def at_work(wheel: Wheel, office: Office) -> None:
    """Two people review of late: who reviews alone is not asked for a second opinion."""
    for who in (office.eun, office.min):
        number = wheel.add(f"{who.name}의 글")
        wheel.turn()
        who.says(number, "approve")
    wheel.turn()


def test_given_house_when_first_pushed_then_the_dataset_explains_itself_in_both_languages(
    wheel: Wheel, office: Office
) -> None:
    wheel.add(EDITED)
    wheel.turn()
    place = wheel.desk.found()
    assert place
    told = place.now()["guidelines"]
    guide = wheel.house.guide
    for texts in (*(task.name for task in guide.tasks.values()), *guide.reasons.values(), guide.rules["promise"].label):
        assert texts.ko in told and texts.en in told
    questions = office.owner.who.ask("GET", f"/datasets/{place.id}/questions")["items"]
    assert [(q["name"], q["required"]) for q in questions] == [
        ("verdict", True), ("edited", False), ("reasons", False), ("quality", False), ("note", False),
    ]  # fmt: skip
    assert [option["value"] for option in questions[2]["settings"]["options"]] == list(guide.reasons)


def test_given_edit_when_pushed_then_the_page_shows_request_flags_change_and_suggests_the_text(
    wheel: Wheel, office: Office
) -> None:
    flags = ["copy:87", "masked:PHONE:1", "promise", "wording:✕ 최고"]
    wheel.add(EDITED, draft=DRAFT, flags=flags, priority=0.61)
    wheel.turn()
    [record] = office.eun.queue()
    fields, metadata = record["fields"], record["metadata"]
    assert fields["prompt"] == [{"role": "user", "content": "주제: 여름 음료"}] and fields["draft"] == DRAFT
    assert ">최고로</del>" in fields["change"] and ">편하게</ins>" in fields["change"] and "\n" not in fields["change"]
    for told in ("87%", "전화번호 1개", wheel.house.guide.rules["promise"].label.ko, "✕ 최고"):
        assert told in fields["notes"]
    assert record["suggestions"][0]["value"] == EDITED
    assert {name: metadata[name] for name in ("task", "language", "signal", "adapter", "priority", "flags")} == {
        "task": "blog", "language": "ko", "signal": "edit", "adapter": "base", "priority": 0.61,
        "flags": ["copy", "masked:PHONE", "promise", "wording"],
    }  # fmt: skip
    assert 0 < metadata["edit"] < 0.5


def test_given_text_with_markup_when_pushed_then_it_is_shown_and_not_obeyed(wheel: Wheel, office: Office) -> None:
    wheel.add("<img src=x onerror=alert(1)>\n\n# 제목 <b>굵게</b>", flags=["wording:<script>"])
    wheel.turn()
    [record] = office.eun.queue()
    assert "<img" not in record["fields"]["change"] and "<b>" not in record["fields"]["change"]
    assert "<script>" not in record["fields"]["notes"]


def test_given_priorities_when_pushed_in_any_order_then_the_most_informative_waits_first(
    wheel: Wheel, office: Office
) -> None:
    for share in (0.2, 0.9, 0.5):
        wheel.add(f"글 {share}", priority=share)
        wheel.turn()
    assert office.eun.queued() == [2, 3, 1]


def test_given_answers_when_pulled_then_text_quality_reasons_note_and_time_are_kept(
    wheel: Wheel, office: Office
) -> None:
    for text in ("하나", "둘", "셋"):
        wheel.add(text)
    wheel.turn()
    office.eun.says(1, "approve", edited="하나 고침", quality=4)
    office.eun.says(2, "approve", edited=" 둘\n", quality=5)  # untouched but for what an editor adds
    office.min.says(3, "reject", reasons=["wrong_tone", "too_long"], note="말투를 봐 주세요")
    assert wheel.turn().decided == 3
    one, two, three = (wheel.review(number) for number in (1, 2, 3))
    assert [one.text, two.text, three.text] == ["하나 고침", "둘", None]
    assert [r.state for r in (one, two, three)] == ["approved", "approved", "rejected"]
    [said] = wheel.words(3)
    assert (said.reviewer, said.reasons, said.note) == (
        office.min.name, ["wrong_tone", "too_long"], "말투를 봐 주세요",
    )  # fmt: skip
    assert abs(said.decided_at - datetime.now(UTC)) < timedelta(minutes=5) and wheel.words(1)[0].quality == 4
    assert wheel.turn().decided == 0


def test_given_bulk_view_when_approved_without_a_text_then_the_text_is_the_one_shown(
    wheel: Wheel, office: Office
) -> None:
    number = wheel.add("하나")
    wheel.turn()
    office.eun.says(number, "approve")
    wheel.turn()
    assert (wheel.state(number), wheel.review(number).text) == ("approved", "하나")


def test_given_two_opinions_wanted_when_one_has_spoken_then_only_the_others_are_asked(
    wheel: Wheel, office: Office
) -> None:
    at_work(wheel, office)
    number = wheel.add(EDITED, draft=DRAFT, opinions=2)
    wheel.turn()
    assert office.eun.queued() == office.min.queued() == [number]
    office.eun.says(number, "approve", edited=EDITED + " 끝.")
    wheel.turn()
    assert (wheel.state(number), office.eun.queued(), office.jun.queued()) == ("pushed", [], [number])
    [record] = office.min.queue()
    assert record["suggestions"][0]["value"] == EDITED + " 끝.", "whoever is asked next decides on the text so far"
    assert "승인" not in record["fields"]["notes"], "and does not know what the first one said"
    office.min.says(number, "approve", edited=record["suggestions"][0]["value"])
    wheel.turn()
    assert (wheel.state(number), wheel.review(number).text) == ("approved", EDITED + " 끝.")
    assert office.jun.queued() == []


def test_given_disagreement_when_exchanged_then_a_third_hears_both_sides_and_decides(
    wheel: Wheel, office: Office
) -> None:
    at_work(wheel, office)
    number = wheel.add(EDITED, opinions=2)
    wheel.turn()
    office.eun.says(number, "approve")
    wheel.turn()
    office.min.says(number, "reject", reasons=["wrong_facts"], note="가격이 달라요")
    wheel.turn()
    assert wheel.state(number) == "disputed"
    assert (office.eun.queued(), office.min.queued(), office.jun.queued()) == ([], [], [number])
    [record] = office.jun.queue()
    assert "사실과 다름" in record["fields"]["notes"] and "가격이 달라요" in record["fields"]["notes"]
    office.jun.says(number, "reject")
    wheel.turn()
    assert wheel.state(number) == "rejected" and wheel.turn() == wheel.turn()
    assert len(wheel.words(number)) == 3


def test_given_two_who_had_the_page_open_when_both_answer_then_both_words_count(wheel: Wheel, office: Office) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    [record] = office.eun.queue()
    for who, verdict in ((office.eun, "approve"), (office.min, "reject")):
        who.answers(record, verdict)
    wheel.turn()
    assert wheel.state(number) == "disputed" and office.jun.queued() == [number]
    office.min.says(number, "approve")
    wheel.turn()
    assert wheel.state(number) == "approved" and office.jun.queued() == []


def test_given_approval_when_edited_again_then_the_later_text_counts_and_both_words_are_kept(
    wheel: Wheel, office: Office
) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    for text in ("처음", "나중"):
        office.eun.says(number, "approve", edited=text)
        wheel.turn()
        assert wheel.review(number).text == text
    first, second = wheel.words(number)
    assert first.response == second.response and first.key != second.key
    office.eun.says(number, "reject")
    wheel.turn()
    assert wheel.state(number) == "rejected"


@pytest.mark.parametrize("how", ["discards", "deletes"])
def test_given_decided_review_when_the_word_is_taken_back_then_it_waits_again(
    wheel: Wheel, office: Office, how: str
) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    said = office.eun.says(number, "approve")
    wheel.turn()
    if how == "deletes":
        office.eun.deletes(said)
    else:
        office.eun.says(number, "approve", status="discarded")
    assert wheel.turn().withdrawn == 1
    assert wheel.state(number) == "pushed" and office.min.queued() == [number]
    assert [word.withdrawn_at is None for word in wheel.words(number)] == [False]


def test_given_skip_when_exchanged_then_nothing_is_said_and_somebody_else_is_asked(
    wheel: Wheel, office: Office
) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    office.eun.says(number, "reject", status="discarded")
    wheel.turn()
    assert wheel.words(number) == [] and wheel.state(number) == "pushed"
    assert (office.eun.queued(), office.min.queued()) == ([], [number])


def test_given_deleted_account_when_exchanged_then_its_word_stays(wheel: Wheel, office: Office) -> None:
    kim = office.hire("kim")
    number, other = wheel.add(EDITED), wheel.add("둘")
    wheel.turn()
    kim.says(number, "approve")
    wheel.turn()
    office.staff.fire(kim.who)
    office.eun.says(other, "approve")  # so that there is something new to read
    assert wheel.turn().withdrawn == 0
    assert wheel.state(number) == "approved" and wheel.words(number)[0].reviewer == kim.name
    assert number not in office.eun.queued(), "the answer went with the account; ours stands in for it"


def test_given_decision_made_elsewhere_when_taken_back_there_then_it_is_asked_again(
    wheel: Wheel, office: Office
) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    with transaction(wheel.engine) as session:
        decide(session, number, key="slack:1", reviewer="U0EUN", verdict="approve", text="다른 데서")
    wheel.desk.settle(wheel.review(number))
    assert office.eun.queued() == [] and wheel.turn().decided == 0 and len(wheel.words(number)) == 1
    with transaction(wheel.engine) as session:
        decide(session, number, key="slack:2", reviewer="U0MIN", verdict="reject")
    assert wheel.state(number) == "disputed"
    wheel.desk.settle(wheel.review(number), wheel.words(number))
    assert office.eun.queued() == [number] and len(office.owner.records()) == 1


def test_given_records_one_is_too_long_when_pushed_then_it_is_set_aside_with_its_reason_and_the_rest_go_on(
    wheel: Wheel, office: Office
) -> None:
    numbers = [wheel.add(f"글 {n}") for n in range(7)]
    long = [{"role": "user", "content": "가" * 20_001}]
    numbers.insert(3, wheel.add("긴 요청", short_prompt=long))
    done = wheel.turn()
    assert (done.pushed, done.refused) == (7, 1)
    refused = wheel.review(numbers[3])
    assert refused.state == "refused" and refused.external_id is None
    assert refused.note == "Argilla refused it: prompt: String should have at most 20000 characters"
    assert len(office.eun.queued()) == 7


def test_given_withdrawn_text_when_removed_twice_then_none_of_its_records_is_left_nor_a_byte_on_the_disk(
    wheel: Wheel, office: Office, argilla_server: Any
) -> None:
    at_work(wheel, office)
    number, other = wheel.add(f"자귀나무 {EDITED}", opinions=2), wheel.add("둘")
    wheel.turn()
    office.eun.says(number, "approve", edited=f"{EDITED} 자귀나무 아래에서")
    wheel.turn()
    assert sum(one["metadata"]["review"] == number for one in office.owner.records()) == 2
    for again in (False, True):
        assert bool(holding(argilla_server.local.folder, "자귀나무")) == (not again)
        wheel.desk.remove(wheel.review(number))
        assert office.min.queued() == [other]
    assert holding(argilla_server.local.folder, "자귀나무") == []


def holding(folder: Path, word: str) -> list[str]:
    """Names of files with this word in them, also as JSON writes it."""
    forms = word.encode(), json.dumps(word)[1:-1].encode()
    return [path.name for path in folder.rglob("*") if path.is_file() and any(f in path.read_bytes() for f in forms)]


def test_given_nothing_new_when_exchanged_then_no_record_is_read(wheel: Wheel, office: Office) -> None:
    wheel.add(EDITED)
    wheel.turn()
    assert wheel.desk.pull().shown is None
    office.eun.says(1, "approve")
    told = [wheel.desk.pull() for _ in range(2)]
    assert [len(pulled.verdicts) for pulled in told] == [1, 1], "until it is kept it is told again"
    told[0].kept()
    assert wheel.desk.pull().shown is None


def test_given_records_of_another_house_when_pulled_then_equal_numbers_are_not_taken_for_ours(
    wheel: Wheel, office: Office
) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    office.eun.says(number, "approve")
    with transaction(wheel.engine) as session:  # as if our database had been made anew
        review = session.get_one(Review, number)
        review.proposed, review.external_id, review.state = "다른 글", None, "pending"
    wheel.turn()
    assert wheel.state(number) == "pushed" and wheel.words(number) == []
    assert office.eun.queued() == [number]


def test_given_verdict_when_made_of_a_response_then_an_edit_of_it_has_another_key(wheel: Wheel, office: Office) -> None:
    number = wheel.add(EDITED)
    wheel.turn()
    seen: list[Verdict] = []
    for verdict in ("approve", "reject"):
        office.eun.says(number, verdict)
        seen += wheel.desk.pull().verdicts
    assert len({word.key for word in seen}) == 2 and len({word.response for word in seen}) == 1
