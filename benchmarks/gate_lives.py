"""Whole lives of held-out sets, simulated: equal adapters tried twenty times each; how often is one promoted? Vectorised.

Where two adapters are equal, every promotion is false. Twenty challengers are compared with one champion on the same texts,
so that a champion who happens to look bad on them is met again in every try, as in life.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trainer.bounds import p_value, paired_interval
from trainer.budget import Charge, budget
from trainer.gate import PROOF, Policy

LIVES, TRIES, SIZES = 1_000, 20, (15, 20, 40, 100)
POLICY = Policy()
Floats = NDArray[np.float64]
World = Callable[[np.random.Generator, tuple[int, int, int]], Floats]  # (lives, tries, texts) differences of mean 0


def contest(draw: Callable[[np.random.Generator, tuple[int, ...]], Floats]) -> World:
    """Challengers and one champion of the same kind: `draw` gives an adapter's scores on the texts."""

    def made(rng: np.random.Generator, size: tuple[int, int, int]) -> Floats:
        lives, _, texts = size
        return np.clip(draw(rng, size) - draw(rng, (lives, 1, texts)), -1, 1)

    return made


def twelfths(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    return rng.binomial(12, rng.beta(8, 2, size)) / 12


def between(*pairs: tuple[float, float]) -> World:
    values, chances = zip(*pairs, strict=True)
    return lambda rng, size: rng.choice(values, size, p=chances)


WORLDS: dict[str, World] = {
    "smooth scores": contest(lambda rng, size: rng.normal(0, 0.15, size)),
    "coarse: 12 rules": contest(twelfths),
    "heavy tails (t, 3 degrees)": contest(lambda rng, size: 0.07 * rng.standard_t(3, size)),
    "skewed: often +1 rule, seldom -3": between((1 / 12, 0.75), (-3 / 12, 0.25)),
    "a little better, seldom a disaster": between((0.05, 0.95), (-0.95, 0.05)),
}


def levels(texts: int, tries: int = TRIES, grown: int = 0) -> list[float]:
    """What each try may spend; with `grown`, so many new texts come before each further try."""
    spent: list[Charge] = []
    for number in range(1, tries + 1):
        now = texts + grown * (number - 1)
        charges = [Charge(one.number, one.level, texts + grown * (one.number - 1)) for one in spent]
        spent.append(Charge(number, budget(charges, now, POLICY).level, now))
    return [one.level for one in spent]


def student(differences: Floats) -> Floats:
    """p-values of Student's t test."""
    n, mean, spread = differences.shape[-1], differences.mean(-1), differences.std(-1, ddof=1)
    t = np.divide(mean, spread / np.sqrt(n), out=np.sign(mean) * 1e9, where=spread > 1e-12)
    return np.asarray(stats.t.sf(t, n - 1))


@dataclass(frozen=True)
class Life:
    """The share of lives with at least one false promotion, by way of deciding."""

    world: str
    texts: int
    mean: float  # mean above 0
    bound: float  # a 95% lower bound (Student's t) above 0, at every try
    student: float  # the same t test, with the error budget
    same: float  # the gate, when both scores tell the same story
    apart: float  # the gate, when each score errs on its own


def live(world: str, texts: int, rng: np.random.Generator, lives: int = LIVES) -> Life:
    size, spend = (lives, TRIES, texts), np.array(levels(texts))
    one, two = WORLDS[world](rng, size), WORLDS[world](rng, size)
    first, second, t = p_value(one, 1.0), p_value(two, 1.0), student(one)

    def share(promoted: NDArray[np.bool_]) -> float:
        return float(promoted.any(axis=1).mean())

    return Life(
        world,
        texts,
        mean=share(one.mean(-1) > 0),
        bound=share(t < 0.05),
        student=share(t < spend),
        same=share(first < spend),
        apart=share((first < spend) & (second < spend)),
    )


def growing(world: str, rng: np.random.Generator, texts: int = 15, grown: int = 8) -> tuple[float, float]:
    """A held-out set that grows before every try: the share of histories with a false promotion, and the sum of all levels."""
    spend, wrong = levels(texts, TRIES, grown), np.zeros(LIVES, dtype=bool)
    whole = WORLDS[world](rng, (LIVES, TRIES, texts + grown * (TRIES - 1)))
    for k, level in enumerate(spend):
        wrong |= p_value(whole[:, k, : texts + grown * k], 1.0) < level
    return float(wrong.mean()), sum(spend)


def power(gain: float, spread: float, texts: int, rng: np.random.Generator, trials: int = 500) -> tuple[Floats, Floats]:
    """p-values of the gate's test and of Student's for a true gain."""
    found = np.clip(rng.normal(gain, spread, (trials, texts)), -1, 1)
    return p_value(found, 1.0), student(found)


SPENDING: dict[str, Callable[[int], float]] = {  # what the k-th of 20 tries may spend of 5%
    "the same for each (1/20)": lambda k: 0.05 / TRIES,
    "a fifth of what is left": lambda k: 0.05 * 0.2 * 0.8 ** (k - 1),
    "1/k, over 20 tries": lambda k: 0.05 / k / sum(1 / j for j in range(1, TRIES + 1)),
    "6/π²k²": lambda k: 0.05 * 6 / (np.pi * k) ** 2,
}


def guardrail(fall: float, texts: int, rng: np.random.Generator, trials: int = 300) -> tuple[float, float]:
    """How often a task is held to have got worse when its mean falls by `fall`: by the gate's rule, and were proof that it
    did not always demanded. 0 is a harmless change. Coarse scores."""
    margin, ours, proof = POLICY.checklist_margin, 0, 0
    old, new = twelfths(rng, (trials, texts)), np.clip(twelfths(rng, (trials, texts)) - fall, 0, 1)
    for differences in new - old:
        found = paired_interval(differences.tolist(), POLICY.confidence)
        unproven = found.low < -margin
        proof += unproven
        ours += unproven if texts >= PROOF else found.high < 0 and found.mean < -margin
    return ours / trials, proof / trials


def worst_found(level: float, texts: int, rng: np.random.Generator, tried: int = 2_000) -> float:
    """The greatest chance of a false promotion among distributions of mean 0 on three values, drawn at random; exact."""
    counts = np.array([(i, j, texts - i - j) for i in range(texts + 1) for j in range(texts + 1 - i)])
    worst = 0.0
    for _ in range(tried):
        high, middle = rng.beta(0.5, 1.5), rng.uniform(-1, 1)
        low = -1.0 if rng.random() < 0.5 else rng.uniform(-1, 0)
        share = rng.uniform() * (high / (high - middle) if middle < 0 else -low / (middle - low))
        rest = 1 - share  # of the other two, so that the mean is 0
        top = (-share * middle - rest * low) / (high - low)
        values, chances = np.array([high, middle, low]), np.array([top, share, rest - top])
        if (chances < 0).any():
            continue
        samples = np.repeat(np.tile(values, len(counts)), counts.ravel()).reshape(len(counts), texts)
        shown = p_value(samples, 1.0) < level
        worst = max(worst, float(stats.multinomial.pmf(counts[shown], texts, chances).sum()))
    return worst
