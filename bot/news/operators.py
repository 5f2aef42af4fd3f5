"""What operators are told in their channel: verdicts, failed trainings, and what one of them did.

It waits a day for a channel that refuses it, or that is not set yet; after that it is old.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.blocks import verdicts
from bot.blocks.pieces import Block, section
from bot.blocks.verdicts import LANGUAGES
from bot.messages import say
from bot.news.piece import Piece, untold
from bot.outcome import outcome_of, pairs_of
from bot.steering import Move, Plan
from bot.text import safe
from db import queries
from db.tables import Audit, Evaluation, Event, Promotion, Run, now
from db.withdrawals import FORGOT

DAY = timedelta(days=1)
SLACK_ID = re.compile(r"[UW][A-Z0-9]{4,}")


def news(session: Session, channel: str) -> Iterator[Piece]:
    """What operators were not told yet, the oldest of each kind first."""
    yield from judged(session, channel)
    yield from broken(session, channel)
    yield from placed(session, channel)
    yield from taken_back(session, channel)
    yield from answered(session, channel)


def both(key: str, **values: object) -> str:
    return "\n".join(say(language, key, **values) for language in LANGUAGES)


def whose(actor: str) -> tuple[str, list[str]]:
    """Who did it, as it is shown, and the mention that is let through; people at the terminal have none."""
    return (f"<@{actor}>", [actor]) if SLACK_ID.fullmatch(actor) else (actor, [])


def piece(key: str, channel: str, row: Evaluation | Run | Promotion, text: str, shown: list[Block]) -> Piece:
    return Piece(key, "", channel, "", row.created_at, text, shown, waits=True)


def judged(session: Session, channel: str) -> Iterator[Piece]:
    """The gate's verdict on every adapter, once a winner was placed or came too late."""
    wanted = select(Evaluation).where(Evaluation.created_at > now() - DAY, untold("evaluation", Evaluation.id))
    open_ = {row.id for row in queries.evaluations_to_promote(session)}
    for row in session.exec(wanted.order_by(col(Evaluation.id))):
        if row.id not in open_:
            outcome = outcome_of(session, row)
            title = verdicts.title(outcome)
            yield piece(
                f"told:evaluation:{row.id}", channel, row, title, verdicts.card(outcome, pairs_of(session, row, True))
            )


def broken(session: Session, channel: str) -> Iterator[Piece]:
    """Trainings that failed, each once, with a button to train again."""
    ended = func.coalesce(Run.finished_at, Run.created_at)
    failed = select(Run).where(Run.state == "failed", ended > now() - DAY, untold("run", Run.id))
    for run in session.exec(failed.order_by(col(Run.id))):
        words = safe(both("run_failed", id=run.id, reason=run.error or ""))
        yield piece(f"told:run:{run.id}", channel, run, words, verdicts.failed(words, run.id or 0))


def placed(session: Session, channel: str) -> Iterator[Piece]:
    """What operators put in service or took back, in Slack or at the terminal; one message for what was done at once."""
    wanted = select(Promotion).where(col(Promotion.evaluation_id).is_(None), Promotion.created_at > now() - DAY)
    rows = session.exec(wanted.order_by(col(Promotion.id))).all()
    for _, group in groupby(rows, key=lambda row: (row.created_at, row.actor, row.kind)):
        first, *more = group
        key = f"told:placed:{first.id}"
        if session.get(Event, key) is None:
            moves = [move_of(session, row) for row in (first, *more)]
            who, allowed = whose(first.actor)
            words = "\n".join(f"{done(moves, first.kind, language)} · {who}" for language in LANGUAGES)
            text = safe(words, allow=allowed)
            yield piece(key, channel, first, text, [section(text)])


def move_of(session: Session, row: Promotion) -> Move:
    """What a promotion changed for its task."""
    earlier = select(Promotion).where(Promotion.task == row.task, col(Promotion.id) < row.id)
    last = session.exec(earlier.order_by(col(Promotion.id).desc()).limit(1)).first()
    before = queries.adapter_version(session, last.adapter_id if last else None)
    return Move(row.task, before, queries.adapter_version(session, row.adapter_id))


def done(moves: list[Move], kind: str, language: str) -> str:
    key = "rolled_back" if kind == "rollback" else "put_in_service"
    return say(language, key, moves="; ".join(f"{m.task} {m.shown(language)}" for m in moves))


def taken_back(session: Session, channel: str) -> Iterator[Piece]:
    """Texts taken back that adapters learnt from: which of those serve still, with a button to roll them back."""
    wanted = select(Audit).where(Audit.action == FORGOT, Audit.at > now() - DAY, untold("forgot", Audit.id))
    for row in session.exec(wanted.order_by(col(Audit.id))):
        receipt = json.loads(row.note)
        if not receipt["adapters"]:
            continue
        seen = {
            task: serving.version
            for task in receipt.get("serving", {})
            if (serving := queries.serving(session, task)) and f"v{serving.version}" in receipt["adapters"]
        }
        said = {"subject": row.subject, "n": receipt["taught"], "adapters": ", ".join(receipt["adapters"])}
        listed = ", ".join(f"{task} v{version}" for task, version in seen.items())
        lines = [both("words_taken_back", **said), *([both("still_serving", serving=listed)] if seen else [])]
        words = safe("\n".join(lines))
        shown = verdicts.taken_back(words, Plan(dict(seen))) if seen else [section(words)]
        yield Piece(f"told:forgot:{row.id}", "", channel, "", row.at, words, shown, waits=True)


def answered(session: Session, channel: str) -> Iterator[Piece]:
    """What became of the trainings that operators, or texts taken back, asked for."""
    wishes = col(Audit.action).in_((queries.TRAIN_ASKED, queries.RETRAIN_ASKED))
    wanted = select(Audit).where(wishes, Audit.at > now() - DAY)
    for asked in session.exec(wanted.where(untold("train", Audit.id)).order_by(col(Audit.id))):
        if answer := queries.train_answer(session, asked):
            kind, _, number = answer.note.partition(":")
            who, allowed = whose(asked.actor)
            key = "told_retrain" if asked.action == queries.RETRAIN_ASKED else "told"
            words = safe(both(f"{key}_{kind}", who=who, id=number), allow=allowed)
            yield Piece(f"told:train:{asked.id}", "", channel, "", answer.at, words, [section(words)], waits=True)
