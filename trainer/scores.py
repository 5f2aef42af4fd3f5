"""Texts and pairs of numbers in, scores with honest bounds out. Pure functions."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from curation.dedupe import THRESHOLD
from curation.likeness import Likeness
from trainer.bounds import Interval, paired_interval, sure_interval, texts_needed
from trainer.gate import RISES

__all__ = ["Interval", "paired_interval"]

SIDES = ("champion", "challenger")
CAPS = {"log_likelihood": 1.0, "checklist": 1.0}  # how much one text can count: a nat a token, the whole checklist
SHOWN = ("log_likelihood", "checklist", "chrf", "repetition", "length")  # of tasks and languages too
SCORES = tuple(dict.fromkeys((*SHOWN, *RISES)))
TOO_SHORT, TOO_LONG = 0.5, 2.0  # times the length of what the human wrote
FOREIGN = 0.3  # share of Hangul among the letters below which a text is not Korean, and above which it is not English

Item = Mapping[str, Any]


def chrf(text: str, reference: str) -> float:
    """Character n-gram F-score against a reference, 0 to 100 (Popović 2015, by sacrebleu)."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(text, [reference]).score)


def repetition(text: str) -> float:
    """Share of a text's 4-word runs that occurred before in it, 0 to 1: high in texts that go in circles."""
    words = text.split()
    runs = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def wrong_language(text: str, language: str) -> float:
    """1 if a text is not in this language ("ko", "en"), or has no letters at all."""
    letters = [c for c in text if c.isalpha()]
    hangul = sum("가" <= c <= "힣" for c in letters) / len(letters) if letters else math.nan
    return float(not (hangul >= FOREIGN if language == "ko" else hangul <= FOREIGN))


def off_length(text: str, reference: str) -> float:
    """1 if a text is less than half or more than twice as long as what the human wrote."""
    return float(not TOO_SHORT * len(reference) <= len(text) <= TOO_LONG * len(reference))


def personal(text: str, given: str) -> float:
    """1 if a text holds personal data that does not stand in what was asked."""
    from curation.mask import find  # presidio takes seconds to load

    return float(any(text[span.start : span.end] not in given for span in find(text)))


def copied(text: str, learnt: Likeness) -> float:
    """1 if a text is nearly one of those learnt from."""
    return float(learnt.closest(text) >= THRESHOLD)


def summarise(items: Sequence[Item], confidence: float, seed: int, level: float | None = None) -> dict[str, Any]:
    """Means, paired differences and bounds per score; the gate reads those of human texts, tasks stand beside.

    Texts that a model wrote and people accepted as they were flatter whoever wrote them: they are left out. Texts of one
    family (copies, one topic, one thread) hang together: they count as one, with their mean. `level`: the chance of error
    of each bound of the gated scores (None: as `confidence`); other bounds are for people and guardrails, at `confidence`.
    """
    human = [item for item in items if item["origin"] != "accepted"]
    parts: dict[str, Callable[[Item], str]] = {
        "tasks": lambda item: str(item["task"]),
        "languages": lambda item: str(item["language"]),
    }
    n = len({item["family"] for item in human})
    summary: dict[str, Any] = {
        "n": n,
        "texts": len(human),
        "accepted": len(items) - len(human),
        "confidence": confidence,
    }
    if n < 2:
        return summary
    summary["scores"] = _scores(human, SCORES, confidence, seed) | _gated(human, level or 1 - confidence)
    for name, key in parts.items():
        groups: dict[str, list[Item]] = {}
        for item in human:
            groups.setdefault(key(item), []).append(item)
        summary[name] = {
            group: _scores(rows, SHOWN, confidence, seed)
            for group, rows in sorted(groups.items())
            if len({row["family"] for row in rows}) > 1
        }
    return summary


def _pairs(items: Sequence[Item], name: str) -> tuple[list[float], list[float]] | None:
    """A score of both sides, one value a family; None if one is missing or no number."""
    families: dict[str, list[tuple[float, float]]] = {}
    for item in items:
        old, new = (item[side].get(name) for side in SIDES)
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in (old, new)):
            return None
        families.setdefault(item["family"], []).append((float(old), float(new)))
    sides = [[fmean(pair[i] for pair in pairs) for pairs in families.values()] for i in (0, 1)]
    return sides[0], sides[1]


def _scores(items: Sequence[Item], names: Sequence[str], confidence: float, seed: int) -> dict[str, Any]:
    out = {}
    for name in names:
        if pairs := _pairs(items, name):
            found = paired_interval(differences(*pairs), confidence, seed)
            out[name] = {"champion": fmean(pairs[0]), "challenger": fmean(pairs[1]), **asdict(found)}
    return out


def _gated(items: Sequence[Item], level: float) -> dict[str, Any]:
    """The scores that must rise, with bounds that hold whatever the differences are like; and the texts that would do."""
    out = {}
    for name, most in CAPS.items():
        if pairs := _pairs(items, name):
            found = sure_interval(differences(*pairs), level, most)
            needed = None if found.low > 0 else texts_needed(differences(*pairs), level, most)
            means = {"champion": fmean(pairs[0]), "challenger": fmean(pairs[1])}
            out[name] = {**means, **asdict(found), "needed": needed}
    return out


def differences(old: Sequence[float], new: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip(old, new, strict=True)]
