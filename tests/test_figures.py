"""The figures people look at, from rows: edits per accepted draft, and votes."""

from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import Session

from bot.feedback import record
from db.figures import chains, figures, repairs_per_use, votes
from db.people import person
from db.session import transaction
from db.tables import Person, Request
from tests.rows import draft, fresh

JULY, AUGUST = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 5, tzinfo=UTC)


def version(session: Session, at: datetime, **of: int) -> tuple[int, Person]:
    """A finished draft; `of` names the version it refines or regenerates."""
    row = draft(session)
    request = session.get_one(Request, row.id)
    request.created_at = at
    request.refines, request.regenerates = of.get("refines"), of.get("regenerates")
    session.flush()
    return row.id, session.get_one(Person, request.person_id)


def test_given_chains_of_versions_when_counted_then_repairs_belong_to_the_text_that_was_used(engine: Engine) -> None:
    with transaction(engine) as session:
        first, who = version(session, JULY)
        record(session, first, who, "refine", fresh())
        second, _ = version(session, JULY, refines=first)
        record(session, second, who, "regenerate", fresh())
        third, _ = version(session, AUGUST, regenerates=second)
        for text in ("고친 글", "또 고친 글"):  # saved twice: one repair
            record(session, third, who, "edit", fresh(), text)
        used_at_once, asker = version(session, AUGUST)
        record(session, used_at_once, asker, "accept", fresh())
        given_up, _ = version(session, AUGUST)
        record(session, given_up, who, "regenerate", fresh())
        saved_as_it_was, asker = version(session, AUGUST)
        record(session, saved_as_it_was, asker, "edit", fresh(), "여름 음료 초안")
        found, shown = chains(session), figures(session)
    assert [(chain.repairs, chain.used) for chain in found] == [(3, True), (0, True), (1, False), (0, True)]
    assert repairs_per_use([]) is None
    assert shown["edits_per_accepted_draft"] == 1 and shown["edits_by_task"] == {"blog": 1}
    assert shown["edits_by_week"] == {"2026-06-29": 3, "2026-08-03": 0}
    assert 0 < shown["median_edit_share"] < 0.5, "between what was saved as it was, and the newest of the others"


def test_given_votes_changed_and_taken_back_when_counted_then_people_count_once_with_their_last_word(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        one, two = draft(session).id, draft(session).id
        for who, draft_id, kinds in (("U1", one, ["up"]), ("U2", one, ["up", "down"]), ("U1", two, ["up", "up"])):
            for kind in kinds:
                record(session, draft_id, person(session, "T1", who), kind, fresh())
        assert votes(session) == {"up": 1, "down": 1}
