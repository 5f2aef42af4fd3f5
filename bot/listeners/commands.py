"""Slash commands: /draft and /flywheel."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from bot.intake import Asked, Office, accept
from bot.messages import say
from bot.text import plain, safe
from db import queries
from db.errors import FlywheelError
from db.session import transaction
from db.trace import trace as walk
from trainer.promote import rollback

Reply = Callable[[str], None]


def register(app: App, office: Office) -> None:
    """Listen to both commands. Slack does not send a command twice, so the row is written before the ack."""

    @app.command("/draft")
    def draft(ack: Ack, command: dict[str, Any]) -> None:
        text = plain(command.get("text", ""))
        if not text:
            language = office.language_of(command["team_id"], command["user_id"])
            ack(text=say(language, "no_topic"), response_type="ephemeral")
            return
        asked = Asked(
            f"command:{command['trigger_id']}",
            "command",
            text,
            command["team_id"],
            command["user_id"],
            command["channel_id"],
            enterprise_id=command.get("enterprise_id") or "",
        )
        with transaction(office.engine) as session:
            accept(session, office.house, asked)
        ack()

    @app.command("/flywheel")
    def flywheel(ack: Ack, command: dict[str, Any]) -> None:
        verb, _, rest = plain(command.get("text", "")).partition(" ")
        language = office.language_of(command["team_id"], command["user_id"])
        ack(text=answer(office, verb or "help", rest.strip(), command["user_id"], language), response_type="ephemeral")


def answer(office: Office, verb: str, rest: str, user: str, language: str) -> str:
    """What one person reads after `/flywheel VERB REST`."""
    if verb == "help":
        return say(language, "help")
    if verb == "status":
        return status_line(office, language)
    if verb == "trace":
        return trace_lines(office, rest)
    if verb == "rollback":
        return roll_back(office, rest, user, language)
    return say(language, "unknown", text=safe(verb))


def status_line(office: Office, language: str) -> str:
    """Counts along the wheel, and what serves."""
    with transaction(office.engine) as session:
        counts = queries.counts(session)
        rows = {task: queries.serving(session, task) for task in office.house.tasks}
    voices = {
        task: say(language, "our_voice", version=row.version) if row else say(language, "base_model")
        for task, row in rows.items()
    }
    serving = ", ".join(f"{office.house.tasks[task].name[language]} {voice}" for task, voice in voices.items())
    return say(
        language,
        "status",
        serving=serving,
        pending=counts["reviews"]["pending"],
        **{name: counts[name] for name in ("requests", "drafts", "examples", "runs")},
    )


def trace_lines(office: Office, wanted: str) -> str:
    """The way along the ring, nearest first; kinds and ids, never texts."""
    try:
        with transaction(office.engine) as session:
            found = walk(session, wanted or "?")
    except FlywheelError as error:
        return safe(str(error))
    lines = [f"*{found['kind']} {found['id']}*"]
    for arrow, key in (("←", "up"), ("→", "down")):
        steps = found[key]
        lines += [f"{arrow} {s['kind']} {s['id']} {s.get('name') or s.get('state') or ''}".rstrip() for s in steps[:15]]
        if len(steps) > 15:
            lines.append(f"{arrow} … +{len(steps) - 15}")
    return safe("\n".join(lines))


def roll_back(office: Office, task: str, user: str, language: str) -> str:
    """Back to what served before, for one task or all; operators only."""
    if not office.is_operator(user):
        return say(language, "operators_only")
    if task and task not in office.house.tasks:
        return say(language, "unknown", text=safe(task))
    tasks = [task] if task else list(office.house.tasks)
    try:
        with transaction(office.engine) as session:
            serving = [t for t in tasks if queries.serving(session, t)] or tasks[:1]
            placed = [rollback(session, t, user, "asked in Slack") for t in serving]
    except FlywheelError as error:
        return safe(str(error))
    return say(language, "rolled_back", tasks=", ".join(office.house.tasks[p.task].name[language] for p in placed))
