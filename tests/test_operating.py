"""Operators and the wheel: who may turn it, what they are asked first, and that what they confirm happens once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col

from bot.clients import Clients
from bot.intake import Office
from bot.listeners.operating import answer
from bot.messages import say
from bot.playground.methods.usergroups import GROUP
from bot.playground.server import Playground
from bot.roles import Group
from bot.steering import Move, Plan, plan_of, steer
from curation.house import House
from curation.slack_desk import slack_client
from db import queries
from db.artifacts import Artifacts
from db.session import transaction
from db.settings import Settings
from db.tables import Adapter, Audit, Promotion, Run, now
from tests import rows
from tests.bot_parts import NEWS, Bench, Json, actions
from trainer.flywheel import Shop, turn
from trainer.promote import put_in_service
from trainer.runtime import Runtime
from trainer.settings import TrainSettings
from trainer.train import start

pytest_plugins = ["tests.bot_bench"]
SCORE = {"champion": 0.62, "challenger": 0.76, "mean": 0.14, "low": 0.09, "high": 0.19, "n": 20}
SUMMARY = {
    "n": 20,
    "scores": {"checklist": SCORE},
    "tasks": {"sns": {"checklist": SCORE}},
    "languages": {"ko": {"checklist": SCORE}},
}
VERDICT = {"promote": True, "reasons": ["The checklist score rose."], "reasons_ko": ["체크리스트 점수가 올랐습니다."]}


@pytest.fixture
def champion(bench: Bench) -> Iterator[Adapter]:
    """The newer of two adapters that were promoted on one task one after the other, and the news of both."""
    newest = bench.newest(Adapter)
    with transaction(bench.engine) as session:
        for version in (newest + 1, newest + 2):
            run = rows.run(session, rows.dataset(session, rows.example(session)), state="done", sequence=version)
            made = rows.adapter(session, run)
            evaluation = rows.evaluation(session, made, items=[item(session)], summary=SUMMARY, verdict=VERDICT)
            rows.promotion(session, evaluation, task="sns")
    yield made
    with transaction(bench.engine) as session:
        put_in_service(session, None, ["sns"], "test", "the base again")


def item(session: Session) -> Json:
    """What both contenders wrote for an imported post."""
    sides = {
        side: {"text": f"{side}의 글", "checklist": share} for side, share in (("champion", 0.5), ("challenger", 0.8))
    }
    return {"example": rows.example(session, split="heldout").id, "task": "sns", **sides}


def serving(bench: Bench) -> int:
    """The version that serves the task, 0 for the base model."""
    with transaction(bench.engine) as session:
        adapter = queries.serving(session, "sns")
        return adapter.version if adapter else 0


def asked(bench: Bench, name: str, words: str) -> Json:
    """What one person alone gets after `/flywheel …`."""
    who = bench.member(name)
    already = len([m for m in who.history("초안") if m["viewer"]])
    who.command("/flywheel", words, "초안")
    return bench.slack.wait_for(lambda: [m for m in who.history("초안") if m["viewer"]][already:])[0]


def reply(bench: Bench, name: str, words: str) -> str:
    return str(asked(bench, name, words)["text"])


def announced(bench: Bench, words: str) -> bool:
    """Whether this stands in the operators' channel, once."""
    seen = bench.member("sara").history
    return bench.slack.wait_for(lambda: sum(words in m["text"] for m in seen(NEWS) if not m["viewer"]) == 1)


def card_of(bench: Bench, version: int) -> Json:
    sara, start_ = bench.member("sara"), f"v{version} "
    return bench.slack.wait_for(lambda: [m for m in sara.history(NEWS) if actions(m) and m["text"].startswith(start_)])[
        0
    ]


@pytest.mark.parametrize(("name", "language"), [("sara", "en"), ("mina", "ko")])
def test_given_a_question_about_the_wheel_when_asked_then_one_short_answer_in_the_persons_language(
    bench: Bench, champion: Adapter, name: str, language: str
) -> None:
    bench.speak(name, language)
    more = "\n" + say(language, "help_operators") if name == "sara" else ""
    assert reply(bench, name, "") == reply(bench, name, "help") == say(language, "help") + more
    status = reply(bench, name, "status")
    assert say(language, "our_voice", version=champion.version) in status
    assert say(language, "home_promoted", version=champion.version) in status
    with transaction(bench.engine) as session:
        missing = TrainSettings().train_after - queries.approvals_since_run(session)
    assert say(language, "next_missing", n=missing) in status

    assert reply(bench, name, "nonsense <!here>") == say(language, "unknown", text="nonsense")
    assert reply(bench, name, "trace nothing&") == say(language, "unknown_trace", text="nothing&amp;")
    trace = reply(bench, name, f"trace v{champion.version}")
    assert trace.startswith(f"*adapter {champion.id}*") and "← run" in trace and "→ evaluation" in trace
    assert "글" not in trace  # kinds and ids, never texts


