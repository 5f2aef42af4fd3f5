"""What learnt from texts taken back never serves again: not by the gate, an operator or a rollback; a follower is trained."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.intake import Office
from bot.messages import say
from bot.news.operators import news
from bot.outcome import outcome_of
from bot.playground.block_check import check_message_blocks
from bot.proposals import promote as propose_promotion
from bot.proposals import rollback as propose_rollback
from bot.steering import Move, Plan, plan_of, steer, why_not
from curation.dataset import build
from curation.forget import forget, forget_example
from curation.house import House
from curation.sweep import sweep
from db import claims, queries, withdrawals
from db.artifacts import Artifacts
from db.errors import InputError
from db.session import transaction
from db.settings import Settings
from db.tables import Adapter, Audit, Dataset, DatasetDraft, Evaluation, Example, Person, Request, Run, now
from tests import rows
from trainer import train as training
from trainer.adopt import WITHDRAWN, adopt
from trainer.duel import duel_of, instead
from trainer.evaluate import stored
from trainer.flywheel import Shop, turn
from trainer.promote import promote, put_in_service, rollback
from trainer.recipes.spec import TrainResult
from trainer.runtime import Runtime
from trainer.settings import TrainSettings
from trainer.train import start, train

TASKS = ["blog", "sns"]


def text(session: Session, **more: Any) -> Example:
    """An example like no other: datasets leave copies out."""
    wording = " ".join(rows.fresh() for _ in range(3))
    review = rows.review(session, state="approved", text=wording, proposed=wording, decided_at=now(), decided_by="U2")
    return rows.example(session, review, **more)


def learnt(session: Session, *texts: Example, **more: Any) -> Adapter:
    """The next version, trained on these."""
    last = queries.last_run(session)
    run = rows.run(
        session, rows.dataset(session, *texts), sequence=(last.sequence if last else 0) + 1, state="done", **more
    )
    return rows.adapter(session, run)


def won(session: Session, adapter: Adapter, champion: Adapter | None = None) -> Evaluation:
    champions = dict.fromkeys(TASKS, champion.id if champion else None)
    return rows.evaluation(session, adapter, summary={"champions": champions})


def forgotten(session: Session, example: Example) -> None:
    forget_example(session, example.id or 0, "operator")


def test_given_texts_taken_back_when_what_learnt_from_them_is_to_serve_then_nobody_can_put_it_there(
    engine: Engine, house: House, tmp_path: Path
) -> None:
    with transaction(engine) as session:
        gone, kept = text(session), text(session)
        tainted, clean = learnt(session, gone, kept), learnt(session, kept)
        unjudged = learnt(session, gone)
        winners = [won(session, tainted), won(session, clean)]
        assert queries.evaluations_to_promote(session) == winners
        assert queries.adapters_to_evaluate(session) == [unjudged]
        forgotten(session, gone)
        assert gone.completion == ""  # it holds for ever, though no word is left to compare with
        assert queries.evaluations_to_promote(session) == winners[1:] and not queries.adapters_to_evaluate(session)
        assert promote(session, winners[0], TASKS, "flywheel") == []
        with pytest.raises(InputError, match="v1 learnt from texts that were taken back"):
            put_in_service(session, tainted, TASKS, "jane", "at the terminal")
        office = Office(engine, house, Settings(home=tmp_path), lambda: frozenset())
        proposed = propose_promotion(session, office, "v1 blog", "en")
        assert (proposed.words, proposed.action_id) == (say("en", "version_barred", version=1), "")
        pressed = Plan({"blog": None}, version=1)  # by whoever was asked before
        assert steer(session, house, pressed, "U0SARA") == [] and "v1" in why_not(session, pressed, "en")
        assert queries.serving(session, "blog") is None
        assert promote(session, winners[1], TASKS, "flywheel")  # it never saw them
        assert queries.serving(session, "blog") == clean


def test_given_a_held_out_text_taken_back_when_asked_then_nobody_has_learnt_from_it(engine: Engine) -> None:
    with transaction(engine) as session:
        gone = text(session, split="heldout")
        adapter = learnt(session, text(session), gone)
        forgotten(session, gone)
        assert not withdrawals.is_tainted(session, adapter.id)
        assert withdrawals.is_withdrawn(session, session.get_one(Run, adapter.run_id).dataset_id)
        assert queries.retrainings_asked(session) == []


def test_given_a_forgotten_draft_that_people_voted_on_when_asked_then_who_learnt_from_the_votes_is_barred(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        voted = rows.draft(session)
        with_votes = learnt(session, text(session), result={"preference": {"way": "kto"}})
        without = learnt(session, text(session), result={"preference": {}})
        for adapter in (with_votes, without):
            dataset_id = session.get_one(Run, adapter.run_id).dataset_id
            session.add(DatasetDraft(dataset_id=dataset_id, draft_id=voted.id))
        session.flush()
        person = session.get_one(Person, session.get_one(Request, voted.id).person_id)
        receipt = forget(session, person, "U1")
        assert (receipt.adapters, receipt.taught, len(receipt.datasets)) == (["v1"], 1, 2)
        assert [withdrawals.is_tainted(session, adapter.id) for adapter in (with_votes, without)] == [True, False]
        assert len(withdrawals.withdrawn_datasets(session)) == 2
        assert len(queries.retrainings_asked(session)) == 1


def test_given_versions_that_learnt_from_texts_taken_back_when_rolled_back_then_they_are_passed_over_and_named(
    engine: Engine, house: House, tmp_path: Path
) -> None:
    with transaction(engine) as session:
        gone, kept = text(session), text(session)
        first, second, third, fourth = (learnt(session, *of) for of in ([kept], [gone], [gone, kept], [kept]))
        for adapter in (first, second, third, fourth):
            put_in_service(session, adapter, ["blog"], "U1", "")
        put_in_service(session, third, ["sns"], "U1", "")
        forgotten(session, gone)
        office = Office(engine, house, Settings(home=tmp_path), lambda: frozenset())
        proposed = propose_rollback(session, office, "blog", "en")
        assert "v4 → v1" in proposed.words and say("en", "passed_over", versions="v2, v3") in proposed.words
        assert rollback(session, "blog", "U1", "").adapter_id == first.id
        assert rollback(session, "blog", "U1", "").adapter_id is None  # a second one does not meet them again
        assert rollback(session, "sns", "U1", "").adapter_id is None  # what serves may itself be one of them


def test_given_the_same_version_below_a_barred_one_when_rolled_back_then_something_changes(engine: Engine) -> None:
    with transaction(engine) as session:
        gone, kept = text(session), text(session)
        zero, first, barred = learnt(session, kept), learnt(session, kept), learnt(session, gone)
        for adapter in (zero, first, barred, first):
            put_in_service(session, adapter, ["blog"], "U1", "")
        forgotten(session, gone)
        assert rollback(session, "blog", "U1", "").adapter_id == zero.id
        assert rollback(session, "blog", "U1", "").adapter_id is None


@pytest.mark.parametrize("first", ["promote", "forget"])
def test_given_a_promotion_and_a_withdrawal_at_once_when_both_are_through_then_the_receipt_knows_what_serves(
    engine: Engine, first: str
) -> None:
    with transaction(engine) as session:
        gone = text(session)
        adapter = learnt(session, gone)
    under_way, go_on = threading.Event(), threading.Event()

    def promotes(session: Session) -> bool:
        try:
            return bool(put_in_service(session, adapter, ["blog"], "U1", ""))
        except InputError:
            return False

    def forgets(session: Session) -> dict[str, str]:
        return forget_example(session, gone.id or 0, "operator").serving

    def held(act: Callable[[Session], Any]) -> Any:
        with transaction(engine) as session:
            done = act(session)
            under_way.set()
            go_on.wait(5)
            return done

    one, two = (promotes, forgets) if first == "promote" else (forgets, promotes)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(held, one)
        assert under_way.wait(5)
        late = pool.submit(held, two)
        with pytest.raises(TimeoutError):
            late.result(0.2)  # it waits for the other
        go_on.set()
        assert (early.result(10), late.result(10)) == ((True, {"blog": "v1"}) if first == "promote" else ({}, False))


def test_given_texts_taken_back_when_operators_read_their_news_then_what_serves_can_be_rolled_back_from_the_card(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        gone, kept = text(session), text(session)
        first, second = learnt(session, gone, kept), learnt(session, gone)
        winner = won(session, second)
        put_in_service(session, first, ["blog"], "U1", "")
        forgotten(session, gone)
        told = {piece.key.split(":")[1]: piece for piece in news(session, "C0FLYWHEEL")}
        card = told["forgot"]
        assert say("en", "still_serving", serving="blog v1") in card.text and f"example:{gone.id}" in card.text
        check_message_blocks(card.shown)
        (button,) = card.shown[-1]["elements"]
        assert button["action_id"] == "adapter_rollback"
        assert steer(session, house, plan_of(button["value"]), "U0SARA") == [Move("blog", 1, None)]
        assert say("en", "barred", version=2) in told["evaluation"].text  # it had won, and was not placed yet
        assert outcome_of(session, winner).ending == "barred"
        (wish,) = queries.retrainings_asked(session)
        queries.audit(session, "flywheel", queries.TRAIN_ANSWERED, f"audit:{wish.id}", "run:7")
        assert (
            say("ko", "told_retrain_run", id=7) in next(p for p in news(session, "C0FLYWHEEL") if "train" in p.key).text
        )


def test_given_a_champion_that_must_not_serve_when_a_follower_is_judged_then_what_a_rollback_brings_is_to_be_beaten(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        gone, kept = text(session), text(session)
        first, barred, follower = learnt(session, kept), learnt(session, gone, kept), learnt(session, kept)
        put_in_service(session, first, ["blog"], "U1", "")
        put_in_service(session, barred, TASKS, "U1", "")
        before = duel_of(session, follower.id or 0, TASKS)
        assert before.champions == before.serving and instead(before) == ([], [])
        forgotten(session, gone)
        duel = duel_of(session, follower.id or 0, TASKS)
        assert (duel.champions, duel.serving) == ({"blog": first, "sns": None}, dict.fromkeys(TASKS, barred))
        said, spoken = instead(duel)
        assert [line.partition(" instead")[0] for line in said] == [
            "Compared with v1",
            "Compared with the bare base model",
        ]
        assert len(spoken) == 2 and all("v2" in line for line in (*said, *spoken))
        evaluation = rows.evaluation(session, follower, summary={"champions": dict.fromkeys(TASKS, barred.id)})
        assert len(promote(session, evaluation, TASKS, "flywheel")) == 2  # it still follows what really served


def test_given_texts_taken_back_while_they_are_judged_when_the_verdict_is_stored_then_it_holds_no_answer_to_them(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        gone, kept = text(session, split="heldout"), text(session, split="heldout")
        adapter = learnt(session, text(session), gone, kept)
        forgotten(session, gone)
        dataset_id = session.get_one(Run, adapter.run_id).dataset_id
    sides = {name: {"text": "답", "chrf": 0.5} for name in ("champion", "challenger")}
    items = [{"example": example.id, **sides} for example in (gone, kept)]
    stored(engine, Evaluation(adapter_id=adapter.id or 0, dataset_id=dataset_id, items=items, summary={}, verdict={}))
    with transaction(engine) as session:
        (row,) = session.exec(select(Evaluation))
        assert [item["champion"]["text"] for item in row.items] == ["", "답"]
        assert row.items[0]["challenger"] == {"text": "", "chrf": 0.5}


@pytest.fixture
def shop(engine: Engine, artifacts: Artifacts, house: House) -> Shop:
    def unused() -> Runtime:
        raise AssertionError("nothing is evaluated here")

    settings = Settings(home=artifacts.root.parent)
    return Shop(engine, artifacts, house, settings, TrainSettings(train_after=50), None, unused, "trainer")


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Trainings that were begun, by dataset; none really is."""
    begun: list[str] = []

    def run_recipe(spec: Any, **more: Any) -> TrainResult:
        begun.append(spec.dataset)
        return TrainResult(ok=False, error="Not really.")

    monkeypatch.setattr(training, "run_recipe", run_recipe)
    return begun


