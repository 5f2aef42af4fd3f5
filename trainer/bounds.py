"""Paired differences in, bounds of their mean out. Pure: the same numbers always give the same bounds."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES, FAR_OUT = 9_999, 1e6
GRID, ROUNDS = 16, 7  # a bound is looked for on so many points, so many times finer: to a hundred-millionth
MOST_TEXTS = 1_000  # more are never asked for
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean difference with its confidence bounds: `low` is exceeded with the stated one-sided confidence."""

    mean: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def chance_not_above(values: ArrayLike) -> Floats:
    """P(sum of w·values <= 0) over the last axis, for weights w drawn evenly from all that add up to 1; exact.

    What the Bayesian bootstrap (Rubin 1981) draws at random has a closed form, the volume of a simplex that a plane cuts
    (Ali 1973): a sum of products of shares, so that the smallest chance is as exact as any other. Takes n² steps.
    """
    below = np.sort(np.minimum(values, 0.0), axis=-1)
    above = np.sort(np.maximum(values, 0.0), axis=-1)[..., ::-1]
    n = below.shape[-1]
    # chance[k]: of the k lowest and the h = step - k highest values alone. A 0 among them changes nothing.
    chance = np.zeros((*below.shape[:-1], n + 1))
    chance[..., 1] = 1.0
    for step in range(2, 2 * n + 1):
        first, last = max(1, step - n), min(n, step - 1)
        low, high = below[..., first - 1 : last], above[..., step - last - 1 : step - first][..., ::-1]
        width = high - low
        share = np.divide(high, width, out=np.zeros_like(width), where=width > 0)
        rest = np.divide(-low, width, out=np.ones_like(width), where=width > 0)
        chance[..., first : last + 1] = share * chance[..., first - 1 : last] + rest * chance[..., first : last + 1]
        chance[..., 0] = 0.0
        if step <= n:
            chance[..., step] = 1.0
    return np.asarray(chance[..., n])


def p_value(differences: ArrayLike, worst: float) -> Floats:
    """How surely a mean above 0 may still be chance, over the last axis; each difference counts from -worst to worst.

    One text is added that went as badly as a text can (Gaffke 2005; Learned-Miller & Thomas 2019, arXiv:1905.06208), so
    that a disaster no held-out text happened to show is reckoned with. n equal gains g give exactly (1 + g/worst)^-n.
    """
    values = np.clip(np.asarray(differences, dtype=float), -worst, worst)
    return chance_not_above(np.concatenate([values, np.full((*values.shape[:-1], 1), -worst)], axis=-1))


def sure_interval(differences: Sequence[float], level: float, worst: float) -> Interval:
    """Bounds of the mean, each of which errs with a chance of at most `level`, whatever the differences are like.

    `low` is above 0 exactly if `p_value` is below the level. Errors: ValueError for none, or for no finite numbers.
    """
    values = np.asarray(differences, dtype=float)
    if len(values) < 1 or not np.isfinite(values).all():
        raise ValueError("bounds need finite numbers")
    values = np.clip(values, -worst, worst)
    return Interval(float(values.mean()), _low(values, level, worst), -_low(-values, level, worst), len(values))


def _low(values: Floats, level: float, worst: float) -> float:
    """The mean whose p-value is the level, from below."""
    all_of_it = np.append(values, -worst)
    low, high = -worst, float(values.max())
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, GRID + 1)
        fits = chance_not_above(all_of_it - grid[:, None]) <= level
        at = int(np.flatnonzero(fits)[-1]) if fits.any() else 0
        low, high = float(grid[at]), float(grid[min(at + 1, GRID)])
    # The last step is the test itself, so that bound and p-value never contradict each other.
    return min(low, 0.0) if low > 0 and p_value(values, worst) >= level else low


def texts_needed(differences: Sequence[float], level: float, worst: float) -> int | None:
    """How many texts in all would show the gain with a chance of 80%, were they like those seen; None if it is no gain.

    As many texts as are tried are read off the observed distribution, with a mean as low as one in five would have it.
    """
    values = np.sort(np.clip(np.asarray(differences, dtype=float), -worst, worst))
    if len(values) < 2 or values.mean() <= 0:
        return None
    spread, unlucky = float(values.std(ddof=1)), 0.8416  # the normal distribution's upper fifth

    def enough(n: int) -> bool:
        likely = np.quantile(values, (np.arange(n) + 0.5) / n)
        likely += values.mean() - likely.mean() - unlucky * spread / math.sqrt(n)
        return bool(p_value(likely, worst) < level)

    low, high = 1, 2
    while not enough(high):
        if high >= MOST_TEXTS:
            return MOST_TEXTS
        low, high = high, min(2 * high, MOST_TEXTS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def paired_interval(differences: Sequence[float], confidence: float, seed: int = 0) -> Interval:
    """Bounds of the mean of paired differences by the bootstrap-t (Efron & Tibshirani 1993, ch. 12.5).

    The percentile bootstrap is too narrow for few examples (a 5% test errs in 7-9% at n = 20); dividing each resample's
    mean by its own standard error mends that. The bounds stay within the smallest and the largest difference: scores that
    take few values leave resamples without spread, and bounds anywhere. Equal differences: the bounds are the mean itself.
    Errors: ValueError for fewer than two, or for values that are no finite numbers.
    """
    values = np.asarray(differences, dtype=float)
    n = len(values)
    if n < 2:
        raise ValueError("an interval needs at least two differences")
    if not np.isfinite(values).all():
        raise ValueError("a difference is not a finite number")
    mean = float(np.clip(values.mean(), values.min(), values.max()))  # rounding can leave the range
    spread = float(values.std(ddof=1))
    if spread <= 1e-12 * max(1.0, abs(mean)):
        return Interval(mean, mean, mean, n)
    # RandomState's stream is frozen: a receipt is read again years later, with another numpy.
    draws = values[np.random.RandomState(seed).randint(0, n, (RESAMPLES, n))]
    errors = draws.std(axis=1, ddof=1) / math.sqrt(n)
    shift = draws.mean(axis=1) - mean
    # A resample without any spread would divide by zero; it says the least, so it counts as far out on its own side.
    t = np.divide(shift, errors, out=np.sign(shift) * FAR_OUT, where=errors > 1e-15)
    low_t, high_t = np.quantile(t, [1 - confidence, confidence])
    error = spread / math.sqrt(n)
    low, high = np.clip([mean - high_t * error, mean - low_t * error], values.min(), values.max())
    return Interval(mean, float(low), float(high), n)
