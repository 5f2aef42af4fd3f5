"""Nothing of a forgotten text is left on the disk, whoever was killed on the way, and nothing brings it back."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from slack_sdk.errors import SlackApiError
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.clients import Clients
from bot.forgetting import Closing
from curation import forget as forgetting
from curation import sweep as sweeping
from curation.dataset import build
from curation.decisions import decide
from curation.examples import collect
from curation.export import export
from curation.forget import forget, forget_example, would_go
from curation.house import House
from curation.importers import import_file
from curation.sweep import clear_cards, sweep
from db import artifacts as store
from db import schema, withdrawals
from db.artifacts import Artifacts
from db.errors import DeskError
from db.session import transaction, wipe
from db.tables import Canvas, Dataset, Decision, Event, Example, Person, Review, Run
from tests import rows
from tests.lived import OTHERS, OURS, everything

pytest_plugins = ["tests.two_people"]


class Killed(BaseException):
    """What a kill looks like from inside: no handler of ours runs."""


class Desk:
    """A desk with cards, which may be down."""

    def __init__(self, name: str, *cards: int, down: bool = False) -> None:
        self.name, self.cards, self.down, self.asked = name, set(cards), down, 0

    def remove(self, review: Review) -> None:
        self.asked += 1
        if self.down:
            raise DeskError(f"{self.name} does not answer.")
        self.cards.discard(review.id or 0)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a desk that forgets is not asked to {name}")


def on_disk(folder: Path, word: str) -> set[str]:
    """Names of the files that hold a word in any of the ways it may be written."""
    forms = (word.encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le"))
    return {path.name for path in folder.rglob("*") if path.is_file() and any(f in path.read_bytes() for f in forms)}


@pytest.fixture
def trained(engine: Engine, artifacts: Artifacts, lived: dict[str, int]) -> Path:
    """What a training leaves: a folder whose log quotes a text, and a copy that somebody was killed in storing."""
    folder = artifacts.root.parent / "runs" / "0001"
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "training.log").write_text(f"could not read {OURS}", encoding="utf-8")
    with transaction(engine) as session:
        (run,) = session.exec(select(Run))
        run.spec = {"folder": str(folder)}
    return folder


def person(session: Session, lived: dict[str, int]) -> Person:
    return session.get_one(Person, lived["mina"])


def go_on(engine: Engine, artifacts: Artifacts, desk: Any) -> None:
    """What every turn of the trainer does."""
    sweep(engine, artifacts)
    clear_cards(engine, [desk])


def test_given_a_person_who_taught_when_forgotten_then_no_file_of_the_installation_holds_a_byte_of_their_words(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int], trained: Path, tmp_path: Path
) -> None:
    sqlite = engine.dialect.name == "sqlite"
    before = on_disk(tmp_path, OURS)
    assert {"train.jsonl", "training.log"} <= before and (
        "flywheel.db" in before or "flywheel.db-wal" in before
    ) == sqlite
    with transaction(engine) as session:
        forget(session, person(session, lived), "operator")
    assert ("flywheel.db-wal" in on_disk(tmp_path, OURS)) == sqlite  # rows as they were
    desk = Desk("slack")
    go_on(engine, artifacts, desk)
    assert on_disk(tmp_path, OURS) == set()
    assert OURS not in everything(engine) and OTHERS in everything(engine)
    assert not trained.exists()
    with transaction(engine) as session:
        assert withdrawals.wipes_due(session) == [] and withdrawals.reviews_to_clear(session) == []


def broken_once(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: int = 0) -> None:
    """The process is killed when it comes to this call (again)."""
    real, calls = getattr(place, name), [0]

    def killed(*given: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] == after + 1:
            raise Killed
        return real(*given, **more)

    monkeypatch.setattr(place, name, killed)


SEAMS: dict[str, Callable[[pytest.MonkeyPatch, Any], None]] = {
    "before a row is emptied": lambda patch, desk: broken_once(patch, forgetting, "blank"),
    "with some rows emptied": lambda patch, desk: broken_once(patch, forgetting, "blank", 5),
    "before the receipt": lambda patch, desk: broken_once(patch, forgetting.queries, "audit"),
    "before the wish for a training": lambda patch, desk: broken_once(patch, forgetting.queries, "audit", 1),
    "before files go": lambda patch, desk: broken_once(patch, Artifacts, "remove"),
    "with a dataset half gone": lambda patch, desk: broken_once(patch, store.shutil, "rmtree", 1),
    "before the log is wiped": lambda patch, desk: broken_once(patch, sweeping, "wipe"),
    "with some cards removed": lambda patch, desk: broken_once(patch, desk, "remove", 2),
}


@pytest.mark.parametrize("seam", SEAMS)
def test_given_a_kill_anywhere_when_gone_on_with_then_all_is_gone_and_told_once(
    engine: Engine,
    artifacts: Artifacts,
    lived: dict[str, int],
    trained: Path,
    tmp_path: Path,
    seam: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction(engine) as session:
        desk = Desk("slack", *(review.id or 0 for review in session.exec(select(Review))))
        expected = would_go(session, person(session, lived))
    before = everything(engine)

    def whole() -> None:
        with transaction(engine) as session:
            forget(session, person(session, lived), "operator")
        go_on(engine, artifacts, desk)

    with monkeypatch.context() as patch:
        SEAMS[seam](patch, desk)
        with pytest.raises(Killed):
            whole()
    with transaction(engine) as session:
        receipts = session.exec(select(forgetting.queries.Audit.note)).all()
    assert receipts or everything(engine) == before  # all rows or none
    whole()
    assert OURS not in everything(engine) and on_disk(tmp_path, OURS) == set()
    with transaction(engine) as session:
        notes = session.exec(select(forgetting.queries.Audit.action, forgetting.queries.Audit.note)).all()
        gone = [review.id for review in session.exec(select(Review).where(Review.state == "withdrawn"))]
        assert withdrawals.reviews_to_clear(session) == [] == withdrawals.wipes_due(session)
    assert [action for action, _ in notes] == ["forgot", "retrain asked"]
    assert json.loads(notes[0][1]) == json.loads(json.dumps(expected.as_dict()))
    assert desk.cards.isdisjoint(gone) and len(desk.cards) == 1  # the other's card stays


def test_given_a_busy_database_when_swept_then_the_log_is_wiped_another_time(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as session:
        forget(session, person(session, lived), "operator")
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "wipe", lambda engine: False)
        sweep(engine, artifacts)
    with transaction(engine) as session:
        (due,) = withdrawals.wipes_due(session)
        withdrawals.wipe_wanted(session)  # more is forgotten while the first is wiped
    monkeypatch.setattr(sweeping, "wipe", lambda engine: True)
    sweep(engine, artifacts)
    with transaction(engine) as session:
        assert withdrawals.wipes_due(session) == [] and session.get(Event, due.id) is None


def placed(session: Session, external_id: str | None) -> int:
    return rows.review(session, proposed="", state="withdrawn", external_id=external_id).id or 0


def test_given_cards_at_two_desks_when_one_is_down_or_gone_then_the_others_cards_go_and_the_rest_waits_for_it(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        slack = [placed(session, "C0REVIEW:1.000001"), placed(session, "C0OLD:2.000002")]
        argilla = [placed(session, f"0f8fad5b-d9cb-469f-a165-7086772895{n:02}") for n in range(5)]
        unknown = placed(session, "?")
        placed(session, None)
    one, other = Desk("slack", *slack, unknown), Desk("argilla", *argilla, unknown, down=True)

    def waiting() -> set[int]:
        with transaction(engine) as session:
            return {review.id or 0 for review in withdrawals.reviews_to_clear(session)}

    with pytest.raises(DeskError, match="argilla does not answer"):
        clear_cards(engine, [one, other])
    assert (one.cards, other.asked) == (set(), 3)  # one that is down is not asked for each of thousands
    assert waiting() == {*argilla, unknown}
    assert clear_cards(engine, []) == 0 and waiting() == {*argilla, unknown}  # nobody there who could
    other.down = False
    assert clear_cards(engine, [one, other]) == 6 and other.cards == set() and waiting() == set()


def test_given_a_reviewer_when_forgotten_then_their_wordings_and_notes_go_and_others_texts_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        eun = rows.known(session, "U0EUN")
        decided = []
        for word in (f"{OURS} 새 글", None):
            review = rows.review(session, rows.feedback(session), proposed=f"{OTHERS} 글", state="pushed")
            key = rows.fresh()
            decide(session, review.id or 0, key=key, reviewer="U0EUN", verdict="approve", text=word, note=f"{OURS}!")
            decided.append(review)
        reworded, kept = decided
        collect(session)
        decide(session, reworded.id or 0, key="later", reviewer="U0SARA", verdict="approve", text=f"{OTHERS} 다른 글")
        assert reworded.text != f"{OURS} 새 글"  # theirs no more, but an example of it was made
        forget(session, eun, "operator")
        assert (reworded.state, kept.state, kept.text) == ("withdrawn", "approved", f"{OTHERS} 글")
        assert not [word for word in session.exec(select(Decision).where(Decision.reviewer == "U0EUN")) if word.note]
    assert OURS not in everything(engine)


def post(folder: Path, name: str, request: str, answer: str) -> Path:
    turns = [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]
    (folder / name).write_text(json.dumps({"messages": turns}, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder / name


ANSWER = "# 여름을 여는 자귀나무 그늘\n\n자귀나무 꽃이 피면 카페의 여름이 시작됩니다. 이번 주 새 음료를 만나 보세요."


def test_given_a_forgotten_text_when_it_is_brought_in_again_by_any_way_then_it_stays_out(
    engine: Engine, house: House, tmp_path: Path
) -> None:
    first = post(tmp_path, "first.jsonl", "주제: 여름 음료", ANSWER)
    other = post(tmp_path, "other.jsonl", "주제: 겨울 음료", ANSWER.replace("자귀나무", "느티나무"))
    for file in (first, other):
        assert import_file(engine, file, house, approved=True).accepted == 1
    with transaction(engine) as session:
        export(session, tmp_path / "export.jsonl")
        example = session.exec(select(Example).where(col(Example.completion).contains("자귀나무"))).one()
        assert not withdrawals.is_forgotten(session, example.completion)
        forget_example(session, example.id or 0, "operator")
        assert withdrawals.is_forgotten(session, f"  {ANSWER.upper()}\n")
        assert not withdrawals.is_forgotten(session, "") and not withdrawals.is_forgotten(session, ANSWER[:-1])
    asked_else = post(tmp_path, "again.jsonl", "주제: 가을 음료\n독자: 직장인", ANSWER.replace(". ", ".  "))
    for file in (first, asked_else, tmp_path / "export.jsonl"):
        for approved in (True, False):
            report = import_file(engine, file, house, approved=approved)
            assert (report.accepted, len(report.rejected)) == (0, 0)
    with transaction(engine) as session:
        assert collect(session) == []
        review = session.get_one(Review, example.review_id)
        with pytest.raises(Exception, match="taken back"):
            decide(session, review.id or 0, key="late", reviewer="U0EUN", verdict="approve", text=ANSWER)
    assert "자귀나무" not in everything(engine) and "느티나무" in everything(engine)


def test_given_copies_of_a_text_from_files_when_it_is_forgotten_then_they_go_too_and_what_people_wrote_stays(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        words = f"{OURS} {rows.fresh()}"
        mine = rows.review(session, rows.feedback(session), proposed=words, text=words, state="approved")
        copy = rows.review(session, proposed=words, text=words, state="approved")
        somebodys = rows.review(session, rows.feedback(session), proposed=words, text=words, state="approved")
        taught = [rows.example(session, review) for review in (mine, copy, somebodys)]
        assert forget_example(session, taught[0].id or 0, "operator").counts["examples"] == 2
        assert [bool(example.completion) for example in taught] == [False, False, True]


def test_given_a_canvas_opened_while_its_draft_was_forgotten_when_swept_then_it_is_emptied_and_on_the_list(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int]
) -> None:
    with transaction(engine) as session:
        forget(session, person(session, lived), "operator")
        (early,) = session.exec(select(Canvas))
        session.add(Canvas(draft_id=early.draft_id, person_id=early.person_id, canvas_id="F2", baseline=OURS))
    sweep(engine, artifacts)
    with transaction(engine) as session:
        assert [(c.canvas_id, c.baseline, who.user_id) for c, who in withdrawals.canvases_to_close(session)] == [
            ("F1", "", "U0MINA"),
            ("F2", "", "U0MINA"),
        ]


class Workspaces:
    """Slack as `Closing` sees it: which canvases stand where, and what it answers instead of deleting one."""

    def __init__(self, **canvases: set[str]) -> None:
        self.canvases, self.answers = canvases, dict[str, str]()

    def of(self, team_id: str, enterprise_id: str = "") -> "Workspace":
        return Workspace(self, team_id)


class Workspace:
    def __init__(self, slack: Workspaces, team_id: str) -> None:
        self.slack, self.team_id = slack, team_id

    def canvases_delete(self, canvas_id: str) -> None:
        standing = self.slack.canvases[self.team_id]
        word = self.slack.answers.get(canvas_id) or ("" if canvas_id in standing else "canvas_not_found")
        if word == "killed":
            standing.discard(canvas_id)
            raise Killed
        if word:
            raise SlackApiError("no", Answer(error=word))
        standing.discard(canvas_id)


class Answer(dict[str, str]):
    status_code, headers = 200, dict[str, str]()


def test_given_canvases_of_forgotten_drafts_when_closed_then_each_goes_in_its_workspace_and_troubles_are_waited_out(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        for team, canvas, baseline in (("T1", "F1", ""), ("T2", "F2", ""), ("T1", "F3", ""), ("T1", "F4", "초안")):
            owner = rows.saved(session, Person(team_id=team, user_id=canvas))
            made = Canvas(draft_id=rows.draft(session).id, person_id=owner.id, canvas_id=canvas, baseline=baseline)
            rows.saved(session, made)
    slack = Workspaces(T1={"F1", "F3", "F4"}, T2={"F2"})
    closing = Closing(engine, cast(Clients, slack))

    def left() -> list[str]:
        with transaction(engine) as session:
            return list(session.exec(select(Canvas.canvas_id).order_by(Canvas.canvas_id)))

    slack.answers = {"F1": "ratelimited", "F3": "killed"}
    with pytest.raises(Killed):
        closing.close()
    assert (left(), slack.canvases) == (["F1", "F3", "F4"], {"T1": {"F1", "F4"}, "T2": set()})
    slack.answers = {"F1": "restricted_action"}  # refused for good: given up, and logged
    closing.close()
    assert left() == ["F4"] and slack.canvases["T1"] == {"F1", "F4"}  # F3 was gone already


def test_given_a_file_written_before_when_the_schema_is_upgraded_then_its_free_pages_hold_nothing(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(sqlite_engine) as session:
        number = rows.review(session, proposed=f"{OURS} " * 3000).id
    with sqlite_engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for statement in (
            "PRAGMA secure_delete=OFF",
            f"DELETE FROM review WHERE id = {number}",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ):
            raw.execute(statement)
    assert on_disk(tmp_path, OURS) == {"flywheel.db"}
    schema.upgrade(sqlite_engine)  # nothing new
    assert on_disk(tmp_path, OURS) == {"flywheel.db"}
    revisions = iter(("0001", "0002"))
    monkeypatch.setattr(schema, "current", lambda connection: next(revisions))
    schema.upgrade(sqlite_engine)
    wipe(sqlite_engine)
    assert on_disk(tmp_path, OURS) == set()


def test_given_a_dataset_made_anew_after_a_withdrawal_when_built_then_the_old_name_does_not_come_back(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int]
) -> None:
    with transaction(engine) as session:
        (old,) = session.exec(select(Dataset))
        forget(session, person(session, lived), "operator")
    sweep(engine, artifacts)
    made = build(engine, artifacts)
    assert made is not None and made.name != old.name
    sweep(engine, artifacts)
    assert [path.name for path in artifacts.root.iterdir()] == [made.name]


def test_given_dataset_files_without_a_row_when_swept_then_old_ones_go_and_one_being_made_stays(
    engine: Engine, tmp_path: Path
) -> None:
    artifacts = Artifacts(tmp_path)
    names = []
    for age in (7200, 0):
        made = tmp_path / f"made-{age}"
        made.mkdir()
        (made / "train.jsonl").write_text(f"{age}\n", encoding="utf-8")
        names.append(artifacts.put("dataset", made))
        moment = time.time() - age
        os.utime(artifacts.root / names[-1], (moment, moment))
    sweep(engine, artifacts)
    assert [(artifacts.root / name).exists() for name in names] == [False, True]
