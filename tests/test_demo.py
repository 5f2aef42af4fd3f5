"""The whole wheel, turned for real: what a newcomer gets from `flywheel demo`, and what the gate makes of garbage."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot.demo.story import read_story

COMMAND = [sys.executable, "-m", "bot.cli"]
Json = dict[str, Any]


def flywheel(home: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FLYWHEEL_", "SLACK_", "ARGILLA_"))}
    return subprocess.run(
        [*COMMAND, *words], cwd=home, env={**environment, **more}, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Json]:
    """One demo, and the folder it ran in."""
    home = tmp_path_factory.mktemp("demo")
    ran = flywheel(home, "demo", "--once", "--json", "--port", "0")
    assert ran.returncode == 0, ran.stderr[-2000:]
    return home, json.loads(ran.stdout)


@pytest.mark.timeout(600)
def test_given_good_posts_and_edits_when_the_wheel_turns_then_the_adapter_is_promoted_for_both_scores(
    told: tuple[Path, Json],
) -> None:
    made = told[1]
    assert made["verdict"]["promote"] is True
    assert {"dataset", "run", "adapter", "evaluation", "verdict", "stages", "before", "after", "seconds"} <= set(made)
    assert [stage["name"] for stage in made["stages"]] == ["gather", "dataset", "train", "adopt", "evaluate", "promote"]
    assert "reviewers decide in Argilla" in [stage["name"] for stage in made["took"]]
    rose = [reason for reason in made["verdict"]["reasons"] if "rose: +" in reason]
    assert len(rose) == 2 and all("[+" in reason for reason in rose)


@pytest.mark.timeout(600)
def test_given_a_promotion_when_the_same_is_asked_again_then_the_running_bot_writes_in_the_house_s_voice(
    told: tuple[Path, Json],
) -> None:
    before, after = told[1]["before"], told[1]["after"]
    assert "온빛기획은 모든 결과를 숫자로 보고합니다." in after  # only the team's texts teach this sentence
    assert "온빛기획은 모든 결과를 숫자로 보고합니다." not in before
    assert all(point in after for point in ("오전 10시 첫 로스팅", "텀블러 할인 500원", "창가 자리 12석"))


@pytest.mark.timeout(600)
def test_given_the_last_draft_when_traced_then_the_way_leads_through_adapter_and_dataset_to_the_edit(
    told: tuple[Path, Json],
) -> None:
    home, made = told
    ran = flywheel(home, "trace", f"draft:{made['draft']}", "--json", FLYWHEEL_HOME=str(home / ".flywheel/demo"))
    up = json.loads(ran.stdout)["up"]
    kinds = [step["kind"] for step in up]
    assert {"adapter", "run", "dataset", "example", "review", "feedback", "request"} <= set(kinds)
    assert any(step["kind"] == "feedback" and step["signal"] == "edit" for step in up)
    assert next(step["name"] for step in up if step["kind"] == "adapter") == made["adapter"]


@pytest.mark.timeout(600)
def test_given_the_finished_demo_when_asked_for_status_then_the_wheel_is_counted(told: tuple[Path, Json]) -> None:
    home, made = told
    ran = flywheel(home, "status", "--json", FLYWHEEL_HOME=str(home / ".flywheel/demo"))
    counted = json.loads(ran.stdout)
    edits = read_story().edits
    assert counted["reviews"]["rejected"] == sum(not edit.approve for edit in edits)
    assert counted["reviews"]["pending"] == 0 and counted["runs"] == 1
    assert counted["requests"] == counted["drafts"] == len(edits) + 2
    assert set(counted["serving"].values()) == {made["adapter"]}


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_given_shuffled_texts_when_the_wheel_turns_then_nothing_is_promoted_and_the_base_goes_on(
    tmp_path: Path,
) -> None:
    ran = flywheel(tmp_path, "demo", "--once", "--json", "--port", "0", "--garbage", "--review", "slack")
    assert ran.returncode == 0, ran.stderr[-2000:]
    made = json.loads(ran.stdout)
    assert made["verdict"]["promote"] is False and made["draft"] is None
    counted = json.loads(flywheel(tmp_path, "status", "--json", FLYWHEEL_HOME=str(tmp_path / ".flywheel/demo")).stdout)
    assert set(counted["serving"].values()) == {None}


def test_given_a_taken_port_when_started_then_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = flywheel(tmp_path, "demo", "--once", "--port", str(taken.getsockname()[1]))
    assert ran.returncode == 1
    assert "--port" in ran.stderr and "Traceback" not in ran.stderr


def foreground() -> None:
    """A job in the background of a script is started deaf to Ctrl-C, and so would its children be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_given_ctrl_c_when_the_demo_runs_then_it_ends_cleanly_with_all_its_processes(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [*COMMAND, "demo", "--port", "0"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=foreground,
    )
    log = tmp_path / ".flywheel/demo/bot.log"
    end = time.monotonic() + 60
    while not (log.is_file() and "bot ready" in log.read_text(encoding="utf-8")) and time.monotonic() < end:
        time.sleep(0.2)
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: everybody in the foreground hears it
    _, said = demo.communicate(timeout=60)
    assert demo.returncode in (0, 130) and "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
