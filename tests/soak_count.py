"""A local Slack and a database in, what is lost and what is doubled out: the count at the end of a soak."""

from collections import Counter
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.playground.server import Playground
from db import queries
from db.session import transaction
from db.tables import Adapter, Draft, Evaluation, Example, Feedback, Request, Review, Run

Json = dict[str, Any]


@dataclass
class Count:
    """What happened, then what must be none."""

    kills: dict[str, int]
    seconds: float
    asked: int
    requests: int
    answers: int
    edits: int
    reviews: int
    cards: int
    examples: int
    runs: dict[str, int]
    news: int
    lost: dict[str, int]
    doubled: dict[str, int]
    open: dict[str, int]  # what is still under way

    def faults(self) -> dict[str, int]:
        found = {f"{name} lost": n for name, n in self.lost.items()}
        found |= {f"{name} doubled": n for name, n in self.doubled.items()}
        found |= {f"{name} open": n for name, n in self.open.items()}
        return {name: n for name, n in found.items() if n}

    def table(self) -> str:
        grid = Table(title="soak", title_justify="left")
        grid.add_column("what")
        grid.add_column("number", justify="right")
        for verb, n in self.kills.items():
            grid.add_row(f"kill -9 of {verb}", str(n))
        for name in ("asked", "requests", "answers", "edits", "reviews", "cards", "examples", "news"):
            grid.add_row(name, str(getattr(self, name)))
        for state, n in sorted(self.runs.items()):
            grid.add_row(f"trainings {state}", str(n))
        grid.add_row("lost", str(sum(self.lost.values())))
        grid.add_row("doubled", str(sum(self.doubled.values())))
        grid.add_row("seconds", f"{self.seconds:.0f}")
        screen = Console(file=StringIO(), width=60)
        screen.print(grid)
        for name, n in self.faults().items():
            screen.print(f"FAULT: {n} {name}")
        made: str = screen.file.getvalue()  # type: ignore[attr-defined]
        return made.rstrip()


def count(
    slack: Playground,
    engine: Engine,
    asked: list[str],
    edits: list[str],
    kills: dict[str, int],
    train_after: int,
    seconds: float,
) -> Count:
    """Compare what people did with what stands in Slack and in the tables."""
    mina = slack.as_member("mina")
    messages = [m for channel in ("초안", "drafts", "review", "flywheel") for m in mina.history(channel)]
    with transaction(engine) as session:
        requests = list(session.exec(select(Request)))
        drafts = {d.id: d for d in session.exec(select(Draft))}
        reviews = list(session.exec(select(Review)))
        examples = list(session.exec(select(Example)))
        runs = list(session.exec(select(Run).order_by(col(Run.sequence))))
        saved = Counter(session.exec(select(Feedback.text).where(Feedback.kind == "edit")))
        left = queries.approvals_since_run(session)
        unjudged = len(queries.adapters_to_evaluate(session))
        news = _due_news(session)
    told = Counter(_payload(m, "news")["key"] for m in messages if _payload(m, "news"))
    cards = Counter(p["review_id"] for m in messages if (p := _payload(m, "review")) and p.get("part", 0) == 0)
    shown = [_answer(r, drafts.get(r.id or 0), messages) for r in requests]
    heard = Counter(r.key.rpartition(":")[2] for r in requests)
    sizes = [b.through_example_id - a for a, b in zip([0, *(r.through_example_id for r in runs)], runs, strict=False)]
    states = Counter(r.state for r in runs)
    return Count(
        kills=kills,
        seconds=seconds,
        asked=len(asked),
        requests=len(requests),
        answers=shown.count("once"),
        edits=len(edits),
        reviews=len(reviews),
        cards=len(cards),
        examples=len(examples),
        runs=dict(states),
        news=len(told),
        lost={
            "mentions": sum(heard[ts] == 0 for ts in asked),
            "answers": sum(
                r.state == "failed" or (r.state == "done" and s != "once") for r, s in zip(requests, shown, strict=True)
            ),
            "edits": sum(saved[text] == 0 for text in edits),
            "news": sum(told[key] == 0 for key in news),
        },
        doubled={
            "mentions": sum(n > 1 for n in heard.values()),
            "answers": shown.count("doubled"),
            "edits": sum(n > 1 for n in saved.values()),
            "cards": sum(n > 1 for n in cards.values()),
            "trainings": sum(size < train_after for size in sizes),
            "news": sum(n > 1 for n in told.values()),
        },
        open={
            "requests": sum(r.state in ("queued", "drafting") for r in requests),
            "edits": len(edits) - len(examples),
            "cards": len(reviews) - len(cards),
            "trainings": states["queued"] + states["running"] + max(0, left - train_after + 1),
            "adapters": unjudged + states["done"] - _adapters(engine),
        },
    )


def _answer(request: Request, draft: Draft | None, messages: list[Json]) -> str:
    """ "once", "doubled", "broken" or "none": how a request's answer stands in Slack."""
    mine = [m for m in messages if _payload(m, "draft").get("draft_id") == request.id]
    mine.sort(key=lambda m: str(m["ts"]))
    parts = [_payload(m, "draft").get("part", 0) for m in mine]
    if not mine or draft is None:
        return "none"
    if len(parts) != len(set(parts)):
        return "doubled"
    body = "".join(b["text"] for m in mine for b in m.get("blocks", []) if b["type"] == "markdown")
    whole = body == draft.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    ends = any(b["type"] == "actions" for b in mine[-1].get("blocks", []))
    return "once" if whole and ends and parts == list(range(len(mine))) else "broken"


def _due_news(session: Session) -> list[str]:
    """Keys of what people and operators have to be told."""
    decided = session.exec(select(Review).where(col(Review.state).in_(("approved", "rejected"))))
    judged = session.exec(select(Evaluation.id))
    return [f"told:review:{r.id}:{r.state}" for r in decided] + [f"told:evaluation:{i}" for i in judged]


def _adapters(engine: Engine) -> int:
    with transaction(engine) as session:
        return len(session.exec(select(Adapter.id)).all())


def _payload(message: Json, kind: str) -> Json:
    metadata = message.get("metadata") or {}
    payload: Json = metadata.get("event_payload", {}) if metadata.get("event_type") == kind else {}
    return payload
