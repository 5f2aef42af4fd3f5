"""What several reviewers said about one text in, what their words come to out (pure: no order of arrival, no clock).

Only each reviewer's last word counts, by the time it was said; a word that was taken back never does.

    what happens                            what comes of it
    --------------------------------------  ---------------------------------------------------------------------------
    n reviewers were asked, n approve       approved; of their wordings the latest edit is the text
    n reviewers were asked, n reject        rejected; the author reads the reasons and notes
    fewer have spoken, all alike            open: another opinion is wanted
    they disagree                           disputed: one more than asked and at least three speak; the majority decides
    as many for as against                  disputed until one more speaks, or one of them changes their word
    a reviewer speaks again, or edits       the later word replaces the former, also once the review is decided
    words arrive late or out of order       their own times decide, not when we heard of them
    a response is taken back                all its words are gone: what is left decides, or the review is open again
    a reviewer's account is deleted         their words stay as they were copied, with name and times
    records or responses are lost           the words stay (the desk was emptied, or restored from an older backup)
    a reviewer discards (skips)             no word: the review stays open and somebody else is asked
    a review changes that is an example     its text is collected anew, or it leaves later datasets; what was trained on
                                            stays as it is, and the audit trail has a line ("changed its review")
    words about a text its author withdrew  nothing
    one person reviews alone                nobody is asked for a second opinion, and nobody waits for one
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from db.tables import Decision

LEAST_JUDGES = 3  # of a disagreement


@dataclass(frozen=True)
class Standing:
    """How a review stands: its state, each reviewer's last word (oldest first), how many more opinions are wanted."""

    state: Literal["open", "disputed", "approved", "rejected"]
    words: Sequence[Decision] = ()
    wanted: int = 1

    @property
    def deciding(self) -> list[Decision]:
        """The words of the side that won, oldest first; none while nothing is decided."""
        verdict = {"approved": "approve", "rejected": "reject"}.get(self.state)
        return [word for word in self.words if word.verdict == verdict]


def standing(words: Iterable[Decision], opinions: int) -> Standing:
    """What the words about one review come to, of which `opinions` must agree."""
    last = last_words(words)
    approvals = sum(word.verdict == "approve" for word in last)
    rejections = len(last) - approvals
    agreed = not (approvals and rejections)
    needed = opinions if agreed else max(opinions + 1, LEAST_JUDGES)
    if len(last) >= needed and approvals != rejections:
        return Standing("approved" if approvals > rejections else "rejected", last, 0)
    return Standing("open" if agreed else "disputed", last, max(needed - len(last), 1))


def last_words(words: Iterable[Decision]) -> list[Decision]:
    """The last word of each reviewer that was not taken back, oldest first."""
    last: dict[str, Decision] = {}
    for word in sorted((word for word in words if word.withdrawn_at is None), key=_when):
        last[word.reviewer] = word
    return sorted(last.values(), key=_when)


def latest_wording(words: Iterable[Decision]) -> str | None:
    """The newest wording of those who approve, if any of them changed the text."""
    edits = [word.text for word in words if word.verdict == "approve" and word.text]
    return edits[-1] if edits else None


def wants_second(key: str, share: float) -> bool:
    """Whether a review needs two opinions: for this share of them, decided by the key's hash alone."""
    drawn = hashlib.sha256(f"second opinion on {key}".encode()).digest()[:8]
    return int.from_bytes(drawn) / 2**64 < share


def _when(word: Decision) -> tuple[object, str]:
    return word.decided_at, word.key
