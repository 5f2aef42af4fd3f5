"""Texts by task and split in, two pictures for a dataset's card out: how long they are, and how their topics spread.

The pictures hold no text of the dataset, and need no fonts beyond matplotlib's own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curation.dedupe import shingles

SIDES = {"train": "train", "heldout": "held out"}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito, 2008
DOTS, BUCKETS = 1000, 512  # texts of a language drawn at most; numbers a text is described by


class Drawn(NamedTuple):
    """What a picture is made of, one for each text."""

    task: str
    split: str
    language: str
    topic: str
    text: str


Texts = Sequence[Drawn]


def draw_lengths(path: Path, texts: Texts) -> None:
    """Boxes of the texts' lengths in characters, by task and split; the dots are texts far from the others."""
    tasks = sorted({one.task for one in texts})
    figure, (axes,) = _figure(1.1 + 0.7 * len(tasks), 1)
    for offset, (side, label) in enumerate(SIDES.items()):
        lengths = [[len(one.text) for one in texts if (one.task, one.split) == (task, side)] for task in tasks]
        places = [i + 0.2 - 0.4 * offset for i in range(len(tasks))]
        style = {"facecolor": COLOURS[offset], "alpha": 0.6 if offset else 0.9, "edgecolor": "none"}
        boxes = axes.boxplot(
            lengths,
            orientation="horizontal",
            positions=places,
            widths=0.32,
            patch_artist=True,
            boxprops=style,
            medianprops={"color": "white", "linewidth": 1.6},
            flierprops={"marker": ".", "markersize": 4, "markeredgecolor": COLOURS[offset]},
            manage_ticks=False,
        )
        boxes["boxes"][0].set_label(label)
        for place, found in zip(places, lengths, strict=True):
            axes.annotate(f"{len(found)}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    axes.set_yticks(range(len(tasks)), tasks)
    axes.set(xlabel="characters", title="Length of the texts (right: how many)", xlim=(0, None))
    axes.legend(fontsize=8, frameon=False)
    _save(figure, path)


def draw_topics(path: Path, texts: Texts) -> None:
    """A map for each language: texts that share many words stand close together. Colour: task; rings: held out."""
    languages, tasks = sorted({one.language for one in texts}), sorted({one.task for one in texts})
    figure, panels = _figure(4.6, len(languages))
    for axes, language in zip(panels, languages, strict=True):
        every = [one for one in texts if one.language == language]
        shown = [every[i] for i in np.linspace(0, len(every) - 1, min(len(every), DOTS)).astype(int)]
        places = _map([one.text for one in shown])
        for number, task in enumerate(tasks):
            _dots(axes, COLOURS[number % len(COLOURS)], task, shown, places)
        topics = len({(one.task, one.topic) for one in every})
        axes.set(xticks=[], yticks=[], title=f"{language}: {len(every):,} texts, {topics:,} topics")
    figure.suptitle("Spread of the topics (close: many words in common)")
    figure.legend(*panels[0].get_legend_handles_labels(), fontsize=8, frameon=False, loc="outside right center")
    _save(figure, path)


def _dots(axes: Any, colour: str, task: str, shown: Texts, places: NDArray[np.float64]) -> None:
    for side, label in SIDES.items():
        at = places[[(one.task, one.split) == (task, side) for one in shown]]
        size, face = (16, colour) if side == "train" else (40, "none")
        axes.scatter(*at.T, s=size, facecolors=face, edgecolors=colour, label=f"{task}, {label}")


def _map(texts: Sequence[str]) -> NDArray[np.float64]:
    """Two principal components of the texts' shingles, counted in buckets; each axis points where most weight is."""
    counts = np.array([np.bincount(shingles(text) % BUCKETS, minlength=BUCKETS) for text in texts], dtype=float)
    centred = np.sqrt(counts) - np.sqrt(counts).mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the last two columns hold most of what differs
    two = axes[:, [-1, -2]]
    places: NDArray[np.float64] = centred @ (two * np.sign(two[np.abs(two).argmax(axis=0), [0, 1]]))
    return places


def _figure(height: float, panels: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # without pyplot: no window, no state

    figure = Figure(figsize=(8.5, height), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
