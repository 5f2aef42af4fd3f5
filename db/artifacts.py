"""Folders in, immutable copies out, named by the hash of their content. A half-written one is never visible."""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from db.errors import ArtifactError

DIGITS = 16  # of the hash in a name: 64 bits, far beyond any number of adapters
NAME = re.compile(rf"[a-z]+-[0-9a-f]{{{DIGITS}}}")
VIEWS = "hub"  # in a folder: what is made of its other files, whose bytes differ from library to library
STAGING, REMOVED = ".staging-", ".removed-"
ABANDONED = 3600.0  # seconds; storing takes far less, so what is older was left by a killed process


class Artifacts:
    """The store under `home/artifacts`. Names look like `adapter-3f2a9c0d11e2b4a7` and are never used again."""

    def __init__(self, home: Path) -> None:
        self.root = home.resolve() / "artifacts"

    def put(self, kind: str, folder: Path) -> str:
        """Copy a folder in and return its name; the same content gives the same name.

        Errors: ArtifactError if it is empty or changes meanwhile.
        """
        digest = content_hash(folder)
        name = f"{kind}-{digest[:DIGITS]}"
        if not NAME.fullmatch(name):
            raise ArtifactError(f"{kind!r} is no kind of artifact. Use small letters only.")
        if (self.root / name).exists():
            return name
        with self.staging() as staged:
            copy = staged / name
            shutil.copytree(folder, copy)
            if content_hash(copy) != digest:
                raise ArtifactError(f"{folder} changed while it was stored. Store it again once nothing writes to it.")
            sync_tree(copy)
            try:
                copy.rename(self.root / name)
            except OSError:  # another process put the same content at the same moment
                if not (self.root / name).exists():
                    raise
        sync(self.root)
        return name

    def path(self, name: str) -> Path:
        """The folder of a name. Errors: ArtifactError if it is not here."""
        folder = self.root / name
        if not NAME.fullmatch(name) or not folder.is_dir():
            raise ArtifactError(
                f"{name} is not in {self.root}. Copy the artifacts folder from the machine that made it."
            )
        return folder

    def verify(self, name: str) -> None:
        """Errors: ArtifactError if a byte of the content differs from what the name says."""
        found = content_hash(self.path(name))[:DIGITS]
        if name.rpartition("-")[2] != found:
            raise ArtifactError(f"{name} was changed on disk (its content is now {found}). Restore it from a backup.")

    def remove(self, name: str) -> bool:
        """Take a folder's content away for good: a person took their words back. False if it is not here."""
        here, grave = self.root / name, self.root / f"{REMOVED}{name}"
        if not (here.is_dir() or grave.is_dir()):
            return False
        # Its name goes first, so that nobody reads half of it; what a killed process left is found under the other one.
        shutil.rmtree(grave, ignore_errors=True)
        with suppress(FileNotFoundError):  # another process removes it too
            here.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)
        return True

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A temporary folder on the store's own disk (a rename from it is atomic); gone at the end."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.sweep()
        folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Killed processes can't tidy up; the next one that stores or removes something does, once it is old enough."""
        for left in self.root.glob(f"{STAGING}*"):
            with suppress(FileNotFoundError):  # another process sweeps too
                if time.time() - left.stat().st_mtime > ABANDONED:
                    shutil.rmtree(left, ignore_errors=True)


def content_hash(folder: Path) -> str:
    """SHA-256 over every file's relative name and bytes, in name order, but for what is made of the others (VIEWS).

    Errors: ArtifactError for an empty folder.
    """
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).parts[0] != VIEWS)
    if not files:
        raise ArtifactError(f"{folder} holds no files; there is nothing to store.")
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{digest}\n".encode())
    return total.hexdigest()


def sync(path: Path) -> None:
    """Force one file's or folder's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Force all files, then all folders, so that the rename that follows publishes only complete content."""
    for path in sorted(folder.rglob("*"), key=lambda p: p.is_dir()):
        sync(path)
    sync(folder)