@pytest.mark.parametrize("verb", ["train", "promote v1", "rollback", "rollback sns"])
def test_given_a_member_when_they_steer_then_they_are_refused_and_nothing_is_there_to_press(
    bench: Bench, champion: Adapter, verb: str
) -> None:
    bench.speak("mina", "ko")
    got = asked(bench, "mina", verb)
    assert got["text"] == say("ko", "operators_only") and not actions(got)
    assert serving(bench) == champion.version


def test_given_a_rollback_when_asked_for_then_it_is_shown_first_and_done_once_when_confirmed(
    bench: Bench, champion: Adapter
) -> None:
    bench.speak("sara", "en")
    sara, before, name = bench.member("sara"), champion.version - 1, bench.house.tasks["sns"].name["en"]
    assert reply(bench, "sara", "rollback poem") == say(
        "en", "unknown_task", text="poem", tasks=", ".join(bench.house.tasks)
    )
    first, second = asked(bench, "sara", "rollback sns"), asked(bench, "sara", "rollback")
    for question in (first, second):
        assert f"{name} v{champion.version} → v{before}" in question["text"]
        (undo,) = [e for b in question["blocks"] for e in b.get("elements", [])]
        assert undo["confirm"]["text"]["text"] == say("en", "rollback_sure")
    assert serving(bench) == champion.version

    sara.click(first["ts"], "adapter_rollback", channel="초안")
    done = say("en", "rolled_back", moves=f"{name} v{champion.version} → v{before}")
    after = bench.slack.wait_for(
        lambda: [m for m in sara.history("초안") if m["ts"] == first["ts"] and not actions(m)]
    )[0]
    assert after["text"] == f"{done} · <@{sara.id}>"
    assert serving(bench) == before
    assert announced(bench, f"sns v{champion.version} → v{before} · <@{sara.id}>")
    assert bench.rows(Audit, Audit.action == "rollback")[-1].actor == sara.id

    sara.click(second["ts"], "adapter_rollback", channel="초안")  # asked before, pressed after
    assert bench.told(sara, "초안", say("en", "serves_no_more")) and serving(bench) == before
    third = asked(bench, "sara", "rollback")
    sara.click(third["ts"], "adapter_rollback", channel="초안")
    bench.slack.wait_for(lambda: serving(bench) == 0)
    assert reply(bench, "sara", "rollback sns") == say("en", "nothing_to_roll_back")


def test_given_a_thread_when_an_operator_mentions_the_bot_with_a_verb_then_the_question_is_for_their_eyes_only(
    bench: Bench, champion: Adapter
) -> None:
    bench.speak("sara", "ko")
    sara, mina = bench.member("sara"), bench.member("mina")
    root = sara.say("초안", "지난 글이 이상해요.")
    sara.mention("초안", "되돌리기 sns", thread_ts=root)
    question = bench.slack.wait_for(lambda: [m for m in sara.thread("초안", root) if actions(m)])[0]
    assert actions(question) == ["adapter_rollback"] and question["viewer"] == sara.id
    assert [m for m in mina.thread("초안", root) if actions(m)] == []
    sara.click(question["ts"], "adapter_rollback", channel="초안")
    bench.slack.wait_for(lambda: serving(bench) == champion.version - 1)


def test_given_a_version_when_promoted_by_hand_then_the_gates_word_is_shown_and_it_serves_once_confirmed(
    bench: Bench, champion: Adapter
) -> None:
    bench.speak("sara", "ko")
    sara, blog = bench.member("sara"), bench.house.tasks["blog"].name["ko"]
    assert reply(bench, "sara", "promote") == say("ko", "promote_usage")
    assert reply(bench, "sara", "promote v999&") == say("ko", "unknown_version", text="v999&amp;")
    assert reply(bench, "sara", f"promote v{champion.version} sns") == say(
        "ko", "serves_already", version=champion.version
    )
    with transaction(bench.engine) as session:
        other = rows.adapter(
            session, rows.run(session, state="done", sequence=champion.version + 1), base_model="other"
        )
    assert reply(bench, "sara", f"promote v{other.version}") == say(
        "ko", "other_base", version=other.version, base="other"
    )
    question = asked(bench, "sara", f"promote v{champion.version} blog")
    assert f"{blog} 기본 모델 → v{champion.version}" in question["text"]
    assert say("ko", "gate_promoted") in question["text"]
    before = bench.newest(Promotion)
    sara.click(question["ts"], "adapter_promote", channel="초안")
    bench.slack.wait_for(lambda: bench.newest(Promotion) > before)
    (placed,) = bench.rows(Promotion, col(Promotion.id) > before)
    assert (placed.task, placed.adapter_id, placed.actor) == ("blog", champion.id, sara.id)
    assert announced(bench, f"blog 기본 모델 → v{champion.version} · <@{sara.id}>")
    with transaction(bench.engine) as session:
        put_in_service(session, None, ["blog"], "test", "the base again")


