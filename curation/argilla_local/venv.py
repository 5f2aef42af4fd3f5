"""A folder in, the Python of a venv with the pinned argilla-server out: made on first use, half-made ones anew."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import SettingsError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
LOG = "install.log"
CACHE = Path("~/.cache/draft-flywheel/argilla")
WITHOUT = "Or go without it: flywheel demo --review slack, or ARGILLA_API_URL for a server you have."


def place() -> Path:
    """Where an installation has the server's venv: within its own, so that all homes share it; else in the user's cache."""
    own = Path(sys.prefix) / "argilla"
    ours = sys.prefix != sys.base_prefix and (own.is_dir() or os.access(sys.prefix, os.W_OK))
    return own if ours else CACHE.expanduser()


def ensure(folder: Path, say: Callable[[str], None]) -> Path:
    """The venv's Python. `say` hears what takes long. Two processes at once: the second waits. Errors: SettingsError."""
    try:
        if not _ready(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _alone(folder.with_suffix(".lock"), say) as lock:
                if not _ready(folder):
                    _make(folder, lock, say)
    except OSError as error:
        raise SettingsError(
            f"{folder} can't be made ({error.strerror}). Argilla's server needs 1 GB on a disk you may write to. {WITHOUT}"
        ) from error
    return folder / "bin" / "python"


def _ready(folder: Path) -> bool:
    marker = folder / "ready"  # written last
    return marker.is_file() and marker.read_text() == _wanted() and (folder / "bin" / "python").exists()


def _wanted() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _make(folder: Path, lock: int, say: Callable[[str], None]) -> None:
    say(f"Installing Argilla's server into {folder}: once, 600 MB, one to three minutes…")
    shutil.rmtree(folder, ignore_errors=True)
    log = folder.parent / LOG
    log.unlink(missing_ok=True)
    _run(log, lock, sys.executable, "-m", "venv", str(folder))
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--retries", "2"]
    _run(log, lock, *pip, "--requirement", str(REQUIREMENTS))
    (folder / "ready").write_text(_wanted())


def _run(log: Path, lock: int, *command: str) -> None:
    with log.open("ab") as out:  # whoever is left alone by our death keeps the lock until it ends
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=[lock]).returncode
    if code:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no reason given"]
        why = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1])
        raise SettingsError(
            f"Argilla's server could not be installed ({why[:200]}). It comes from the package index: "
            f"look at the network and at {log}, then start again. {WITHOUT}"
        )


@contextmanager
def _alone(path: Path, say: Callable[[str], None]) -> Iterator[int]:
    """Holds the lock of a file; its number."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is installing Argilla's server; waiting for it…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    ensure(place(), _tell)
