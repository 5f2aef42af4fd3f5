"""`flywheel gate`: a verdict's receipt derived again, and how much error the held-out texts may still risk."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import select

from bot.cli.out import Json, show_json, side, table
from bot.cli.shop import parts
from bot.cli.wheel import named_adapter
from db.errors import InputError
from db.session import transaction
from db.tables import Evaluation, Example
from db.withdrawals import withdrawn
from trainer.budget import budget, earlier
from trainer.gate import Policy
from trainer.receipts import canonical
from trainer.receipts import verify as derive

group = typer.Typer(help="The gate: its error budget, and receipts of its verdicts.", no_args_is_help=True)


def read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} could not be read as JSON. `flywheel gate receipt` writes one.") from error


@group.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="A receipt as `flywheel gate receipt` writes it.")],
    as_json: Json = False,
) -> None:
    """Derive a verdict again from its receipt alone: no database, no model, no network."""
    found = read(receipt)
    if not isinstance(found, dict):
        raise InputError(f"{receipt} holds no receipt.")
    verdict = derive(found)
    if as_json:
        return show_json({"holds": True, "sha256": found["sha256"], **verdict.as_dict()})
    side.print(f"The receipt holds: {'promoted' if verdict.promote else 'not promoted'}.", highlight=False)
    for reason in verdict.reasons:
        side.print(f"• {reason}", highlight=False, markup=False)
    return None


@group.command()
def receipt(
    adapter: Annotated[str, typer.Argument(help="An adapter's name or version (v3).")],
    out: Annotated[Path | None, typer.Option("--out", help="A file; else it is printed.")] = None,
) -> None:
    """The receipt of an adapter's verdict, in its canonical form."""
    row = named_adapter(adapter)
    with transaction(parts().engine) as session:
        found = session.exec(select(Evaluation.receipt).where(Evaluation.adapter_id == row.id)).first()
    if found is None:
        raise InputError(f"v{row.version} has no receipt: it was not evaluated, or before there were receipts.")
    text = canonical(found) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@group.command("budget")
def show_budget(as_json: Json = False) -> None:
    """How much error the held-out texts of today may still risk, and what the tries so far have spent."""
    own = parts()
    policy = Policy(min_heldout=own.training.min_heldout, confidence=own.training.confidence)
    with transaction(own.engine) as session:
        wanted = select(Example.family).where(Example.split == "heldout", Example.origin != "accepted", ~withdrawn())
        families = set(session.exec(wanted.distinct()))
        charges = earlier(session, families)
    found = budget(charges, len(families), policy)
    shown = {"heldout": len(families), **asdict(found), "tries": [asdict(one) for one in charges]}
    if as_json:
        return show_json(shown)
    rows = [(one.number, f"{one.level:.3%}", f"{one.shared} of {len(families)}") for one in charges]
    table("Tries on these held-out texts", ("try", "spent", "texts they share"), rows)
    side.print(
        f"{len(families)} held-out texts. Of {found.total:.2%} error {found.spent:.2%} are spent; the next try may spend "
        f"{found.level:.2%}.",
        highlight=False,
    )
    return None


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="gate")