def test_given_the_card_of_a_training_when_read_then_it_has_scores_and_texts_and_can_be_rolled_back_by_operators(
    bench: Bench, champion: Adapter
) -> None:
    bench.speak("mina", "ko")
    bench.speak("sara", "en")
    mina, sara = bench.member("mina"), bench.member("sara")
    card = card_of(bench, champion.version)
    words = str(card["blocks"])
    for part in ("62 → 76 (+14 [+9, +19])", "champion의 글", "challenger의 글", "배운 글 1편"):
        assert part in words
    assert actions(card) == ["adapter_rollback", "adapter_details"]

    sara.click(card["ts"], "adapter_details", channel=NEWS)
    view = sara.open_view(callback_id="adapter_details")
    shown = str(view["blocks"])
    assert "The checklist score rose." in shown and champion.name in shown
    assert bench.house.tasks["sns"].name["en"] in shown and say("en", "in_ko") in shown

    mina.click(card["ts"], "adapter_rollback", channel=NEWS)
    assert bench.told(mina, NEWS, say("ko", "operators_only")) and serving(bench) == champion.version
    sara.click(card["ts"], "adapter_rollback", channel=NEWS)
    left = bench.slack.wait_for(
        lambda: [m for m in sara.history(NEWS) if m["ts"] == card["ts"] and actions(m) == ["adapter_details"]]
    )
    assert f"<@{sara.id}>" in str(left[0]["blocks"])
    assert serving(bench) == champion.version - 1


def test_given_a_failed_training_when_trained_again_from_its_card_then_one_wish_is_left_for_the_trainer(
    bench: Bench, champion: Adapter
) -> None:
    sara = bench.member("sara")
    bench.speak("sara", "en")
    with transaction(bench.engine) as session:
        failed = rows.run(session, sequence=champion.version + 50, state="failed", error="Out of memory.")

    def shown() -> list[Json]:
        return [m for m in sara.history(NEWS) if "Out of memory." in str(m["blocks"]) and not m["viewer"]]

    card = bench.slack.wait_for(shown)[0]
    question = asked(bench, "sara", "train")
    assert actions(question) == ["wheel_train"]
    sara.click(card["ts"], "wheel_train", channel=NEWS)
    assert say("en", "train_kept") in str(
        bench.slack.wait_for(lambda: [m for m in shown() if not actions(m)])[0]["blocks"]
    )
    sara.click(question["ts"], "wheel_train", channel="초안")
    assert bench.told(sara, "초안", say("en", "train_waits"))
    (wish,) = bench.rows(Audit, Audit.action == queries.TRAIN_ASKED)
    assert (wish.actor, wish.subject) == (sara.id, f"run:{failed.id}")

    with transaction(bench.engine) as session:
        queries.audit(session, "flywheel", queries.TRAIN_ANSWERED, f"audit:{wish.id}", "nothing")
    assert announced(bench, say("en", "told_nothing", who=f"<@{sara.id}>"))
    with transaction(bench.engine) as session:
        rows.run(session, sequence=champion.version + 51, state="running", claimed_until=now())
    assert reply(bench, "sara", "train") == say("en", "train_busy")


def test_given_two_operators_when_they_confirm_the_same_rollback_at_once_then_it_is_done_once(
    engine: Engine, house: House
) -> None:
    with transaction(engine) as session:
        adapters = [
            rows.adapter(session, rows.run(session, state="done", sequence=number), version=number) for number in (1, 2)
        ]
        for adapter in adapters:
            put_in_service(session, adapter, ["sns", "blog"], "test", "first one, then the other")
    together = Barrier(2)

    def confirm(actor: str) -> list[Move]:
        with transaction(engine) as session:
            if engine.dialect.name == "postgresql":  # SQLite lets one in at a time
                together.wait()
            return steer(session, house, Plan({"sns": 2, "blog": 2}), actor)

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(confirm, ("U0SARA", "U0EUN")), key=len)
    assert done == [[], [Move("sns", 2, 1), Move("blog", 2, 1)]]
    with transaction(engine) as session:
        assert {queries.serving(session, task).version for task in ("sns", "blog")} == {1}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "value", ["", "13", "[]", '{"seen": 3, "version": null}', '{"seen": {"poem": 1}, "version": 1}']
)
def test_given_a_button_that_is_not_ours_when_pressed_then_nothing_changes(
    sqlite_engine: Engine, house: House, value: str
) -> None:
    with transaction(sqlite_engine) as session:
        rows.promotion(session, task="sns")
        assert steer(session, house, plan_of(value), "U0SARA") == []


