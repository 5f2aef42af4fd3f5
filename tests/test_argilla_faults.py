"""Argilla away, broken, locked or put back to an older state: nothing is lost, nothing doubled, and we say what is wrong."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from curation.consent import withdraw
from curation.house import House
from db.errors import DeskError
from db.session import transaction
from db.tables import Decision, Review
from tests.argilla_office import Office, Wheel
from tests.breaking_proxy import Call, Fate, Proxy, proxy_to

pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench"]

AWAY: dict[Fate, str] = {
    "drop": r"can't be reached.*ARGILLA_API_URL",
    "error": r"failed \(HTTP 500\).*its own log",
    "html": r"is not Argilla: it sent no JSON",
    "unauthorized": r"does not know the key in ARGILLA_API_KEY",
}


@pytest.fixture
def proxy(office: Office) -> Iterator[Proxy]:
    with proxy_to(office.url) as started:
        yield started


@pytest.fixture
def shaky(office: Office, house: House, sqlite_engine: Engine, proxy: Proxy) -> Wheel:
    """Our side, behind the proxy."""
    return Wheel(office, house, sqlite_engine, proxy.url)


def always(fate: Fate) -> Callable[[Call], Fate]:
    return lambda call: fate


def once(fate: Fate, when: Callable[[Call], bool]) -> Callable[[Call], Fate]:
    """`fate` for the first call that fits."""
    left = [fate]
    return lambda call: left.pop() if left and when(call) else "pass"


@pytest.mark.parametrize("fate", AWAY)
def test_given_argilla_away_for_a_while_when_it_is_back_then_all_goes_on_as_if_nothing_had_been(
    shaky: Wheel, office: Office, proxy: Proxy, fate: Fate
) -> None:
    first = shaky.add("하나")
    shaky.turn()
    proxy.fate = always(fate)
    second = shaky.add("둘")
    office.eun.says(first, "approve")
    for _ in range(2):
        with pytest.raises(DeskError, match=AWAY[fate]) as told:
            shaky.turn()
        assert office.staff.key not in str(told.value)
    assert (shaky.state(first), shaky.state(second)) == ("pushed", "pending")
    proxy.heal()
    done = shaky.turn()
    assert (done.pushed, done.decided) == (1, 1)
    assert (shaky.state(first), shaky.state(second)) == ("approved", "pushed")
    assert len(office.owner.records()) == 2 and office.eun.queued() == [second]


@pytest.mark.parametrize("fate", ["error", "drop", "lose"])
def test_given_one_failure_when_exchanged_then_the_next_try_does_it(
    shaky: Wheel, office: Office, proxy: Proxy, fate: Fate
) -> None:
    number = shaky.add("하나")
    proxy.fate = once(fate, lambda call: call.path.endswith("/records/bulk"))
    assert shaky.turn().pushed == 1
    office.eun.says(number, "approve")
    proxy.fate = once(fate, lambda call: "/search" in call.path)
    assert shaky.turn().decided == 1
    assert len(office.owner.records()) == 1


def test_given_key_revoked_at_start_when_exchanged_then_the_sentence_names_the_setting(wheel: Wheel) -> None:
    wheel.desk.server.key = "revoked"
    wheel.add("하나")
    with pytest.raises(DeskError, match=r"does not know the key in ARGILLA_API_KEY"):
        wheel.turn()
    assert wheel.state(1) == "pending"


def test_given_key_of_no_owner_when_exchanged_then_the_sentence_asks_for_an_owners(
    wheel: Wheel, office: Office
) -> None:
    office.empty()
    wheel.desk.server.key = office.eun.who.http.headers["X-Argilla-Api-Key"]
    wheel.add("하나")
    with pytest.raises(DeskError, match=r"take an owner's key"):
        wheel.turn()


def test_given_break_before_what_was_read_is_kept_when_exchanged_again_then_every_word_is_there(
    shaky: Wheel, office: Office, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = shaky.add("하나")
    shaky.turn()
    office.eun.says(number, "approve")
    with monkeypatch.context() as broken:
        broken.setattr("curation.pulling.take", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shaky.turn()
    assert shaky.turn().decided == 1


def test_given_break_before_the_second_opinion_is_asked_when_exchanged_again_then_it_is(
    shaky: Wheel, office: Office, proxy: Proxy
) -> None:
    number = shaky.add("하나")
    shaky.turn()
    [record] = office.eun.queue()
    for who, verdict in ((office.eun, "approve"), (office.min, "reject")):
        who.answers(record, verdict)
    proxy.fate = lambda call: "drop" if call.path.endswith("/records/bulk") else "pass"
    with pytest.raises(DeskError):
        shaky.turn()
    assert shaky.state(number) == "disputed" and office.jun.queued() == []
    proxy.heal()
    shaky.turn()
    assert office.jun.queued() == [number]


def test_given_emptied_server_when_exchanged_then_what_waits_goes_out_again_and_decisions_stay(
    wheel: Wheel, office: Office
) -> None:
    decided, waiting = wheel.add("하나"), wheel.add("둘")
    wheel.turn()
    office.eun.says(decided, "approve")
    wheel.turn()
    office.empty()
    assert wheel.turn().withdrawn == 0
    assert wheel.turn().pushed == 1
    assert wheel.state(decided) == "approved" and office.eun.queued() == [waiting]
    office.eun.says(waiting, "reject")
    wheel.turn()
    assert wheel.state(waiting) == "rejected"


@pytest.fixture
def backup(argilla_server: Any, tmp_path: Path) -> Callable[[], Callable[[], None]]:
    """`restore = backup()`: the server's database as it is now, put back by `restore()` under the running server."""

    def copy(source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)

    def take() -> Callable[[], None]:
        live, kept = argilla_server.local.folder / "argilla.db", tmp_path / "backup.db"
        copy(live, kept)
        return lambda: copy(kept, live)

    return take


