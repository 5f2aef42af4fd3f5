"""`make gate-report`: simulates the gate's lives, tries twenty bad adapters for real, writes docs/gate.md and its picture."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.gate_adversaries import adversaries, against_base
from benchmarks.gate_bench import Judged
from benchmarks.gate_lives import (
    LIVES,
    POLICY,
    SIZES,
    SPENDING,
    TRIES,
    WORLDS,
    Life,
    growing,
    guardrail,
    live,
    power,
    worst_found,
)
from benchmarks.gate_picture import draw
from benchmarks.gate_words import LIMITS, PREFACE, percent
from trainer.bounds import texts_needed

DOCS, POSTS = Path(__file__).parents[1] / "docs", 240
Rows = Sequence[Sequence[str]]


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng([7, *seed])


def table(head: Sequence[str], rows: Rows) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return ["", *lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def of_lives(lives: Sequence[Life]) -> list[str]:
    """One row a world and size."""
    worst = max(life.same for life in lives)
    rows = [
        (life.world, str(life.texts), *map(percent, (life.mean, life.bound, life.student, life.same, life.apart)))
        for life in lives
    ]
    head = (
        "equal adapters",
        "texts",
        "mean > 0",
        "LB95 > 0",
        "LB95, budget",
        "**gate**, scores alike",
        "**gate**, apart",
    )
    drawn = [(t, level, worst_found(level, t, rng(t))) for t in (10, 15, 20) for level in (0.05, 0.01)]
    histories = {world: growing(world, rng(i)) for i, world in enumerate(WORLDS)}
    total = next(iter(histories.values()))[1]
    return [
        "## How often it errs",
        "",
        f"{LIVES:,} simulated lives for every row. In each, {TRIES} challengers that are exactly as good as the champion are",
        "tried on one held-out set; the figure is the share of lives in which at least one was promoted. Stated: at most "
        f"{percent(1 - POLICY.confidence)}.",
        f"Measured: at most **{percent(worst)}**.",
        *table(head, rows),
        "*mean > 0*: promote when the score went up. *LB95 > 0*: promote when the usual 95% lower bound (Student's t; a",
        "bootstrap-t behaves alike) is above zero. *Scores alike*: both gated scores tell the same story, so that asking for",
        "both protects no better than one.",
        "",
        "The test itself, sought to be broken: the worst of 2,000 distributions on three values drawn at random, each worked",
        "out exactly (no simulation).",
        *table(
            ("texts", "level", "worst chance of error found"), [(str(t), f"{a:g}", f"{w:.4f}") for t, a, w in drawn]
        ),
        "A held-out set that grows from 15 to 167 texts, eight before every try: new texts give budget back, so the levels of",
        f"all twenty tries add up to {percent(total)}. False promotions in the whole history: "
        + ", ".join(f"{percent(wrong)} ({world})" for world, (wrong, _) in histories.items())
        + ".",
        "",
    ]


def of_power() -> list[str]:
    """What gains are seen, with how many texts, at which try."""
    gains, sizes = (0.05, 0.1, 0.15, 0.2, 0.3), (15, 20, 40, 60, 100, 200)
    rows = []
    for n in sizes:
        seen = [power(gain, 0.15, n, rng(n, i)) for i, gain in enumerate(gains)]
        rows.append((str(n), *(f"{percent((ours < 0.01).mean())} ({percent((t < 0.01).mean())})" for ours, t in seen)))
    spending = []
    for name, level in SPENDING.items():
        ours, _ = power(0.15, 0.15, 50, rng(1), 4_000)
        spending.append((name, *(f"{level(k):.5f}: {percent((ours < level(k)).mean())}" for k in (1, 3, 5, 10, 20))))
    needed = [
        (f"{gain:g}", *(str(texts_needed(even(gain, spread), 0.01, 1.0)) for spread in (0.05, 0.1, 0.2)))
        for gain in (0.05, 0.1, 0.15, 0.3)
    ]
    return [
        "## What it sees",
        "",
        "How often a true gain of the checklist score (spread 0.15 between texts) is seen at the first try; in brackets by a",
        "t test at the same level, which sees more because it reckons with no disaster.",
        *table(("texts", *(f"gain {gain:g}" for gain in gains)), rows),
        "Texts with which four tries in five show a gain (the figure in the gate's own reasons):",
        *table(("gain", "spread 0.05", "0.1", "0.2"), needed),
        "Ways to spend 5% over twenty tries: the level of the k-th try, and how often 50 texts show a gain of 0.15 then.",
        *table(("spending", "1st", "3rd", "5th", "10th", "20th"), spending),
    ]


def even(gain: float, spread: float) -> list[float]:
    """Forty differences as normal as can be."""
    from scipy.stats import norm

    found: list[float] = norm.ppf((np.arange(40) + 0.5) / 40, gain, spread).tolist()
    return found


def of_guardrails() -> list[str]:
    rows = []
    for n in (5, 10, 20, 50, 100, 200):
        found = [guardrail(fall, n, rng(n, i)) for i, fall in enumerate((0.0, 0.1, 0.2, 0.3))]
        rows.append((str(n), *(f"{percent(ours)} ({percent(proof)})" for ours, proof in found)))
    return [
        "## Guardrails of small groups",
        "",
        "How often a task or language is held to have got worse when its checklist score falls by so much (margin 0.1), by the",
        "size of the group; in brackets, were it always demanded to *prove* that nothing fell.",
        *table(("texts of the group", "no change", "fall 0.1", "fall 0.2", "fall 0.3"), rows),
    ]


def of_adversaries(control: Judged, tried: Sequence[Judged], texts: int) -> list[str]:
    first = len(against_base([], []))
    rows = [
        (
            judged.name,
            "the base" if i < first else "the good one",
            "**yes**" if judged.promoted else "no",
            judged.likelihood,
            judged.checklist,
            f"{judged.guards[0]} ({len(judged.guards)} in all)" if judged.guards else "",
        )
        for i, judged in enumerate(tried)
    ]
    return [
        "## Twenty adapters that must not win",
        "",
        f"The tiny model, real trainings, real drafts, {texts} held-out texts. First a good adapter against the bare base",
        f"model with the long prompt: promoted **{'yes' if control.promoted else 'no'}**",
        f"(log-likelihood {control.likelihood}, checklist {control.checklist}).",
        f"Then {len(tried)} more tries on the same texts: **{sum(j.promoted for j in tried)} of {len(tried)} promoted**.",
        *table(("adapter", "against", "promoted", "log-likelihood", "checklist", "guardrails breached"), rows),
    ]


def page(real: tuple[Judged, list[Judged], int]) -> Iterator[str]:
    lives = [live(world, n, rng(i, n)) for i, world in enumerate(WORLDS) for n in SIZES]
    draw(lives, DOCS / "images" / "gate.png")
    yield "# The gate, measured"
    yield ""
    yield "Written by `make gate-report`; don't edit. The figures are of one run with fixed seeds."
    yield ""
    yield "![False promotions over a life of twenty tries, and gains that are seen](images/gate.png)"
    yield ""
    yield from PREFACE.splitlines()
    yield ""
    yield from of_lives(lives)
    yield from of_power()
    yield from of_guardrails()
    yield from of_adversaries(*real)
    yield from LIMITS.splitlines()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        real = adversaries(Path(folder), POSTS, lambda line: print(line, file=sys.stderr, flush=True))
    (DOCS / "gate.md").write_text("\n".join(page(real)) + "\n", encoding="utf-8")
    print(f"{DOCS / 'gate.md'} is written.")


if __name__ == "__main__":
    main()
