"""The generated tables of docs/operations.md: commands and settings as the code has them. `make docs` writes them again."""

import re
from pathlib import Path

import typer

from bot.cli import app
from db.settings import Settings
from trainer.settings import TrainSettings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def commands() -> str:
    """A Markdown table of every verb with the first line of its help."""
    rows = ["| command | what it does |", "|---|---|"]
    for name, command in sorted(typer.main.get_group(app).commands.items()):
        rows.append(f"| `flywheel {name}` | {(command.help or '').splitlines()[0]} |")
    return "\n".join(rows)


def settings() -> str:
    """A Markdown table of every environment variable with its default."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for kind in (Settings, TrainSettings):
        for info in kind.model_fields.values():
            default = str(info.default) if info.default not in (None, "") else ""
            shown = "" if "*" in default else default
            rows.append(f"| `{info.alias}` | {f'`{shown}`' if shown else ''} | {info.description} |")
    return "\n".join(rows)


def renewed(page: str) -> str:
    """`page` with both tables as the code has them now."""
    for name, made in (("commands", commands()), ("settings", settings())):
        pattern = re.compile(f"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page = pattern.sub(lambda found, made=made: f"{found[1]}{made}{found[2]}", page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
