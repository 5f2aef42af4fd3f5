"""The verb about people: forget."""

import getpass
from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session, select

from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from curation import forget as forgetting
from curation.forget import Forgotten
from db.errors import InputError
from db.session import transaction
from db.tables import Person

Step = Callable[[Session], Forgotten]
SURE = "Take these texts out for good? Rows stay with their ids and times; nothing brings the words back."
TITLES = {"requests": "requests", "feedback": "edits and comments", "decisions": "reviewers' wordings"}


def forget(
    who: Annotated[str, typer.Argument(help="A Slack user id (U…, or T…:U… in one workspace), or example:7.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Take all words of a person, or of one example, out of the database, the datasets and the review channel."""
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
    tidy(gone)
    if as_json:
        return show_json({"forgotten": who, **gone.as_dict()})
    table(f"{who} is forgotten", ("kind", "texts that went"), [(TITLES.get(k, k), n) for k, n in gone.counts.items()])
    for line in lines(gone)[1:]:
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
    if found.datasets:
        out.append(f"Datasets whose files go: {', '.join(found.datasets)}.")
    if found.adapters:
        out.append(
            f"{', '.join(found.adapters)} learnt from {found.taught} of the texts and stay as they are; the next training "
            "is made without them."
        )
    return out


def tidy(gone: Forgotten) -> None:
    """Files, cards and canvases, with Slack if there is a token."""
    from bot.forgetting import close_canvases
    from bot.forgetting import tidy as tidy_up
    from curation.slack_desk import slack_client

    own = parts()
    client = slack_client(own.settings) if own.settings.slack_bot_token.get_secret_value() else None
    tidy_up(own.engine, own.house, own.settings, client)
    if client:
        close_canvases(client, gone.canvases)


def register(app: typer.Typer) -> None:
    app.command()(forget)
