"""The ReviewDesk port: masked reviews go out to where people decide, their decisions come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from db.tables import Review


@dataclass(frozen=True)
class Pushed:
    """What became of one review at the desk: its external id there, or the reason it was refused (never both)."""

    review_id: int
    external_id: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Verdict:
    """One reviewer's word on one review; `key` is unique for ever, `text` the reviewer's own wording if changed."""

    review_id: int
    key: str
    reviewer: str
    verdict: Literal["approve", "reject"]
    decided_at: datetime
    text: str | None = None
    note: str = ""


class ReviewDesk(Protocol):
    """Where reviewers work. Pushing the same review again must not show it twice."""

    @property
    def name(self) -> str:
        """What the desk is called in messages and logs."""

    def push(self, reviews: Sequence[Review]) -> list[Pushed]:
        """Show reviews to reviewers, in the given order. Errors: DeskError if the desk can't be reached at all."""

    def pull(self) -> list[Verdict]:
        """Decisions the desk holds that may not be in our tables yet (repeats are harmless). Errors: DeskError."""

    def settle(self, review: Review) -> None:
        """Show at the desk that a review is decided. Errors: DeskError."""
