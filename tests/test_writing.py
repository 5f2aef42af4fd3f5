"""What decides a draft before it is begun, and what is kept of it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from bot.writing import Studio, plan, write
from curation.house import House
from db import queries
from db.artifacts import Artifacts
from db.session import transaction
from db.tables import Draft
from tests import rows
from trainer.promote import put_in_service
from trainer.runtime import Runtime
from trainer.settings import TrainSettings


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    from trainer.runtime.local import LocalRuntime

    opened = LocalRuntime("tiny")
    yield opened
    opened.close()


@pytest.fixture
def studio(sqlite_engine: Engine, runtime: Runtime, house: House, artifacts: Artifacts) -> Studio:
    return Studio(sqlite_engine, runtime, house, artifacts, TrainSettings(max_tokens=24))


def test_given_another_base_model_since_the_promotion_when_drafted_then_the_base_answers_with_the_long_instruction(
    studio: Studio,
) -> None:
    with transaction(studio.engine) as session:
        foreign = rows.adapter(session, base_model="other/model")
        put_in_service(session, foreign, ["blog"], "U1", "")
        asked = rows.request(session)
        serving = queries.serving(session, "blog")
    assert serving is not None
    made = write(studio, plan(studio, asked, serving))
    assert (made.adapter_id, made.instruction) == (None, "long")
    assert made.messages == made.long_prompt != made.short_prompt


def test_given_two_workers_that_wrote_the_same_draft_when_stored_then_the_first_one_counts(studio: Studio) -> None:
    with transaction(studio.engine) as session:
        asked = rows.request(session)
    first = write(studio, plan(studio, asked, None))
    again = write(studio, plan(studio, asked, None))
    with transaction(studio.engine) as session:
        assert session.get_one(Draft, asked.id).created_at == first.created_at == again.created_at


def test_given_write_again_when_planned_then_another_seed_and_warmth_else_the_same_each_time(studio: Studio) -> None:
    with transaction(studio.engine) as session:
        asked = rows.request(session)
        other = rows.request(session, source="regenerate", regenerates=asked.id)
    same, fresh = plan(studio, asked, None).sampling, plan(studio, other, None).sampling
    assert same == plan(studio, asked, None).sampling and same.temperature == 0.0
    assert fresh.seed != same.seed and fresh.temperature > 0.5
