"""The training process: what its recipe promises, and what becomes of a run when anything goes wrong in it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db import claims, schema
from db.artifacts import Artifacts
from db.session import connect, transaction
from db.tables import Adapter, Run
from tests import trainings
from trainer.adopt import adopt, flaw
from trainer.recipes.spec import PROGRESS_MARK, RunSpec, TrainResult, TrainStep, parse_progress
from trainer.settings import TrainSettings
from trainer.tiny import BASE
from trainer.train import train

pytestmark = pytest.mark.timeout(900)  # ten processes load torch: a minute on two free cores, many on busy ones
FILES = ["adapter_config.json", "adapter_model.safetensors"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trainings.dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture
def recipe() -> Iterator[Any]:
    """The recipe in this process, for what happens inside it; its handler of SIGTERM goes with the test."""
    from trainer.recipes import sft

    before = signal.getsignal(signal.SIGTERM)
    yield sft
    signal.signal(signal.SIGTERM, before)


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_given_a_spec_when_trained_twice_then_the_same_two_files_come_out_and_name_no_machine(
    recipe: Any, data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    specs = [trainings.spec(tmp_path / name, data) for name in ("one", "two")]
    results = [recipe.train(spec) for spec in specs]
    out, err = capfd.readouterr()
    steps = [parse_progress(line) for line in out.splitlines()]
    assert [(s.step, s.steps) for s in steps if s] == [(1, 2), (2, 2)] * 2
    assert None not in steps and err == ""  # nothing but progress: a log that is read only when something breaks
    assert [loss for _, loss in results[0].losses] == [round(s.loss, 4) for s in steps[:2] if s]
    one, two = (hashes(Path(spec.folder) / "adapter") for spec in specs)
    assert list(one) == FILES and one == two
    text = (tmp_path / "one" / "adapter" / FILES[0]).read_text(encoding="utf-8")
    assert str(tmp_path) not in text and str(BASE) not in text
    config = json.loads(text)
    assert (config["base_model_name_or_path"], config["r"], config["lora_alpha"]) == ("tiny", 16, 32)
    linear = ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]
    assert config["target_modules"] == linear
    assert flaw(tmp_path / "one" / "adapter") == ""


def test_given_a_row_when_batched_then_the_loss_covers_its_completion_and_end_mark_alone(
    recipe: Any, data: Path, tmp_path: Path
) -> None:
    from trainer.recipes.rows import rows_of
    from trainer.recipes.watch import Watch

    recipe.quiet()
    spec = trainings.spec(tmp_path, data)
    trainer = recipe.setup(spec, Watch(spec))
    tokenizer = trainer.processing_class
    answers = {row["completion"][0]["content"] + tokenizer.eos_token for row in rows_of(str(data))}
    learnt = []
    for batch in trainer.get_train_dataloader():
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            learnt.append(tokenizer.decode(ids[labels != -100]).rstrip("\n"))
            prompt = tokenizer.decode(ids[: (labels != -100).nonzero()[0, 0]])
            assert "작업:" in prompt or "Task:" in prompt
            assert (labels[labels != -100] == ids[labels != -100]).all()
    assert sorted(learnt) == sorted(answers)


def test_given_qlora_when_trained_on_a_cpu_then_the_base_is_four_bits_wide_and_the_adapter_serves(
    recipe: Any, data: Path, tmp_path: Path
) -> None:
    from trainer.runtime import Completion
    from trainer.runtime.local import LocalRuntime

    result = recipe.train(trainings.spec(tmp_path, data, method="qlora"))
    adapter = tmp_path / "adapter"
    assert result.ok and result.total < 3_200_000 < 4_312_448  # two weights share a byte
    assert flaw(adapter) == ""
    runtime = LocalRuntime("tiny")
    try:
        runtime.load("adapter-q", adapter)
        asked = [Completion([{"role": "user", "content": "주제: 여름 음료"}], "여름 음료 소개")]
        assert runtime.score(asked, "adapter-q") != runtime.score(asked)
    finally:
        runtime.close()


@pytest.mark.parametrize(
    ("number", "more", "reason"),
    [
        (0, {}, "The dataset has no training rows. Approve more texts first."),
        (1, {"base_model": "/nowhere", "base_name": "gone/model"}, "The base model gone/model could not be loaded"),
    ],
)
def test_given_what_cannot_be_trained_when_the_recipe_ends_then_its_result_says_what_to_do(
    recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, more: dict[str, Any], reason: str
) -> None:
    path = trainings.spec(tmp_path, trainings.dataset(tmp_path / "data", number), **more).write()
    monkeypatch.setattr(sys, "argv", ["sft", str(path)])
    with pytest.raises(SystemExit) as ended:
        recipe.main()
    assert ended.value.code == 1
    assert TrainResult.read(tmp_path).error.startswith(reason)


def test_given_one_step_at_the_rate_warm_up_begins_with_when_it_ends_then_the_adapter_is_refused(
    recipe: Any, data: Path, tmp_path: Path
) -> None:
    assert recipe.train(trainings.spec(tmp_path, data, batch=8)).steps == 1
    assert flaw(tmp_path / "adapter").startswith("The training changed nothing. Raise FLYWHEEL_LEARNING_RATE")


def test_given_a_torn_progress_line_when_read_then_it_is_no_step() -> None:
    line = TrainStep(1, 2, 0.5, 0.1).line()
    assert parse_progress(line) == TrainStep(1, 2, 0.5, 0.1)
    assert [parse_progress(text) for text in (line[:-4], f"{PROGRESS_MARK}[1]", "step 1", "")] == [None] * 4


# What each run is given, and what its row must say. Each is a real process started by the real `train`.
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "killed": ({}, trainings.TELL_PID, "ended by SIGKILL. Out of memory? Lower FLYWHEEL_BATCH"),
    "stopped": ({"epochs": 4.0}, trainings.TELL_PID, "stopped before its end. Start another with `flywheel train`"),
    "gone": ({}, trainings.GONE, "ended with code 3"),
    "no memory": ({"batch": 8}, trainings.NO_MEMORY, "Out of memory. Lower FLYWHEEL_BATCH"),  # half of it as well
    "cut short": ({}, trainings.CUT_SHORT, "left no readable adapter"),
    "diverged": ({"learning_rate": 1e30, "batch": 2}, "", "The loss became infinite. Lower FLYWHEEL_LEARNING_RATE"),
    "disk full": ({}, trainings.DISK_FULL, "The disk is full. Make room in FLYWHEEL_HOME"),
    "too slow": ({}, "", "took longer than 1 seconds. Raise FLYWHEEL_TRAIN_TIMEOUT"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    """A database and a home; children of this module take their faults from the folder of their run."""
    home = tmp_path_factory.mktemp("home")
    (home / "sitecustomize.py").write_text(trainings.SITECUSTOMIZE, encoding="utf-8")
    engine = connect(f"sqlite:///{home / 'flywheel.db'}")
    schema.upgrade(engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(home))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield engine, home
    engine.dispose()


def killer(folder: Path, number: signal.Signals) -> Callable[[TrainStep], None]:
    return lambda step: os.kill(int((folder / "pid").read_text()), number)


def taken_over(engine: Engine, run: Run) -> list[Run]:
    """Its lease has run out unnoticed, and another trainer claims it."""
    with transaction(engine) as session:
        row = session.get_one(Run, run.id)
        row.claimed_until = row.created_at
        session.add(row)
    with transaction(engine) as session:
        return [row for row in [claims.claim_run(session, "trainer-2", 60)] if row]


@pytest.fixture(scope="module")
def ended(shop: tuple[Engine, Path], data: Path) -> dict[str, Run]:
    """Every faulty run, some at a time, as its row stands at the end; and a good one that another trainer took over."""
    engine, home = shop
    given: list[tuple[str, Run]] = []
    for number, (name, (more, fault, _)) in enumerate(FAULTS.items(), 1):
        folder = home / "runs" / name.replace(" ", "-")
        given.append((name, trainings.claimed(engine, trainings.spec(folder, data, **more), number, fault)))
    given.append(("good", trainings.claimed(engine, trainings.spec(home / "runs" / "good", data), len(given) + 1)))

    def one(name: str, run: Run) -> Run:
        settings = TrainSettings().model_copy(update={"train_timeout": 1 if name == "too slow" else 600})
        kill = {"killed": signal.SIGKILL, "stopped": signal.SIGTERM}.get(name)
        hear = killer(Path(run.spec["folder"]), kill) if kill else lambda step: None
        if name != "good":
            return train(engine, run, settings, hear)
        taken: list[Run] = []
        first = train(engine, run, settings, lambda step: taken.extend([] if taken else taken_over(engine, run)))
        assert (first.state, first.claimed_by, first.attempts, first.result) == ("running", "trainer-2", 2, None)
        return train(engine, taken[0], settings)

    with ThreadPoolExecutor(3) as pool:
        return dict(zip([n for n, _ in given], pool.map(lambda pair: one(*pair), given), strict=True))


@pytest.mark.parametrize("name", FAULTS)
def test_given_a_fault_in_the_training_process_when_it_ends_then_its_run_has_failed_with_a_reason(
    ended: dict[str, Run], name: str
) -> None:
    row = ended[name]
    if (Path(row.spec["folder"]) / "not-able").exists():
        pytest.skip("this machine lets no process have a disk of its own")
    assert row.state == "failed" and row.finished_at is not None
    assert FAULTS[name][2] in (row.error or "")
    assert "\n" not in (row.error or "")


def test_given_too_little_memory_when_training_then_half_the_texts_at_once_are_tried_and_it_is_said(
    ended: dict[str, Run],
) -> None:
    (note,) = (ended["no memory"].result or {})["notes"]
    assert note == "The memory was too small for 8 texts at once: 4 at once, 2 times a step."


def test_given_failed_runs_when_the_next_is_taken_over_in_the_middle_then_it_gives_one_adapter(
    ended: dict[str, Run], shop: tuple[Engine, Path]
) -> None:
    engine, home = shop
    row = ended["good"]
    assert (row.state, row.error, row.attempts) == ("done", None, 2)
    assert (row.progress or {})["steps"] == 2 and (row.result or {})["ok"] is True
    (adapter,) = adopt(engine, Artifacts(home))
    assert (adapter.run_id, adapter.version, adapter.base_model, adapter.method) == (row.id, 1, "tiny", "lora")
    assert sorted(p.name for p in Artifacts(home).path(adapter.name).iterdir()) == FILES
    assert adopt(engine, Artifacts(home)) == []
    with transaction(engine) as session:
        assert len(session.exec(select(Adapter)).all()) == 1


def test_given_a_trainer_that_is_killed_when_its_child_still_trains_then_the_child_dies_too(
    data: Path, tmp_path: Path
) -> None:
    spec = trainings.spec(tmp_path, data, epochs=1000.0)
    path = spec.write()
    script = (
        "import sys; from pathlib import Path; from trainer.launch import run_recipe; "
        "from trainer.recipes.spec import RunSpec; run_recipe(RunSpec.read(Path(sys.argv[1])), timeout=600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(path)])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    wait_until(lambda: children.read_text().strip() != "")
    child = Path(f"/proc/{children.read_text().split()[0]}")
    assert str(path) in (child / "cmdline").read_text()
    parent.kill()
    parent.wait()
    wait_until(lambda: not child.exists() or (child / "stat").read_text().split()[2] == "Z")


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def test_given_a_half_written_result_when_read_then_the_end_of_the_process_tells_what_happened(tmp_path: Path) -> None:
    from trainer.launch import LOG_FILE, _result

    (tmp_path / LOG_FILE).write_text("Traceback\nKilled by fate", encoding="utf-8")
    (tmp_path / "result.json").write_text('{"ok": tr', encoding="utf-8")
    assert _result(tmp_path, 1, "").error == "The training process ended with code 1: Killed by fate"
    TrainResult(ok=True, steps=3).write(tmp_path)
    assert _result(tmp_path, 0, "") == TrainResult(ok=True, steps=3)


def test_given_settings_when_a_spec_is_made_then_each_decides_its_own_part(tmp_path: Path) -> None:
    from trainer.train import spec_of

    artifacts = Artifacts(tmp_path)
    name = artifacts.put("dataset", trainings.dataset(tmp_path / "data", 1))
    tiny = spec_of(TrainSettings(), artifacts, name, "tiny", 1)
    other = spec_of(TrainSettings(), artifacts, name, "some/model", 1)
    assert (tiny.rank, tiny.alpha, tiny.learning_rate, tiny.base_model) == (16, 32, 4e-3, str(BASE))
    assert (other.learning_rate, other.epochs, other.batch, other.base_model) == (2e-4, 3.0, 4, "some/model")
    chosen = {"rank": 4, "alpha": 8, "dropout": 0.1, "learning_rate": 1e-3, "epochs": 2.0, "batch": 3, "warmup": 0.2,
              "max_length": 300, "method": "qlora", "seed": 5}  # fmt: skip
    made = spec_of(TrainSettings(**chosen), artifacts, name, "tiny", 1)
    assert {name: getattr(made, name) for name in chosen} == chosen
    assert RunSpec.read(made.write()) == made
