"""Scripted reviewers at work in Argilla: they decide as people do, under their own accounts, through the page's own API."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from bot.demo.story import Edit
from bot.demo.team import PATIENCE, mark
from curation.argilla_dataset import find, queue
from curation.argilla_local.server import LocalArgilla
from curation.argilla_server import Server
from db.errors import FlywheelError

WORKSPACE = "flywheel"
NAMES = ("eun", "tae")
PENDING = [
    {"type": "terms", "scope": {"entity": kind, "property": "status"}, "values": ["pending"]}
    for kind in ("response", "record")
]
Json = dict[str, Any]


class Office:
    """Two reviewers of a local Argilla; whoever stays may log in as them, with the owner's password."""

    def __init__(self, local: LocalArgilla) -> None:
        self.local, self.owner = local, Server(local.url, local.login.api_key, WORKSPACE)
        self.reviewers: dict[str, httpx.Client] = {}

    def hire(self) -> None:
        """Their accounts in the workspace. Errors: DeskError."""
        workspace = self.owner.ask("POST", "/workspaces", json={"name": WORKSPACE})["id"]
        for name in NAMES:
            account = {"username": name, "first_name": name, "role": "annotator"}
            made = self.owner.ask("POST", "/users", json={**account, "password": self.local.login.password})
            self.owner.ask("POST", f"/workspaces/{workspace}/users", json={"user_id": made["id"]})
            self.reviewers[name] = httpx.Client(
                base_url=f"{self.local.url}/api/v1",
                headers={"X-Argilla-Api-Key": made["api_key"]},
                timeout=PATIENCE,
                trust_env=False,
            )

    def review(self, edits: list[Edit], decided: Callable[[], bool], told: Callable[[str], None]) -> None:
        """Each in turn decides what waits first, until all is decided. Errors: FlywheelError."""
        end = time.monotonic() + PATIENCE
        while not decided():
            busy = [self._decide(name, edits, told) for name in NAMES]
            if any(busy):
                end = time.monotonic() + PATIENCE
            elif time.monotonic() > end:
                raise FlywheelError("The demo waited too long for texts to review. Look into its logs, start it again.")
            else:
                time.sleep(0.3)

    def _decide(self, name: str, edits: list[Edit], told: Callable[[str], None]) -> bool:
        """Decide one record, if one waits for the reviewer."""
        for record in self._queue(name):
            asked = record["fields"]["prompt"][-1]["content"]
            edit = next((edit for edit in edits if mark(edit) in asked), None)
            if edit is None:
                continue
            [suggested] = record["suggestions"]  # the page puts it into the form
            said = {
                "verdict": "approve" if edit.approve else "reject",
                "edited": suggested["value"],
                "note": edit.reason,
            }
            values = {question: {"value": value} for question, value in said.items() if value}
            body = {"record_id": record["id"], "status": "submitted", "values": values}
            self._ask(name, "/me/responses/bulk", {"items": [body]})
            told(f"{name} {'approved' if edit.approve else 'rejected'} {edit.member}'s edit")
            return True
        return False

    def _queue(self, name: str) -> list[Json]:
        """What waits for the reviewer, first what teaches most."""
        if (place := find(self.owner)) is None:  # the first text makes it
            return []
        priority = {"scope": {"entity": "metadata", "metadata_property": "priority"}, "order": "desc"}
        path = f"/me/datasets/{place.id}/records/search?include=suggestions"
        found = self._ask(name, path, {"filters": {"and": PENDING}, "sort": [priority]})
        return [hit["record"] for hit in found["items"]]

    def page(self) -> str:
        """Where whoever stays can decide."""
        place = find(self.owner)
        return queue(place) if place else self.local.url

    def _ask(self, name: str, path: str, body: Json) -> Json:
        answer = self.reviewers[name].post(path, json=body)
        answer.raise_for_status()
        said: Json = answer.json()
        return said
