"""A folder in, a local Argilla ready to be started out: its address, its log-in and the process to start."""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from curation.argilla_local import venv
from curation.argilla_local.login import Login, login
from db.errors import SettingsError

INSIDE = Path(__file__).with_name("inside") / "run.py"
PORT = 6900  # Argilla's own


@dataclass(frozen=True)
class Process:
    """What to start, in which environment, where its output goes and which open files it takes along."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    files: tuple[int, ...] = ()


@dataclass(frozen=True)
class LocalArgilla:
    """One server of one folder. The socket stays ours: while a server is started again, callers wait in its queue."""

    url: str
    login: Login
    folder: Path
    process: Process

    @property
    def settings(self) -> dict[str, str]:
        """The variables that point bot and trainer at it."""
        return {"FLYWHEEL_REVIEW": "argilla", "ARGILLA_API_URL": self.url, "ARGILLA_API_KEY": self.login.api_key}


@contextmanager
def opened(folder: Path, place: Path, port: int | None, say: Callable[[str], None]) -> Iterator[LocalArgilla]:
    """All but the process, which whoever starts it ends before: the venv at `place`, the log-in, the socket.

    `port` None: 6900, or a free one where that is taken. Errors: SettingsError.
    """
    folder = folder.resolve()
    python = venv.ensure(place.resolve(), say)
    with ExitStack() as stack:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = stack.enter_context((folder / "running").open("a+"))
            own = login(folder)
        except OSError as error:
            raise SettingsError(
                f"{folder} can't be written ({error.strerror}). Set FLYWHEEL_HOME to a folder you may write to."
            ) from error
        _only_one(taken, folder)
        listening = stack.enter_context(_listening(port))
        url = "http://{}:{}".format(*listening.getsockname())
        taken.write(url)
        taken.flush()
        # Short and for our eyes only: a socket's path has room for 100 characters, and whoever reaches Redis runs code.
        away = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="argilla-")))
        yield LocalArgilla(url, own, folder, _process(python, folder, own, listening, away))


def _only_one(taken: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        taken.seek(0)
        raise SettingsError(
            f"Argilla runs already for {folder}, at {taken.read()}. End it, or use it: set ARGILLA_API_URL to that "
            f"address and ARGILLA_API_KEY to the api_key in {folder / 'login.json'}."
        ) from error
    taken.truncate(0)


def _listening(port: int | None) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", PORT if port is None else port))
    except OSError as error:
        if port is None:
            return socket.create_server(("127.0.0.1", 0))
        raise SettingsError(f"Port {port} can't be had ({error.strerror}). Choose another with --port.") from error


def _process(python: Path, folder: Path, own: Login, listening: socket.socket, away: Path) -> Process:
    """Nothing of our own settings, or of another Argilla's, reaches it."""
    ours = ("ARGILLA_", "FLYWHEEL_", "SLACK_", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "ARGILLA_HOME_PATH": str(folder),
        "ARGILLA_AUTH_SECRET_KEY": own.secret,
        "ARGILLA_REDIS_URL": f"unix://{away / 'redis.sock'}",
        "ARGILLA_SEARCH_ENGINE": "sqlite",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "USERNAME": own.username,
        "PASSWORD": own.password,
        "API_KEY": own.api_key,
        "TMPDIR": str(away),
    }
    number = listening.fileno()
    command = [str(python), str(INSIDE), _redis(python), str(away), str(number)]
    return Process(command, environment, folder / "server.log", (number,))


def _redis(python: Path) -> str:
    """The one in the venv, where there is a ready-made one for this kind of machine."""
    own = python.with_name("redis-server")
    found = str(own) if own.exists() else shutil.which("redis-server")
    if found is None:
        raise SettingsError(
            "Argilla needs Redis, and there is none for this kind of machine in the package index. Install redis-server "
            f"with the system's own package manager. {venv.WITHOUT}"
        )
    return found
