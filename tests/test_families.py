"""Families: what hangs together is on one side of the split, decided once by the family's hash, and never moves."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from curation.dataset import choose
from curation.dedupe import near_duplicates
from curation.examples import collect, known
from curation.families import HELD_OUT, split_of, topic_key
from db import queries
from db.session import transaction
from db.tables import Example, Review
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
    kept = {place[e.id] for e in chosen.kept}

    def tied(i: int, j: int) -> bool:
        """Said anew, pair by pair."""
        topic = [topic_key(made[x].task, made[x].language, made[x].fields) for x in (i, j)]
        copies = bool(near_duplicates([made[i].completion, made[j].completion]))
        return topic[0] == topic[1] or sources[i] == sources[j] or copies

    assert all(made[i].split == made[j].split for i in kept for j in kept if tied(i, j))
    assert sorted([*kept, *(place[e.id] for e, _ in chosen.dropped)]) == list(range(len(made)))
    if made:
        assert 0 in kept or made[0].completion in {made[i].completion for i in kept}, "the oldest text always stays"
    if len(set(sides[: len(made)])) == 1:
        assert not any("both sides" in reason for _, reason in chosen.dropped)


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


def test_given_texts_without_a_topic_when_collected_then_that_alone_ties_none(engine: Engine) -> None:
    fill(engine, [1, 2, 3], fields={})
    assert len({e.family for e in examples_of(engine)}) == 3


def test_given_a_text_changed_by_its_reviewers_later_when_collected_then_a_revision_stays_in_its_family(
    engine: Engine,
) -> None:
    """Even where the new wording copies a text of another family, which would decide otherwise for a new text."""
    fill(engine, [1, 2, 3])
    first = examples_of(engine)
    with transaction(engine) as session:
        assert collect(session) == [], "nothing differs"
        session.get_one(Review, first[2].review_id).text = words(1) + "."
    with transaction(engine) as session:
        (made,) = collect(session)
        assert (made.revision, made.family, made.split) == (2, first[2].family, first[2].split)
        assert made.completion == words(1) + "." and collect(session) == []
        session.get_one(Review, first[2].review_id).task = "sns"
        (again,) = collect(session)
        assert (again.revision, again.task, again.family) == (3, "sns", first[2].family)
        assert [e.id for e in known(session)[0]] == [first[0].id, first[1].id, again.id], "the newest revision counts"


@pytest.mark.parametrize("state", ["rejected", "disputed", "pending", "withdrawn"])
def test_given_an_approval_taken_back_when_asked_then_the_example_does_not_count_and_comes_back_with_it(
    engine: Engine, state: str
) -> None:
    fill(engine, [1, 2])
    first, second = examples_of(engine)
    with transaction(engine) as session:
        session.get_one(Review, first.review_id).state = state
    with transaction(engine) as session:
        assert collect(session) == [] and [e.id for e in known(session)[0]] == [second.id]
        assert queries.counts(session)["examples"] == 1 == queries.approvals_since_run(session)
        session.get_one(Review, first.review_id).state = "approved"
        assert collect(session) == [] and [e.id for e in known(session)[0]] == [first.id, second.id]


def test_given_a_copy_of_a_text_no_longer_approved_when_collected_then_it_joins_that_family_all_the_same(
    engine: Engine,
) -> None:
    """The side is decided for ever: else the copy of a text once trained on could be held out."""
    fill(engine, [1, 2])
    first = examples_of(engine)[0]
    with transaction(engine) as session:
        session.get_one(Review, first.review_id).state = "rejected"
    fill(engine, [1], key="import:again", source="elsewhere", fields={"topic": "다른 주제"})
    assert examples_of(engine)[-1].family == first.family


def test_given_many_reviews_when_collected_in_one_go_or_in_parts_then_the_families_are_the_same(
    sqlite_engine: Engine,
) -> None:
    numbers = [n % 40 for n in range(90)]
    families = []
    for parts in (1, 9):
        with Session(sqlite_engine) as session:
            for part in range(parts):
                for place in range(part * 90 // parts, (part + 1) * 90 // parts):
                    number = numbers[place]
                    approved(session, number, key=f"import:{place}", source=f"thread:{place}", fields={})
                assert len(collect(session)) == 90 // parts
            families.append([e.family for e in known(session)[0]])
            session.rollback()
    assert families[0] == families[1] and len(set(families[0])) == 40


def test_given_two_trainers_when_both_collect_the_same_reviews_then_each_text_is_one_example(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(20):
            approved(session, number)
    with ThreadPoolExecutor(2) as pool:
        at_once = threading.Barrier(2)

        def one(_: int) -> None:
            with transaction(engine) as session:
                if engine.dialect.name == "postgresql":  # SQLite lets one in at a time
                    at_once.wait(10)
                collect(session)

        list(pool.map(one, range(2)))
    with transaction(engine) as session:
        assert [e.revision for e in session.exec(select(Example))] == [1] * 20
