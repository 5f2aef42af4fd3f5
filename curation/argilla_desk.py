"""Argilla as a ReviewDesk: a record for each opinion that is wanted; responses come back by polling.

A record is complete with its first answer. Where a second opinion is wanted, or people disagree, the review gets another
record, which those who have spoken find among their discarded ones: so it waits in the queue of everybody else.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from curation import argilla_dataset
from curation.argilla_place import AT_ONCE, BOT, PAGE, Json, Place
from curation.argilla_records import base_of, belongs, external_id, moment, record, word
from curation.argilla_server import Missing, Server
from curation.card import OPEN, final_text
from curation.desk import Pulled, Pushed
from curation.house import House
from curation.opinions import last_words
from db import desks
from db.session import transaction
from db.settings import Settings
from db.tables import Decision, Review


class ArgillaDesk:
    """One dataset of one server; only `push` makes it. A review's external id names its text."""

    name = "argilla"
    batch = AT_ONCE

    def __init__(self, server: Server, house: House, engine: Engine) -> None:
        self.server, self.house, self.engine = server, house, engine
        self._place: Place | None = None
        self._kept: tuple[Any, ...] | None = None  # what the server looked like when all its words had been kept
        self._rests = 0.0  # until when nothing is read

    def push(self, reviews: Sequence[Review]) -> list[Pushed]:
        """Log records, each under an id of its own: the same again changes nothing. Errors: DeskError."""
        place = self._dataset()
        with transaction(self.engine) as session:
            said = desks.words_about(session, [review.id or 0 for review in reviews])
        refused = place.log(self._records(place, [review for review in reviews if review.id not in said]))
        for review in reviews:
            if review.id in said:  # it was lost while people disagreed: who has spoken is not asked again
                refused |= self._ask(place, review, last_words(said[review.id]))
        names = [(review.id or 0, external_id(review)) for review in reviews]
        return [Pushed(id, refused=refused[n]) if n in refused else Pushed(id, external_id=n) for id, n in names]

    def pull(self) -> Pulled:
        """All there is, or nothing where nothing has changed since all was kept. Errors: DeskError."""
        if (place := self.found()) is None:  # a new server, or an emptied one
            return Pulled(complete=True, shown=frozenset(), open=frozenset())
        dataset = place.now()
        looks = (place.id, dataset["last_activity_at"], place.progress())
        if looks == self._kept or time.monotonic() < self._rests:
            return Pulled()
        began = time.monotonic()
        records, complete = place.read()
        if len(records) > PAGE:  # a large desk is read for a tenth of the time at most, however busy its reviewers are
            self._rests = time.monotonic() + 9 * (time.monotonic() - began)
        with transaction(self.engine) as session:
            known = desks.records_known(session)
        ours = [one for one in records if belongs(one, known)]
        place.delete([one for one in ours if known[base_of(one)[0]] == (None, "withdrawn")])  # a backup brought it back
        users = place.users()
        said = [(one, given, users.get(given["user_id"], BOT)) for one in ours for given in one["responses"]]
        words = [word(one, given, reviewer) for one, given, reviewer in said if reviewer != BOT]

        def kept() -> None:
            self._kept = looks

        return Pulled(
            verdicts=[verdict for verdict in words if verdict],
            complete=complete,
            reviewers=frozenset(users.values()),
            shown=frozenset(base_of(one)[0] for one in ours) if complete else None,
            open=frozenset(base_of(one)[0] for one in ours if one["status"] == "pending") if complete else None,
            latest=moment(dataset["last_activity_at"]),
            kept=kept,
        )

    def settle(self, review: Review, words: Sequence[Decision] = ()) -> None:
        """A decided review is asked of nobody any more, one that waits of those who have not spoken. Errors: DeskError."""
        if (place := self.found()) is None:
            return
        if review.state in OPEN:
            self._ask(place, review, words)
        elif waiting := [one for one in self._standing(place, review) if one["status"] == "pending"]:
            verdict = "approve" if review.state == "approved" else "reject"
            place.answer(waiting, "submitted", {"verdict": verdict, "edited": final_text(review, ())})

    def remove(self, review: Review) -> None:
        """All its records go, with everybody's responses. Errors: DeskError."""
        if place := self.found():
            place.delete(place.about(review.id or 0))

    def _ask(self, place: Place, review: Review, words: Sequence[Decision]) -> dict[str, str]:
        """See that a record of the review waits for somebody who has not spoken; the refused one's reason, if any."""
        users = place.users()
        there = self._standing(place, review)
        ours = [one for one in there if _answered_by(one, {user for user, name in users.items() if name == BOT})]
        if ours:  # it had been decided elsewhere, and is open again
            place.answer(ours, "discarded", {})
            there = self._standing(place, review)
        if any(one["status"] == "pending" for one in there):
            return {}
        [item] = self._records(place, [review], words, opinion=len(there) + 1)
        spoken = {said.reviewer for said in words}
        item["responses"] = [{"user_id": user, "status": "discarded"} for user, name in users.items() if name in spoken]
        return place.log([item])

    def _records(
        self, place: Place, reviews: Sequence[Review], words: Sequence[Decision] = (), opinion: int = 1
    ) -> list[Json]:
        with transaction(self.engine) as session:
            adapters = desks.adapter_names(session, [review.id or 0 for review in reviews])
        wrote = [adapters.get(one.id or 0, "base" if one.draft is not None else "none") for one in reviews]
        named = zip(reviews, wrote, strict=True)
        return [record(one, self.house, place.questions, adapter, words, opinion) for one, adapter in named]

    def _standing(self, place: Place, review: Review) -> list[Json]:
        """The records that ask about the review's own text."""
        return [one for one in place.about(review.id or 0) if base_of(one)[1] == external_id(review)]

    def found(self) -> Place | None:
        """Where reviewers work now, if the server has our dataset. Errors: DeskError."""
        try:
            if self._place:
                self._place.now()
        except Missing:
            self._place = None
        self._place = self._place or argilla_dataset.find(self.server)
        return self._place

    def _dataset(self) -> Place:
        """The dataset, made where there is none. Its guidelines follow the style guide."""
        if self._place is None or self.found() is None:
            self._place = argilla_dataset.find(self.server) or argilla_dataset.create(self.server, self.house)
            argilla_dataset.explain(self._place, self.house)
        return self._place


def argilla_desk(settings: Settings, house: House, engine: Engine) -> ArgillaDesk | None:
    """The desk of the settings, if they name a server; nothing is asked of it yet."""
    if not settings.argilla_api_url:
        return None
    key = settings.argilla_api_key.get_secret_value()
    return ArgillaDesk(Server(settings.argilla_api_url, key, settings.argilla_workspace), house, engine)


def _answered_by(record: Json, users: set[str]) -> bool:
    return any(given["user_id"] in users and given["status"] == "submitted" for given in record["responses"])
