"""Past texts come in: good rows are kept, bad ones named with their line, whole or not at all, and never twice."""

import json
import multiprocessing
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from curation.export import export
from curation.forget import forget_example
from curation.house import House
from curation.importers import ImportReport, import_file
from db import schema
from db.errors import InputError
from db.session import connect, transaction
from db.tables import Example, Review
from tests import rows

POSTS = [
    ("여름 음료 블로그, 직장인 대상", "안녕하세요.\n여름 음료를 소개합니다."),
    ("autumn sale instagram", "Hello.\nA sale."),
]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return made


def message_line(request: str, answer: str, **more: Any) -> str:
    turns = [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns, **more}, ensure_ascii=False) + "\n"


def stored(engine: Engine, kind: Any = Review) -> list[Any]:
    with transaction(engine) as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def counted(report: ImportReport) -> tuple[int, int, list[int]]:
    return report.accepted, report.duplicates, [row["row"] for row in report.rejected]


def test_given_messages_when_imported_then_they_wait_for_review_with_the_prompts_of_a_live_request(
    engine: Engine, house: House, write: Write
) -> None:
    path = write("posts.jsonl", "".join(message_line(*post) for post in POSTS))
    assert counted(import_file(engine, path, house)) == (2, 0, [])
    first, second = stored(engine)
    ask = house.ask(POSTS[0][0])
    prompts = house.prompts(ask.task, ask.language, ask.fields)
    assert (first.task, first.language, first.fields) == ("blog", "ko", {"topic": "여름 음료", "audience": "직장인"})
    assert (first.short_prompt, first.long_prompt) == (prompts.short, prompts.long)
    assert (first.origin, first.state, first.proposed, first.draft) == ("human", "pending", POSTS[0][1], None)
    assert (second.task, second.language) == ("sns", "en")
    assert stored(engine, Example) == []
    assert counted(import_file(engine, path, house)) == (0, 2, [])
    assert len(stored(engine)) == 2


def test_given_approved_texts_when_imported_then_they_are_examples_at_once_and_only_once(
    engine: Engine, house: House, write: Write
) -> None:
    path = write("posts.jsonl", "".join(message_line(*post) for post in POSTS) * 2)
    assert counted(import_file(engine, path, house, approved=True, actor="Jo")) == (2, 2, [])
    assert [(r.state, r.decided_by, r.text) for r in stored(engine)] == [("approved", "Jo", a) for _, a in POSTS]
    assert [(e.origin, e.completion) for e in stored(engine, Example)] == [("human", answer) for _, answer in POSTS]
    assert counted(import_file(engine, path, house, approved=True)) == (0, 4, [])
    assert len(stored(engine, Example)) == 2


def test_given_personal_data_anywhere_in_a_row_when_imported_then_none_of_it_is_stored(
    sqlite_engine: Engine, house: House, write: Write
) -> None:
    path = write("posts.jsonl", message_line("문의 010-1234-5678 답변", "010-1234-5678로 전화 주세요"))
    import_file(sqlite_engine, path, house, approved=True)
    [review], [example] = stored(sqlite_engine), stored(sqlite_engine, Example)
    assert "1234" not in review.model_dump_json() + example.model_dump_json()
    assert example.completion == "[PHONE_1]로 전화 주세요"


def test_given_a_dry_run_when_looked_at_then_it_told_what_an_import_then_does_and_changed_nothing(
    engine: Engine, house: House, write: Write
) -> None:
    lines = [message_line(*post) for post in POSTS] + [message_line("문의", "010-1234-5678, 02-123-4567")]
    path = write("posts.jsonl", "".join(lines) + lines[0] + "{bad\n")
    told = import_file(engine, path, house, approved=True, dry_run=True)
    assert stored(engine) == [] and stored(engine, Example) == []
    assert counted(told) == (3, 1, [5]) and told.dry_run
    assert told.by_task_and_language == {"blog/ko": 2, "sns/en": 1} and told.masked == {"PHONE": 2}
    done = import_file(engine, path, house, approved=True)
    assert replace(done, dry_run=True) == told and len(stored(engine, Example)) == 3


def held_import(url: str, path: Path, house: House, moment: str, reached: Any) -> None:
    """An import that stops at a moment, until it is killed there."""
    own, seen = connect(url), list[int]()

    def hold(*_: Any) -> None:
        reached.set()
        time.sleep(600)

    def progress(done: int, total: int) -> None:
        seen.append(done)
        if moment == ("reading" if len(seen) == 2 else "storing" if len(seen) == 261 else ""):
            hold()

    if moment == "commit":
        event.listen(own, "commit", hold)
    import_file(own, path, house, approved=True, progress=progress)


