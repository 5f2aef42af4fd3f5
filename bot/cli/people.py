"""The verb about people: forget."""

import getpass
from collections.abc import Callable
from typing import Annotated, Any

import typer
from sqlmodel import Session, select

from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from curation import forget as forgetting
from curation.forget import Forgotten
from curation.sweep import clear_cards, sweep
from db import withdrawals
from db.errors import DeskError, InputError
from db.session import transaction
from db.tables import Person

Step = Callable[[Session], Forgotten]
SURE = "Take these texts out for good? Rows stay with their ids and times; nothing brings the words back."
TITLES = {"requests": "requests", "feedback": "edits and comments", "decisions": "reviewers' wordings"}
ELSEWHERE = "Backups and files exported before still hold the texts: delete those, or let them expire."


def forget(
    who: Annotated[str, typer.Argument(help="A Slack user id (U…, or T…:U… in one workspace), or example:7.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Take all words of a person, or of one example, out of the database, the datasets and the review desks."""
    own = parts()
    look, act = steps(who)
    with transaction(own.engine) as session:
        found = look(session)
    if not yes:
        for line in lines(found):
            side.print(line, highlight=False)
        typer.confirm(SURE, abort=True, err=True)
    with transaction(own.engine) as session:
        gone = act(session)
    waits = tidied()
    if as_json:
        return show_json({"forgotten": who, **gone.as_dict(), "waits": waits})
    table(f"{who} is forgotten", ("kind", "texts that went"), [(TITLES.get(k, k), n) for k, n in gone.counts.items()])
    for line in [*lines(gone)[1:], *waiting(waits), ELSEWHERE]:
        side.print(line, highlight=False)
    return None


def steps(who: str) -> tuple[Step, Step]:
    """Looking and doing, for a person or an example. Errors: InputError."""
    actor = getpass.getuser()
    kind, _, number = who.partition(":")
    if kind == "example":
        if not number.isdigit():
            raise InputError(f"{who!r} names no example. Write example:7.")
        return (
            lambda session: forgetting.example_would_go(session, int(number)),
            lambda session: forgetting.forget_example(session, int(number), actor),
        )
    return (
        lambda session: forgetting.would_go(session, named(session, who)),
        lambda session: forgetting.forget(session, named(session, who), actor),
    )


def named(session: Session, who: str) -> Person:
    """The person of a Slack id. Errors: InputError if there is none, or several workspaces have one."""
    team, _, user = who.rpartition(":")
    wanted = select(Person).where(Person.user_id == user)
    found = session.exec(wanted.where(Person.team_id == team) if team else wanted).all()
    if not found:
        raise InputError(
            f"Nobody with the id {who} has talked to the bot. A profile in Slack shows it (Copy member ID)."
        )
    if len(found) > 1:
        known = ", ".join(f"{row.team_id}:{row.user_id}" for row in found)
        raise InputError(f"{who} stands for several people: {known}. Name one of them.")
    return found[0]


def lines(found: Forgotten) -> list[str]:
    """What goes, and what it means for datasets and adapters."""
    listed = ", ".join(f"{n} {TITLES.get(kind, kind)}" for kind, n in found.counts.items() if n)
    out = [f"Texts: {listed or 'none'}."]
    if found.records or found.canvases:
        out.append(f"Records at the review desk: {found.records}; canvases in Slack: {len(found.canvases)}.")
    if found.datasets:
        out.append(f"Datasets whose files go: {', '.join(found.datasets)}.")
    if found.adapters:
        out.append(
            f"{', '.join(found.adapters)} learnt from {found.taught} of the texts and will not be put in service any more; "
            "a training without them is asked for."
        )
    if found.serving:
        serving = ", ".join(f"{task} {version}" for task, version in found.serving.items())
        out.append(f"Serving until the next version passes: {serving}. `flywheel rollback` takes it back at once.")
    return out


def tidied() -> dict[str, Any]:
    """Files at once, records as far as desks can be reached from here; what is left for the running bot and trainer."""
    own = parts()
    sweep(own.engine, own.artifacts)
    trouble = ""
    try:
        clear_cards(own.engine, own.desks)
    except DeskError as error:
        trouble = str(error)
    with transaction(own.engine) as session:
        records = withdrawals.reviews_to_clear(session)
        canvases = withdrawals.canvases_to_close(session)
    return {"records": len(records), "canvases": len(canvases), "trouble": trouble}


def waiting(waits: dict[str, Any]) -> list[str]:
    """What is not gone yet, and who takes it away."""
    out = []
    if waits["records"]:
        why = f" ({waits['trouble']})" if waits["trouble"] else ""
        out.append(f"{waits['records']} records still stand at a review desk{why}; the running trainer removes them.")
    if waits["canvases"]:
        out.append(f"{waits['canvases']} canvases still stand in Slack; the running bot deletes them.")
    return out


def register(app: typer.Typer) -> None:
    app.command()(forget)
