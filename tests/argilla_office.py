"""Reviewers at work on a real Argilla server: they do through its API, under their own keys, what its web page does."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import select

from curation.argilla_desk import ArgillaDesk
from curation.argilla_server import Server
from curation.house import House
from curation.reviews import Exchange, exchange
from db.session import transaction
from db.tables import Decision, Review
from tests import rows

Json = dict[str, Any]
PENDING = [
    {"type": "terms", "scope": {"entity": kind, "property": "status"}, "values": ["pending"]}
    for kind in ("response", "record")
]
ORDER = [
    {"scope": {"entity": "metadata", "metadata_property": "priority"}, "order": "desc"},
    {"scope": {"entity": "record", "property": "inserted_at"}, "order": "asc"},
]


class Account:
    """Somebody with a key."""

    def __init__(self, url: str, name: str, key: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers={"X-Argilla-Api-Key": key}, timeout=60)

    def ask(self, method: str, path: str, **parts: Any) -> Any:
        answer = self.http.request(method, path, **parts)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None


class Desk:
    """An account at work in one workspace."""

    def __init__(self, office: "Office", who: Account) -> None:
        self.office, self.who, self.name = office, who, who.name

    def queue(self) -> list[Json]:
        """Records that wait for this reviewer, in the order of the page: first what teaches most."""
        return self._search("/me", {"filters": {"and": PENDING}, "sort": ORDER})

    def queued(self) -> list[int]:
        """The reviews behind them."""
        return [one["metadata"]["review"] for one in self.queue()]

    def records(self) -> list[Json]:
        """Every record with all responses and suggestions (an owner's view)."""
        return self._search("", {"sort": ORDER})

    def _search(self, whose: str, query: Json) -> list[Json]:
        dataset = self.office.dataset()
        if not dataset:
            return []
        params = {"include": ["responses", "suggestions"], "limit": 1000}
        path = f"{whose}/datasets/{dataset}/records/search"
        return [hit["record"] for hit in self.who.ask("POST", path, params=params, json=query)["items"]]

    def says(self, review: int, verdict: str, status: str = "submitted", **values: Any) -> Json:
        """Answer the record of a review that waits for this reviewer, or else the one they answered last."""
        waits = [one for one in self.queue() if one["metadata"]["review"] == review]
        return self.answers(waits[0] if waits else self.answered(review), verdict, status, **values)

    def answers(self, record: Json, verdict: str, status: str = "submitted", **values: Any) -> Json:
        """Answer a record, also one that waits no more: the page may have been open before."""
        given = {name: {"value": value} for name, value in {"verdict": verdict, **values}.items()}
        body = {"record_id": record["id"], "status": status, "values": given}
        [made] = self.who.ask("POST", "/me/responses/bulk", json={"items": [body]})["items"]
        response: Json = made["item"]
        return response

    def answered(self, review: int) -> Json:
        """The last record of a review that this reviewer submitted an answer to."""
        mine = [one for one in self._search("/me", {}) if one["metadata"]["review"] == review]
        return [one for one in mine if any(given["status"] == "submitted" for given in one["responses"])][-1]

    def deletes(self, response: Json) -> None:
        self.who.ask("DELETE", f"/responses/{response['id']}")


class Staff:
    """Three reviewers of a server, for as long as the tests run: hiring takes a second each."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key, self.mark = url, key, uuid.uuid4().hex[:8]
        self.owner = Account(url, "owner", key)
        self.users: dict[str, str] = {}
        self.eun, self.min, self.jun = (self.hire(name) for name in ("eun", "min", "jun"))

    def hire(self, name: str) -> Account:
        full = f"{name}-{self.mark}"
        asked = {"username": full, "first_name": name, "role": "annotator", "password": "12345678"}
        made = self.owner.ask("POST", "/users", json=asked)
        self.users[full] = made["id"]
        return Account(self.url, full, made["api_key"])

    def fire(self, who: Account) -> None:
        self.owner.ask("DELETE", f"/users/{self.users.pop(who.name)}")

    @contextmanager
    def office(self) -> Iterator["Office"]:
        """A fresh workspace in which all of them work."""
        office = Office(self)
        yield office
        office.close()

    def close(self) -> None:
        for user in self.users.values():
            self.owner.ask("DELETE", f"/users/{user}")


class Office:
    """A workspace of its own on a server, with an owner and three reviewers."""

    def __init__(self, staff: Staff) -> None:
        self.staff, self.url, self.workspace = staff, staff.url, f"test-{uuid.uuid4().hex[:8]}"
        self.id = staff.owner.ask("POST", "/workspaces", json={"name": self.workspace})["id"]
        self.owner, self.eun, self.min, self.jun = (
            Desk(self, who) for who in (staff.owner, staff.eun, staff.min, staff.jun)
        )
        for user in staff.users.values():
            self.admit(user)

    def admit(self, user: str) -> None:
        self.staff.owner.ask("POST", f"/workspaces/{self.id}/users", json={"user_id": user})

    def hire(self, name: str) -> "Desk":
        who = self.staff.hire(name)
        self.admit(self.staff.users[who.name])
        return Desk(self, who)

    def server(self, url: str = "", key: str = "", timeout: float = 30.0) -> Server:
        return Server(url or self.url, key or self.staff.key, self.workspace, timeout)

    def dataset(self) -> str:
        listed = self.staff.owner.ask("GET", "/me/datasets")["items"]
        return next((row["id"] for row in listed if row["workspace_id"] == self.id), "")

    def empty(self) -> None:
        if dataset := self.dataset():
            self.staff.owner.ask("DELETE", f"/datasets/{dataset}")

    def clear(self) -> None:
        """The dataset stays, without a record."""
        if ids := ",".join(one["id"] for one in self.owner.records()):
            self.staff.owner.ask("DELETE", f"/datasets/{self.dataset()}/records", params={"ids": ids})

    def close(self) -> None:
        self.empty()
        self.staff.owner.ask("DELETE", f"/workspaces/{self.id}")


@contextmanager
def staff_at(url: str, key: str) -> Iterator[Staff]:
    staff = Staff(url, key)
    yield staff
    staff.close()


class Wheel:
    """Our side: a database whose reviews go to the office's desk."""

    def __init__(self, office: Office, house: House, engine: Engine, url: str = "") -> None:
        self.office, self.house, self.engine = office, house, engine
        self.desk = ArgillaDesk(office.server(url), house, engine)

    def add(self, proposed: str, **more: Any) -> int:
        """A review that waits to be pushed; an edit of a draft where `draft` is given."""
        with transaction(self.engine) as session:
            of = rows.feedback(session) if "draft" in more else None
            return rows.review(session, of, proposed=proposed, **more).id or 0

    def turn(self) -> Exchange:
        return exchange(self.engine, self.desk)

    def review(self, number: int) -> Review:
        with transaction(self.engine) as session:
            return session.get_one(Review, number)

    def state(self, number: int) -> str:
        return self.review(number).state

    def words(self, number: int) -> list[Decision]:
        """All that was kept about a review, oldest first."""
        with transaction(self.engine) as session:
            return list(session.exec(select(Decision).where(Decision.review_id == number).order_by("id")))
