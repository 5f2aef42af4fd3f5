"""What a verdict rests on in, its receipt out: canonical JSON from which anybody can derive the verdict again, offline.

A receipt holds ids, hashes and numbers, never a text. `verify` needs neither database nor model.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from db.artifacts import content_hash
from db.errors import InputError
from trainer.budget import Budget, Charge, budget, families_of
from trainer.gate import Policy, Verdict, decide, hindrance
from trainer.scores import SCORES, SIDES, summarise

FORMAT = 1  # another one whenever the same evidence would give another verdict
CLOSE = 1e-9  # relative: how far the last digits of another processor may be off
WRONG = "This receipt does not hold"
Json = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """All that a verdict rests on. `champions` and `challenger` are adapters' names, which are hashes of their bytes."""

    challenger: str
    champions: Mapping[str, str | None]  # by task; None: the bare base model
    base: Mapping[str, str]  # {"name", "hash"}
    runtime: str
    sampling: Mapping[str, Any]
    dataset: str
    heldout: str  # hash of the held-out texts
    leaked: int | None  # held-out texts that nearly stand in what it learnt from; None: nobody looked
    items: Sequence[Mapping[str, Any]]  # of an Evaluation; texts are left out of the receipt
    notes: tuple[Sequence[str], Sequence[str]] = ((), ())  # said besides, in English and Korean


@dataclass(frozen=True)
class Summarised:
    summary: Mapping[str, Any]


def receipt(evidence: Evidence, charges: Sequence[Charge], policy: Policy) -> Json:
    """The receipt of a try; `charges` are the earlier ones on the same texts."""
    kept = {
        **asdict(evidence),
        "items": [numbers(item) for item in evidence.items],
        "notes": [*map(list, evidence.notes)],
    }
    ground = {"format": FORMAT, "policy": asdict(policy), "charges": [asdict(c) for c in charges], **kept}
    whole = {**ground, **_derived(ground)}
    return {**whole, "sha256": seal(whole)}


def verify(found: Json) -> Verdict:
    """Derive the verdict again and compare everything. Errors: InputError if the receipt was altered or entails another."""
    whole = {key: value for key, value in found.items() if key != "sha256"}
    if whole.get("format") != FORMAT:
        raise InputError(f"{WRONG}: it is of format {whole.get('format')!r}, and this program derives format {FORMAT}.")
    try:
        if found.get("sha256") != seal(whole):
            raise InputError(f"{WRONG}: it was altered after it was written, its seal is another.")
        derived = _derived(whole)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise InputError(f"{WRONG}: it is no complete receipt ({type(error).__name__}).") from error
    for name, value in derived.items():
        if place := _differs(value, whole.get(name), name):
            raise InputError(f"{WRONG}: {place} is not what its own scores give.")
    verdict = whole["verdict"]
    return Verdict(verdict["promote"], verdict["reasons"], verdict["reasons_ko"])


def unfit(found: Json | None, runtime: str, base: str, sampling: Mapping[str, Any]) -> str:
    """Why a verdict must not be acted on now, or "": it is missing, not entailed, or made under other conditions."""
    if found is None:
        return "its evaluation left no receipt"
    try:
        verify(found)
    except InputError as error:
        return str(error)
    other = [
        name
        for name, then, today in (
            ("runtime", found["runtime"], runtime),
            ("base model", found["base"]["name"], base),
            ("sampling", found["sampling"], dict(sampling)),
        )
        if then != today
    ]
    return f"it was evaluated with another {' and '.join(other)} than serves now" if other else ""


def _derived(ground: Json) -> Json:
    """What follows from the evidence alone: budget, summary, verdict, and what the try spent."""
    policy = Policy(**ground["policy"])
    items, charges = ground["items"], [Charge(**charge) for charge in ground["charges"]]
    risk = budget(charges, len(families_of(items)), policy)
    summary = summarise(items, policy.confidence, int(ground["sampling"]["seed"]), risk.level)
    summary |= {"leaked": ground["leaked"], "budget": asdict(risk)}
    verdict, (en, ko) = decide(Summarised(summary), policy), ground["notes"]
    said = Verdict(verdict.promote, [*verdict.reasons, *en], [*verdict.reasons_ko, *ko])
    return {"summary": summary, "verdict": said.as_dict(), "charged": charged(summary, risk, policy)}


def charged(summary: Mapping[str, Any], risk: Budget, policy: Policy) -> float:
    """A try whose bounds nobody looked at spends nothing."""
    return 0.0 if hindrance(summary, policy) else risk.level


def numbers(item: Mapping[str, Any]) -> Json:
    """One example of an evaluation without its texts."""
    kept = {key: item[key] for key in ("example", "task", "language", "origin", "family")}
    return {**kept, **{side: {name: item[side].get(name) for name in SCORES} for side in SIDES}}


def canonical(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, every number that is not whole in its shortest exact form.

    Errors: ValueError for a number that is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def seal(whole: Json) -> str:
    return hashlib.sha256(canonical(whole).encode()).hexdigest()


def _differs(wanted: Any, given: Any, place: str) -> str:
    """Where two values are not the same, or ""."""
    if isinstance(wanted, Mapping) and isinstance(given, Mapping):
        keys = sorted(wanted.keys() | given.keys())
        return next((at for key in keys if (at := _differs(wanted.get(key), given.get(key), f"{place}.{key}"))), "")
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        pairs = enumerate(zip(wanted, given, strict=True))
        return next((at for i, (a, b) in pairs if (at := _differs(a, b, f"{place}.{i}"))), "")
    if isinstance(wanted, float) and isinstance(given, int | float) and not isinstance(given, bool):
        return "" if math.isclose(wanted, given, rel_tol=CLOSE, abs_tol=CLOSE) else place
    return "" if wanted == given and type(wanted) is type(given) else place


def heldout_hash(texts: Sequence[str]) -> str:
    """One hash of all held-out texts, whatever their order."""
    return hashlib.sha256("".join(sorted(hashlib.sha256(t.encode()).hexdigest() for t in texts)).encode()).hexdigest()


def base_hash(name: str) -> str:
    """Content of a base model in a folder, or the hub's commit of one in the cache; "" where only a server has it."""
    from huggingface_hub import try_to_load_from_cache

    from trainer.tiny import BASE

    folder = BASE if name == "tiny" else Path(name)
    if folder.is_dir():
        return content_hash(folder)
    found = try_to_load_from_cache(name, "config.json") if name.count("/") == 1 else None
    return Path(found).parent.name if isinstance(found, str) else ""
