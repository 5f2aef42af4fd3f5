"""An operator's or member's question in, what they read about the wheel out: counts, versions, ids; never texts."""

from bot.home import Wheel, wheel_of
from bot.intake import Office
from bot.messages import say
from bot.text import safe
from db import queries
from db.errors import FlywheelError
from db.figures import figures
from db.session import transaction
from db.settings import load
from db.tables import Adapter
from db.trace import trace as walk
from trainer.settings import TrainSettings

LONGEST = 60  # characters of a wrong word that are said back
STEPS = 15  # of a trace in each direction


def help_lines(office: Office, user: str, language: str) -> str:
    """What this person may do."""
    words = say(language, "help")
    return words + "\n" + say(language, "help_operators") if office.is_operator(user) else words


def status_lines(office: Office, language: str) -> str:
    """Counts along the wheel, what serves, what became of the last training and when the next one begins."""
    needed = load(TrainSettings).train_after  # the trainer reads the same
    with transaction(office.engine) as session:
        counts, wheel, found = queries.counts(session), wheel_of(session, needed), figures(session)
        rows = {task: queries.serving(session, task) for task in office.house.tasks}
    serving = ", ".join(
        f"{office.house.tasks[task].name[language]} {voice(language, row)}" for task, row in rows.items()
    )
    lines = [
        say(
            language,
            "status",
            serving=safe(serving),
            pending=counts["reviews"]["pending"],
            **{name: counts[name] for name in ("requests", "drafts", "examples", "runs")},
        ),
        edits_line(language, found["edits_per_accepted_draft"]),
        say(language, "votes", **found["votes"]),
        last_line(language, wheel),
        next_line(language, wheel),
    ]
    return "\n".join(line for line in lines if line)


def voice(language: str, adapter: Adapter | None) -> str:
    """Who writes, by the name people know."""
    return say(language, "our_voice", version=adapter.version) if adapter else say(language, "base_model")


def edits_line(language: str, edits: float | None) -> str:
    """The headline figure; "" while no draft was used."""
    return "" if edits is None else say(language, "edits_per_draft", n=f"{edits:.1f}")


def last_line(language: str, wheel: Wheel) -> str:
    """What became of the last adapter; "" while there is none."""
    key = "home_promoted" if wheel.promoted else "home_not_promoted"
    return say(language, key, version=wheel.version) if wheel.version else ""


def next_line(language: str, wheel: Wheel) -> str:
    """When the next training begins."""
    if wheel.training:
        return say(language, "home_training")
    missing = wheel.needed - wheel.fresh
    return say(language, "next_missing", n=missing) if missing > 0 else say(language, "next_soon")


def trace_lines(office: Office, wanted: str, language: str) -> str:
    """The way along the ring, nearest first; kinds and ids, never texts."""
    try:
        with transaction(office.engine) as session:
            found = walk(session, wanted or "?")
    except FlywheelError:
        return say(language, "unknown_trace", text=safe(wanted[:LONGEST] or "?"))
    lines = [f"*{found['kind']} {found['id']}*"]
    for arrow, key in (("←", "up"), ("→", "down")):
        steps = found[key]
        shown = steps[:STEPS]
        lines += [f"{arrow} {s['kind']} {s['id']} {s.get('name') or s.get('state') or ''}".rstrip() for s in shown]
        if len(steps) > STEPS:
            lines.append(f"{arrow} … +{len(steps) - STEPS}")
    return safe("\n".join(lines))
