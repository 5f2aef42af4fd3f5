"""What doctor and status tell of Argilla: whether it answers to our key, who reviews there, and what waits for whom."""

from typing import Any

from bot.cli.shop import parts
from bot.cli.slack_checkup import Unmet
from curation.argilla_dataset import queue
from curation.argilla_desk import ArgillaDesk
from db import queries, reviewing
from db.errors import FlywheelError
from db.session import transaction

PATIENCE = 5.0  # seconds; somebody looks at an empty line meanwhile


def desk() -> ArgillaDesk:
    """Errors: Unmet where no Argilla is named."""
    found = parts().argilla
    if found is None:
        raise Unmet("ARGILLA_API_URL is empty. Set it, or FLYWHEEL_REVIEW=slack.")
    found.server.timeout = PATIENCE
    return found


def server() -> str:
    asked = desk().server
    me, version = asked.ask("GET", "/me"), asked.ask("GET", "/version")["version"]
    if me["role"] != "owner":
        raise Unmet(f"The key in ARGILLA_API_KEY is {me['username']}'s, who is no owner. Take an owner's key.")
    return f"{asked.url}, version {version}, as {me['username']}"


def reviewers() -> str:
    asked = desk().server
    workspaces = {row["name"]: row["id"] for row in asked.ask("GET", "/me/workspaces")["items"]}
    if asked.workspace not in workspaces:
        return f"workspace {asked.workspace} is made when the first review goes out"
    members = asked.ask("GET", f"/workspaces/{workspaces[asked.workspace]}/users")["items"]
    names = [user["username"] for user in members if user["role"] != "owner"]
    if not names:
        return f"owners alone; add reviewers to the workspace {asked.workspace} in Argilla's settings"
    return f"{len(names)} in workspace {asked.workspace}: {', '.join(sorted(names))}"


def records() -> str:
    """How far desk and tables agree. What differs is put right by the trainer; a difference that stays means it is down."""
    place = desk().found()
    with transaction(parts().engine) as session:
        ours, unsent = len(reviewing.waiting_at_the_desk(session)), len(queries.reviews_to_push(session))
    if place is None:
        lost = f"the dataset is gone: {ours} reviews that wait go out again" if ours else "no record yet"
        return f"{lost}; {unsent} reviews go out at the trainer's next look"
    waits = place.progress()["pending"]
    even = "" if waits == ours else f" ({ours} by our tables: the trainer's next look evens it out)"
    return f"{waits} wait for a reviewer{even}, {unsent} go out next; reviewers begin at {queue(place)}"


def standing() -> dict[str, Any]:
    """For `flywheel status`: whether the exchange can go on now, and where it stands or what to do."""
    try:
        return {"desk": "argilla", "reachable": True, "state": records()}
    except FlywheelError as error:
        return {"desk": "argilla", "reachable": False, "state": str(error)}
