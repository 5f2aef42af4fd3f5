"""A good text that exists already becomes a masked review, if the people and the channel allow it."""

from collections.abc import Iterator

import pytest
from slack_bolt import BoltContext
from sqlalchemy import Engine
from sqlmodel import col, select

from bot.listeners.examples import objection
from bot.messages import say
from bot.playground.member import FormError, Member
from curation.forget import forget_example
from curation.mask import mask
from db.people import person
from db.session import transaction
from db.tables import Channel, Person, Review
from tests import rows
from tests.bot_parts import DRAFTS, TEAM, Bench, Json
from tests.test_bot_editing import word_file

pytest_plugins = ["tests.bot_bench"]
POST = "# 여름 음료 블로그\n\n안녕하세요, 온빛기획입니다. 문의는 010-1234-5678로 주세요.\n\n- 텀블러 할인 500원"


@pytest.fixture(autouse=True)
def people(bench: Bench) -> Iterator[None]:
    """The masking is loaded, as in a bot that runs; whatever a test changed of people and channels is as usual again."""
    mask("warm")
    known(bench)
    yield
    known(bench)


def known(bench: Bench) -> None:
    with transaction(bench.engine) as session:
        for name in ("mina", "junho", "sara", "eun"):
            who = person(session, TEAM, bench.member(name).id)
            who.consent, who.guest = "unasked", False
    for channel in ("C0CHOAN", "C0DRAFTS"):
        set_channel(bench, channel, external=False)


def set_channel(bench: Bench, channel: str, external: bool) -> None:
    row = next((c for c in bench.rows(Channel) if c.channel_id == channel), None)
    with transaction(bench.engine) as session:
        session.merge(Channel(id=row and row.id, team_id=TEAM, channel_id=channel, external=external))


def brought(bench: Bench, text: str = POST, author: str = "junho") -> tuple[Member, str, Json]:
    """Somebody's post, and the form that Mina opens on it."""
    mina, ts = bench.member("mina"), bench.member(author).say(DRAFTS["ko"], text)
    mina.shortcut(ts, "use_as_example")
    return mina, ts, mina.open_view(callback_id="example_form")


def reviews(bench: Bench, ts: str) -> list[Review]:
    return bench.rows(Review, Review.key == f"message:{TEAM}:C0CHOAN:{ts}")


def test_given_a_good_post_when_brought_then_a_masked_review_waits_and_the_bringer_is_told(bench: Bench) -> None:
    mina, ts, view = brought(bench)
    blocks = {block["block_id"]: block.get("element", {}) for block in view["blocks"]}
    assert blocks["task"]["initial_option"]["value"] == "blog" and blocks["topic"]["initial_value"] == "여름 음료"
    mina.submit(view["id"], {"audience": "동네 직장인"})
    (row,) = reviews(bench, ts)
    assert row.proposed == POST.replace("010-1234-5678", "[PHONE_1]")
    assert (row.state, row.origin, row.task, row.language, row.feedback_id) == ("pending", "human", "blog", "ko", None)
    assert row.fields == {"topic": "여름 음료", "audience": "동네 직장인"} and row.source == f"C0CHOAN:{ts}"
    prompts = bench.house.prompts("blog", "ko", row.fields)
    assert (row.short_prompt, row.long_prompt) == (prompts.short, prompts.long)
    with transaction(bench.engine) as session:
        assert row.person_id == person(session, TEAM, mina.id).id
        assert row.author_id == person(session, TEAM, "U0JUNHO").id  # whose words they are
    assert bench.told(mina, "초안", say("ko", "example_kept"))

    eun = bench.member("eun")
    eun.shortcut(ts, "use_as_example")
    assert bench.told(eun, "초안", say("ko", "example_known")) and not eun.views()
    assert len(reviews(bench, ts)) == 1


def test_given_a_long_file_when_brought_and_trimmed_then_the_rest_of_it_is_the_example(bench: Bench) -> None:
    text = "\n\n".join(f"{i}번째 문단은 손님이 먼저 읽는 글입니다." for i in range(400))
    mina = bench.member("mina")
    ts = mina.upload("초안", "지난 글.docx", word_file("담당자 메모\n\n" + text))
    mina.shortcut(ts, "use_as_example")
    view = mina.open_view(callback_id="example_form")
    parts = [block for block in view["blocks"] if block["block_id"].startswith("part_")]
    assert len(parts) == 4
    first = parts[0]["element"]["initial_value"].removeprefix("담당자 메모\n\n")
    mina.submit(view["id"], {"part_0": first, "topic": "손님", "task": "sns"})
    (row,) = reviews(bench, ts)
    assert (row.proposed, row.task, row.fields) == (text, "sns", {"topic": "손님"})


