"""A local Argilla in, running and answering out: what `argilla`, `up` and `demo` share."""

import time

import httpx

from bot.cli.children import Children
from bot.cli.out import side
from curation.argilla_local.server import LocalArgilla
from db.errors import FlywheelError

PATIENCE = 120.0  # seconds for a start that takes five; machines may be busy


def start(children: Children, local: LocalArgilla) -> None:
    """Start it and wait until it answers. Errors: FlywheelError with its log's last line."""
    log = local.process.log
    log.unlink(missing_ok=True)
    children.run("argilla", local.process)
    end = time.monotonic() + PATIENCE
    while not _answers(local.url):
        if children.running["argilla"].poll() is not None or time.monotonic() > end:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise FlywheelError(f"Argilla did not start: {said[-1] if said else 'it said nothing'}. Its log is {log}.")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/status", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def entrance(local: LocalArgilla) -> str:
    """Where its page is and how to log in; the password itself only on a terminal, where nobody keeps what we print."""
    own = local.login
    password = own.password if side.is_terminal else f"in {local.folder / 'login.json'}"
    return f"[bold]{local.url}[/bold] : log in as {own.username}, password {password}"
