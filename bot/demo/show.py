"""What happened in, what a person reads in the terminal out."""

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

Json = dict[str, Any]
SCORES = {
    "log_likelihood": "log-likelihood of human texts (nats a token)",
    "checklist": "checklist score of drafts",
    "chrf": "chrF against human texts",
    "repetition": "repetition",
}


class Screen:
    """The demo's terminal; silent with `quiet`, except for errors."""

    def __init__(self, quiet: bool) -> None:
        self.console = Console(stderr=True, quiet=quiet)
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=self.console,
        )

    def line(self, words: str) -> None:
        self.progress.console.print(words, highlight=False)

    def before_after(self, asked: str, before: str, after: str, voice: str) -> None:
        """The same request, answered before and after, side by side."""
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        grid.add_row(Panel(before, title="before · base model, long prompt"), Panel(after, title=f"after · {voice}"))
        self.console.print(
            Panel(Group(asked, grid), title="the same request, asked again", border_style="cyan"), markup=False
        )

    def scores(self, summary: Json, verdict: Json) -> None:
        """Champion, challenger and the interval of their difference for every score."""
        table = Table(title=f"held-out duel on {summary.get('n', 0)} human texts", title_justify="left")
        for name in ("score", "before", "after", "difference", "interval"):
            table.add_column(name)
        for name, label in SCORES.items():
            if row := summary.get("scores", {}).get(name):
                table.add_row(
                    label,
                    f"{row['champion']:.3f}",
                    f"{row['challenger']:.3f}",
                    f"{row['mean']:+.3f}",
                    f"[{row['low']:+.3f}, {row['high']:+.3f}]".replace("[", r"\["),
                )
        self.console.print(table)
        for reason in verdict["reasons"]:
            self.console.print(f"  • {reason}", highlight=False, markup=False)

    def closing(self, rows: list[tuple[str, float]], total: float) -> None:
        """How long each stage took."""
        table = Table(title="what took how long", title_justify="left")
        table.add_column("stage")
        table.add_column("seconds", justify="right")
        for name, seconds in rows:
            table.add_row(name, f"{seconds:.1f}")
        table.add_row("[bold]all of it", f"[bold]{total:.1f}")
        self.console.print(table)
