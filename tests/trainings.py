"""Trainings for tests: small datasets of shipped posts, and children with a fault in them, run by the real `train`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from db import claims
from db.session import transaction
from db.tables import Run
from tests import rows
from trainer.recipes.spec import RunSpec
from trainer.tiny import BASE, POSTS

# Read by every Python that starts with its folder on PYTHONPATH: the child runs the fault laid beside its run, if any.
SITECUSTOMIZE = """
import pathlib, sys
script = pathlib.Path(sys.orig_argv[-1]).parent.parent / "fault.py"
if script.is_file():
    exec(script.read_text())
"""
TELL_PID = """
import os
script.with_name("pid").write_text(str(os.getpid()))
"""
# As soon as the data is read, i.e. with every library loaded, hardly any memory is left.
NO_MEMORY = """
import resource
def limit(event, args):
    unlimited = resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY  # the second try inherits the limit
    if unlimited and event == "open" and str(args[0]).endswith("train.jsonl"):
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + 120 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.addaudithook(limit)
"""
CUT_SHORT = """
import atexit, os
file = pathlib.Path(sys.orig_argv[-1]).parent / "adapter" / "adapter_model.safetensors"
atexit.register(lambda: os.truncate(file, file.stat().st_size // 2))
"""
# The child alone sees a disk of 256 KB where its adapter goes (a mount in a namespace of its own, where that is allowed).
DISK_FULL = """
import ctypes, os
libc, adapter = ctypes.CDLL(None), pathlib.Path(sys.orig_argv[-1]).parent / "adapter"
adapter.mkdir()
uid, gid = os.getuid(), os.getgid()
able = libc.unshare(0x10000000 | 0x20000) == 0
if able:
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    able = libc.mount(b"tmpfs", str(adapter).encode(), b"tmpfs", 0, b"size=256k") == 0
if not able:
    script.with_name("not-able").touch()
    os._exit(1)
"""
GONE = """
import os
os._exit(3)
"""


def dataset(folder: Path, number: int = 8) -> Path:
    """A dataset folder with so many of the shipped posts."""
    posts = [json.loads(line)["messages"] for line in POSTS.read_text(encoding="utf-8").splitlines()[:number]]
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"prompt": post[:-1], "completion": post[-1:]}) + "\n" for post in posts]
    (folder / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def spec(folder: Path, data: Path, **more: Any) -> RunSpec:
    """Two steps on the tiny model."""
    return RunSpec(**{
        "base_model": str(BASE), "base_name": "tiny", "dataset": str(data), "folder": str(folder),
        "learning_rate": 4e-3, "epochs": 1.0, **more,
    })  # fmt: skip


def claimed(engine: Engine, wanted: RunSpec, sequence: int, fault: str = "", worker: str = "trainer-1") -> Run:
    """A run of its own that `worker` holds, with a fault for its child."""
    folder = Path(wanted.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if fault:
        (folder / "fault.py").write_text(fault, encoding="utf-8")
    with transaction(engine) as session:
        rows.run(session, sequence=sequence, spec=asdict(wanted))
    with transaction(engine) as session:
        run = claims.claim_run(session, worker, 60)
    assert run is not None and run.sequence == sequence
    return run
