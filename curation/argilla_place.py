"""A dataset on an Argilla server: records go in, are read and go out; refused ones are told by their external ids."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.argilla_server import Refusal, Server

Json = dict[str, Any]
AT_ONCE = 100  # records sent, and deleted, at once; the server deletes no more, and takes 500
PAGE = 1_000  # records read at once; the server gives no more
BOT = "flywheel-bot"  # the account that answers what was decided elsewhere, so that nobody is asked any more
STABLE: Json = {"sort": [{"scope": {"entity": "record", "property": "id"}, "order": "asc"}]}


@dataclass(frozen=True)
class Place:
    """Where the dataset is: its id, its questions' ids by name. Errors of all calls: DeskError; Missing once it is deleted."""

    server: Server
    id: str
    questions: Mapping[str, str]

    def now(self) -> Json:
        """The dataset as the server describes it."""
        described: Json = self.server.ask("GET", f"/datasets/{self.id}")
        return described

    def progress(self) -> Json:
        """How many records there are, by their status."""
        counted: Json = self.server.ask("GET", f"/datasets/{self.id}/progress")
        return counted

    def log(self, items: Sequence[Json]) -> dict[str, str]:
        """Add or replace records; by external id why one was refused. The server takes all or none: the wrong one is sought."""
        refused: dict[str, str] = {}
        for start in range(0, len(items), AT_ONCE):
            refused |= self._log(items[start : start + AT_ONCE])
        return refused

    def _log(self, items: Sequence[Json]) -> dict[str, str]:
        try:
            self.server.ask("PUT", f"/datasets/{self.id}/records/bulk", json={"items": items})
        except Refusal as refusal:
            if len(items) == 1:
                return {items[0]["external_id"]: f"Argilla refused it: {refusal}"}
            half = len(items) // 2
            return self._log(items[:half]) | self._log(items[half:])
        return {}

    def read(self) -> tuple[list[Json], bool]:
        """All records with all responses, and whether none can have slipped between two pages."""
        found: dict[str, Json] = {}
        totals: set[int] = set()
        seen = 0
        while True:
            page = self.search(STABLE, seen)
            totals.add(page["total"])
            found |= {hit["record"]["id"]: hit["record"] for hit in page["items"]}
            seen += len(page["items"])
            if len(page["items"]) < PAGE:
                return list(found.values()), totals == {len(found)}

    def about(self, review_id: int) -> list[Json]:
        """The records that ask about one review, with all responses."""
        scope = {"entity": "metadata", "metadata_property": "review"}
        this = {"and": [{"type": "range", "scope": scope, "ge": review_id, "le": review_id}]}
        return [hit["record"] for hit in self.search({**STABLE, "filters": this}, 0)["items"]]

    def search(self, query: Json, offset: int) -> Any:
        """One page of records with all responses, at most PAGE of them: the API's own JSON."""
        params = {"include": "responses", "limit": PAGE, "offset": offset}
        return self.server.ask("POST", f"/datasets/{self.id}/records/search", params=params, json=query)

    def delete(self, records: Sequence[Json]) -> None:
        """Remove records with everything said about them; one that is gone is no error."""
        for start in range(0, len(records), AT_ONCE):
            ids = ",".join(one["id"] for one in records[start : start + AT_ONCE])
            self.server.ask("DELETE", f"/datasets/{self.id}/records", params={"ids": ids})

    def users(self) -> dict[str, str]:
        """Names of all accounts, by id."""
        return {user["id"]: user["username"] for user in self.server.ask("GET", "/users")["items"]}

    def answer(self, records: Sequence[Json], status: str, values: Mapping[str, Any]) -> None:
        """Our own account answers the records: "submitted" completes them, "discarded" takes that back."""
        ids = {name: user for user, name in self.users().items()}
        given = {name: {"value": value} for name, value in values.items()}
        response = {"user_id": ids.get(BOT) or self._bot(), "status": status, "values": given}
        self.log([{"external_id": one["external_id"], "responses": [response]} for one in records])

    def _bot(self) -> str:
        account = {"username": BOT, "first_name": "Draft Flywheel", "role": "annotator"}
        made = self.server.ask("POST", "/users", json={**account, "password": secrets.token_urlsafe(24)})
        return str(made["id"])
