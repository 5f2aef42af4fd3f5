"""The terminal: the contract's verbs, shapes and exit codes, in a fresh home."""

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import app, main, pages, shop
from db.session import transaction
from db.tables import Canvas
from tests import rows
from trainer.tiny import POSTS

VERBS = [
    "argilla",
    "demo",
    "up",
    "bot",
    "trainer",
    "init",
    "doctor",
    "status",
    "draft",
    "import",
    "export",
    "sync",
    "dataset",
    "train",
    "evaluate",
    "compare",
    "gate",
    "promote",
    "rollback",
    "turn",
    "trace",
    "config",
    "forget",
]


@dataclass(frozen=True)
class Ran:
    """What one call left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Flywheel = Callable[..., Ran]


@pytest.fixture
def flywheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Flywheel:
    """`flywheel(*words, NAME=value)` as a person at an empty folder would call it."""
    for name in [n for n in os.environ if n.startswith(("FLYWHEEL_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*words: str, **settings: str) -> Ran:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        shop.parts.cache_clear()
        monkeypatch.setattr(sys, "argv", ["flywheel", *words])
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        said = capsys.readouterr()
        return Ran(code if isinstance(code, int) else 0, said.out, said.err)

    return call


def test_given_the_contract_when_listed_then_every_verb_is_there_and_explains_itself(flywheel: Flywheel) -> None:
    assert set(VERBS) == set(typer.main.get_group(app).commands)
    for verb in VERBS:
        told = flywheel(verb, "--help")
        assert told.code == 0 and "Usage" in told.out
        assert "--json" in told.out or verb in ("up", "bot", "trainer", "argilla", "dataset", "gate")


def test_given_no_settings_when_begun_then_everything_lies_in_the_folder_one_is_in(
    flywheel: Flywheel, tmp_path: Path
) -> None:
    assert flywheel("init", HOME=str(tmp_path / "elsewhere"), RANK="3").code == 0
    assert (tmp_path / ".flywheel/flywheel.db").is_file() and not (tmp_path / "elsewhere").exists()


def test_given_an_example_when_forgotten_then_it_is_asked_for_once_and_its_dataset_says_so(
    flywheel: Flywheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    flywheel("import", str(POSTS), "--approved", "--json")
    made = flywheel("dataset", "build", "--json").json()
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    kept = flywheel("forget", "example:7")
    assert kept.code == 1 and "1 examples" in kept.err and made["name"] in kept.err
    gone = flywheel("forget", "example:7", "--yes", "--json").json()
    assert (gone["counts"]["examples"], gone["datasets"], gone["adapters"]) == (1, [made["name"]], [])
    assert "taken back" in flywheel("dataset", "show", made["name"], "--json").json()["withdrawn"]
    assert flywheel("status", "--json").json()["examples"] == 239
    assert not any(flywheel("forget", "example:7", "--yes", "--json").json()["counts"].values())
    assert flywheel("dataset", "build", "--json").json()["name"] != made["name"]
    for nobody in ("U0NOBODY", "T1:U0NOBODY", "example:x", "example:9999"):
        refused = flywheel("forget", nobody, "--yes")
        assert refused.code == 1 and "Traceback" not in refused.err


def test_given_no_slack_token_when_a_person_is_forgotten_then_the_receipt_says_what_waits_and_what_serves(
    flywheel: Flywheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    flywheel("init")
    with transaction(shop.parts().engine) as session:
        draft = rows.draft(session, rows.request(session, person_id=rows.known(session, "U0MINA").id))
        review = rows.review(session, rows.feedback(session, draft), state="approved", external_id="C0REVIEW:1.000001")
        dataset = rows.dataset(session, rows.example(session, review))
        for number in (1, 2):
            adapter = rows.adapter(session, rows.run(session, dataset, sequence=number))
            rows.promotion(session, rows.evaluation(session, adapter))
        owner = rows.known(session, "U0MINA").id
        session.add(Canvas(draft_id=draft.id, person_id=owner or 0, canvas_id="F1", baseline="초안"))
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    shown = " ".join(flywheel("forget", "U0MINA").err.split())
    for part in ("1 requests", "review desk: 1; canvases in Slack: 1", dataset.name, "v1, v2 learnt from 1", "blog v2"):
        assert part in shown
    gone = flywheel("forget", "U0MINA", "--yes", "--json").json()
    assert (gone["records"], gone["canvases"], gone["serving"]) == (1, ["F1"], {"blog": "v2"})
    assert gone["waits"] == {"records": 1, "canvases": 1, "trouble": ""}
    again = " ".join(flywheel("forget", "U0MINA", "--yes").err.split())
    assert "1 records still stand" in again and "1 canvases still stand" in again and "Backups" in again
    refused = flywheel("promote", "v1")
    assert refused.code == 1 and "taken back" in refused.err
    back = flywheel("rollback", "--task", "blog", "--json")
    assert back.json()[0]["serving"] == "base" and "v1 is passed over" in back.err


def test_given_an_empty_home_when_asked_then_the_shapes_are_those_of_the_contract(flywheel: Flywheel) -> None:
    assert flywheel("init", "--json").json()["ready"] is True
    counted = flywheel("status", "--json").json()
    assert set(counted["reviews"]) == {"pending", "approved", "rejected", "disputed", "refused"}
    assert counted["agreement"] == {}
    assert set(counted["serving"]) == {"blog", "persona", "reply", "proposal", "sns"}
    assert {"requests", "drafts", "feedback", "examples", "examples_since_last_run", "datasets", "runs"} <= set(counted)
    assert (counted["edits_per_accepted_draft"], counted["votes"]) == (None, {"up": 0, "down": 0})
    turned = flywheel("turn", "--json").json()
    assert [turned[k] for k in ("dataset", "run", "adapter", "evaluation", "verdict")] == [None] * 5
    assert [stage["name"] for stage in turned["stages"]] == ["gather"]
    assert flywheel("dataset", "list", "--json").json() == []


def test_given_the_shipped_posts_when_imported_twice_then_counted_once_and_a_dataset_can_be_built(
    flywheel: Flywheel,
) -> None:
    first = flywheel("import", str(POSTS), "--approved", "--json").json()
    again = flywheel("import", str(POSTS), "--approved", "--json").json()
    assert (first["accepted"], first["rejected"]) == (240, []) and (again["accepted"], again["duplicates"]) == (0, 240)
    made = flywheel("dataset", "build", "--json").json()
    assert flywheel("dataset", "build", "--json").json() == made
    assert [row["name"] for row in flywheel("dataset", "list", "--json").json()] == [made["name"]]
    shown = flywheel("dataset", "show", made["name"], "--json").json()
    assert shown["split"]["heldout"] + shown["split"]["train"] == shown["examples"]
    assert flywheel("export", "out.jsonl", "--json").json()["rows"] == 240


def test_given_a_topic_when_drafted_then_the_text_comes_with_its_numbers_and_can_be_traced(flywheel: Flywheel) -> None:
    made = flywheel("draft", "주제: 여름 음료\n독자: 동네 직장인", "--task", "sns", "--json").json()
    assert set(made) == {"draft_id", "text", "task", "adapter", "tokens", "seconds"}
    assert made["task"] == "sns" and made["adapter"] is None and "여름 음료" in made["text"]
    traced = flywheel("trace", str(made["draft_id"]), "--json").json()
    assert (traced["kind"], traced["id"]) == ("draft", made["draft_id"])
    assert traced["up"][0]["kind"] == "request" and traced["down"] == []


@pytest.mark.parametrize(
    ("words", "settings", "cure"),
    [
        (["draft", "x", "--task", "poem"], {}, "The style guide has: blog"),
        (["promote", "v9"], {}, "no adapter 'v9'"),
        (["rollback"], {}, "nothing to roll back"),
        (["trace", "draft:99"], {}, "Try draft:12"),
        (["import", "missing.csv"], {}, "missing.csv is not a file"),
        (["train"], {}, "flywheel import"),
        (["config"], {"FLYWHEEL_TRAIN_AFTER": "many"}, "FLYWHEEL_TRAIN_AFTER"),
        (["bot"], {}, "SLACK_BOT_TOKEN"),
        (["draft", "x"], {"FLYWHEEL_BASE_MODEL": "/nowhere"}, "FLYWHEEL_BASE_MODEL=/nowhere"),
        (["config"], {"FLYWHEEL_HOUSE": "/nowhere/house.toml"}, "FLYWHEEL_HOUSE"),
    ],
)
def test_given_something_wrong_when_called_then_one_sentence_says_what_to_do_and_the_exit_code_is_1(
    flywheel: Flywheel, words: list[str], settings: dict[str, str], cure: str
) -> None:
    ran = flywheel(*words, **settings)
    assert ran.code == 1 and cure in ran.err
    assert "Traceback" not in ran.err and len(ran.err.strip().splitlines()) == 1


def test_given_wrong_use_when_called_then_the_exit_code_is_2(flywheel: Flywheel) -> None:
    assert flywheel("import").code == 2
    assert flywheel("nonsense").code == 2


def test_given_secrets_when_settings_are_shown_then_they_are_hidden(flywheel: Flywheel) -> None:
    shown = flywheel("config", SLACK_BOT_TOKEN="xoxb-very-secret", SLACK_SIGNING_SECRET="also-secret")
    assert shown.code == 0 and "SLACK_BOT_TOKEN" in shown.out
    assert "secret" not in shown.out.replace("SIGNING_SECRET", "").replace("secrets", "")


def test_given_no_workspace_when_the_doctor_looks_then_every_red_line_says_the_cure(flywheel: Flywheel) -> None:
    seen = flywheel("doctor", "--json")
    lines = {line["name"]: line for line in seen.json()}
    assert seen.code == 1 and lines["database"]["ok"] and lines["style guide"]["ok"] and lines["base model"]["ok"]
    assert "SLACK_BOT_TOKEN" in lines["Slack bot token"]["detail"]
    assert "FLYWHEEL_REVIEW_CHANNEL" in lines["review channel"]["detail"]


def test_given_the_operations_page_when_compared_then_its_tables_are_those_of_the_code() -> None:
    page = pages.PAGE.read_text(encoding="utf-8")
    assert pages.renewed(page) == page, "run `make docs`"
    assert all(f"flywheel {verb}" in page for verb in VERBS)
