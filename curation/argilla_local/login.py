"""A folder in, how to log in to its Argilla out: made up once, kept in a file for its owner's eyes only."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from db.errors import SettingsError

FILE = "login.json"


@dataclass(frozen=True)
class Login:
    """The first owner's, and the key that signs log-ins: with it they outlive a restart."""

    username: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)
    secret: str = field(repr=False)


def login(folder: Path) -> Login:
    """The folder's log-in; two processes at once get the same one. Errors: SettingsError where the file is broken; OSError."""
    path = folder / FILE
    if not path.exists():
        _write(path, Login("owner", secrets.token_urlsafe(9), secrets.token_urlsafe(32), secrets.token_hex(32)))
    try:
        return Login(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{path} is broken. Delete it: another password is made up at the next start.") from error


def _write(path: Path, made: Login) -> None:
    """The whole file or none, and never over another one."""
    draft = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(made), file, indent=1)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
