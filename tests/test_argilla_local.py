"""The real Argilla on this machine alone: installed, started, searched, killed and found again."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.server import Playground
from curation.argilla_local import venv
from curation.argilla_local.inside.matching import text_match
from curation.argilla_local.login import FILE, login
from curation.argilla_local.server import opened
from db.errors import SettingsError
from tests.argilla_office import Account
from tests.argilla_stage import VENV, Stage

pytest_plugins = ["tests.argilla_stage"]

Json = dict[str, Any]
TEXTS = {  # external id: (text, task, score), oldest first
    "one": ("여름 음료를 소개합니다", "blog", 1.5),
    "two": ("Summer drinks, cold brew and more", "blog", 9.0),
    "three": ("여름 축제 안내", "notice", None),
}


class Shelf:
    """A dataset with three records, and questions about them."""

    def __init__(self, who: Account) -> None:
        self.who = who
        workspace = who.ask("POST", "/workspaces", json={"name": "shelf"})["id"]
        made = who.ask("POST", "/datasets", json={"name": "shelf", "workspace_id": workspace})
        self.id = made["id"]
        text = {"name": "text", "title": "text", "required": True, "settings": {"type": "text", "use_markdown": False}}
        who.ask("POST", f"/datasets/{self.id}/fields", json=text)
        labels = [{"value": name, "text": name} for name in ("yes", "no")]
        asked = {"type": "label_selection", "options": labels}
        self.question = who.ask(
            "POST",
            f"/datasets/{self.id}/questions",
            json={"name": "good", "title": "good", "required": True, "settings": asked},
        )["id"]
        for name, kind in (("task", "terms"), ("score", "float")):
            known = {"name": name, "title": name, "settings": {"type": kind}}
            who.ask("POST", f"/datasets/{self.id}/metadata-properties", json=known)
        who.ask("PUT", f"/datasets/{self.id}/publish")
        for name, (words, task, score) in TEXTS.items():
            item = {"external_id": name, "fields": {"text": words}, "metadata": {"task": task, "score": score}}
            item["suggestions"] = [{"question_id": self.question, "value": "yes", "score": 0.5, "agent": name}]
            who.ask("POST", f"/datasets/{self.id}/records/bulk", json={"items": [item]})

    def search(self, whose: str = "", **query: Any) -> httpx.Response:
        params = {"limit": query.pop("limit", 50), "offset": query.pop("offset", 0)}
        path = f"{whose}/datasets/{self.id}/records/search"
        return self.who.http.post(path.lstrip("/"), params=params, json=query)

    def found(self, whose: str = "", **query: Any) -> list[str]:
        answer = self.search(whose, **query)
        assert answer.is_success, answer.text
        return [hit["record"]["external_id"] for hit in answer.json()["items"]]

    def filtered(self, entity: str, *tests: Json, **scope: str) -> list[str]:
        """Records that pass tests on one scope, by name."""
        filters = [{"scope": {"entity": entity, **scope}, **test} for test in tests]
        return sorted(self.found("/me", filters={"and": filters}))


@pytest.fixture(scope="module")
def shelf(argilla_server: Stage) -> Shelf:
    return Shelf(Account(argilla_server.url, "owner", argilla_server.api_key))


def terms(*values: str) -> Json:
    return {"type": "terms", "values": list(values)}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("여름", ["one", "three"]),
        ("음료", []),  # a word is a whole word, as with Elasticsearch
        ("음료*", ["one"]),
        ("SUMMER more", ["two"]),
        ("여름 -축제", ["one"]),
        ('"cold brew"', ["two"]),
        ("100% 없는", []),
    ],
)
def test_given_texts_when_searched_by_words_then_those_with_every_word_are_found(
    shelf: Shelf, query: str, names: list[str]
) -> None:
    assert sorted(shelf.found(query={"text": {"q": query}})) == sorted(names)


def test_given_records_when_filtered_by_what_they_are_and_what_was_said_then_only_those_pass(shelf: Shelf) -> None:
    assert shelf.filtered("metadata", terms("blog"), metadata_property="task") == ["one", "two"]
    assert shelf.filtered("metadata", {"type": "range", "ge": 1.5, "le": 2}, metadata_property="score") == ["one"]
    assert shelf.filtered("record", terms("three"), property="external_id") == ["three"]
    assert shelf.filtered("suggestion", terms("two"), question="good", property="agent") == ["two"]
    assert shelf.filtered("suggestion", {"type": "range", "ge": 0.6}, question="good", property="score") == []
    [one] = [hit["record"] for hit in shelf.search(limit=1).json()["items"]]
    assert one["external_id"] == "one"  # the oldest stands first
    said = {"record_id": one["id"], "status": "submitted", "values": {"good": {"value": "no"}}}
    [kept] = shelf.who.ask("POST", "/me/responses/bulk", json={"items": [said]})["items"]
    assert shelf.filtered("response", terms("pending"), property="status") == ["three", "two"]
    assert shelf.filtered("response", terms("pending", "submitted"), property="status") == sorted(TEXTS)
    assert shelf.filtered("response", terms("no"), question="good") == ["one"]
    assert shelf.filtered("record", terms("completed"), property="status") == ["one"]
    assert shelf.who.ask("GET", f"/datasets/{shelf.id}/progress")["completed"] == 1
    shelf.who.ask("DELETE", f"/responses/{kept['item']['id']}")
    assert shelf.filtered("response", terms("pending"), property="status") == sorted(TEXTS)


def test_given_records_when_sorted_and_paged_then_none_is_lost_and_those_without_the_value_stand_last(
    shelf: Shelf,
) -> None:
    def by_score(order: str) -> list[Json]:
        return [{"scope": {"entity": "metadata", "metadata_property": "score"}, "order": order}]

    assert shelf.found(sort=by_score("desc")) == ["two", "one", "three"]
    assert shelf.found(sort=by_score("asc")) == ["one", "two", "three"]
    assert [shelf.found(sort=by_score("asc"), limit=1, offset=n) for n in range(4)] == [["one"], ["two"], ["three"], []]
    assert shelf.search(limit=1).json()["total"] == 3
    assert shelf.found("/me") == shelf.found("/me")  # by chance, but the same for one person


def test_given_what_would_differ_with_elasticsearch_when_asked_then_it_is_refused_with_the_reason(shelf: Shelf) -> None:
    scope = {"entity": "record", "property": "updated_at"}
    asked = {"and": [{"type": "range", "scope": scope, "ge": "2026-01-01T00:00:00"}]}
    answer = shelf.search(filters=asked)
    assert answer.status_code == 422 and "last_activity_at" in answer.json()["detail"]


WORDS = st.lists(st.text("abc한글DE1_", min_size=1, max_size=4), min_size=1, max_size=5)


@given(words=WORDS, other=st.text("xyz", min_size=1), data=st.data())
def test_given_any_text_when_its_own_words_are_asked_in_any_case_then_it_is_found_and_never_with_one_excluded(
    words: list[str], other: str, data: st.DataObject
) -> None:
    fields = json.dumps({"prompt": [{"role": "user", "content": " ".join(words)}], "draft": None})
    some = data.draw(st.lists(st.sampled_from(words), min_size=1))
    assert text_match(fields, None, " ".join(some).upper())
    assert text_match(fields, "prompt", f'"{" ".join(words)}" -{other}')
    assert not text_match(fields, None, f"{some[0]} -{some[-1]}")
    assert not text_match(fields, "draft", some[0]) and not text_match(fields, None, f"{some[0]} {other}")


def logged_in(url: str, password: str) -> str:
    said = httpx.post(f"{url}/api/v1/token", data={"username": "owner", "password": password}, timeout=30)
    return str(said.json()["access_token"])


@pytest.mark.parametrize("victim", ["server", "worker", pytest.param("redis-server", marks=pytest.mark.slow)])
def test_given_a_part_that_is_killed_when_asked_meanwhile_then_the_caller_waits_and_nothing_is_lost(
    argilla_server: Stage, shelf: Shelf, victim: str
) -> None:
    token = logged_in(argilla_server.url, argilla_server.local.login.password)
    main = psutil.Process(argilla_server.children.running["argilla"].pid)
    parts = {child.name(): child for child in main.children()}
    killed = {"server": main, "redis-server": parts.pop("redis-server"), "worker": next(iter(parts.values()))}[victim]
    killed.kill()
    main.wait(30)
    asked: list[httpx.Response] = []
    me = f"{argilla_server.url}/api/v1/me"
    headers = {"Authorization": f"Bearer {token}"}
    caller = threading.Thread(target=lambda: asked.append(httpx.get(me, headers=headers, timeout=60)))
    caller.start()
    argilla_server.children.revive()
    caller.join(90)
    assert asked[0].json()["username"] == "owner"  # the log-in outlived its server
    assert sorted(shelf.found()) == sorted(TEXTS)


def test_given_its_address_when_opened_then_the_page_is_there_and_no_secret_lies_open(
    argilla_server: Stage,
) -> None:
    page = httpx.get(f"{argilla_server.url}/", follow_redirects=True)
    assert page.is_success and "Argilla" in page.text
    log = argilla_server.local.process.log.read_text(encoding="utf-8")
    own = argilla_server.local.login
    assert not any(secret in log for secret in (own.password, own.api_key, own.secret))
    assert argilla_server.local.folder.stat().st_mode & 0o077 == 0


def test_given_two_homes_when_opened_at_once_then_each_has_its_own_address_and_one_home_is_opened_once(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "a", VENV, None, print) as one, opened(tmp_path / "b", VENV, None, print) as other:
        assert one.url != other.url and one.login.api_key != other.login.api_key
        with pytest.raises(SettingsError, match=re.escape(one.url)), opened(tmp_path / "a", VENV, None, print):
            pass
    with opened(tmp_path / "a", VENV, None, print) as again:
        assert again.login == one.login


def test_given_a_taken_port_or_a_folder_that_cannot_be_written_when_opened_then_one_sentence_says_what_to_do(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port} .* --port"), opened(tmp_path, VENV, port, print):
            pass
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="FLYWHEEL_HOME"), opened(tmp_path / "file" / "x", VENV, 0, print):
        pass
    with pytest.raises(SettingsError, match="1 GB on a disk"):
        venv.ensure(tmp_path / "file" / "x", print)


def test_given_a_new_folder_when_two_ask_for_its_login_then_both_get_the_one_only_its_owner_can_read(
    tmp_path: Path,
) -> None:
    with ThreadPoolExecutor(8) as pool:
        [made] = set(pool.map(lambda _: login(tmp_path), range(8)))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600 and len(list(tmp_path.iterdir())) == 1
    assert made.password not in repr(made) and made.secret not in repr(made)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(SettingsError, match="Delete it"):
        login(tmp_path)


def test_given_an_install_that_broke_off_when_asked_again_then_it_is_made_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, folder, said = tmp_path / "requirements.txt", tmp_path / "venv", list[str]()
    monkeypatch.setattr(venv, "REQUIREMENTS", wanted)
    wanted.write_text(f"{tmp_path}/nowhere.whl\n")
    with pytest.raises(SettingsError, match=r"nowhere.*network.*--review slack"):
        venv.ensure(folder, said.append)
    (folder / "left over").touch()
    wanted.write_text("# nothing\n")
    python = venv.ensure(folder, said.append)
    assert subprocess.run([python, "-c", ""]).returncode == 0 and not (folder / "left over").exists()
    made = len(said)
    assert venv.ensure(folder, said.append) == python and len(said) == made == 2


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


def test_given_up_without_an_address_of_argilla_when_begun_then_its_own_starts_is_used_and_ends_with_it(
    slack: Playground, tmp_path: Path
) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FLYWHEEL_", "SLACK_", "ARGILLA_"))}
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    environment = {**clean, **tokens, "FLYWHEEL_SLACK_API_URL": slack.api_url}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "bot.cli", "up"]
        up = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)

    def said() -> str:
        return (tmp_path / "log").read_text(encoding="utf-8")

    slack.wait_for(lambda: "Ctrl-C ends them" in said() or up.poll() is not None, 120)
    found = re.search(r"Argilla is open at (\S+)", said())
    assert found, said()
    assert httpx.get(f"{found[1]}/api/v1/version", timeout=30).json() == {"version": "2.8.0"}
    own = json.loads((tmp_path / ".flywheel" / "argilla" / FILE).read_text())
    assert own["password"] not in said()  # it goes to a file here, and might go to a journal
    everyone = psutil.Process(up.pid).children(recursive=True)
    verbs = [child for child in everyone if child.cmdline()[-1] in ("bot", "trainer")]
    assert {child.environ()["ARGILLA_API_URL"] for child in verbs} == {found[1]} and len(verbs) == 2
    up.send_signal(signal.SIGTERM)
    assert up.wait(60) == 0
    _, alive = psutil.wait_procs(everyone, 10)
    assert alive == []
