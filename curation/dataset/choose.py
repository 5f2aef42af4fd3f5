"""Examples and what goes with them in; out, those that may stand in a dataset, and those left out with the reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, select

from curation.dedupe import near_pairs
from curation.families import Kin, crossing, kin, settle, tie_copies
from curation.mask import mask
from curation.measure import measure
from curation.reviews import masked_fields
from db import queries
from db.tables import Draft, Example, Feedback, Message, Request, Review
from db.votes import fold

RANK = {"human": 0, "edited": 1, "accepted": 2}  # of copies the most human stays
COPY, CROSSES = "copy of a text that is in", "belongs to both sides of the split"
DISAGREE = "people disagree about it"
LIMIT = 500  # values in one question: databases take no more


@dataclass
class Pair:
    """What the model wrote where a person's text took its place; masked."""

    example: Example
    rejected: str
    kin: Kin


@dataclass
class Voted:
    """A draft all who voted on it think the same of; masked but for its prompt."""

    draft_id: int
    task: str
    language: str
    prompt: list[Message]
    text: str
    liked: bool
    kin: Kin


@dataclass
class Chosen:
    """What a dataset is made of, and what was left out, each with the reason."""

    kept: list[Example]
    dropped: list[tuple[Example, str]]
    pairs: list[Pair] = field(default_factory=list)
    votes: list[Voted] = field(default_factory=list)
    less: Counter[str] = field(default_factory=Counter)  # reasons why pairs and votes were left out


def choose(
    examples: Sequence[Example], sources: Sequence[str], pairs: Sequence[Pair] = (), votes: Sequence[Voted] = ()
) -> Chosen:
    """Leave out copies (the most human, then newest one stays) and texts that belong to both sides of the split.

    Pairs and votes that hang together with examples stand on their side, or are left out; they move no example.
    """
    kindred = [
        kin(e.task, e.language, e.fields, source, e.family, e.split)
        for e, source in zip(examples, sources, strict=True)
    ]
    copies = tie_copies(kindred, near_pairs([e.completion for e in examples]))
    crossed = crossing(kindred)
    dropped = [(examples[i], CROSSES) for i in sorted(crossed)]
    for group in copies:
        left = sorted((examples[i] for i in group - crossed), key=lambda e: (RANK[e.origin], -(e.id or 0)))
        dropped += [(copy, COPY) for copy in left[1:]]
    gone = {example.id for example, _ in dropped}
    chosen = Chosen([e for e in examples if e.id not in gone], dropped)
    if pairs or votes:
        _add(chosen, examples, kindred, [p for p in pairs if p.example.id not in gone], votes)
    return chosen


def _add(
    chosen: Chosen, examples: Sequence[Example], kindred: list[Kin], pairs: Sequence[Pair], votes: Sequence[Voted]
) -> None:
    texts = [e.completion for e in examples] + [p.rejected for p in pairs] + [v.text for v in votes]
    every = [*kindred, *(p.kin for p in pairs), *(v.kin for v in votes)]
    tie_copies(every, near_pairs(texts))
    settle(every)
    crossed = crossing(every)
    chosen.pairs = [p for i, p in enumerate(pairs, len(kindred)) if i not in crossed]
    chosen.votes = [v for i, v in enumerate(votes, len(kindred) + len(pairs)) if i not in crossed]
    chosen.less[CROSSES] += len(pairs) + len(votes) - len(chosen.pairs) - len(chosen.votes)


def pairs_of(session: Session, examples: Sequence[Example], sources: Sequence[str]) -> list[Pair]:
    """A pair for every example whose text truly differs from the draft it was made of: not in looks alone."""
    drafts: dict[int, str] = {}
    asked = [e.review_id for e in examples if e.origin == "edited"]
    for at in range(0, len(asked), LIMIT):
        wanted = select(Review.id, Review.draft).where(col(Review.id).in_(asked[at : at + LIMIT]))
        drafts.update({number: draft for number, draft in session.exec(wanted) if number and draft})
    return [
        Pair(e, drafts[e.review_id], Kin(source, [f"source {source}"], e.family, e.split))
        for e, source in zip(examples, sources, strict=True)
        if e.review_id in drafts and measure(drafts[e.review_id], e.completion).kind == "substantive"
    ]


def votes_of(session: Session) -> tuple[list[Voted], int]:
    """Drafts that all willing people who voted like, or none; and how many they disagree about."""
    found, disputed = list[Voted](), 0
    rows: list[tuple[Feedback, Draft, Request]] = queries.votes_to_learn(session)
    for _, acts in groupby(rows, key=lambda row: row[1].id):
        about = list(acts)
        people = groupby(about, key=lambda row: row[0].person_id)
        said = {vote for _, theirs in people if (vote := fold(act for act, _, _ in theirs))}
        if len(said) == 1:
            found.append(_voted(about[0][1], about[0][2], "up" in said))
        disputed += len(said) > 1
    return found, disputed


def _voted(draft: Draft, request: Request, liked: bool) -> Voted:
    fields: dict[str, Any] = masked_fields(request.fields)
    thread = f"{request.channel_id}:{request.thread_ts}"
    source = thread if request.thread_ts else f"request:{request.id}"  # as its review would have it
    ties = kin(request.task, request.language, fields, source)
    text = mask(draft.text).text
    return Voted(draft.id, request.task, request.language, draft.short_prompt, text, liked, ties)
