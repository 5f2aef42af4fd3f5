"""Run by the Python of the server's venv: `run.py REDIS-SERVER FOLDER SOCKET`: migrate, see to the owner, serve and work.

Argilla's own settings come from the environment; USERNAME, PASSWORD and API_KEY name the owner, as in Argilla's image.
The socket is the number of an open one. Redis keeps what it has in FOLDER, and its socket: without it nothing starts.
Argilla is loaded once and shared by forks: a server and its worker in little more than the memory of one.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import alembic.config
import search  # noqa: F401  registers the engine
import uvicorn
from argilla_server import app
from argilla_server.contexts import accounts
from argilla_server.database import ALEMBIC_CONFIG_FILE, AsyncSessionLocal
from argilla_server.jobs import dataset_jobs, webhook_jobs  # noqa: F401  the worker's jobs, loaded before it is forked
from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
from argilla_server.models import User, UserRole
from rq import Worker

PDEATHSIG = 1  # prctl(2): the signal a child gets when its parent dies
fork = multiprocessing.get_context("fork")


def prepare() -> None:
    """In a process of its own: alembic and asyncio leave state behind."""
    alembic.config.main(argv=["-c", ALEMBIC_CONFIG_FILE, "upgrade", "head"])
    asyncio.run(see_to_owner(os.environ["USERNAME"], os.environ["PASSWORD"], os.environ["API_KEY"]))


async def see_to_owner(name: str, password: str, api_key: str) -> None:
    """The owner has this password and key, whatever was before."""
    async with AsyncSessionLocal() as db:
        owner = await accounts.get_user_by_username(db, name)
        wanted = {"password_hash": accounts.hash_password(password), "api_key": api_key, "role": UserRole.owner}
        if owner is None:
            await User.create(db, first_name=name, username=name, **wanted)
        else:
            await owner.update(db, **wanted)


def work() -> None:
    """Webhooks and what follows a change of a dataset's distribution. Its log is quiet: rq would write texts into it."""
    die_with_parent()
    worker = Worker([HIGH_QUEUE, DEFAULT_QUEUE], connection=REDIS_CONNECTION)
    worker.work(with_scheduler=True, logging_level="ERROR")


def serve(redis: "subprocess.Popen[bytes]", number: int) -> None:
    """Until a signal, or the death of worker or Redis: whoever started us starts all again."""
    worker = fork.Process(target=work)
    worker.start()
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGCHLD, partial(look_after, worker, redis))
    try:
        config = uvicorn.Config(app, access_log=False, log_level="warning")
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        worker.terminate()
        worker.join()
        redis.terminate()


def look_after(worker: BaseProcess, redis: "subprocess.Popen[bytes]", number: int, frame: FrameType | None) -> None:
    if not worker.is_alive() or redis.poll() is not None:
        os.kill(os.getpid(), signal.SIGTERM)


def leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM)


def main(program: str, folder: Path, number: int) -> None:
    options = ["--port", "0", "--unixsocket", str(folder / "redis.sock"), "--unixsocketperm", "700"]
    quiet = ["--dir", str(folder), "--save", "", "--loglevel", "warning"]
    redis = subprocess.Popen([program, *options, *quiet], preexec_fn=die_with_parent)
    first = fork.Process(target=prepare)
    first.start()
    first.join()
    if first.exitcode:
        redis.terminate()
        sys.exit("The database could not be prepared.")
    serve(redis, number)


if __name__ == "__main__":
    gc.freeze()  # what is never collected is never copied
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
