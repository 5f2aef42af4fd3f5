"""Families: what hangs together is on one side of the split, decided once by the family's hash, and never moves."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from curation.dataset import choose
from curation.examples import HELD_OUT, collect, crossing, known, neighbours, split_of
from db.tables import Example
from tests.test_dataset import approved, examples_of, fill, words


def test_given_many_families_when_split_then_the_hash_decides_and_the_held_out_share_is_right() -> None:
    sides = [split_of(f"family {i}") for i in range(20_000)]
    assert abs(sides.count("heldout") / len(sides) - HELD_OUT) < 0.01
    assert sides == [split_of(f"family {i}") for i in range(20_000)]
    assert [split_of(name) for name in ("a", "b", "d")] == ["train", "train", "heldout"], "the rule must never change"


@pytest.mark.parametrize(
    "link",
    [
        {"source": "thread:1"},
        {"fields": {"topic": " 주제  1"}},
        {"text": words(1).upper() + "."},
    ],
    ids=["same thread", "same topic", "near-copy"],
)
def test_given_later_text_close_to_an_older_one_when_collected_then_it_joins_its_family_and_nothing_older_moves(
    engine: Engine, link: dict[str, Any]
) -> None:
    fill(engine, [1, 2, 3])
    before = [(e.family, e.split) for e in examples_of(engine)]
    fill(engine, [50], **link)
    fill(engine, list(range(60, 80)))
    after = [(e.family, e.split) for e in examples_of(engine)]
    assert after[:3] == before and after[3] == before[0]
    assert len(set(after[4:])) == 20 and all(split == split_of(name) for name, split in after)


LINK = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))


@settings(max_examples=60, deadline=None)
@given(st.lists(LINK, max_size=14), st.lists(st.sampled_from(["train", "heldout"]), min_size=14, max_size=14))
def test_given_any_links_and_any_sides_when_chosen_then_no_two_neighbours_are_on_different_sides(
    links: list[tuple[int, int, int]], sides: list[str]
) -> None:
    """`sides` stands for history: a link may show up between texts that were split long ago."""
    made, sources = [], []
    for i, (text, topic, source) in enumerate(links):
        made.append(Example(id=i + 1, review_id=i, task="blog", language="ko", origin="human", fields={"topic": f"{topic}"},
            short_prompt=[], long_prompt=[], completion=words(text), family="f", split=sides[i]))  # fmt: skip
        sources.append(f"thread:{source}")
    chosen = choose(made, sources)
    place = {e.id: i for i, e in enumerate(made)}
    linked = neighbours(made, sources)
    kept = {place[e.id] for e in chosen.kept}
    assert all(made[i].split == made[j].split for i in kept for j in linked[i] & kept)
    assert sorted([*kept, *(place[e.id] for e, _ in chosen.dropped)]) == list(range(len(made)))
    if made:
        assert 0 in kept or made[0].completion in {made[i].completion for i in kept}, "the oldest text always stays"
    if len(set(sides[: len(made)])) == 1:
        assert crossing(made, sources) == set()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(LINK, max_size=5), max_size=4))
def test_given_any_batches_when_collected_then_each_family_has_one_side_and_older_examples_never_move(
    sqlite_engine: Engine, batches: list[list[tuple[int, int, int]]]
) -> None:
    with Session(sqlite_engine) as session:
        before: list[tuple[str, str]] = []
        for i, batch in enumerate(batches):
            for j, (text, topic, source) in enumerate(batch):
                approved(session, text, key=f"{i}-{j}", fields={"topic": f"{topic}"}, source=f"thread:{source}")
            collect(session)
            examples, _ = known(session)
            after = [(e.family, e.split) for e in examples]
            assert after[: len(before)] == before and len(after) == len(before) + len(batch)
            assert all(split == split_of(name) for name, split in after)
            before = after
        session.rollback()