def answers(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        wishes = session.exec(select(Audit).where(Audit.action == queries.RETRAIN_ASKED).order_by(Audit.id)).all()  # type: ignore[arg-type]
        return [answer.note if (answer := queries.train_answer(session, wish)) else "" for wish in wishes]


def test_given_a_wish_of_texts_taken_back_when_another_training_is_under_way_then_it_waits_for_its_end_and_is_answered(
    shop: Shop, never: list[str]
) -> None:
    with transaction(shop.engine) as session:
        gone = text(session)
        for _ in range(3):
            text(session)
    dataset = build(shop.engine, shop.artifacts)
    assert dataset is not None
    with transaction(shop.engine) as session:
        rows.adapter(session, rows.run(session, dataset, state="done"))
        busy = rows.run(
            session, dataset, sequence=2, state="running", claimed_by="other", claimed_until=now() + timedelta(hours=1)
        ).id
        forgotten(session, gone)
        again = text(session)
        learnt_twice = rows.run(session, rows.dataset(session, again), sequence=0, state="done")
        rows.adapter(session, learnt_twice, version=9)
        forgotten(session, again)  # a second wish while the first waits
    turn(shop)
    assert answers(shop.engine) == ["", ""] and never == []  # "busy" is no answer, and nothing was built in vain
    with transaction(shop.engine) as session:
        session.get_one(Run, busy).state = "failed"
    made = turn(shop).run
    assert made is not None and made.trigger == "operator"
    assert answers(shop.engine) == [f"run:{made.id}"] * 2 and len(never) == 1  # one training for both
    with transaction(shop.engine) as session:
        assert not withdrawals.is_withdrawn(session, made.dataset_id)
    assert turn(shop).run is None


def test_given_nothing_left_to_train_on_when_texts_were_taken_back_then_the_wish_is_answered_plainly(
    shop: Shop,
) -> None:
    with transaction(shop.engine) as session:
        gone = text(session)
        learnt(session, gone)
        forgotten(session, gone)
    assert turn(shop).run is None
    assert answers(shop.engine) == ["nothing"]


def test_given_a_queued_training_when_its_texts_are_taken_back_then_its_child_never_starts_and_another_follows(
    shop: Shop, never: list[str]
) -> None:
    with transaction(shop.engine) as session:
        gone = text(session)
        kept = text(session).id
    dataset = build(shop.engine, shop.artifacts)
    assert dataset is not None
    queued = start(shop.engine, shop.training, shop.artifacts, dataset, "operator", "tiny")
    with transaction(shop.engine) as session:
        forgotten(session, gone)
    assert answers(shop.engine) == []  # nobody had learnt from it yet
    sweep(shop.engine, shop.artifacts)
    made = turn(shop)
    assert queued is not None and never == []
    with transaction(shop.engine) as session:
        row = session.get_one(Run, queued.id)
        assert (row.state, row.error) == ("failed", WITHDRAWN)
    follower = turn(shop).run
    assert made.run is not None and follower is not None and answers(shop.engine) == [f"run:{follower.id}"]
    with transaction(shop.engine) as session:
        assert [e.id for e in session.exec(select(Example)) if e.completion] == [kept]
    assert len(never) == 1


def test_given_a_training_that_ended_when_its_texts_are_taken_back_before_it_is_adopted_then_it_has_no_version(
    engine: Engine, artifacts: Artifacts, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "runs" / "0001"
    (folder / "1" / "adapter").mkdir(parents=True)
    (folder / "1" / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "1" / "training.log").write_text("a text that was quoted")
    with transaction(engine) as session:
        gone = text(session)
        dataset = rows.dataset(session, gone)
        rows.run(
            session,
            dataset,
            state="done",
            attempts=1,
            spec={"folder": str(folder), "base_name": "tiny", "method": "lora"},
        )
        forgotten(session, gone)
    assert adopt(engine, artifacts) == []
    with transaction(engine) as session:
        (run,) = session.exec(select(Run))
        assert (run.state, run.error, session.exec(select(Adapter)).all()) == ("failed", WITHDRAWN, [])
    assert answers(engine) == [""]
    assert adopt(engine, artifacts) == [] and answers(engine) == [""]
    sweep(engine, artifacts)
    assert not folder.exists()


def test_given_a_training_under_way_when_its_texts_are_taken_back_then_it_ends_and_leaves_the_wish(
    engine: Engine, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "HEARTBEAT", 0.0)
    with transaction(engine) as session:
        gone, _ = text(session), text(session)
    dataset = build(engine, artifacts)
    assert isinstance(dataset, Dataset)
    start(engine, TrainSettings(), artifacts, dataset, "operator", "tiny")
    with transaction(engine) as session:
        run = claims.claim_run(session, "trainer-1", 60)
    assert run is not None
    asked: list[bool] = []

    def recipe(spec: Any, *, should_stop: Callable[[], bool], **more: Any) -> TrainResult:
        asked.append(should_stop())
        with transaction(engine) as session:
            forgotten(session, gone)
        asked.append(should_stop())
        return TrainResult(ok=False, error="The training was stopped before its end.")

    monkeypatch.setattr(training, "run_recipe", recipe)
    ended = train(engine, run, TrainSettings())
    assert asked == [False, True] and (ended.state, ended.error) == ("failed", WITHDRAWN)
    assert answers(engine) == [""]
