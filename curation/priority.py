"""New reviews in; out, how much a decision on each would teach (0..1), what reviewers should know, and how many must agree."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from curation.checks import Text, check, wording
from curation.dedupe import THRESHOLD
from curation.house import House
from curation.likeness import MOST, Likeness
from curation.mask import PLACEHOLDER
from curation.opinions import wants_second
from db import reviewing
from db.session import transaction
from db.tables import Feedback, Review
from db.votes import VOTES, fold

WEIGHTS = {"disagreement": 0.35, "edit": 0.25, "novelty": 0.25, "rarity": 0.15}
LEAST = 0.01  # 0 means that nobody has looked yet
NO_DRAFT = 0.5  # the edit of a text that was never a draft
AT_ONCE = 200  # reviews looked at between two commits


@dataclass(frozen=True)
class Signs:
    """What speaks for asking early, each 0 to 1."""

    disagreement: float = 0.0  # how evenly people's votes on the draft are split
    edit: float = NO_DRAFT  # share of its characters that the person changed
    novelty: float = 1.0  # 1 - likeness to the most similar text there is
    rarity: float = 1.0  # 1 - texts of its task and language, as a share of the commonest's


def priority(signs: Signs) -> float:
    """The weighted sum of the signs, LEAST to 1: people's time goes first where a decision says most that is new."""
    total = sum(weight * float(getattr(signs, name)) for name, weight in WEIGHTS.items())
    return max(LEAST, round(total, 4))


def split(votes: Iterable[str | None]) -> float:
    """0 where people agree about a draft (or nobody voted), 1 where as many are for it as against it."""
    count = Counter(votes)
    most = max(count["up"], count["down"])
    return min(count["up"], count["down"]) / most if most else 0.0


def appraise(engine: Engine, house: House, second_opinions: float) -> int:
    """Fill priority, flags and opinions of all reviews that have none, in the order they came; returns how many.

    `second_opinions` is the share of reviews that two must agree on, where more than one person reviews.
    """
    done, known = 0, None
    while True:
        with transaction(engine) as session:
            batch = reviewing.reviews_to_appraise(session, AT_ONCE)
            if not batch:
                return done
            texts = reviewing.texts_known(session, MOST) if known is None else []
            signs = _signs(session, batch)
            opinions = 2 if len(reviewing.active_reviewers(session)) > 1 else 1
        known = known or Likeness(texts)
        found = dict(_likenesses(known, batch))  # outside any transaction: it may take a while
        with transaction(engine) as session:
            for review in session.exec(select(Review).where(col(Review.id).in_(found)).with_for_update()):
                given = signs[review.id or 0]
                like = found[review.id or 0]
                review.priority = priority(Signs(given.disagreement, given.edit, 1 - like, given.rarity))
                review.flags = flags(review, house, like)
                if wants_second(review.key, second_opinions):
                    review.opinions = max(review.opinions, opinions)
        done += len(batch)


def _likenesses(known: Likeness, batch: Sequence[Review]) -> Iterator[tuple[int, float]]:
    """Each review's likeness to what is known, the ones before it included."""
    for review in batch:
        yield review.id or 0, known.closest(review.proposed)
        known.add(review.proposed)


def flags(review: Review, house: House, likeness: float) -> list[str]:
    """What a reviewer should know: "copy:87" (percent), "masked:PHONE:1", names of broken rules, "wording:✕ word"."""
    text = Text(review.task, review.language, review.proposed, review.fields)
    masked = Counter(match[1] for match in PLACEHOLDER.finditer(review.proposed))
    return [
        *([f"copy:{round(100 * likeness)}"] if likeness >= THRESHOLD else []),
        *(f"masked:{kind}:{count}" for kind, count in sorted(masked.items())),
        *(problem.rule for problem in check(text, house)),
        *(f"wording:{problem.message[review.language]}" for problem in wording(text, house)),
    ]


def _signs(session: Session, batch: Sequence[Review]) -> dict[int, Signs]:
    """All but the novelty, by review."""
    signals = select(Feedback).where(col(Feedback.id).in_([review.feedback_id for review in batch]))
    given = {signal.id: signal for signal in session.exec(signals)}
    splits = _splits(session, {signal.draft_id for signal in given.values()})
    groups = select(Review.task, Review.language, func.count()).where(Review.state == "approved")
    counts = {(task, language): n for task, language, n in session.exec(groups.group_by(Review.task, Review.language))}
    most = max(counts.values(), default=1)
    made = {}
    for review in batch:
        signal = given.get(review.feedback_id)
        edit = NO_DRAFT if review.draft is None else (signal and signal.edit_share) or 0.0
        rarity = 1 - counts.get((review.task, review.language), 0) / most
        made[review.id or 0] = Signs(splits.get(signal.draft_id, 0.0) if signal else 0.0, edit, rarity=rarity)
    return made


def _splits(session: Session, draft_ids: set[int]) -> dict[int, float]:
    """How split the votes on each draft are."""
    wanted = select(Feedback).where(col(Feedback.draft_id).in_(draft_ids), col(Feedback.kind).in_(VOTES))
    by_person = (col(Feedback.draft_id), col(Feedback.person_id), col(Feedback.acted_at), col(Feedback.id))
    acts = session.exec(wanted.order_by(*by_person))
    votes: dict[int, list[str | None]] = {}
    for (draft_id, _), theirs in groupby(acts, key=lambda act: (act.draft_id, act.person_id)):
        votes.setdefault(draft_id, []).append(fold(theirs))
    return {draft_id: split(given) for draft_id, given in votes.items()}
