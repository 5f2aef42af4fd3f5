"""A claimed row has one holder: nobody else gets it while its lease lasts, and who lost it can't keep it."""

import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from db import claims
from db.session import transaction
from db.tables import Request, Run
from tests import processes, rows

Make = Callable[[Session], Any]


def test_given_many_claimers_when_they_claim_together_then_nobody_gets_the_same_row(
    engine: Engine, database_url: str
) -> None:
    with transaction(engine) as session:
        asked = {rows.request(session).id for _ in range(30)}
        of = rows.dataset(session)
        runs = {rows.run(session, of, sequence=number).id for number in range(15)}
    for table, made in ((Request, asked), (Run, runs)):
        claimed = [
            row for part in processes.together(processes.claim_all, 3, database_url, table.__name__) for row in part
        ]
        assert sorted(claimed) == sorted(made)
        with transaction(engine) as session:
            seen = session.exec(select(table.attempts, col(table.claimed_until).is_not(None)))
            assert set(seen) == {(1, True)}


CLAIMS: list[tuple[Any, Make, int]] = [
    (claims.claim_request, rows.request, claims.REQUEST_TRIES),
    (claims.claim_run, lambda session: rows.run(session, sequence=uuid.uuid4().int % 10**9), claims.RUN_TRIES),
]


def test_given_a_lease_that_ended_when_another_claims_then_it_takes_over_until_tries_are_spent(engine: Engine) -> None:
    for claim, make, tries in CLAIMS:
        with transaction(engine) as session:
            row = make(session)
        holders = []
        for attempt in range(1, tries + 1):
            with transaction(engine) as session:
                held = claim(session, "bot:1", lease_seconds=60)  # the same name: a container restarts as itself
                assert (held.id, held.attempts) == (row.id, attempt)
                holders.append(held)
            with transaction(engine) as session:
                assert claim(session, "bot:2", lease_seconds=60) is None
                assert not any(claims.extend(session, old, lease_seconds=60) for old in holders[:-1])
                assert claims.extend(session, held, lease_seconds=-1)  # still ours; and now the lease has ended
        with transaction(engine) as session:
            second = make(session)
            assert claim(session, "bot:2", lease_seconds=60).id == second.id  # the spent one does not stop the queue
        with transaction(engine) as session:
            spent = session.get_one(type(row), row.id)
            assert spent.state == "failed" and f"{tries} times" in spent.error
            assert not claims.extend(session, held, lease_seconds=60)  # its last holder comes back too late


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["add", "claim", "extend", "close"]), st.integers(0, 3), st.booleans())))
def test_given_any_history_of_claims_then_only_the_last_holder_can_extend(
    sqlite_engine: Engine, history: list[tuple[str, int, bool]]
) -> None:
    with transaction(sqlite_engine) as session:
        for old in session.exec(select(Request)).all():
            session.delete(old)
    held: list[Request] = []  # every claim ever made, as its worker remembers it
    leases: dict[int, bool | None] = {}  # per open request: None waits, True is held, False is held no longer
    for act, number, lasting in history:
        with transaction(sqlite_engine) as session:
            if act == "add":
                leases[rows.request(session).id or 0] = None
            elif act == "claim":
                free = [key for key, lease in leases.items() if not lease]
                got = claims.claim_request(session, f"bot:{number}", 60 if lasting else -1)
                assert (got and got.id) == (min(free) if free else None)
                if got:
                    held.append(got)
                    leases[got.id or 0] = lasting
            elif held:
                mine = held[number % len(held)]
                last = mine.id in leases and mine is [h for h in held if h.id == mine.id][-1]
                if act == "extend":
                    assert claims.extend(session, mine, 60 if lasting else -1) == last
                    leases |= {mine.id or 0: lasting} if last else {}
                elif last:
                    session.get_one(Request, mine.id).state = "done"
                    del leases[mine.id or 0]


def test_given_requests_before_mine_when_i_ask_then_the_open_ones_of_the_bot_count(engine: Engine) -> None:
    with transaction(engine) as session:
        for state in ("done", "failed", "cancelled", "queued", "queued", "queued"):
            rows.request(session, state=state)
        rows.request(session, state="drafting")  # the terminal drafts by itself, in no queue
        claims.claim_request(session, "bot:1", 60)
        claims.claim_request(session, "bot:1", -1)  # will be taken over
        mine, later = rows.request(session), rows.request(session)
        assert (claims.queue_ahead(session, mine), claims.queue_ahead(session, later)) == (3, 4)
