"""The contract of every review desk: shown once, found again after a crash, settled once; run against each of them.

A new desk joins by a class with the four verbs of `Bench` and its name in DESKS.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlmodel import select

from bot.playground.server import Playground
from curation.argilla_desk import ArgillaDesk
from curation.decisions import decide
from curation.desk import ReviewDesk
from curation.house import House
from curation.reviews import exchange
from curation.slack_desk import SlackDesk, slack_client
from db.errors import DeskError
from db.session import transaction
from db.settings import Settings
from db.tables import Review
from tests import rows
from tests.argilla_office import Office, Staff
from tests.breaking_proxy import Proxy, proxy_to

pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench"]

DESKS = ["slack", "argilla", "argilla-elsewhere"]
TRICKY = "가격 <b>1,000원</b> & *별표* ~물결~ `코드` <!channel> <@U0EUN> :tada: 끝"


class Bench(Protocol):
    """What the contract needs to know about a desk from outside."""

    desk: ReviewDesk

    def shown(self) -> dict[int, str]:
        """Every review a reviewer sees, with the text to read; AssertionError if one stands there twice."""

    def decidable(self) -> set[int]:
        """Reviews a reviewer can decide now."""

    def breaking_after(self, calls: int) -> ReviewDesk:
        """The same desk, whose connection breaks after the outside has taken so many writing calls."""

    def unreachable(self) -> ReviewDesk: ...


class BreakingClient(WebClient):
    """A client whose call arrives but whose answer is lost, once `left` posts were made."""

    left = 0

    def chat_postMessage(self, **arguments: Any) -> Any:  # type: ignore[override]
        answer = super().chat_postMessage(**arguments)
        self.left -= 1
        if self.left <= 0:
            raise ConnectionResetError("the answer was lost")
        return answer


class SlackBench:
    """The review channel of a local Slack, as the reviewer Eun sees it."""

    def __init__(self, slack: Playground, house: House) -> None:
        self.slack = slack
        settings = Settings(slack_bot_token=slack.bot_token, slack_api_url=slack.api_url, review_channel="C0REVIEW")
        self.desk: SlackDesk = SlackDesk(slack_client(settings), settings.review_channel, house)
        self.eun = slack.as_member("eun")

    def messages(self) -> list[dict[str, Any]]:
        return self.eun.history("review")

    def shown(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for message in self.messages():
            if message.get("thread_ts", message["ts"]) == message["ts"]:
                number = message["metadata"]["event_payload"]["review_id"]
                assert number not in found
                thread = self.eun.thread("review", message["ts"])
                found[number] = "".join(said(block) for part in thread for block in part["blocks"])
        return found

    def decidable(self) -> set[int]:
        rows_of_buttons = [b["elements"] for m in self.messages() for b in m["blocks"] if b["type"] == "actions"]
        return {int(button["value"]) for buttons in rows_of_buttons for button in buttons}

    def breaking_after(self, calls: int) -> ReviewDesk:
        client = BreakingClient(token=self.slack.bot_token, base_url=self.slack.api_url)
        client.left = calls
        return replace(self.desk, client=client)

    def unreachable(self) -> ReviewDesk:
        nobody = WebClient(token="xoxb-none", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
        return replace(self.desk, client=nobody)


class ArgillaBench:
    """A workspace of a real Argilla, as its reviewers see it."""

    def __init__(self, office: Office, proxy: Proxy, house: House, engine: Engine) -> None:
        self.office, self.proxy, self.house, self.engine = office, proxy, house, engine
        self.desk = self._desk(office.url)

    def _desk(self, url: str) -> ArgillaDesk:
        return ArgillaDesk(self.office.server(url), self.house, self.engine)

    def shown(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for record in self.office.owner.records():
            number = record["metadata"]["review"]
            assert number not in found
            [suggested] = record["suggestions"]
            answers = [given["values"]["edited"]["value"] for given in record["responses"]]
            found[number] = [suggested["value"], *answers][-1]
        return found

    def decidable(self) -> set[int]:
        return set(self.office.eun.queued())

    def breaking_after(self, calls: int) -> ReviewDesk:
        self.proxy.lose_after(calls)
        return self._desk(self.proxy.url)

    def unreachable(self) -> ReviewDesk:
        return self._desk("http://127.0.0.1:9")


def said(block: dict[str, Any]) -> str:
    """The texts of people in a block: those of its rich text sections."""
    sections = [e for e in block.get("elements", []) if e.get("type") == "rich_text_section"]
    return "".join(piece["text"] for section in sections for piece in section["elements"])


@pytest.fixture
def slack_bench(house: House) -> Iterator[SlackBench]:
    with Playground.start() as slack:
        yield SlackBench(slack, house)


@pytest.fixture(params=DESKS)
def bench(request: pytest.FixtureRequest, house: House, sqlite_engine: Engine) -> Iterator[Bench]:
    if request.param == "slack":
        yield request.getfixturevalue("slack_bench")
        return
    staff: Staff = request.getfixturevalue({"argilla": "staff", "argilla-elsewhere": "staff_elsewhere"}[request.param])
    with staff.office() as office, proxy_to(office.url) as proxy:
        yield ArgillaBench(office, proxy, house, sqlite_engine)


@pytest.fixture
def reviews(sqlite_engine: Engine) -> Callable[..., list[Review]]:
    """Pending reviews, one for each given text."""

    def make(*texts: str, **more: Any) -> list[Review]:
        with transaction(sqlite_engine) as session:
            return [rows.review(session, proposed=text, **more) for text in texts]

    return make


def stored(engine: Engine) -> list[Review]:
    with transaction(engine) as session:
        return list(session.exec(select(Review).order_by("id")))


def test_given_reviews_when_pushed_then_each_is_shown_once_and_can_be_decided(bench: Bench, reviews: Any) -> None:
    made = reviews("하나", "둘", "셋")
    pushed = bench.desk.push(made)
    assert [p.review_id for p in pushed] == [r.id for r in made]
    assert len({p.external_id for p in pushed}) == 3 and not any(p.refused for p in pushed)
    assert list(bench.shown()) == [r.id for r in made]
    assert bench.decidable() == {r.id for r in made}


def test_given_tricky_text_when_pushed_then_every_character_is_shown(bench: Bench, reviews: Any) -> None:
    [review] = reviews(TRICKY)
    bench.desk.push([review])
    assert bench.shown() == {review.id: TRICKY}


def test_given_long_text_when_pushed_then_all_of_it_can_be_read_in_order(bench: Bench, reviews: Any) -> None:
    text = "\n\n".join(f"{i}번째 문단입니다. " + "가나다라마 " * 90 for i in range(60)) + "끝" * 3_000
    [review] = reviews(text)
    bench.desk.push([review])
    assert bench.shown() == {review.id: text}


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_given_push_that_broke_off_when_pushed_again_then_nothing_stands_twice(
    bench: Bench, reviews: Any, sqlite_engine: Engine, calls: int
) -> None:
    long = "긴 글입니다. " * 1_500
    reviews("하나", long, "셋")
    with pytest.raises(DeskError):
        exchange(sqlite_engine, bench.breaking_after(calls))
    done = exchange(sqlite_engine, bench.desk)
    assert done.pushed == 3
    assert bench.shown() == {1: "하나", 2: long, 3: "셋"}
    assert exchange(sqlite_engine, bench.desk).pushed == 0


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_given_decided_review_when_settled_twice_then_it_can_no_longer_be_decided(
    bench: Bench, reviews: Any, sqlite_engine: Engine, verdict: str
) -> None:
    first, second = reviews("하나", "둘")
    exchange(sqlite_engine, bench.desk)
    with transaction(sqlite_engine) as session:
        decided = decide(session, first.id, key="k1", reviewer="U0EUN", verdict=verdict)
    bench.desk.settle(decided)
    bench.desk.settle(decided)
    assert bench.decidable() == {second.id}
    assert bench.shown()[first.id] == "하나"


def test_given_reviewers_longer_and_shorter_wording_when_settled_then_their_text_is_shown(
    bench: Bench, reviews: Any, sqlite_engine: Engine
) -> None:
    short, long = "짧은 글", "긴 글입니다. " * 2_000
    reviews(short, long)
    exchange(sqlite_engine, bench.desk)
    for number, text in ((1, long), (2, short)):
        with transaction(sqlite_engine) as session:
            decided = decide(session, number, key=f"k{number}", reviewer="U0EUN", verdict="approve", text=text)
        bench.desk.settle(decided)
    assert bench.shown() == {1: long, 2: short}


def test_given_desk_out_of_reach_when_exchanged_then_error_says_so_and_reviews_wait(
    bench: Bench, reviews: Any, sqlite_engine: Engine
) -> None:
    reviews("하나")
    with pytest.raises(DeskError, match="reached"):
        exchange(sqlite_engine, bench.unreachable())
    assert [r.state for r in stored(sqlite_engine)] == ["pending"]


def test_given_unknown_channel_when_pushed_then_error_names_the_cure(slack_bench: SlackBench, reviews: Any) -> None:
    with pytest.raises(DeskError, match=r"channel_not_found.*FLYWHEEL_REVIEW_CHANNEL"):
        replace(slack_bench.desk, channel="C0NOWHERE").push(reviews("하나"))


def test_given_edit_when_pushed_then_gone_words_are_struck_and_new_ones_bold(
    slack_bench: SlackBench, reviews: Any
) -> None:
    [review] = reviews("여름 음료를 편하게 소개합니다. 감사합니다.", draft="여름 음료를 최고로 소개합니다. 감사합니다.")
    slack_bench.desk.push([review])
    [message] = slack_bench.messages()
    [section] = [e for b in message["blocks"] for e in b.get("elements", []) if e.get("type") == "rich_text_section"]
    styled = {(p["text"], *p["style"]) for p in section["elements"] if "style" in p}
    assert styled == {("최고로", "strike"), ("편하게", "bold")}


def test_given_deleted_card_when_settled_then_nothing_breaks(
    slack_bench: SlackBench, reviews: Any, sqlite_engine: Engine
) -> None:
    reviews("하나")
    exchange(sqlite_engine, slack_bench.desk)
    slack_bench.desk.client.chat_delete(channel="C0REVIEW", ts=slack_bench.messages()[0]["ts"])
    with transaction(sqlite_engine) as session:
        decided = decide(session, 1, key="k", reviewer="U0EUN", verdict="approve")
    slack_bench.desk.settle(decided)
    assert slack_bench.messages() == []


def test_given_click_faster_than_our_note_when_settled_then_card_is_found_by_its_ids(
    slack_bench: SlackBench, reviews: Any
) -> None:
    [review] = reviews("하나")
    slack_bench.desk.push([review])
    review.state, review.decided_by, review.text = "approved", "U0EUN", "하나"
    slack_bench.desk.settle(review)
    assert slack_bench.decidable() == set()
