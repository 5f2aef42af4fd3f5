"""From any row along the ring: up to what it came from, down to what came of it."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from db import trace as tracing
from db.errors import InputError
from db.session import transaction
from db.trace import RING, trace
from tests import rows

ORDER = list(RING)  # request, draft, ..., promotion


def kinds(steps: list[dict[str, Any]]) -> list[str]:
    return [step["kind"] for step in steps]


def test_given_a_turned_wheel_when_traced_from_any_station_then_both_ways_are_whole(engine: Engine) -> None:
    with transaction(engine) as session:
        made: dict[str, Any] = rows.ring(session)
        for place, kind in enumerate(ORDER):
            found = trace(session, f"{kind}:{made[kind].id}")
            assert (found["kind"], found["id"]) == (kind, made[kind].id)
            assert set(kinds(found["up"])) == set(ORDER[:place])
            assert kinds(found["down"]) == ORDER[place + 1 :]
            words = json.dumps(found, ensure_ascii=False)
            assert "여름" not in words and "고친" not in words  # ids and names, never texts
        assert found["up"][0]["verdict"]["promote"] is True and found["task"] == "blog"


def test_given_the_last_draft_when_traced_up_then_it_leads_to_the_edit_that_taught_it(engine: Engine) -> None:
    with transaction(engine) as session:
        made: dict[str, Any] = rows.ring(session)
        again = rows.request(session, regenerates=made["request"].id)
        last = rows.draft(session, again, adapter_id=made["adapter"].id, instruction="short")
        up = trace(session, str(last.id))["up"]
        way = ["adapter", "run", "dataset", "example", "review", "feedback", "draft"]
        assert [kind for kind in kinds(up) if kind in way and kind != "draft"] == way[:-1]
        steps = {step["kind"]: step for step in up}
        assert steps["feedback"]["id"] == made["feedback"].id and steps["feedback"]["signal"] == "edit"
        assert {s["id"] for s in up if s["kind"] == "draft"} == {made["draft"].id}
        down = trace(session, f"request:{made['request'].id}")["down"]
        assert {s["id"] for s in down if s["kind"] == "draft"} == {made["draft"].id, last.id}


def test_given_every_way_to_name_a_row_when_traced_then_it_is_found(engine: Engine) -> None:
    with transaction(engine) as session:
        made: dict[str, Any] = rows.ring(session)
        adapter, dataset, draft = made["adapter"], made["dataset"], made["draft"]
        forms = {str(draft.id): draft, f" Draft:{draft.id} ": draft, "v1": adapter, "V1": adapter}
        forms |= {adapter.name: adapter, dataset.name: dataset}
        for form, row in forms.items():
            found = trace(session, form)
            assert (found["kind"], found["id"]) == (type(row).__name__.lower(), row.id)


UNKNOWN = [
    "999",
    "draft:999",
    "v9",
    "adapter-0000000000000000",
    "person:1",
    "draft:",
    ":1",
    "draft:-1",
    "draft:1.0",
    "",
]
ODD = ["²", "draft:٣", "9" * 30, "v" + "9" * 30, "2147483648", "draft:1 or 1=1", "draft:draft:1", "초안:1"]


def test_given_an_unknown_name_when_traced_then_one_sentence_says_what_is_possible(engine: Engine) -> None:
    with transaction(engine) as session:
        rows.ring(session)
        for wanted in UNKNOWN + ODD:
            with pytest.raises(InputError, match="Try draft:12"):
                trace(session, wanted)


def test_given_a_large_archive_when_traced_then_lived_edits_come_first_and_the_answer_stays_short(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "MOST", 3)
    with transaction(sqlite_engine) as session:
        last = None
        for number in range(1, 4):  # each adapter wrote the draft whose edit taught the next one
            draft = rows.draft(session, adapter_id=last and last.id)
            imported = [rows.example(session) for _ in range(4)]
            edit = rows.review(session, rows.feedback(session, draft), state="approved", text="글")
            lived = rows.example(session, edit)
            dataset = rows.dataset(session, *imported, lived)
            last = rows.adapter(session, rows.run(session, dataset, sequence=number, state="done"))
        up = trace(session, "v3")["up"]
        assert next(step for step in up if step["kind"] == "example")["id"] == lived.id
        assert max(kinds(up).count(kind) for kind in ORDER) == 3
        assert draft.id in [step["id"] for step in up if step["kind"] == "draft"]
