"""Verbs that look: status, draft, trace, doctor, config, init."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.tree import Tree

from bot.cli import argilla_checkup, checkup
from bot.cli.data import Task, known_task
from bot.cli.out import Json, screen, show_json, side, table
from bot.cli.shop import parts
from bot.cli.wheel import named_adapter
from curation.agreement import ENOUGH, Agreement, agreement
from db import queries
from db.figures import figures
from db.session import transaction
from db.tables import Request
from db.trace import trace as walk


def status(as_json: Json = False) -> None:
    """Counts along the wheel and what serves each task."""
    own = parts()
    with transaction(own.engine) as session:
        counts: dict[str, Any] = queries.counts(session)
        liked = figures(session)
        agreed = agreement(session)
        serving = {task: queries.serving(session, task) for task in own.house.tasks}
    counts["serving"] = {task: row and row.name for task, row in serving.items()}
    if own.settings.review == "argilla":
        counts["desk"] = argilla_checkup.standing()
    if as_json:
        return show_json(counts | liked | {"agreement": {task: asdict(found) for task, found in agreed.items()}})
    flat = [(k, v) for k, v in counts.items() if not isinstance(v, dict)]
    table("The wheel", ("station", "rows"), [*flat, *((f"reviews {k}", v) for k, v in counts["reviews"].items())])
    if "desk" in counts:
        table("Review desk", ("desk", "state"), [(counts["desk"]["desk"], counts["desk"]["state"])])
    table("Serving", ("task", "adapter"), [(t, row and f"v{row.version} {row.name}") for t, row in serving.items()])
    edits, votes = liked["edits_per_accepted_draft"], liked["votes"]
    shown = "–" if edits is None else f"{edits:.2f}"
    table(
        "Drafts",
        ("figure", "now"),
        [("edits per accepted draft", shown), *((f"votes {k}", v) for k, v in votes.items())],
    )
    if agreed:
        rows = [(task, how_far(found), found.doubles, found.agreed) for task, found in agreed.items()]
        table("Reviewers agree", ("task", "Krippendorff's alpha", "texts with two opinions", "all agreed"), rows)
    return None


def how_far(found: Agreement) -> str:
    """Alpha, or why there is none."""
    if found.alpha is not None:
        return f"{found.alpha:.2f}"
    return f"too few texts ({ENOUGH} needed)" if found.doubles < ENOUGH else "all verdicts alike"


def draft(
    topic: str,
    task: Task = None,
    adapter: Annotated[str | None, typer.Option("--adapter", help="An adapter's name or version, or `base`.")] = None,
    as_json: Json = False,
) -> None:
    """Write one draft here in the terminal, on the path the bot uses."""
    from bot.writing import Studio, draft_now

    own = parts()
    known_task(task)
    chosen = None if adapter in (None, "base") else named_adapter(adapter or "")
    studio = Studio(own.engine, own.runtime, own.house, own.artifacts, own.training)
    row = draft_now(studio, topic, task=task, adapter=chosen, force_base=adapter == "base")
    with transaction(own.engine) as session:
        request = session.get_one(Request, row.id)
        name = queries.adapter_name(session, row.adapter_id)
    if as_json:
        return show_json(
            {
                "draft_id": row.id,
                "text": row.text,
                "task": request.task,
                "adapter": name,
                "tokens": row.tokens,
                "seconds": round(row.seconds, 3),
            }
        )
    screen.print(row.text, markup=False, highlight=False)
    side.print(
        f"\n[dim]draft {row.id} · {request.task} · {name or 'base model'} · {row.tokens} tokens, {row.seconds:.1f} s"
    )
    return None


def trace(
    id: Annotated[str, typer.Argument(help="draft:12 or 12, example:7, adapter:3, v3, an adapter's name, …")],
    as_json: Json = False,
) -> None:
    """Walk the ring from any row: what it came from, what came of it."""
    with transaction(parts().engine) as session:
        found = walk(session, id)
    if as_json:
        return show_json(found)
    tree = Tree(f"[bold]{found['kind']} {found['id']}")
    for title, key in (("came from", "up"), ("led to", "down")):
        branch = tree.add(title)
        for step in found[key]:
            branch.add(" · ".join(f"{name} {value}" for name, value in step.items()))
    screen.print(tree, highlight=False)
    return None


def doctor(as_json: Json = False) -> None:
    """Check every connection; each red line says the cure."""
    checks = list(checkup.checks())
    if as_json:
        show_json([{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks])
    else:
        rows = [("[green]✓[/green]" if c.ok else "[red]✗[/red]", c.name, c.detail) for c in checks]
        table("Doctor", ("", "checked", "found, or what to do"), rows)
    raise typer.Exit(0 if all(c.ok for c in checks) else 1)


def config(as_json: Json = False) -> None:
    """All settings in force; secrets are hidden."""
    rows = []
    for settings in (parts().settings, parts().training):
        for name, info in type(settings).model_fields.items():
            rows.append((info.alias, str(getattr(settings, name)), info.description))
    assert len(parts().house.tasks) > 0  # a wrong style guide stops here, naming line and key
    if as_json:
        return show_json({str(alias): value for alias, value, _ in rows})
    table("Settings", ("variable", "value", "meaning"), rows)
    return None


def init(as_json: Json = False) -> None:
    """Create or upgrade the database; safe to repeat."""
    url = parts().engine.url.render_as_string(hide_password=True)
    if as_json:
        return show_json({"database": url, "ready": True})
    side.print(f"Database ready: {url}", soft_wrap=True)
    return None


def register(app: typer.Typer) -> None:
    for verb in (status, draft, trace, doctor, config, init):
        app.command()(verb)
