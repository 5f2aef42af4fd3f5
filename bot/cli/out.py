"""Results in, a readable table or one JSON object out. Data goes to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]

screen = Console()
side = Console(stderr=True)


def show_json(value: Any) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; None shows as a dash."""
    grid = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for name in columns:
        grid.add_column(name, overflow="fold", no_wrap=name == "name")  # names are copied into the next command
    for row in rows:
        grid.add_row(*("–" if cell is None else str(cell) for cell in row))
    screen.print(grid)


def plainly(text: str) -> str:
    """A name or a word out of a file as a terminal may show it: nothing in it is a colour, a command or a turn of writing."""
    return escape("".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text))


def fail(message: str) -> NoReturn:
    """One sentence on stderr, exit code 1."""
    side.print(f"[red]✗[/red] {plainly(message)}", highlight=False, soft_wrap=True)
    sys.exit(1)
