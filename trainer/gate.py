"""An evaluation's summary in, a verdict with reasons out. Pure: the same summary and policy always give the same verdict."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from trainer.bounds import MOST_TEXTS, Interval

GATED = {  # both must truly rise: likelihood alone once promoted an adapter that wrote garbage
    "log_likelihood": ("log-likelihood of human texts", "사람이 쓴 글의 로그우도"),
    "checklist": ("checklist score of drafts", "초안의 체크리스트 점수"),
}
FALLS = {
    "chrf": ("likeness to human texts (chrF)", "사람이 쓴 글과의 닮음(chrF)")
}  # must not fall by more than its margin
RISES = {  # must not rise by more than their margins
    "repetition": ("repetition in drafts", "초안의 반복"),
    "off_length": ("drafts far too short or too long", "지나치게 짧거나 긴 초안"),
    "wrong_language": ("drafts in the wrong language", "다른 언어로 쓴 초안"),
    "personal": ("drafts with personal data nobody gave", "아무도 준 적 없는 개인정보가 든 초안"),
    "copied": ("drafts copied from training texts", "학습한 글을 베낀 초안"),
}
PROOF = 100  # texts from which on "not worse" must be shown; with fewer a harmless change could seldom show it
Said = tuple[bool, str, str]  # whether it stands in the way of nothing; the reason in English and Korean


@dataclass(frozen=True)
class Policy:
    """How strict the gate is.

    `confidence`: 1 minus the chance of any false promotion over a held-out set's life; a try spends `share` of what is left.
    Margins are in the score's own unit: shares of 1, nats a token, points of chrF.
    """

    min_heldout: int = 15
    confidence: float = 0.95
    share: float = 0.2
    repetition_margin: float = 0.05
    off_length_margin: float = 0.15
    wrong_language_margin: float = 0.05
    personal_margin: float = 0.02
    copied_margin: float = 0.05
    chrf_margin: float = 5.0
    checklist_margin: float = 0.1  # in a task or a language
    log_likelihood_margin: float = 0.1


@dataclass(frozen=True)
class Verdict:
    """The gate's answer; the same reasons in English and Korean."""

    promote: bool
    reasons: list[str] = field(default_factory=list)
    reasons_ko: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"promote": self.promote, "reasons": self.reasons, "reasons_ko": self.reasons_ko}


class Scored(Protocol):
    """Anything with an evaluation's summary, as `trainer.scores.summarise` makes it."""

    @property
    def summary(self) -> Mapping[str, Any]: ...


def decide(evaluation: Scored, policy: Policy) -> Verdict:
    """Promote only if the lower bounds of both gated scores are above zero and no guardrail is breached.

    Anything missing or not a number is a no.
    """
    summary = evaluation.summary
    if hindered := hindrance(summary, policy):
        return Verdict(False, [hindered[0]], [hindered[1]])
    said = [_gated(name, summary) for name in GATED]
    said += list(_guarded(summary, policy)) or [(True, "No guardrail is breached.", "안전 기준을 모두 지켰습니다.")]
    said.append(_spent(summary["budget"]))
    return Verdict(all(ok for ok, _, _ in said), [en for _, en, _ in said], [ko for _, _, ko in said])


def hindrance(summary: Mapping[str, Any], policy: Policy) -> tuple[str, str] | None:
    """Why no bound is even looked at, and so nothing of the error budget spent; in English and Korean."""
    n, leaked, budget = summary.get("n", 0), summary.get("leaked"), summary.get("budget") or {}
    if not isinstance(n, int) or n < policy.min_heldout:
        more = policy.min_heldout - n if isinstance(n, int) else policy.min_heldout
        return (
            f"Not enough data: {n} held-out texts, {more} more are needed.",
            f"자료가 부족합니다: 평가용 글 {n}편, {more}편이 더 필요합니다.",
        )
    if not isinstance(leaked, int):
        return "Nobody looked whether held-out texts leaked.", "평가용 글이 새었는지 살펴보지 않았습니다."
    if leaked:
        return (
            f"Leaked: {leaked} held-out texts stand among those it learnt from, so its scores say nothing.",
            f"평가용 글 {leaked}편이 학습한 글에 들어 있어 점수를 믿을 수 없습니다.",
        )
    level, left = _number(budget.get("level")), _number(budget.get("left"))
    if level is None or left is None or not 0 < level < 1 or left < 0:
        return "The error budget is not known.", "오류 한도를 알 수 없습니다."
    return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _interval(found: Any) -> Interval | None:
    values = [_number(found.get(key)) for key in ("mean", "low", "high", "n")] if isinstance(found, Mapping) else [None]
    mean, low, high, n = values if len(values) == 4 else [None] * 4
    if mean is None or low is None or high is None or n is None:
        return None
    return Interval(mean, low, high, int(n))


