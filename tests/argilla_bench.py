"""Offices with reviewers on a real Argilla (`pytest_plugins = ["tests.argilla_stage", "tests.argilla_bench"]`)."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from curation.house import House
from tests.argilla_office import Office, Staff, Wheel, staff_at
from tests.argilla_stage import Stage

TEST_URL, TEST_KEY = "ARGILLA_TEST_URL", "ARGILLA_TEST_KEY"  # a server of your own, as of the compose stack


@pytest.fixture(scope="module")
def staff(argilla_server: Stage) -> Iterator[Staff]:
    """At the local server."""
    with staff_at(argilla_server.url, argilla_server.api_key) as hired:
        yield hired


@pytest.fixture(scope="module")
def staff_elsewhere() -> Iterator[Staff]:
    """At a server named in the environment, as that of the compose stack."""
    url, key = os.environ.get(TEST_URL, ""), os.environ.get(TEST_KEY, "")
    if not (url and key):
        pytest.skip(f"{TEST_URL} and {TEST_KEY} name no server")
    with staff_at(url, key) as hired:
        yield hired


@pytest.fixture(scope="module")
def room(staff: Staff) -> Iterator[Office]:
    with staff.office() as opened:
        yield opened


@pytest.fixture
def office(room: Office) -> Office:
    """The module's workspace without a record; making the dataset takes half a second."""
    room.clear()
    return room


@pytest.fixture
def wheel(office: Office, house: House, sqlite_engine: Engine) -> Wheel:
    return Wheel(office, house, sqlite_engine)
