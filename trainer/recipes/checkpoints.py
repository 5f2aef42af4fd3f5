"""A run's folder in, its newest whole checkpoint out: a kill at any byte leaves one that is not whole, and is passed over.

Each attempt of a run has a folder beside the others', so what an earlier one saved is found by a later one.
"""

import hashlib
import json
from pathlib import Path

STEPS, SEAL = "steps", "whole.json"


def seal(checkpoint: Path) -> None:
    """Say that a checkpoint is whole: the hash of every file, under a name that appears at once or not at all."""
    hashes = {str(path.relative_to(checkpoint)): _sha256(path) for path in sorted(_files(checkpoint))}
    temporary = checkpoint / (SEAL + ".part")
    temporary.write_text(json.dumps(hashes), encoding="utf-8")
    temporary.replace(checkpoint / SEAL)


def newest(attempt: Path) -> Path | None:
    """The whole checkpoint with the most steps among all attempts of the run, or None."""
    found = sorted(attempt.parent.glob(f"*/{STEPS}/checkpoint-*"), key=_step, reverse=True)
    return next((checkpoint for checkpoint in found if whole(checkpoint)), None)


def whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was sealed and holds exactly what it held then."""
    try:
        hashes = json.loads((checkpoint / SEAL).read_text(encoding="utf-8"))
        return bool(hashes) and all(_sha256(checkpoint / name) == value for name, value in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1


def _files(checkpoint: Path) -> list[Path]:
    return [path for path in checkpoint.rglob("*") if path.is_file() and not path.name.startswith(SEAL)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
