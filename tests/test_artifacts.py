"""The store: named by content, whole or not there at all, whoever dies or comes at the same moment."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import artifacts as store
from db.artifacts import Artifacts, content_hash
from db.errors import ArtifactError
from tests import processes


def folder(at: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content)
    return at


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    files = {"adapter_config.json": b"{}", "adapter_model.safetensors": b"\0weights" * 500, "logs/day/1.txt": b"step 1"}
    return folder(tmp_path / "made", files)


def visible(artifacts: Artifacts) -> list[str]:
    """What a reader could meet in the store."""
    return (
        sorted(p.name for p in artifacts.root.iterdir() if not p.name.startswith("."))
        if artifacts.root.exists()
        else []
    )


def left_over(artifacts: Artifacts) -> list[Path]:
    return list(artifacts.root.glob(".*"))


def test_given_a_folder_when_stored_then_its_name_is_its_content(
    artifacts: Artifacts, adapter: Path, tmp_path: Path
) -> None:
    name = artifacts.put("adapter", adapter)
    copy = shutil.copytree(adapter, tmp_path / "elsewhere")
    (copy / "adapter_config.json").touch()  # when and where it was written is not content
    assert artifacts.put("adapter", copy) == name and visible(artifacts) == [name]
    shutil.rmtree(adapter)
    artifacts.verify(name)
    assert content_hash(artifacts.path(name)) == content_hash(copy)
    (copy / "adapter_config.json").rename(copy / "config.json")  # a file's name is content
    assert artifacts.put("adapter", copy) != name
    assert left_over(artifacts) == []


tree = st.dictionaries(st.sampled_from(["a", "b", "ab", "d/a", "d/b", "한글"]), st.binary(max_size=3), min_size=1)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree, tree)
def test_given_any_two_folders_then_their_names_are_equal_exactly_if_their_content_is(
    tmp_path: Path, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    for side, files in (("one", one), ("other", other)):
        shutil.rmtree(tmp_path / side, ignore_errors=True)
        folder(tmp_path / side, files)
    assert (content_hash(tmp_path / "one") == content_hash(tmp_path / "other")) == (one == other)


def test_given_a_process_killed_anywhere_in_put_then_nothing_half_is_visible_and_the_next_put_works(
    tmp_path: Path, adapter: Path
) -> None:
    name, line, killed, whole = f"adapter-{content_hash(adapter)[: store.DIGITS]}", 1, 0, 0
    while True:
        artifacts = Artifacts(tmp_path / f"home{line}")
        code = processes.put_killed(artifacts.root.parent, adapter, line)
        assert code in (0, -signal.SIGKILL)
        assert visible(artifacts) in ([], [name])
        killed, whole = killed + (code != 0), whole + (code != 0 and visible(artifacts) == [name])
        assert artifacts.put("adapter", adapter) == name and visible(artifacts) == [name]
        artifacts.verify(name)
        if code == 0:  # so late that it had ended
            break
        line += 23
    assert killed > 10 and whole > 0  # before and after the moment when it becomes visible


def test_given_what_killed_processes_left_when_something_is_stored_later_then_it_is_gone(
    artifacts: Artifacts, adapter: Path
) -> None:
    for number in range(3):
        folder(artifacts.root / f"{store.STAGING}dead{number}", {"adapter-x/half": b"ha"})
    with artifacts.staging() as busy:
        for dead in artifacts.root.glob(f"{store.STAGING}dead*"):
            os.utime(dead, times=(time.time() - 2 * store.ABANDONED,) * 2)
        artifacts.put("adapter", adapter)
        assert left_over(artifacts) == [busy]  # what another process writes right now stays
    assert left_over(artifacts) == []


def test_given_processes_that_store_the_same_at_once_then_all_get_one_whole_copy(
    artifacts: Artifacts, adapter: Path
) -> None:
    names = processes.together(processes.put, 4, artifacts.root.parent, adapter)
    assert set(names) == set(visible(artifacts)) and left_over(artifacts) == []
    artifacts.verify(names[0])


def test_given_one_changed_byte_or_file_when_verified_then_it_is_found(artifacts: Artifacts, adapter: Path) -> None:
    name = artifacts.put("adapter", adapter)
    weights = artifacts.path(name) / "adapter_model.safetensors"
    good = weights.read_bytes()
    for bad in (b"\1" + good[1:], good[:-1] + b"S", good[:-1], good + b"\0"):
        weights.write_bytes(bad)
        with pytest.raises(ArtifactError, match=f"{name} was changed on disk"):
            artifacts.verify(name)
    weights.write_bytes(good)
    artifacts.verify(name)
    (artifacts.path(name) / "logs" / "extra").touch()
    with pytest.raises(ArtifactError, match="backup"):
        artifacts.verify(name)


def test_given_a_folder_that_changes_while_it_is_stored_then_it_is_refused(
    artifacts: Artifacts, adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree = shutil.copytree

    def meanwhile(source: Path, target: Path) -> None:
        monkeypatch.undo()
        (source / "adapter_model.safetensors").write_bytes(b"still training")
        copytree(source, target)

    monkeypatch.setattr(shutil, "copytree", meanwhile)
    with pytest.raises(ArtifactError, match="changed while it was stored"):
        artifacts.put("adapter", adapter)
    assert visible(artifacts) == left_over(artifacts) == []


def test_given_names_that_lead_elsewhere_or_nowhere_when_asked_then_they_are_refused(
    artifacts: Artifacts, adapter: Path
) -> None:
    name = artifacts.put("adapter", adapter)
    folder(artifacts.root.parent / "secret", {"key": b"k"})
    inside = [f"{name}/logs", f"{name}/", f"./{name}", f"{name}\n", f"{name}\0", name.upper(), f"../artifacts/{name}"]
    with artifacts.staging() as staged:
        for wrong in ("", ".", "..", "../secret", str(adapter), staged.name, "adapter-0000000000000000", *inside):
            with pytest.raises(ArtifactError, match="is not in"):
                artifacts.path(wrong)
            with pytest.raises(ArtifactError):
                artifacts.verify(wrong)
    for kind in ("../adapter", "", ".hidden", "a/b", "Adapter"):
        with pytest.raises(ArtifactError, match="no kind of artifact"):
            artifacts.put(kind, adapter)
    assert visible(artifacts) == [name]


def test_given_nothing_to_store_when_put_then_it_is_refused(artifacts: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "empty" / "nested").mkdir(parents=True)
    for nothing in ("empty", "missing"):
        with pytest.raises(ArtifactError, match="holds no files"):
            artifacts.put("adapter", tmp_path / nothing)
    assert visible(artifacts) == []