@pytest.mark.parametrize(
    ("who", "wish", "key"),
    [
        ("junho", {"consent": "declined"}, "example_author_declined"),
        ("mina", {"consent": "declined"}, "example_declined"),
        ("junho", {"guest": True}, "example_guest"),
        ("mina", {"guest": True}, "example_guest"),
    ],
)
def test_given_people_who_do_not_allow_it_when_brought_or_sent_then_a_sentence_says_so_and_nothing_is_kept(
    bench: Bench, who: str, wish: Json, key: str
) -> None:
    mina, ts, view = brought(bench)
    with transaction(bench.engine) as session:
        changed: Person = person(session, TEAM, bench.member(who).id)
        for name, value in wish.items():
            setattr(changed, name, value)
    with pytest.raises(FormError) as refused:  # they changed their mind while the form was open
        mina.submit(view["id"], {})
    assert refused.value.errors == {"part_0": say("ko", key)}
    mina.close_view(view["id"])
    mina.shortcut(ts, "use_as_example")
    assert bench.told(mina, "초안", say("ko", key)) and not mina.views()
    assert reviews(bench, ts) == []


def test_given_a_forgotten_text_when_its_message_or_another_with_it_is_brought_then_it_stays_out(bench: Bench) -> None:
    text = "# 지운 글\n\n수국이 피는 카페에서 여름을 시작하세요. 이번 주 새 음료를 준비했습니다."
    mina, ts, view = brought(bench, text)
    mina.submit(view["id"], {})
    (row,) = reviews(bench, ts)
    with transaction(bench.engine) as session:
        review = session.get_one(Review, row.id)
        review.state, review.text = "approved", review.proposed
        forget_example(session, rows.example(session, review).id or 0, "U0SARA")
    mina.shortcut(ts, "use_as_example")
    assert bench.told(mina, "초안", say("ko", "example_known"))
    _, other, view = brought(bench, text.replace(". ", ".  "))
    with pytest.raises(FormError) as refused:
        mina.submit(view["id"], {"audience": "동네 직장인"})
    assert refused.value.errors == {"part_0": say("ko", "example_forgotten")}
    mina.close_view(view["id"])
    assert reviews(bench, other) == []


def test_given_a_shared_channel_or_a_message_of_the_bot_when_brought_then_a_sentence_says_so(bench: Bench) -> None:
    message, _ = bench.draft("여름 음료 초안")
    mina = bench.member("mina")
    mina.shortcut(message["ts"], "use_as_example")
    assert bench.told(mina, "초안", say("ko", "not_a_person"))
    set_channel(bench, "C0CHOAN", external=True)
    mina.shortcut(mina.say("초안", POST), "use_as_example")
    assert bench.told(mina, "초안", say("ko", "example_external")) and not mina.views()


def test_given_people_and_a_channel_nobody_asked_slack_about_when_a_post_is_brought_then_it_is_asked_first(
    bench: Bench,
) -> None:
    with transaction(bench.engine) as session:
        for name in ("mina", "junho"):
            person(session, TEAM, bench.member(name).id).guest = None
        for row in session.exec(select(Channel)):
            session.delete(row)
    mina, ts, view = brought(bench)
    mina.submit(view["id"], {})
    assert len(reviews(bench, ts)) == 1
    assert [row.guest for row in bench.rows(Person, col(Person.user_id).in_(("U0MINA", "U0JUNHO")))] == [False, False]
    assert [(row.channel_id, row.external) for row in bench.rows(Channel)] == [("C0CHOAN", False)]


def test_given_what_is_known_of_people_and_channel_when_asked_then_only_what_all_allow_may_be_brought(
    engine: Engine,
) -> None:
    place = {"channel": "C1", "ts": "1.000001", "thread": "", "author": "U1"}
    context = BoltContext({"team_id": "T1", "user_id": "U2"})
    with transaction(engine) as session:
        assert objection(session, context, place) == "example_unknown"
        for user in ("U1", "U2"):
            person(session, "T1", user).guest = False
        assert objection(session, context, place) == "example_unknown"
        session.add(Channel(team_id="T1", channel_id="C1", external=False))
        session.flush()
        assert objection(session, context, place) is None
        person(session, "T1", "U1").consent = "declined"
        assert objection(session, context, place) == "example_author_declined"


def test_given_an_english_member_when_they_bring_an_english_post_then_form_and_example_are_english(
    bench: Bench,
) -> None:
    bench.speak("sara", "en")
    sara = bench.member("sara")
    root = sara.say("drafts", "What do you think?")
    ts = sara.say("drafts", "Summer drinks social post\n\nOpen at eight.", root)
    sara.shortcut(ts, "use_as_example")
    view = sara.open_view(callback_id="example_form")
    assert view["title"]["text"] == say("en", "example_title")
    sara.submit(view["id"], {})
    (row,) = bench.rows(Review, Review.key == f"message:{TEAM}:C0DRAFTS:{ts}")
    assert (row.language, row.source, row.task) == ("en", f"C0DRAFTS:{root}", "sns")
