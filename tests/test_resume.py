"""A training that is killed or told to stop goes on where it was, and comes to the very same adapter."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests import trainings
from trainer.recipes.checkpoints import SEAL, newest, seal, whole
from trainer.recipes.reasons import StoppedError, reason
from trainer.recipes.spec import RUN_FILE, RunSpec, TrainResult, parse_progress

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> RunSpec:
    """Eight steps, each of them saved."""
    data = trainings.dataset(tmp_path_factory.mktemp("dataset"))
    return trainings.spec(tmp_path_factory.mktemp("run") / "1", data, batch=2, epochs=2.0, save_seconds=0.0)


def attempt(spec: RunSpec, name: str, after: int = 0, end: Callable[[int], None] = lambda pid: None) -> TrainResult:
    """Train as attempt `name`; `end` is called with the process once step `after` is told."""
    folder = Path(spec.folder).parent / name
    replace(spec, folder=str(folder)).write()
    command = [sys.executable, "-m", "trainer.recipes.sft", str(folder / RUN_FILE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if (step := parse_progress(line)) and step.step == after:
                end(child.pid)
    try:
        return TrainResult.read(folder)
    except FileNotFoundError:
        return TrainResult(ok=False)


def adapter(spec: RunSpec, name: str) -> str:
    path = Path(spec.folder).parent / name / "adapter" / "adapter_model.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_given_a_kill_a_torn_checkpoint_and_a_stop_when_trained_on_then_the_adapter_is_the_uninterrupted_ones(
    spec: RunSpec, tmp_path: Path
) -> None:
    alone = replace(spec, folder=str(tmp_path / "alone" / "1"))
    whole_run = attempt(alone, "1")
    assert whole_run.ok and whole_run.steps == 8 and whole_run.resumed_at == 0

    killed = attempt(spec, "1", 5, lambda pid: os.kill(pid, signal.SIGKILL))
    assert not killed.ok
    last = newest(Path(spec.folder))
    assert last is not None
    torn = last / "optimizer.pt"
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])  # a disk that lost its last writes
    before = newest(Path(spec.folder))
    assert before is not None and before != last

    stopped = attempt(spec, "2", 6, lambda pid: os.kill(pid, signal.SIGTERM))
    assert not stopped.ok and stopped.error == reason(StoppedError())

    done = attempt(spec, "2")
    assert done.ok and done.steps == 8 and done.resumed_at >= 6
    assert done.losses == whole_run.losses
    assert adapter(spec, "2") == adapter(alone, "1")
    assert not (Path(spec.folder).parent / "2" / "steps").exists(), "what is done needs no checkpoints"


def test_given_a_checkpoint_when_any_byte_is_missing_or_another_then_it_is_not_whole(tmp_path: Path) -> None:
    attempts = [tmp_path / name for name in ("1", "2")]
    older, newer = (folder / "steps" / f"checkpoint-{step}" for folder, step in zip(attempts, (9, 10), strict=True))
    for folder in (older, newer):
        folder.mkdir(parents=True)
        (folder / "optimizer.pt").write_bytes(b"moments")
        seal(folder)
    assert newest(tmp_path / "3") == newer
    for damage in (b"momentz", b"moment", b""):
        (newer / "optimizer.pt").write_bytes(damage)
        assert not whole(newer) and newest(tmp_path / "3") == older
    (newer / "optimizer.pt").write_bytes(b"moments")
    assert whole(newer)
    for sealed in (b"", b"{", b"{}", b"[]", json.dumps({"gone.pt": "0"}).encode()):
        (newer / SEAL).write_bytes(sealed)
        assert not whole(newer)
