"""Simulated lives in, one picture out: false promotions by way of deciding, and which gains are seen with how many texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate_lives import Life, power

INK, PAPER = "#6e7781", "#ffffff"  # grey reads on light and dark pages
WAYS = {  # field of a Life: label and colour
    "mean": ("mean > 0", "#9a6700"),
    "bound": ("95% bound > 0", "#bc4c00"),
    "student": ("95% bound, with the budget", "#8250df"),
    "same": ("the gate", "#1a7f37"),
}


def draw(lives: Sequence[Life], path: Path) -> None:
    """Two panels side by side, on a white card."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.4), layout="constrained", facecolor=PAPER)
    left, right = figure.subplots(1, 2)
    _errors(left, lives)
    _gains(right)
    for axes in (left, right):
        axes.set_facecolor(PAPER)
        axes.tick_params(colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(INK)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _errors(axes: Any, lives: Sequence[Life]) -> None:
    """The share of lives with a false promotion, of each world at the size of its worst."""
    worlds = list(dict.fromkeys(life.world for life in lives))
    height = 0.8 / len(WAYS)
    for i, (name, (label, colour)) in enumerate(WAYS.items()):
        shares = [100 * max(getattr(life, name) for life in lives if life.world == world) for world in worlds]
        at = np.arange(len(worlds)) + (i - (len(WAYS) - 1) / 2) * height
        axes.barh(at, shares, height * 0.9, label=label, color=colour)
        for y, share in zip(at, shares, strict=True):
            axes.text(share + 1, y, f"{share:.1f}", va="center", fontsize=7, color=INK)
    axes.axvline(5, color=INK, linestyle=":", linewidth=1)
    axes.text(6, -0.5, "5% stated", fontsize=7, color=INK)
    axes.set_yticks(
        range(len(worlds)), [world.replace(", ", ",\n").replace(": ", ":\n") for world in worlds], fontsize=8
    )
    axes.invert_yaxis()
    axes.set_xlim(0, 112)
    axes.set_xlabel("lives of 20 tries with a false promotion, % (worst of 15 to 100 texts)", color=INK)
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1.02), ncols=4, labelcolor=INK)


def _gains(axes: Any) -> None:
    """How often a true gain is seen at the first try."""
    gains = np.linspace(0, 0.5, 21)
    for n, colour in ((15, "#9a6700"), (20, "#bc4c00"), (40, "#8250df"), (100, "#0969da"), (200, "#1a7f37")):
        rng = np.random.default_rng([8, n])
        seen = [100 * float((power(gain, 0.15, n, rng, 300)[0] < 0.01).mean()) for gain in gains]
        axes.plot(gains, seen, color=colour, label=f"{n} texts", linewidth=1.8)
    axes.set_xlabel("true gain of the checklist score (spread 0.15)", color=INK)
    axes.set_ylabel("seen at the first try, %", color=INK)
    axes.legend(frameon=False, fontsize=8, loc="lower right", labelcolor=INK)
