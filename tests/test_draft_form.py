"""The form that asks for a draft: what it asks, what is kept of it, and the suggestions in the bot's messages."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col

from bot.blocks.ask_form import draft_form
from bot.listeners.form import meant, open_draft_form
from bot.messages import say
from bot.playground.member import FormError, Member
from bot.playground.view_check import check_view
from bot.verbs import verb_of
from curation.guide import LANGUAGES
from curation.house import House, load_house
from db.session import transaction
from db.tables import Person, Request
from tests.bot_parts import Bench, Json, actions
from tests.rows import fresh

pytest_plugins = ["tests.bot_bench"]
HOUSE = load_house()


def opened(who: Member) -> Json:
    return who.open_view(callback_id="draft_form")


def fields(view: Json) -> list[str]:
    return [block["block_id"] for block in view["blocks"]]


def sent(bench: Bench, before: int) -> Request:
    return bench.slack.wait_for(lambda: bench.rows(Request, col(Request.id) > before))[0]


def test_given_no_topic_when_the_command_comes_then_the_form_asks_and_what_it_says_is_drafted(bench: Bench) -> None:
    mina, before = bench.member("mina"), bench.newest(Request)
    bench.speak("mina", "ko")
    mina.command("/draft", "  ", "초안")
    view = opened(mina)
    assert fields(view) == ["task", "topic", "points", "audience", "tone", "length", "brand", "language"]
    mina.submit(
        view["id"],
        {"topic": " 여름\t음료 ", "points": "- 가격 3,000원\n\n예약, 주차\n", "audience": "직장인", "length": "0"},
    )
    row = sent(bench, before)
    made = {"topic": "여름 음료", "audience": "직장인", "points": ["가격 3,000원", "예약, 주차"], "length": "짧게"}
    assert (row.source, row.task, row.language, row.fields) == ("form", "blog", "ko", made)
    assert row.key == f"view:{view['id']}"
    assert row.text.splitlines()[-1] == "분량: 짧게" and bench.house.ask(row.text).fields == made
    bench.slack.wait_for(lambda: bench.rows(Request, Request.id == row.id, Request.state == "done"), 60)
    (answer,) = (m for m in bench.answers(mina, "초안") if m["metadata"]["event_payload"]["draft_id"] == row.id)
    assert not answer.get("thread_ts")


def test_given_another_task_when_chosen_then_the_form_asks_for_what_that_needs_in_the_readers_language(
    bench: Bench,
) -> None:
    sara, before = bench.member("sara"), bench.newest(Request)
    bench.speak("sara", "en")
    sara.command("/draft", "", "drafts")
    view = opened(sara)
    values = {"topic": "summer drinks", "task": "sns"}
    sara.click_in_view(view["id"], "draft_task", "sns", values)
    view = bench.slack.wait_for(lambda: v if "platform" in fields(v := opened(sara)) else None)
    assert view["blocks"][1]["element"]["initial_value"] == "summer drinks"
    sara.submit(view["id"], {**values, "platform": "Instagram", "language": "ko", "length": "1"})
    row = sent(bench, before)
    assert (row.task, row.language) == ("sns", "ko")
    assert row.fields == {"topic": "summer drinks", "platform": "Instagram", "length": "보통"}
    with transaction(bench.engine) as session:
        assert session.get_one(Person, row.person_id).language == "en"  # a Korean text does not change what she reads


def test_given_a_form_without_a_topic_when_sent_then_it_stays_open_with_a_sentence_and_nothing_is_written(
    bench: Bench,
) -> None:
    junho, before = bench.member("junho"), bench.newest(Request)
    junho.command("/draft", "", "초안")
    view = opened(junho)
    with pytest.raises(FormError) as refused:
        junho.submit(view["id"], {"topic": "   "})
    assert refused.value.errors == {"topic": say("ko", "no_topic")}
    assert bench.newest(Request) == before
    junho.submit(view["id"], {"topic": "도서관 야간 개방"})
    assert sent(bench, before).fields == {"topic": "도서관 야간 개방"}


def test_given_a_mention_that_asks_for_the_form_when_its_button_is_pressed_then_the_form_opens_and_first_asks_once(
    bench: Bench,
) -> None:
    eun, before = bench.member("eun"), bench.newest(Request)
    bench.speak("eun", "ko")
    eun.mention("초안", "양식")
    line = bench.slack.wait_for(lambda: [m for m in eun.history("초안") if "draft_form_open" in actions(m)])[0]
    assert line["viewer"] == eun.id
    eun.click(line["ts"], "draft_form_open", channel="초안")
    eun.submit(opened(eun)["id"], {"topic": "가을 축제"})
    assert sent(bench, before).source == "form"
    assert bench.slack.wait_for(lambda: [m for m in eun.history("초안") if "consent_yes" in actions(m)])


def test_given_a_person_who_opens_the_bots_messages_when_nothing_was_said_then_topics_are_suggested_in_their_language(
    bench: Bench,
) -> None:
    for name, language in (("junho", "ko"), ("sara", "en")):
        who = bench.member(name)
        who.open_messages()
        wanted = [{"title": words, "message": words} for words in HOUSE.guide.prompts[language]]
        assert bench.slack.wait_for(who.prompts) == wanted


class Opens:
    """Keeps the view it is asked to open."""

    def views_open(self, *, trigger_id: str, view: Json) -> None:
        self.view = view


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", HOUSE.tasks)
def test_given_any_task_when_the_form_is_made_then_slack_takes_it_and_its_fields_are_those_of_the_guide(
    language: str, task: str
) -> None:
    view = draft_form(HOUSE.guide, language, task, "{}", {})
    check_view(view, "modal")
    assert set(fields(view)) == {"task", "language", *HOUSE.tasks[task].fields}


def test_given_what_is_known_already_when_the_form_opens_then_it_stands_there() -> None:
    client = Opens()
    known = {"task": "reply", "topic": "배송 지연", "question": "언제 오나요?", "language": "en"}
    open_draft_form(client, "t", "ko", HOUSE, "D1", known)  # type: ignore[arg-type]
    shown = {block["block_id"]: block["element"] for block in client.view["blocks"]}
    assert json.loads(client.view["private_metadata"]) == {"channel": "D1"}
    assert [shown[name]["initial_value"] for name in ("topic", "question")] == ["배송 지연", "언제 오나요?"]
    assert [shown[name]["initial_option"]["value"] for name in ("task", "language")] == ["reply", "en"]


LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).filter(str.strip)
VALUES = st.fixed_dictionaries(
    {"task": st.sampled_from(list(HOUSE.tasks)), "language": st.sampled_from(LANGUAGES), "topic": LINE},
    optional={"points": LINE, "audience": LINE, "tone": LINE, "length": st.sampled_from("012345")},
)


@given(VALUES)
def test_given_any_form_when_meant_then_each_field_is_one_labelled_line_of_the_prompt(
    values: Mapping[str, str],
) -> None:
    ask = meant(HOUSE, values)
    lines = HOUSE.prompts(ask.task, ask.language, ask.fields).short[-1]["content"].split("\n")
    names = ["task", *(name for name in HOUSE.guide.fields if ask.fields.get(name))]
    labels = [HOUSE.guide.fields[name][ask.language] for name in names]
    assert [line.partition(":")[0] for line in lines] == labels
    assert ("length" in ask.fields) == ("length" in values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_a_length_when_prompted_then_one_line_tells_it_and_without_one_nothing_does(
    house: House, language: str
) -> None:
    texts = {"ko": "여름 음료 블로그\n분량: 700자", "en": "summer drinks blog\nLength: 300 words"}
    ask = house.ask(texts[language])
    said = house.prompts(ask.task, language, ask.fields).short[-1]["content"]
    without = house.prompts(ask.task, language, {"topic": ask.fields["topic"]}).short[-1]["content"]
    assert said == f"{without}\n{house.guide.fields['length'][language]}: {ask.fields['length']}"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("status", ("status", "")),
        ("상태", ("status", "")),
        ("Trace v3", ("trace", "v3")),
        ("추적 12", ("trace", "12")),
        ("privacy delete", ("privacy", "delete")),
        ("rollback blog", ("rollback", "blog")),
        ("promote v12", ("promote", "v12")),
        ("status report blog post", None),
        ("trace of a comet", None),
        ("rollback netting for shops", None),
        ("양식 사진 블로그", None),
        ("privacy off the grid", None),
    ],
)
def test_given_a_word_of_the_bots_when_it_begins_a_topic_then_it_is_a_topic(
    text: str, verb: tuple[str, str] | None
) -> None:
    assert verb_of(text, HOUSE.tasks) == verb


ASKED = [
    ("영어로 여름 음료 블로그 써 주세요", "en", "ko", "여름 음료"),
    ("여름 음료 블로그 글을 영어로 써 주세요", "en", "ko", "여름 음료"),
    ("In Korean: summer drinks blog", "ko", "en", "summer drinks"),
    ("Please write a blog post about summer drinks in Korean, please", "ko", "en", "summer drinks"),
    ("영어로 말하는 카페 블로그", "ko", "ko", "영어로 말하는 카페"),
    ("signs in Korean restaurants", "en", "en", "signs in Korean restaurants"),
]


@pytest.mark.parametrize(("text", "language", "spoken", "topic"), ASKED)
def test_given_a_language_asked_for_when_understood_then_the_draft_is_in_it_and_the_person_reads_their_own(
    house: House, text: str, language: str, spoken: str, topic: str
) -> None:
    ask = house.ask(text)
    assert (ask.language, ask.spoken, ask.fields["topic"]) == (language, spoken, topic)


def test_given_the_same_form_when_it_arrives_twice_then_it_is_one_request(bench: Bench) -> None:
    form = draft_form(HOUSE.guide, "ko", "blog", json.dumps({"channel": "C0CHOAN"}), {})
    number = fresh()
    chosen = {"task": "blog", "language": "ko"}
    values = {n: {n: {"type": "static_select", "selected_option": {"value": v}}} for n, v in chosen.items()}
    values["topic"] = {"topic": {"type": "plain_text_input", "value": "여름 음료"}}
    view = {**form, "id": number, "hash": "1", "state": {"values": values}}
    user = {"id": "U0JUNHO", "team_id": "T0ONBIT"}
    body = {"type": "view_submission", "team": {"id": "T0ONBIT"}, "user": user, "view": view, "trigger_id": "t"}
    assert [bench.deliver(body) for _ in range(2)] == [200, 200]
    assert len(bench.rows(Request, Request.key == f"view:{number}")) == 1
