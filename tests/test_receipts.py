"""Receipts: a verdict follows from its receipt alone, and no number in one can be changed unseen."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import InputError
from tests.test_cli import Flywheel, flywheel
from trainer.budget import Charge
from trainer.promote import Policy
from trainer.receipts import Evidence, canonical, heldout_hash, receipt, seal, unfit, verify
from trainer.scores import RISES

__all__ = ["flywheel"]
SAMPLING = {"seed": 7, "temperature": 0.0, "top_p": 1.0, "max_tokens": 512}
POLICY, EARLIER = Policy(), [Charge(1, 0.01, 24), Charge(2, 0.008, 24)]


def evidence(seed: int, gain: float, n: int = 24, **more: Any) -> Evidence:
    """An evaluation of `n` texts whose checklist rose by about `gain`."""
    rng = np.random.default_rng(seed)

    def side(rise: float) -> dict[str, Any]:
        scores = {"log_likelihood": -1.5 + 3 * rise, "checklist": 0.5 + rise, "chrf": 60 + 10 * rise, "length": 400}
        return {"text": "a draft", **scores, **dict.fromkeys(RISES, 0.0)}

    items = [
        {
            "example": i,
            "task": ("blog", "sns")[i % 2],
            "language": ("ko", "en")[i % 3 == 0],
            "origin": "human",
            "family": f"family-{i}",
            "champion": side(0.0),
            "challenger": side(float(rng.normal(gain, 0.05))),
        }
        for i in range(n)
    ]
    given: dict[str, Any] = {
        "challenger": "adapter-00000000000000aa",
        "champions": {"blog": None, "sns": "adapter-00000000000000bb"},
        "base": {"name": "tiny", "hash": "cc"},
        "runtime": "local",
        "sampling": SAMPLING,
        "dataset": "dataset-00000000000000dd",
        "heldout": heldout_hash(["one", "two"]),
        "leaked": 0,
        "items": items,
    }
    return Evidence(**{**given, **more})


WON, LOST = receipt(evidence(1, 0.35), EARLIER, POLICY), receipt(evidence(1, 0.02), EARLIER, POLICY)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where numbers (and yes or no) stand in a receipt."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))
    elif isinstance(value, int | float):
        yield path


def changed(found: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    other = copy.deepcopy(found)
    at: Any = other
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return other


def test_given_a_receipt_when_read_again_from_its_own_text_then_the_verdict_is_derived() -> None:
    for found, promoted in ((WON, True), (LOST, False)):
        again = json.loads(canonical(found))
        assert verify(again).promote is promoted and canonical(again) == canonical(found)
        assert verify(again).as_dict() == found["verdict"]
    assert "a draft" not in canonical(WON)
    assert {"challenger", "champions", "base", "heldout", "runtime", "sampling", "items", "charged"} <= set(WON)


NUMBERS = sorted(places(WON), key=str)
ENTAILED = [path for path in NUMBERS if path[0] in ("summary", "verdict", "charged", "charges", "leaked")
            or (path[0] == "items" and path[-1] in ("log_likelihood", "checklist", "chrf", "length", *RISES))]  # fmt: skip


def another(value: float, by: float) -> Any:
    return not value if isinstance(value, bool) else value + (by if isinstance(value, float) else 1 + int(abs(by)))


def at(path: tuple[Any, ...]) -> Any:
    value: Any = WON
    for key in path:
        value = value[key]
    return value


@given(st.sampled_from(NUMBERS), st.floats(1e-6, 1) | st.floats(-1, -1e-6))
@settings(deadline=None, max_examples=60)
def test_given_any_number_altered_when_verified_then_it_is_refused(path: tuple[Any, ...], by: float) -> None:
    with pytest.raises(InputError, match="does not hold"):
        verify(changed(WON, path, another(at(path), by)))


@given(st.sampled_from(ENTAILED), st.floats(1e-6, 1) | st.floats(-1, -1e-6))
@settings(deadline=None, max_examples=40)
def test_given_a_number_altered_and_sealed_anew_when_verified_then_the_rest_gives_it_away(
    path: tuple[Any, ...], by: float
) -> None:
    other = changed(WON, path, another(at(path), by))
    other["sha256"] = seal({key: value for key, value in other.items() if key != "sha256"})
    with pytest.raises(InputError, match="does not hold"):
        verify(other)


def test_given_a_refused_adapter_when_its_receipt_is_made_a_yes_then_it_is_refused() -> None:
    other = changed(LOST, ("verdict",), WON["verdict"])
    other["sha256"] = seal({key: value for key, value in other.items() if key != "sha256"})
    with pytest.raises(InputError, match="verdict"):
        verify(other)


@pytest.mark.parametrize(
    "key", sorted(set(WON) - {"format", "challenger", "champions", "dataset", "heldout", "base", "runtime"})
)
def test_given_a_part_taken_out_when_verified_then_it_is_refused(key: str) -> None:
    other = {name: value for name, value in WON.items() if name not in (key, "sha256")}
    if key != "sha256":
        other["sha256"] = seal(other)
    with pytest.raises(InputError, match="does not hold"):
        verify(other)


def test_given_other_conditions_than_serve_now_when_asked_then_a_verdict_is_not_acted_on() -> None:
    assert unfit(WON, "local", "tiny", SAMPLING) == ""
    assert "runtime" in unfit(WON, "openai", "tiny", SAMPLING)
    assert "base model" in unfit(WON, "local", "org/other", SAMPLING)
    assert "sampling" in unfit(WON, "local", "tiny", {**SAMPLING, "temperature": 0.7})
    assert "no receipt" in unfit(None, "local", "tiny", SAMPLING)
    assert "does not hold" in unfit(changed(WON, ("leaked",), 1), "local", "tiny", SAMPLING)


@pytest.mark.parametrize(("n", "leaked", "free"), [(24, 0, False), (24, 2, True), (24, None, True), (14, 0, True)])
def test_given_a_try_whose_bounds_nobody_looked_at_when_judged_then_it_spends_nothing(
    n: int, leaked: int | None, free: bool
) -> None:
    found = receipt(evidence(1, 0.35, n, leaked=leaked), [], POLICY)
    assert (found["charged"] == 0) is free and found["verdict"]["promote"] is not free
    verify(found)


def test_given_a_receipt_in_a_file_when_the_terminal_verifies_it_then_it_says_whether_it_holds(
    flywheel: Flywheel, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(canonical(WON), encoding="utf-8")
    bad.write_text(canonical(changed(WON, ("items", 0, "challenger", "checklist"), 1.0)), encoding="utf-8")
    ran = flywheel("gate", "verify", str(good), "--json")
    assert ran.code == 0 and ran.json()["promote"] is True
    assert flywheel("gate", "verify", str(bad)).code == 1
    assert not (tmp_path / ".flywheel").exists()  # no database was opened
