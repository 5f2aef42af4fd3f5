"""The ReviewDesk port: masked reviews go out to where people decide, their decisions come back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from db.tables import Decision, Review


@dataclass(frozen=True)
class Pushed:
    """What became of one review at the desk: its external id there, or the reason it was refused (never both)."""

    review_id: int
    external_id: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Verdict:
    """One reviewer's word on one review; `text` is the reviewer's own wording if changed.

    `key` is unique for ever; an edit of a word is another key with the same `response` (empty where words can't be edited).
    """

    review_id: int
    key: str
    reviewer: str
    verdict: Literal["approve", "reject"]
    decided_at: datetime
    text: str | None = None
    note: str = ""
    response: str = ""
    quality: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pulled:
    """What the desk holds. `complete`: these are all words there are, so a known one that is missing was taken back.

    A missing word stays all the same where the desk tells that it can't hold it any more: its reviewer has no account, its
    review is not shown, or it was said after `latest` (the desk was restored from an older backup). None: it does not tell.
    A review that waits for a decision and is not shown has been lost, and goes out again.
    """

    verdicts: Sequence[Verdict] = ()
    complete: bool = False
    reviewers: frozenset[str] | None = None  # names of all accounts
    shown: frozenset[int] | None = None  # ids of all reviews the desk has a record of
    open: frozenset[int] | None = None  # of these, those it still asks somebody about
    latest: datetime | None = None  # when anything last happened there
    kept: Callable[[], None] = lambda: None  # to be called once all this stands in our tables


class ReviewDesk(Protocol):
    """Where reviewers work. Pushing the same review again must not show it twice."""

    @property
    def name(self) -> str:
        """What the desk is called in messages and logs."""

    @property
    def batch(self) -> int:
        """How many reviews to push between two commits: a crash repeats at most these, and the desk knows them again."""

    def push(self, reviews: Sequence[Review]) -> list[Pushed]:
        """Show reviews to reviewers, in the given order. Errors: DeskError if the desk can't be reached at all."""

    def pull(self) -> Pulled:
        """Words the desk holds that may not be in our tables yet (repeats are harmless). Errors: DeskError."""

    def settle(self, review: Review, words: Sequence[Decision] = ()) -> None:
        """Show at the desk how a review stands now and what each reviewer said last, where it has a place for that.

        A review that is not decided (`pushed`, `disputed`) waits for another opinion. Errors: DeskError.
        """

    def remove(self, review: Review) -> None:
        """Take a review and its texts off the desk; one that is gone is no error. Errors: DeskError."""
