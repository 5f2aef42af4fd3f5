"""Methods and one dataset in, what each costs and brings out: trained one after the other, scored on the held-out texts."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from curation.checks import Text, score
from curation.house import House
from db.tables import Example
from trainer.launch import run_recipe
from trainer.recipes.spec import ADAPTER_FOLDER, RunSpec, TrainStep
from trainer.runtime import Completion, Order, Runtime, Sampling


@dataclass(frozen=True)
class Compared:
    """One method's row. Scores are means over the held-out texts; `bytes` is the stored adapter's size."""

    method: str
    trainable: float = 0.0  # share of all parameters
    memory: int = 0  # bytes at the most: of the card, or of the training process
    seconds: float = 0.0
    bytes: int = 0
    log_likelihood: float | None = None  # nats a token
    checklist: float | None = None  # 0..1
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    specs: Sequence[RunSpec],
    heldout: Sequence[Example],
    runtime: Runtime,
    house: House,
    sampling: Sampling,
    timeout: float,
    on_method: Callable[[str], None] = lambda name: None,
    on_step: Callable[[TrainStep], None] = lambda step: None,
) -> list[Compared]:
    """The bare base with the short prompt first, then every method. One that fails has its reason in its row.

    Errors: RuntimeFailure if the base model itself can't be scored.
    """
    rows = [replace(Compared("base"), **_scores(None, heldout, runtime, house, sampling))]
    for spec in specs:
        on_method(spec.method)
        result = run_recipe(spec, timeout=timeout, on_step=on_step)
        row = Compared(spec.method, seconds=result.seconds, memory=result.peak_memory, error=result.error)
        if result.ok:
            folder, name = Path(spec.folder) / ADAPTER_FOLDER, f"compare-{spec.method}"
            runtime.load(name, folder)
            size = sum(path.stat().st_size for path in folder.iterdir())
            found = _scores(name, heldout, runtime, house, sampling)
            runtime.drop(name)
            row = replace(row, trainable=result.trainable / result.total, bytes=size, **found)
        rows.append(row)
    return rows


def _scores(
    adapter: str | None, heldout: Sequence[Example], runtime: Runtime, house: House, sampling: Sampling
) -> dict[str, Any]:
    likelihoods = runtime.score([Completion(e.short_prompt, e.completion) for e in heldout], adapter)
    streams = [runtime.stream(Order(e.short_prompt, adapter, sampling, deadline_seconds=24 * 3600.0)) for e in heldout]
    kept = [
        score(Text(e.task, e.language, stream.result().text, e.fields), house)
        for e, stream in zip(heldout, streams, strict=True)
    ]
    return {"log_likelihood": fmean(likelihoods), "checklist": fmean(kept)}


def picture(rows: Sequence[Compared], path: Path) -> None:
    """Checklist over the share that is trained, one point a method; the bare base as a line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    base, good = rows[0], [row for row in rows[1:] if row.checklist is not None]
    axes.axhline(100 * (base.checklist or 0.0), color="#888888", linestyle="--", label="base, short prompt")
    axes.scatter(
        [100 * row.trainable for row in good],
        [100 * (row.checklist or 0.0) for row in good],
        s=[max(20.0, row.bytes / 20_000) for row in good],
        color="#3b6fd4",
        alpha=0.7,
    )
    for row in good:
        place = (100 * row.trainable, 100 * (row.checklist or 0.0))
        axes.annotate(row.method, place, textcoords="offset points", xytext=(6, 4))
    axes.margins(x=0.15)
    axes.set(xscale="log", xlabel="trained, % of all parameters", ylabel="checklist kept, %", ylim=(0, 105))
    axes.set_title("What a method trains and what it brings (area: size on disk)", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=150)
