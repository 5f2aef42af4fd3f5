"""What a desk holds in; our reviews follow its words, and the desk is told how each of them stands now."""

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlmodel import col, select

from curation.decisions import let_go, settle, standing_of, take, take_back
from curation.desk import Pulled, ReviewDesk, Verdict
from db import reviewing
from db.reviewing import DECIDED
from db.session import transaction
from db.tables import Decision, Review


def pull(engine: Engine, desk: ReviewDesk) -> tuple[int, int]:
    """Keep what the desk tells; how many reviews that decided, and of how many a word was taken back. Errors: DeskError."""
    with transaction(engine) as session:  # before the pull: what others keep or push meanwhile is not missed in it
        through, waiting = reviewing.newest_word(session), reviewing.waiting_at_the_desk(session)
    pulled = desk.pull()
    changed = _keep(engine, pulled.verdicts)
    gone = _take_back(engine, pulled, through) if pulled.complete else []
    changed += [*gone, *_ask_fewer(engine)]
    for number in sorted({review.id or 0 for review in changed} | _out_of_step(engine, pulled, waiting)):
        show(engine, desk, number)
    pulled.kept()
    return sum(review.state in DECIDED for review in changed), len(gone)


def show(engine: Engine, desk: ReviewDesk, review_id: int) -> None:
    """The desk shows how a review stands now. Errors: DeskError."""
    with transaction(engine) as session:  # read anew: somebody else may have spoken meanwhile
        review = session.get_one(Review, review_id)
        words = standing_of(session, review).words
    desk.settle(review, words)


def _keep(engine: Engine, verdicts: Sequence[Verdict]) -> list[Review]:
    """Keep what is new; the reviews that it is about. Words about gone texts change nothing."""
    if not verdicts:
        return []
    with transaction(engine) as session:
        known = set(session.exec(select(Decision.key).where(col(Decision.withdrawn_at).is_(None))))
    said: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.key not in known:
            said.setdefault(verdict.review_id, []).append(verdict)
    changed = []
    for review_id, words in said.items():
        with transaction(engine) as session:
            changed.append(take(session, review_id, words))
    return [review for review in changed if review]


def _take_back(engine: Engine, pulled: Pulled, through: int) -> list[Review]:
    """Words the desk held and does not hold any more, although it could."""
    there = {verdict.response for verdict in pulled.verdicts}
    missing: dict[int, set[str]] = {}
    lost = set()
    with transaction(engine) as session:
        for word in reviewing.words_at_the_desk(session, through):
            if word.response not in there and _could_hold(pulled, word):
                missing.setdefault(word.review_id, set()).add(word.response)
            elif word.response not in there:
                lost.add(word.response)
        let_go(session, lost)
    changed = []
    for review_id, responses in sorted(missing.items()):
        with transaction(engine) as session:
            changed.append(take_back(session, review_id, responses))
    return [review for review in changed if review]


def _could_hold(pulled: Pulled, word: reviewing.AtDesk) -> bool:
    """Whether a word would still be at the desk if its reviewer had not taken it back."""
    here = pulled.reviewers is None or word.reviewer in pulled.reviewers
    shown = pulled.shown is None or word.review_id in pulled.shown
    return here and shown and (pulled.latest is None or word.decided_at <= pulled.latest)


def _out_of_step(engine: Engine, pulled: Pulled, waiting: set[int]) -> set[int]:
    """Reviews to be shown anew at the desk; those it has lost go out again at the next exchange."""
    if pulled.shown is None:
        return set()
    with transaction(engine) as session:
        for number in waiting - pulled.shown:
            review = session.get_one(Review, number, with_for_update=True)
            review.external_id = None
            review.state = "pending" if review.state == "pushed" else review.state
        return set() if pulled.open is None else set(reviewing.out_of_step(session, pulled.shown, pulled.open))


def _ask_fewer(engine: Engine) -> list[Review]:
    """Reviews that waited for a second opinion where only one person still reviews: theirs is enough."""
    with transaction(engine) as session:
        waiting = reviewing.reviews_wanting_more(session)
        if not waiting or len(reviewing.active_reviewers(session)) > 1:
            return []
        for review in waiting:
            review.opinions = 1
            settle(session, review, "flywheel")
    return [review for review in waiting if review.state in DECIDED]
