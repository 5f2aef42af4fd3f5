"""What a training process reads (`run.json`), prints (progress lines) and leaves behind (`result.json`). No database."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RUN_FILE, RESULT_FILE, ADAPTER_FOLDER = "run.json", "result.json", "adapter"
METHODS = (
    "lora", "qlora", "rslora", "dora", "pissa", "adalora", "ia3", "bottleneck", "prefix", "ptuning", "prompt", "full",
)  # fmt: skip
# Of LoRA's best learning rate: what changes many numbers wants little steps, what changes few wants large ones.
RATES = {"full": 0.05, "ia3": 10.0, "prefix": 10.0, "prompt": 20.0, "ptuning": 2.5}
PROGRESS_MARK = "@progress "  # one JSON object follows on the same line


@dataclass(frozen=True)
class RunSpec:
    """All that decides a training; `dataset` and `base_model` are folders or hub ids, `folder` is where results go."""

    base_model: str
    base_name: str  # what people call it ("tiny", a hub id); goes into the adapter's config
    dataset: str  # folder with train.jsonl and heldout.jsonl, rows {"prompt": [...], "completion": [...]}
    folder: str
    method: str = "lora"  # one of METHODS; "qlora" trains LoRA on a 4-bit base
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    learning_rate: float = 2e-4
    epochs: float = 3.0
    batch: int = 4
    max_length: int = 2048  # tokens
    virtual_tokens: int = 20  # of the methods that learn a prompt
    warmup: float = 0.05  # share of all steps in which the rate rises to its peak
    seed: int = 7
    accumulate: int = 1  # batches to one step of the optimizer
    patience: int = 0  # rounds without a lower validation loss after which a training ends; 0: never
    save_seconds: float = 120.0  # between two checkpoints
    preference: str = "off"  # "auto", "dpo", "kto": a second pass on what people prefer
    preference_after: int = 50  # pairs, or votes of the rarer kind, from which it is worth it
    notes: tuple[str, ...] = ()  # what was changed on the way: "batch 2 x 2 instead of 4"

    def write(self) -> Path:
        """Write `run.json` into the folder; returns its path."""
        path = Path(self.folder) / RUN_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> "RunSpec":
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**values, "notes": tuple(values.get("notes", ()))})


@dataclass(frozen=True)
class TrainStep:
    """One progress line: optimizer `step` of `steps`, mean `loss` in nats a token, seconds since the start."""

    step: int
    steps: int
    loss: float
    seconds: float

    def line(self) -> str:
        return PROGRESS_MARK + json.dumps(asdict(self))


def parse_progress(line: str) -> TrainStep | None:
    """The step a line of output reports, or None for any other line, a torn one too."""
    if not line.startswith(PROGRESS_MARK):
        return None
    try:
        return TrainStep(**json.loads(line[len(PROGRESS_MARK) :]))
    except (ValueError, TypeError):
        return None


@dataclass(frozen=True)
class TrainResult:
    """What `result.json` holds: steps, seconds, losses [(step, loss)], versions, hardware; or the error and its kind."""

    ok: bool
    steps: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)
    trainable: int = 0  # parameters
    total: int = 0  # parameters
    versions: dict[str, str] = field(default_factory=dict)
    hardware: dict[str, Any] = field(default_factory=dict)
    base_sha256: str = ""  # of the base model's weights, where they lie in a folder
    peak_memory: int = 0  # bytes: of the card, or of the process
    resumed_at: int = 0  # the step this attempt went on from
    notes: list[str] = field(default_factory=list)
    preference: dict[str, Any] = field(default_factory=dict)  # of the second pass: its way, its rows, its losses
    error: str = ""  # one sentence that says what to do

    def write(self, folder: Path) -> None:
        """Written under another name and renamed: a half-written result is never read."""
        temporary = folder / (RESULT_FILE + ".part")
        temporary.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        temporary.replace(folder / RESULT_FILE)

    @classmethod
    def read(cls, folder: Path) -> "TrainResult":
        return cls(**json.loads((folder / RESULT_FILE).read_text(encoding="utf-8")))
