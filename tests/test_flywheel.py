"""The wheel: one full turn for real, killed after every station; many trainers at once; stations that fail."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event, func
from sqlmodel import Session, col, select

from curation import importers
from curation.dataset import build
from curation.desk import Pulled, Pushed
from curation.house import House
from db import queries
from db.artifacts import Artifacts
from db.errors import ArtifactError, DeskError, RuntimeFailure
from db.session import connect, transaction
from db.settings import Settings
from db.tables import Adapter, Audit, Dataset, Evaluation, Example, Promotion, Review, Run
from tests import rows
from trainer.flywheel import Shop, turn
from trainer.promote import put_in_service
from trainer.recipes.spec import TrainStep
from trainer.runtime import Completion, Generation, Order, Runtime, Stream
from trainer.settings import TrainSettings
from trainer.tiny import BASE, POSTS
from trainer.train import start


class Killed(BaseException):
    """The trainer is gone; no code of ours may catch it."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    from trainer.runtime.local import LocalRuntime

    opened = LocalRuntime("tiny")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter whose weights were drawn, not learnt."""
    from benchmarks.adapters import draw_adapter

    return draw_adapter(BASE, tmp_path_factory.mktemp("noise") / "adapter", 1, spread=0.5)


@pytest.fixture
def shop(sqlite_engine: Engine, artifacts: Artifacts, house: House, runtime: Runtime, tmp_path: Path) -> Shop:
    """A trainer of its own that trains after 40 approvals and judges by few texts, mildly."""
    settings = Settings(home=tmp_path / "home")
    training = TrainSettings(train_after=40, epochs=1.0, min_heldout=2, max_tokens=160, confidence=0.6)
    return Shop(sqlite_engine, artifacts, house, settings, training, None, lambda: runtime, "trainer-1")


def posts(shop: Shop, folder: Path, number: int) -> None:
    """So many of the shipped posts as approved examples."""
    lines = POSTS.read_text(encoding="utf-8").splitlines(keepends=True)[:number]
    (folder / "posts.jsonl").write_text("".join(lines), encoding="utf-8")
    importers.import_file(shop.engine, folder / "posts.jsonl", shop.house, approved=True)


def stored(shop: Shop, folder: Path) -> Adapter:
    """An adapter with these files that waits for its evaluation."""
    with transaction(shop.engine) as session:
        newest = session.exec(select(Dataset).order_by(col(Dataset.id).desc())).first()
    of = newest or build(shop.engine, shop.artifacts)
    with transaction(shop.engine) as session:
        sequence = (session.exec(select(func.max(Run.sequence))).one() or 0) + 1
        run = rows.run(session, of, sequence=sequence, state="done")
        return rows.adapter(session, run, name=shop.artifacts.put("adapter", folder))


def count(shop: Shop, *kinds: type[Any]) -> list[int]:
    with transaction(shop.engine) as session:
        return [session.exec(select(func.count()).select_from(kind)).one() for kind in kinds]


def dying(shop: Shop, moment: str) -> None:
    """Turn until the commit that leaves such a row behind, and die right after it."""

    def note(session: Session, flush: Any) -> None:
        made = [row.__tablename__ for row in session.new]
        ended = [f"{row.__tablename__} {row.state}" for row in session.dirty if isinstance(row, Run)]
        session.info.setdefault("made", set()).update(made, ended)

    def die(session: Session) -> None:
        if moment in session.info.get("made", ()):
            raise Killed

    event.listen(Session, "after_flush", note)
    event.listen(Session, "after_commit", die)
    try:
        with pytest.raises(Killed):
            turn(shop)
    finally:
        event.remove(Session, "after_flush", note)
        event.remove(Session, "after_commit", die)


@pytest.mark.slow
def test_given_a_trainer_that_dies_after_every_station_when_it_turns_again_then_each_row_is_made_once(
    shop: Shop, noise: Path, tmp_path: Path
) -> None:
    ring = (Dataset, Run, Adapter, Evaluation, Promotion)
    posts(shop, tmp_path, 39)
    turn(shop)
    assert count(shop, *ring) == [0] * 5  # one approval is missing
    champion = stored(shop, noise)
    posts(shop, tmp_path, 120)  # enough held-out texts for the gate to see the gain
    with transaction(shop.engine) as session:
        rows.evaluation(session, champion, verdict={"promote": False, "reasons": []})
        put_in_service(session, champion, list(shop.house.tasks), "U1", "noise: any training is better")
    before = count(shop, *ring)

    for moment in ("dataset", "run"):
        dying(shop, moment)
    dying_while_training(shop)
    for moment in ("run done", "adapter", "evaluation", "promotion"):
        dying(shop, moment)

    done = turn(shop)
    assert done.as_dict() | {"stages": []} == dict.fromkeys(done.as_dict()) | {"stages": []}
    made = [after - b for after, b in zip(count(shop, *ring), before, strict=True)]
    assert made == [1, 1, 1, 1, len(shop.house.tasks)]
    with transaction(shop.engine) as session:
        run = session.exec(select(Run).order_by(col(Run.id).desc())).first()
        adapter = session.exec(select(Adapter).order_by(col(Adapter.id).desc())).first()
        assert run and adapter and (run.state, run.attempts, adapter.run_id) == ("done", 2, run.id)
        assert all(queries.serving(session, task) == adapter for task in shop.house.tasks)
        evaluation = session.exec(select(Evaluation).where(Evaluation.adapter_id == adapter.id)).one()
        assert evaluation.champion_id == champion.id
        assert {item["champion"]["adapter"] for item in evaluation.items} == {champion.name}


def dying_while_training(shop: Shop) -> None:
    """Die at the first step; then time goes by until the lease has run out."""

    def die(step: TrainStep) -> None:
        raise Killed

    with pytest.raises(Killed):
        turn(replace(shop, on_step=die))
    with transaction(shop.engine) as session:
        run = session.exec(select(Run).where(Run.state == "running")).one()
        run.claimed_until = run.created_at
        session.add(run)


def test_given_few_held_out_texts_when_evaluated_then_it_says_not_enough_data_and_the_base_goes_on_serving(
    shop: Shop, noise: Path, tmp_path: Path
) -> None:
    posts(shop, tmp_path, 12)
    stored(shop, noise)
    careful = replace(shop, training=shop.training.model_copy(update={"min_heldout": 15, "max_tokens": 16}))
    evaluation = turn(careful).evaluation
    assert evaluation is not None
    assert evaluation.verdict["promote"] is False
    assert evaluation.verdict["reasons"][0].startswith("Not enough data: ")
    assert evaluation.champion_id is None and count(shop, Promotion) == [0]


class Breaking:
    """A runtime that breaks in the middle of an evaluation: the real one, whose second draft fails."""

    def __init__(self, real: Runtime, broken: bool = True) -> None:
        self.real, self.broken, self.orders = real, broken, list[Order]()
        self.name, self.base_model = real.name, real.base_model

    def stream(self, order: Order) -> Stream:
        self.orders.append(order)
        made = self.real.stream(order)
        return Failing(made) if self.broken and len(self.orders) == 2 else made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Failing:
    def __init__(self, real: Stream) -> None:
        self.real = real

    def __iter__(self) -> Iterator[str]:
        return iter(self.real)

    def result(self) -> Generation:
        raise RuntimeFailure("The model server went away.")


def test_given_a_runtime_that_breaks_in_the_middle_when_evaluated_then_nothing_is_stored_and_it_rests_before_the_next_try(
    shop: Shop, runtime: Runtime, noise: Path, tmp_path: Path
) -> None:
    posts(shop, tmp_path, 12)
    adapter = stored(shop, noise)
    breaking = Breaking(runtime)
    short = shop.training.model_copy(update={"max_tokens": 16})
    shop = replace(shop, runtime=lambda: breaking, training=short)
    with pytest.raises(RuntimeFailure, match="went away"):
        turn(shop)
    assert count(shop, Evaluation, Promotion) == [0, 0]
    assert all(order.cancel.is_set() for order in breaking.orders)  # nobody drafts for an evaluation that is over
    asked = len(breaking.orders)
    turn(shop)
    assert len(breaking.orders) == asked  # not again at once
    with transaction(shop.engine) as session:
        failure = session.exec(select(Audit).where(Audit.action == "failed: evaluate")).one()
        assert (failure.subject, failure.note) == (f"adapter:{adapter.id}", "The model server went away.")
        failure.at -= timedelta(seconds=31)
        session.add(failure)
    breaking.broken = False
    assert turn(shop).evaluation is not None


def test_given_an_adapter_that_can_never_be_evaluated_when_turned_then_the_others_are_not_held_up(
    shop: Shop, noise: Path, tmp_path: Path
) -> None:
    posts(shop, tmp_path, 12)
    dataset = build(shop.engine, shop.artifacts)
    with transaction(shop.engine) as session:
        lost = rows.adapter(session, rows.run(session, dataset, sequence=1, state="done"))  # its files are nowhere
        foreign = rows.adapter(session, rows.run(session, dataset, sequence=2, state="done"), base_model="other/model")
    good = stored(shop, noise)
    shop = replace(shop, training=shop.training.model_copy(update={"max_tokens": 16}))
    with pytest.raises(ArtifactError, match=lost.name):
        turn(shop)
    with transaction(shop.engine) as session:
        assert [row.adapter_id for row in session.exec(select(Evaluation))] == [good.id]
        notes = {row.subject: row.note for row in session.exec(select(Audit).where(Audit.action == "failed: evaluate"))}
    assert "belongs to the base model other/model" in notes[f"adapter:{foreign.id}"]
    turn(shop)  # both rest
    with pytest.raises(ArtifactError):
        turn(shop, "operator")  # who asks gets an answer


class SilentDesk:
    name = "silent"
    batch = 10

    def push(self, reviews: Any) -> list[Pushed]:
        raise DeskError("The desk does not answer.")

    def pull(self) -> Pulled:
        raise DeskError("The desk does not answer.")

    def remove(self, review: Review) -> None:
        raise DeskError("The desk does not answer.")

    def settle(self, review: Review) -> None:
        raise DeskError("The desk does not answer.")


def test_given_a_desk_that_does_not_answer_when_turned_then_decided_reviews_are_learnt_and_judged_all_the_same(
    shop: Shop, noise: Path, tmp_path: Path
) -> None:
    posts(shop, tmp_path, 12)
    stored(shop, noise)
    with transaction(shop.engine) as session:
        rows.review(session, state="approved", text="검토가 끝난 글", decided_by="U2")
    before = count(shop, Example)[0]
    short = shop.training.model_copy(update={"max_tokens": 16})
    with pytest.raises(DeskError):
        turn(replace(shop, desk=SilentDesk(), training=short))
    assert count(shop, Example, Evaluation) == [before + 1, 1]


def test_given_a_score_that_is_no_number_when_evaluated_then_nothing_is_stored_and_nothing_decided(
    shop: Shop, runtime: Runtime, noise: Path, tmp_path: Path
) -> None:
    class Nan(Breaking):
        def score(self, completions: list[Completion], adapter: str | None = None) -> list[float]:
            return [float("nan")] * len(completions)

    posts(shop, tmp_path, 12)
    stored(shop, noise)
    nan, short = Nan(runtime, broken=False), shop.training.model_copy(update={"max_tokens": 16})
    with pytest.raises(RuntimeFailure, match="gave no number"):
        turn(replace(shop, runtime=lambda: nan, training=short))
    assert count(shop, Evaluation, Promotion) == [0, 0]


def test_given_four_trainers_that_look_at_once_when_approvals_pile_up_then_every_n_of_them_start_one_run(
    engine: Engine, database_url: str, artifacts: Artifacts
) -> None:
    settings, trainers = TrainSettings(train_after=5), [connect(database_url) for _ in range(4)]
    texts = iter(POSTS.read_text(encoding="utf-8").splitlines())

    def look(own: Engine, together: Barrier) -> Run | None:
        dataset = build(own, artifacts)
        together.wait(30)
        return dataset and start(own, settings, artifacts, dataset, "approvals", "tiny")

    def all_look() -> int:
        together = Barrier(4)
        with ThreadPoolExecutor(4) as pool:
            return sum(made is not None for made in pool.map(look, trainers, [together] * 4))

    def approve(number: int) -> None:
        with transaction(engine) as session:
            for _ in range(number):
                rows.example(session, completion=next(texts)[-300:], fields={"topic": rows.fresh()})

    def finish(state: str) -> None:
        with transaction(engine) as session:
            run = queries.last_run(session)
            assert run is not None and run.state == "queued"
            run.state = state
            session.add(run)

    for round_, state in enumerate(("done", "failed", "done"), 1):
        approve(4)
        assert all_look() == 0
        approve(1)
        assert all_look() == 1
        assert all_look() == 0  # while it is under way, and after
        finish(state)
        assert all_look() == 0
        with transaction(engine) as session:
            assert [run.sequence for run in session.exec(select(Run).order_by(col(Run.id)))] == list(
                range(1, round_ + 1)
            )
    for one in trainers:
        one.dispose()
