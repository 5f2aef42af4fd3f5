"""A person's words taken back: gone from every row and file, the ring's history whole, nothing taught by them any more."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from curation import consent
from curation.dataset import build
from curation.decisions import decide
from curation.examples import collect
from curation.export import export
from curation.forget import FORGOT, forget, forget_example, would_go
from curation.house import House
from curation.reviews import open_reviews
from curation.sweep import clear_cards, sweep
from db import claims, queries
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.tables import (
    Audit,
    Dataset,
    Draft,
    Evaluation,
    Example,
    Feedback,
    Person,
    Request,
    Review,
)
from tests import rows
from tests.lived import OTHERS, OURS, drafted, edited, everything, requested, taught
from trainer.settings import TrainSettings
from trainer.train import WITHDRAWN, start, train

pytest_plugins = ["tests.two_people"]


def forgotten(engine: Engine, who: int) -> Any:
    with transaction(engine) as session:
        return forget(session, session.get_one(Person, who), "U0MINA")


def test_given_a_person_who_taught_when_forgotten_then_no_word_of_theirs_is_left_and_the_others_stay(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int]
) -> None:
    (file,) = artifacts.root.glob("dataset-*")
    before = {kind: number(engine, kind) for kind in (Request, Draft, Feedback, Review, Example, Evaluation, Dataset)}
    assert OURS in everything(engine)
    with transaction(engine) as session:
        expected = would_go(session, session.get_one(Person, lived["mina"]))
    gone = forgotten(engine, lived["mina"])
    assert gone == expected  # what was shown is what went
    assert OURS not in everything(engine)
    assert everything(engine).count(OTHERS) > 8
    assert gone.counts == {
        "reviews": 5, "requests": 4, "drafts": 3, "feedback": 3, "canvases": 1, "decisions": 3, "examples": 3,
    }  # fmt: skip
    assert (gone.adapters, gone.taught, gone.datasets, gone.canvases) == (["v1"], 2, [file.name], ["F1"])
    assert {kind: number(engine, kind) for kind in before} == before  # the ring's history is whole
    with transaction(engine) as session:
        assert session.get_one(Request, lived["waiting"]).state == "cancelled"
        assert session.get_one(Person, lived["mina"]).consent == "declined"
        assert queries.counts(session)["examples"] == 1
        assert [r.id for r in queries.reviews_to_push(session)] == []
    assert sweep(engine, artifacts) == [file.name] and not file.exists()
    assert sweep(engine, artifacts) == []


def number(engine: Engine, kind: Any) -> int:
    with transaction(engine) as session:
        return len(session.exec(select(kind)).all())


def test_given_a_forgotten_person_when_forgotten_again_then_nothing_more_happens(
    engine: Engine, lived: dict[str, int]
) -> None:
    assert forgotten(engine, lived["mina"])
    before = everything(engine)
    again = forgotten(engine, lived["mina"])
    assert not again and not again.adapters and not again.datasets
    assert everything(engine) == before
    with transaction(engine) as session:
        (receipt,) = session.exec(select(Audit).where(Audit.action == FORGOT)).all()
        assert session.exec(select(Audit.note).where(Audit.action == queries.RETRAIN_ASKED)).all() == ["v1"]
    assert (receipt.actor, receipt.subject) == ("U0MINA", f"person:{lived['mina']}")
    assert OURS not in receipt.note and json.loads(receipt.note)["counts"]["examples"] == 3


def test_given_forgotten_examples_when_a_dataset_is_built_then_it_holds_the_others_alone(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int], tmp_path: Path
) -> None:
    forgotten(engine, lived["mina"])
    made = build(engine, artifacts)
    assert made is not None and (made.train, made.heldout) == (1, 0)
    written = "".join(p.read_text() for p in artifacts.path(made.name).glob("*.json*"))
    assert OTHERS in written and OURS not in written
    with transaction(engine) as session:
        assert export(session, tmp_path / "texts.jsonl") == 1


def test_given_a_dataset_with_forgotten_texts_when_trained_then_it_fails_and_says_why(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int]
) -> None:
    with transaction(engine) as session:
        (dataset,) = session.exec(select(Dataset)).all()
    settings = TrainSettings()
    queued = start(engine, settings, artifacts, dataset, "operator", "tiny")
    assert queued is not None
    forgotten(engine, lived["mina"])
    sweep(engine, artifacts)
    with transaction(engine) as session:
        run = claims.claim_run(session, "trainer-1", 60)
    assert run is not None
    failed = train(engine, run, settings)
    assert (failed.state, failed.error) == ("failed", WITHDRAWN)
    with pytest.raises(InputError, match="taken back"):
        start(engine, settings, artifacts, dataset, "operator", "tiny")


def test_given_one_example_when_forgotten_then_its_own_way_is_emptied_and_its_neighbours_stay(
    engine: Engine, lived: dict[str, int]
) -> None:
    with transaction(engine) as session:
        last = session.exec(select(Example).order_by(col(Example.id).desc())).first()
        assert last is not None and last.id is not None
        gone = forget_example(session, last.id, "operator")
        assert gone.counts["examples"] == gone.counts["feedback"] == gone.counts["requests"] == 1
        assert [e.id for e in session.exec(select(Example)) if e.completion] == [1, 2, 3]
        assert session.get_one(Person, lived["junho"]).consent == "unasked"
        with pytest.raises(InputError, match="no example 99"):
            forget_example(session, 99, "operator")


def test_given_a_withdrawn_review_when_a_late_word_comes_then_it_decides_nothing(
    engine: Engine, house: House, lived: dict[str, int]
) -> None:
    forgotten(engine, lived["mina"])
    with transaction(engine) as session, pytest.raises(InputError, match="taken back"):
        decide(session, lived["brought"], key="late", reviewer="U0EUN", verdict="approve", text=OURS)
    with transaction(engine) as session:
        assert (open_reviews(session, house), collect(session)) == (0, [])
    assert OURS not in everything(engine)


def test_given_a_draft_written_while_its_words_were_forgotten_when_swept_then_it_is_emptied_too(
    engine: Engine, artifacts: Artifacts, lived: dict[str, int]
) -> None:
    forgotten(engine, lived["mina"])
    with transaction(engine) as session:
        late = drafted(session, session.get_one(Request, lived["waiting"]), OURS)
        edit = edited(session, late, session.get_one(Person, lived["junho"]), "")
        number = rows.review(session, edit, proposed=OURS).id  # opened at the same moment, on words read before
    sweep(engine, artifacts)
    with transaction(engine) as session:
        assert session.get_one(Review, number).state == "withdrawn"
    assert OURS not in everything(engine)


class Desk:
    """A desk that only remembers what it was asked to take away."""

    name = "slack"

    def __init__(self) -> None:
        self.removed: list[tuple[int | None, str, str]] = []

    def push(self, reviews: Any) -> Any:
        raise NotImplementedError

    def pull(self) -> Any:
        raise NotImplementedError

    def settle(self, review: Review) -> None:
        raise NotImplementedError

    def remove(self, review: Review) -> None:
        self.removed.append((review.id, review.state, review.proposed))


def test_given_cards_of_forgotten_texts_when_cleared_then_each_is_removed_once(
    engine: Engine, lived: dict[str, int]
) -> None:
    forgotten(engine, lived["mina"])
    desk = Desk()
    assert (clear_cards(engine, [desk]), clear_cards(engine, [desk])) == (5, 0)
    assert {(state, words) for _, state, words in desk.removed} == {("withdrawn", "")}


def under_way(session: Session, who: Person) -> dict[str, int]:
    """A review in every state, and a signal that has none yet; by state."""
    made = {}
    for state in ("pending", "pushed", "approved", "rejected", "taught", "unseen"):
        signal = edited(session, drafted(session, requested(session, who, OURS), OURS), who, OURS)
        if state == "taught":
            made[state] = taught(session, signal, OURS).review_id
        elif state != "unseen":
            made[state] = rows.review(session, signal, state=state, text="글", decided_by="U0EUN").id or 0
    return made


def test_given_texts_under_way_when_a_person_declines_then_they_are_withdrawn_and_a_later_yes_brings_none_back(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        mina = rows.known(session, "U0MINA")
        made = under_way(session, mina)
        other = under_way(session, rows.known(session, "U0JUNHO"))
        assert consent.decline(session, mina) == 4
    with transaction(engine) as session:
        mina = rows.known(session, "U0MINA")
        states = {name: session.get_one(Review, number).state for name, number in made.items()}
        assert states == {
            "pending": "withdrawn", "pushed": "withdrawn", "approved": "withdrawn", "rejected": "rejected",
            "taught": "approved",
        }  # fmt: skip
        assert [session.get_one(Review, n).state for n in other.values()].count("withdrawn") == 0
        late = edited(
            session, drafted(session, requested(session, mina, OURS), OURS), mina, OURS
        )  # said while it is no
        consent.allow(session, mina)
        assert late.id not in [f.id for f in queries.feedback_to_review(session)]
        fresh = edited(session, session.get_one(Draft, late.draft_id), mina, "새 글")
        assert open_reviews(session, house) == 2  # the other's, and what came after the yes
        assert session.exec(select(Review.id).where(Review.feedback_id == fresh.id)).first()


def test_given_a_person_never_asked_when_they_agree_then_what_they_gave_so_far_is_used(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        mina = rows.known(session, "U0MINA")
        under_way(session, mina)
        consent.allow(session, mina)
        assert (mina.consent, open_reviews(session, house)) == ("granted", 1)


@pytest.mark.parametrize("first", ["review", "forget"])
def test_given_a_review_being_opened_while_its_author_is_forgotten_when_both_are_through_then_no_word_is_left(
    engine: Engine, house: House, first: str
) -> None:
    with transaction(engine) as session:
        mina = rows.known(session, "U0MINA")
        edited(session, drafted(session, requested(session, mina, OURS), OURS), mina, OURS)
    under_way, go_on = threading.Event(), threading.Event()

    def held(act: Callable[[Session], object]) -> None:
        with transaction(engine) as session:
            act(session)
            under_way.set()
            go_on.wait(5)

    def opens(session: Session) -> object:
        return open_reviews(session, house)

    def forgets(session: Session) -> object:
        return forget(session, rows.known(session, "U0MINA"), "U0MINA")

    one, two = (opens, forgets) if first == "review" else (forgets, opens)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(held, one)
        assert under_way.wait(5)
        late = pool.submit(held, two)
        with pytest.raises(TimeoutError):
            late.result(0.3)  # it waits for the other
        go_on.set()
        early.result(10)
        late.result(10)
    assert OURS not in everything(engine)
    with transaction(engine) as session:
        assert session.exec(select(Review.state)).all() == ["withdrawn"]


def test_given_words_somebody_else_built_on_when_their_author_declines_then_what_was_built_is_taken_back_too(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        mina, junho = rows.known(session, "U0MINA"), rows.known(session, "U0JUNHO")
        refined = requested(session, junho, OURS, source="refine", refines=requested(session, mina, OURS).id)
        number = rows.review(session, edited(session, drafted(session, refined, OURS), junho, OURS), state="pushed").id
        assert consent.decline(session, mina) == 1
        assert session.get_one(Review, number).state == "withdrawn"