def wish(engine: Engine) -> Audit:
    with transaction(engine) as session:
        made = Audit(actor="U0SARA", action=queries.TRAIN_ASKED, subject="run:0")
        session.add(made)
        session.flush()
        return made


def test_given_one_wish_when_two_trainers_see_it_then_one_training_begins_and_answers_it(
    engine: Engine, artifacts: Artifacts, tmp_path: Path
) -> None:
    left = wish(engine)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "train.jsonl").write_text("{}", encoding="utf-8")
    with transaction(engine) as session:
        name = artifacts.put("dataset", tmp_path / "texts")
        dataset = rows.dataset(session, rows.example(session), name=name)
    together = Barrier(2)

    def begin(_: int) -> Run | None:
        together.wait()
        return start(engine, TrainSettings(), artifacts, dataset, "operator", "tiny", left)

    with ThreadPoolExecutor(2) as pool:
        made = [run for run in pool.map(begin, range(2)) if run]
    assert len(made) == 1
    with transaction(engine) as session:
        made[0].state = "done"  # a third trainer sees the wish as it was, when all is over
        session.merge(made[0])
        answer_ = queries.train_answer(session, left)
        assert answer_ is not None and answer_.note == f"run:{made[0].id}" and not queries.trainings_asked(session)
    assert start(engine, TrainSettings(), artifacts, dataset, "operator", "tiny", left) is None


def test_given_a_wish_when_the_wheel_turns_then_it_trains_on_few_or_says_why_not(
    sqlite_engine: Engine, artifacts: Artifacts, house: House
) -> None:
    def unused() -> Runtime:
        raise AssertionError("nothing is evaluated here")

    settings = Settings(home=artifacts.root.parent)
    shop = Shop(sqlite_engine, artifacts, house, settings, TrainSettings(), None, unused, "trainer")

    def answered() -> str:
        left = wish(sqlite_engine)
        turn(shop)
        with transaction(sqlite_engine) as session:
            found = queries.train_answer(session, left)
            return found.note if found else ""

    assert answered() == "nothing"
    with transaction(sqlite_engine) as session:
        rows.example(session)
        held = {"claimed_by": "other", "claimed_until": now() + timedelta(hours=1)}
        rows.run(session, rows.dataset(session), state="running", **held)
    assert answered() == "busy"


@pytest.fixture(scope="module")
def slack() -> Iterator[Playground]:
    with Playground.start() as running:
        yield running


@pytest.fixture
def office(slack: Playground, sqlite_engine: Engine, house: House) -> Office:
    """Operators are named by Slack's user group, and one by the setting."""
    settings = Settings(operators="U0EUN", slack_bot_token=slack.bot_token, slack_api_url=slack.api_url)
    group = Group(Clients(slack_client(settings)), GROUP)
    return Office(sqlite_engine, house, settings, group.members)


def read(office: Office, user: str) -> str:
    return answer(office, "rollback", "", user, "ko").text


def test_given_a_user_group_when_its_members_steer_then_they_may_and_others_may_not(
    slack: Playground, office: Office
) -> None:
    nothing = say("ko", "nothing_to_roll_back")
    assert [read(office, user) for user in ("U0SARA", "U0EUN", "U0MINA")] == [
        nothing,
        nothing,
        say("ko", "operators_only"),
    ]
    usual = slack.switch(operators=["mina"])
    try:
        assert read(office, "U0SARA") == nothing  # Slack's word is good for a minute
        fresh = replace(office, group=Group(office.group.__self__.clients, GROUP).members)  # type: ignore[attr-defined]
        assert (read(fresh, "U0SARA"), read(fresh, "U0MINA")) == (say("ko", "operators_only"), nothing)
    finally:
        slack.switch(**usual)


@pytest.mark.parametrize("trouble", ["scope", "group"])
def test_given_slack_cannot_tell_the_group_when_somebody_steers_then_only_the_settings_people_may(
    slack: Playground, office: Office, trouble: str
) -> None:
    usual = slack.switch(withheld_scopes=["usergroups:read"] if trouble == "scope" else [])
    wrong = Group(office.group.__self__.clients, GROUP if trouble == "scope" else "S0OTHER")  # type: ignore[attr-defined]
    blind = replace(office, group=wrong.members)
    try:
        assert read(blind, "U0SARA") == say("ko", "operators_unknown")
        assert read(blind, "U0EUN") == say("ko", "nothing_to_roll_back")
        assert not blind.is_operator("U0SARA") and blind.is_operator("U0EUN")
    finally:
        slack.switch(**usual)