@pytest.mark.parametrize("moment", ["reading", "storing", "commit"])
def test_given_import_killed_in_the_middle_when_looked_at_then_nothing_of_it_is_there_and_it_can_be_repeated(
    engine: Engine, house: House, write: Write, moment: str
) -> None:
    path = write("posts.jsonl", "".join(message_line(f"주제 {i}", f"글 {i}") for i in range(260)))
    fork = multiprocessing.get_context("fork")
    reached = fork.Event()
    url = engine.url.render_as_string(hide_password=False)
    child = fork.Process(target=held_import, args=(url, path, house, moment, reached))
    child.start()
    assert reached.wait(60)
    child.kill()
    child.join()
    assert child.exitcode == -9
    assert stored(engine) == [] and stored(engine, Example) == []
    assert counted(import_file(engine, path, house, approved=True)) == (260, 0, [])
    assert len(stored(engine)) == len(stored(engine, Example)) == 260


def test_given_two_imports_of_one_file_at_once_when_done_then_each_text_is_there_once(
    engine: Engine, house: House, write: Write
) -> None:
    path = write("posts.jsonl", "".join(message_line(f"주제 {i}", f"글 {i}") for i in range(20)))
    together, reports = threading.Barrier(2), []

    def bring() -> None:
        together.wait(30)
        reports.append(import_file(engine, path, house, approved=True))

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted((r.accepted, r.duplicates) for r in reports) == [(0, 20), (20, 0)]
    assert len(stored(engine)) == len(stored(engine, Example)) == 20


def test_given_examples_of_every_origin_when_their_export_is_imported_then_nothing_is_added(
    engine: Engine, house: House, write: Write, tmp_path: Path
) -> None:
    import_file(
        engine, write("p.jsonl", message_line("문의 010-1234-5678", "전화 010-1234-5678")), house, approved=True
    )
    chain = [*rows.PROMPT, {"role": "assistant", "content": "초안"}, {"role": "user", "content": "더 짧게\n- 핵심만"}]
    with transaction(engine) as session:
        for origin, prompt, text in (
            ("edited", rows.PROMPT, "고친 글\n"),
            ("accepted", chain, "  그대로 쓴 글"),
            ("human", rows.PROMPT, unicodedata.normalize("NFD", "가져온 글")),
            ("edited", rows.PROMPT, '- 목록, "따옴표"\n=1+1'),
            ("edited", rows.PROMPT, "'@작은따옴표"),
        ):
            review = rows.review(session, rows.feedback(session), state="approved", text=text, origin=origin)
            rows.example(session, review, short_prompt=prompt)
    for form in ("jsonl", "csv"):
        out = tmp_path / f"out.{form}"
        with transaction(engine) as session:
            assert export(session, out, form=form) == 6
        for approved in (False, True):
            assert counted(import_file(engine, out, house, approved=approved)) == (0, 6, [])
    assert len(stored(engine)) == len(stored(engine, Example)) == 6


def test_given_forgotten_examples_when_their_file_or_an_old_export_is_imported_then_they_stay_out(
    engine: Engine, house: House, write: Write, tmp_path: Path
) -> None:
    path, out = write("posts.jsonl", "".join(message_line(*post) for post in POSTS)), tmp_path / "out.jsonl"
    import_file(engine, path, house, approved=True)
    with transaction(engine) as session:
        edit = rows.review(session, rows.feedback(session), state="approved", text="우리가 고친 글")
        edited = rows.example(session, edit)
        export(session, out)
        for example_id in (1, edited.id):
            forget_example(session, example_id, "operator")
    spaced = write("spaced.csv", 'input,output\n다른 주제,"  우리가   고친 글 "\n')
    for file, count, gone in ((path, 2, 1), (out, 3, 2), (spaced, 1, 1)):
        report = import_file(engine, file, house, approved=True)
        assert (counted(report), report.withdrawn) == ((0, count, []), gone)
    assert [e.completion for e in stored(engine, Example) if e.completion] == [POSTS[1][1]]


def test_given_examples_when_exported_and_imported_elsewhere_then_the_same_texts_are_there(
    sqlite_engine: Engine, house: House, write: Write, tmp_path: Path
) -> None:
    posts = [*POSTS, ("작업: 제안서\n주제: 축제\n핵심: 예산 / A/B 테스트", "전화 010-1234-5678\n\n끝")]
    import_file(sqlite_engine, write("p.jsonl", "".join(message_line(*p) for p in posts)), house, approved=True)
    out = tmp_path / "out.jsonl"
    with transaction(sqlite_engine) as session:
        assert export(session, out) == 3
        assert export(session, tmp_path / "sns.jsonl", "sns") == 1
        with pytest.raises(InputError, match="Make it first"):
            export(session, tmp_path / "nowhere" / "out.jsonl")
    elsewhere = connect(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    schema.upgrade(elsewhere)
    assert counted(import_file(elsewhere, out, house, approved=True)) == (3, 0, [])
    kept = ("task", "language", "fields", "short_prompt", "long_prompt", "completion", "family", "split")
    here, there = (
        [{name: getattr(e, name) for name in kept} for e in stored(e_, Example)] for e_ in (sqlite_engine, elsewhere)
    )
    assert there == here
    again = tmp_path / "again.jsonl"
    with transaction(elsewhere) as session:
        export(session, again)
    assert again.read_bytes() == out.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if ".part" in p.name) == []
