"""/flywheel and the buttons of operators. Slack does not send a command twice: what it asks for is done before the ack."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.blocks import cards
from bot.intake import Office
from bot.listeners.sender import Body, language_of, number_of, whisper
from bot.messages import say
from bot.text import plain, safe
from db import queries
from db.errors import FlywheelError
from db.session import transaction
from db.trace import trace as walk
from trainer.promote import rollback

LONGEST = 60  # characters of a wrong word that are said back
STEPS = 15  # of a trace in each direction


def register(app: App, office: Office) -> None:
    """Listen to /flywheel and to the operators' buttons."""

    @app.command("/flywheel")
    def flywheel(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        verb, _, rest = plain(command.get("text", "")).partition(" ")
        words = answer(office, verb or "help", rest.strip(), str(context.user_id), language_of(office, context))
        ack(text=words, response_type="ephemeral")

    @app.action("adapter_rollback")
    def undo(ack: Ack, body: Body, action: Body, context: BoltContext, client: WebClient) -> None:
        user, language = str(context.user_id), language_of(office, context)
        words, changed = roll_back(office, "", user, language, version=number_of(action["value"]))
        ack()
        if not changed:
            whisper(client, context, body, words)
            return
        line = safe(f"{words} · <@{user}>", allow=[user])
        card = body["message"]
        client.chat_update(
            channel=str(context.channel_id), ts=card["ts"], text=line, blocks=cards.undone(card["blocks"], line)
        )


def answer(office: Office, verb: str, rest: str, user: str, language: str) -> str:
    """What one person reads after `/flywheel VERB REST`."""
    if verb == "help":
        return say(language, "help")
    if verb == "status":
        return status_line(office, language)
    if verb == "trace":
        return trace_lines(office, rest, language)
    if verb == "rollback":
        return roll_back(office, rest, user, language)[0]
    return say(language, "unknown", text=safe(verb[:LONGEST]))


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


def roll_back(office: Office, task: str, user: str, language: str, version: int | None = None) -> tuple[str, bool]:
    """Back to what served before, for one task or all; with `version` only where that one still serves.

    Returns what the person reads, and whether anything changed. Only operators may.
    """
    if not office.is_operator(user):
        return say(language, "operators_only"), False
    if task and task not in office.house.tasks:
        known = ", ".join(office.house.tasks)
        return say(language, "unknown_task", text=safe(task[:LONGEST]), tasks=known), False
    tasks = [task] if task else list(office.house.tasks)
    with transaction(office.engine) as session:
        serving = {t: queries.serving(session, t) for t in tasks}
        undo = [t for t, adapter in serving.items() if adapter and version in (None, adapter.version)]
        placed = [rollback(session, t, user, "asked in Slack") for t in undo]
    if not placed:
        key = "serves_no_more" if version is not None else "nothing_to_roll_back"
        return say(language, key, version=version), False
    return say(
        language, "rolled_back", tasks=", ".join(office.house.tasks[p.task].name[language] for p in placed)
    ), True