def _unknown(names: tuple[str, str]) -> Said:
    return False, f"The {names[0]} could not be measured.", f"{names[1]}: 잴 수 없었습니다."


def _gated(name: str, summary: Mapping[str, Any]) -> Said:
    label, label_ko = GATED[name]
    found: Mapping[str, Any] = (summary.get("scores") or {}).get(name) or {}
    interval = _interval(found)
    if interval is None:
        return _unknown(GATED[name])
    shown = f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
    if interval.low > 0:
        return True, f"The {label} rose: {shown}.", f"{label_ko}: 올랐습니다 {shown}."
    en = f"The {label} may not have risen: {shown}; the lower bound must be above 0."
    ko = f"{label_ko}: 올랐다고 할 수 없습니다 {shown}. 아래쪽 한계가 0보다 커야 합니다."
    needed = found.get("needed")
    if isinstance(needed, int) and needed > interval.n:
        least = "at least " if needed >= MOST_TEXTS else "about "
        en += f" Were the gain real, {least}{needed - interval.n} more held-out texts would show it."
        ko += f" 정말 나아졌다면 평가용 글 약 {needed - interval.n}편이 더 있어야 드러납니다."
    return False, en, ko


def _guarded(summary: Mapping[str, Any], policy: Policy) -> Iterator[Said]:
    """The guardrails that are breached."""
    scores = summary.get("scores") or {}
    for name, labels in RISES.items():
        interval, margin = _interval(scores.get(name)), getattr(policy, f"{name}_margin")
        if interval is None:
            yield _unknown(labels)
        elif interval.mean > margin:
            rose, most = f"{interval.mean:+.3f}", f"{margin:+.3f}"
            yield (
                False,
                f"More {labels[0]}: {rose}, at most {most} is allowed.",
                f"{labels[1]}: {rose} 늘었습니다. {most}까지만 괜찮습니다.",
            )
    yield from _fallen("", scores, FALLS, policy)
    for part in ("tasks", "languages"):
        groups = summary.get(part)
        if not isinstance(groups, Mapping):
            yield False, f"The scores by {part} are missing.", "작업·언어별 점수가 없습니다."
            continue
        for group, found in groups.items():
            yield from _fallen(str(group), found, GATED, policy)


def _fallen(
    group: str, scores: Mapping[str, Any], names: Mapping[str, tuple[str, str]], policy: Policy
) -> Iterator[Said]:
    """Scores that fell too far: shown to have fallen, or (from 100 texts on) not shown to have kept within the margin."""
    for name, (label, label_ko) in names.items():
        interval, margin = _interval(scores.get(name)), getattr(policy, f"{name}_margin")
        if interval is None:
            yield _unknown((label, label_ko))
            continue
        beyond = interval.low < -margin if interval.n >= PROOF else interval.high < 0 and interval.mean < -margin
        if beyond:
            shown = f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}], n = {interval.n}"
            where, where_ko = (f"In {group}: the", f"{group}: ") if group else ("The", "")
            yield (
                False,
                f"{where} {label} fell: {shown}; a fall of {margin:g} must be ruled out.",
                f"{where_ko}{label_ko}: 떨어졌습니다 {shown}. {margin:g}보다 더 떨어지면 안 됩니다.",
            )


def _spent(budget: Mapping[str, Any]) -> Said:
    total, level, left = (f"{100 * float(budget[key]):.2g}%" for key in ("total", "level", "left"))
    return (
        True,
        f"Error budget of these held-out texts: {level} of {total} spent on this try, {left} are left.",
        f"이 평가용 글의 오류 한도 {total} 가운데 이번에 {level}를 썼고 {left}가 남았습니다.",
    )
