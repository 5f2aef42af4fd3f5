"""Drafts of the tiny model: LocalRuntime beside plain transformers and PEFT, in turn and in one run; prints one table.

Eight requests, greedy, every draft as long as the limit (checked). The adapters hardly change a text (tiny B weights), so
that none ends early; what an adapter costs does not depend on its numbers. That texts agree is the contract suite's part.
"""

import json
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from unittest.mock import patch

import torch
import transformers
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.adapters import draw_adapter
from benchmarks.ways import DRAFTS, TOKENS, Loop, Ours, PeftLoop, Plain
from trainer.runtime import Message
from trainer.runtime.local import LocalRuntime
from trainer.tiny import BASE

ROUNDS, BUDGET = 7, 100.0  # as many rounds as fit into so many seconds, three at least
MIXED = [("a", "b", "c")[i % 3] for i in range(DRAFTS)]
ONE, BARE = ["a"] * DRAFTS, [None] * DRAFTS
Way = Callable[[], float]  # runs, returns the seconds that count
Groups = dict[str, list[tuple[str, Way]]]
Taken = dict[tuple[str, str], list[tuple[float, float]]]


def requests(ours: Ours) -> list[list[Message]]:
    """Held-out requests of the tiny model whose drafts are long enough."""
    lines = (BASE.parent / "heldout.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["messages"][:-1] for line in lines]
    return list(islice(filter(ours.long_enough, asked), DRAFTS))


def ways(home: Path) -> Groups:
    """Groups of ways to do the same; the first of each is the baseline."""
    folders = [draw_adapter(BASE, home / name, seed, spread=1e-6) for seed, name in enumerate("abc")]
    ours = Ours(LocalRuntime("tiny"), folders)
    with patch("trainer.runtime.local.model.placement", lambda: (torch.device("cpu"), torch.bfloat16)):
        half = Ours(LocalRuntime("tiny"), folders)
    asks = requests(ours)
    plain, peft, loop, peft_loop = Plain(), Plain(folders), Loop(folders), PeftLoop(folders)
    return {
        f"{DRAFTS} drafts, base model": [
            ("transformers generate, one after the other", lambda: plain.queue(asks)),
            ("transformers generate, one padded batch", lambda: plain.together(asks, BARE)),
            ("LocalRuntime, one after the other", lambda: ours.queue(asks)),
            (f"LocalRuntime, {DRAFTS} at once", lambda: ours.together(asks, BARE)),
            (f"LocalRuntime, {DRAFTS} at once, bfloat16", lambda: half.together(asks, BARE)),
        ],
        f"{DRAFTS} drafts, adapters": [
            ("PEFT generate, one padded batch, 3 adapters mixed", lambda: peft.together(asks, MIXED)),
            ("PEFT generate, one padded batch, one adapter", lambda: peft.together(asks, ONE)),
            (f"LocalRuntime, {DRAFTS} at once, 3 adapters mixed", lambda: ours.together(asks, MIXED)),
            (f"LocalRuntime, {DRAFTS} at once, one adapter", lambda: ours.together(asks, ONE)),
        ],
        "the same batching loop, 3 adapters mixed": [
            ("PEFT's layers", lambda: peft_loop.together(asks, MIXED)),
            ("our LoRA terms", lambda: loop.together(asks, MIXED)),
        ],
        f"first token of the last of {DRAFTS} asked at once": [
            ("transformers generate, one after the other", lambda: plain.last_began),  # in the run above
            ("LocalRuntime", lambda: ours.together(asks, BARE, first_token=True)),
            (f"LocalRuntime, joining {DRAFTS - 1} under way", lambda: ours.newcomer(asks)),
            ("LocalRuntime, alone", lambda: ours.queue(asks[:1], first_token=True)),
        ],
    }


def measured(groups: Groups) -> Taken:
    """Seconds and processor seconds of every way in every round; they take turns, so that a noisy minute meets them all."""
    taken: Taken = {}
    began = time.monotonic()
    for number in track(range(ROUNDS + 1), "rounds", console=Console(stderr=True), transient=True):
        if number > 3 and (time.monotonic() - began) * (1 + 1 / number) > BUDGET:
            break
        for group, members in groups.items():
            for name, way in members:
                busy = time.process_time()
                took = way()
                if number:  # the first round warms up
                    taken.setdefault((group, name), []).append((took, time.process_time() - busy))
    return taken


def table(groups: Groups, taken: Taken) -> Table:
    rounds = len(next(iter(taken.values())))
    title = f"tiny model, {TOKENS} tokens a draft, {torch.get_num_threads()} thread(s), median of {rounds} rounds"
    made = Table("times as fast", "same in\nCPU time", "what", "seconds", "least - most", "tokens/s", title=title)
    for group, members in groups.items():
        made.add_section()
        made.add_row("", "", f"[bold]{group}")
        base = taken[group, members[0][0]]
        for name, _ in members:
            pairs = list(zip(base, taken[group, name], strict=True))
            wall, busy = (f"{median(a[i] / b[i] for a, b in pairs):.2f}" for i in (0, 1))
            took = sorted(seconds for seconds, _ in taken[group, name])
            numbers = (
                f"{median(took):.3f}",
                f"{took[0]:.3f} - {took[-1]:.3f}",
                f"{DRAFTS * TOKENS / median(took):,.0f}",
            )
            first = group.startswith("first token")
            made.add_row(wall, "" if first else busy, name, *(numbers[:2] if first else numbers))
    return made


def main() -> None:
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as home:
        groups = ways(Path(home))
        Console(width=120).print(table(groups, measured(groups)))


if __name__ == "__main__":
    main()