def test_given_server_put_back_to_an_older_state_when_exchanged_then_words_stay_and_lost_reviews_go_out_again(
    wheel: Wheel, office: Office, backup: Callable[[], Callable[[], None]]
) -> None:
    early, late, unsaid = wheel.add("먼저"), wheel.add("나중"), wheel.add("아직")
    wheel.turn()
    office.eun.says(early, "approve")
    wheel.turn()
    restore = backup()
    office.eun.says(late, "approve", edited="나중 고침")
    after = wheel.add("뒤에")
    wheel.turn()
    before = kept(wheel.engine)
    restore()
    assert late in office.min.queued(), "the server has forgotten the answer"
    for _ in range(3):
        assert wheel.turn().withdrawn == 0
    assert kept(wheel.engine) == before
    assert wheel.state(late) == "approved" and wheel.review(late).text == "나중 고침"
    assert sorted(office.min.queued()) == [unsaid, after], (
        "what is decided is asked of nobody, what waits is there again"
    )
    office.min.says(after, "reject")
    office.min.says(unsaid, "approve")
    wheel.turn()
    assert [wheel.state(n) for n in (early, late, unsaid, after)] == ["approved", "approved", "approved", "rejected"]


def test_given_text_taken_back_when_a_backup_brings_its_record_again_then_it_goes_again(
    wheel: Wheel, office: Office, backup: Callable[[], Callable[[], None]]
) -> None:
    gone, stays = wheel.add("거둔 글"), wheel.add("남는 글")
    wheel.turn()
    restore = backup()
    with transaction(wheel.engine) as session:
        withdraw(session.get_one(Review, gone))
    wheel.desk.remove(wheel.review(gone))
    with transaction(wheel.engine) as session:
        session.get_one(Review, gone).external_id = None  # as the clearing of cards notes it
    wheel.turn()
    assert office.eun.queued() == [stays]
    restore()
    assert office.eun.queued() == [gone, stays]
    wheel.turn()
    assert office.eun.queued() == [stays]


def kept(engine: Engine) -> list[tuple[str, str, bool]]:
    """Every word with its verdict, and whether it counts."""
    with transaction(engine) as session:
        said = session.exec(select(Decision).order_by("id"))
        return [(word.key, word.verdict, word.withdrawn_at is None) for word in said]
