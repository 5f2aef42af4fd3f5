"""A small agency for measurements: posts in, real trainings and real tries at the gate out."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from curation.examples import collect
from curation.house import load_house
from curation.importers import import_file
from db import schema
from db.artifacts import Artifacts
from db.session import connect, transaction
from db.tables import Adapter, Dataset, DatasetItem, Evaluation, Example, Run
from trainer.evaluate import evaluate
from trainer.promote import Policy, promote
from trainer.receipts import verify
from trainer.recipes.spec import ADAPTER_FOLDER, RunSpec
from trainer.runtime import Completion, Order, Sampling
from trainer.runtime.local import LocalRuntime
from trainer.tiny import BASE, LORA, POSTS

HOUSE = Path(__file__).parents[1] / "house.toml"
SAMPLING = Sampling(seed=7, max_tokens=320)
Pairs = list[tuple[str, str]]  # request and text


@dataclass(frozen=True)
class Judged:
    """A try at the gate: what came, and why."""

    name: str
    promoted: bool
    likelihood: str
    checklist: str
    guards: list[str]  # those that are breached


class Remembering:
    """The real runtime; what was drafted once under the same adapter is not drafted again."""

    def __init__(self) -> None:
        self.real = LocalRuntime("tiny", adapters_kept=2)
        self.name, self.base_model, self._known = self.real.name, self.real.base_model, dict[str, Any]()

    def stream(self, order: Order) -> Any:
        key = json.dumps([list(order.messages), order.adapter])
        if key not in self._known:
            self._known[key] = self.real.stream(order)
        return self._known[key]

    def score(self, completions: Sequence[Completion], adapter: str | None = None) -> list[float]:
        key = json.dumps([adapter, [c.text for c in completions]])
        if key not in self._known:
            self._known[key] = self.real.score(completions, adapter)
        found: list[float] = self._known[key]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Bench:
    """A small agency's database: approved posts, one held-out set, and a gate."""

    def __init__(self, home: Path, posts: int) -> None:
        self.home, self.artifacts, self.house = home, Artifacts(home), load_house(HOUSE)
        self.engine: Engine = connect(f"sqlite:///{home}/flywheel.db")
        schema.upgrade(self.engine)
        lines = POSTS.read_text(encoding="utf-8").splitlines(keepends=True)[:posts]
        (home / "posts.jsonl").write_text("".join(lines), encoding="utf-8")
        import_file(self.engine, home / "posts.jsonl", self.house, approved=True)
        with transaction(self.engine) as session:
            collect(session)
        self.runtime, self.number, self.evaluations = Remembering(), 0, dict[str, int]()
        with transaction(self.engine) as session:
            examples = list(session.exec(select(Example).order_by(col(Example.id))))
            self.dataset = self._dataset(session, examples)
        self.train, self.heldout = ([pair(e) for e in examples if e.split == s] for s in ("train", "heldout"))

    def _dataset(self, session: Session, examples: Sequence[Example]) -> int:
        row = Dataset(name=f"dataset-{len(examples):016x}", train=0, heldout=0, manifest={})
        session.add(row)
        session.flush()
        session.add_all(DatasetItem(dataset_id=row.id, example_id=e.id) for e in examples)
        return row.id or 0

    def leaking(self) -> int:
        """A dataset whose training side holds the held-out texts as well."""
        with transaction(self.engine) as session:
            examples = list(session.exec(select(Example).order_by(col(Example.id))))
            for e in [e for e in examples if e.split == "heldout"]:
                twin = Example(**{**e.model_dump(exclude={"id"}), "split": "train", "revision": 2})
                session.add(twin)
                session.flush()
                examples.append(twin)
            return self._dataset(session, examples)

    def trained(self, name: str, pairs: Pairs, epochs: float, seed: int = 7) -> Path:
        """A real training on these texts; the folder of its adapter."""
        folder = self.home / name
        folder.mkdir()
        roles = (("prompt", "user"), ("completion", "assistant"))
        rows = [
            {part: [{"role": role, "content": text}] for (part, role), text in zip(roles, one, strict=True)}
            for one in pairs
        ]
        (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        spec = RunSpec(
            base_model=str(BASE), base_name="tiny", dataset=str(folder), folder=str(folder), seed=seed,
            learning_rate=LORA["learning_rate"], batch=int(LORA["batch"]), epochs=epochs,
        )  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "trainer.recipes.sft", str(spec.write())], check=True, stdout=subprocess.DEVNULL
        )
        return folder / ADAPTER_FOLDER

    def judge(self, name: str, folder: Path, dataset_id: int | None = None) -> Judged:
        """One try, as the trainer makes it; a winner is not yet put in service."""
        self.number += 1
        with transaction(self.engine) as session:
            run = Run(
                sequence=self.number, dataset_id=dataset_id or self.dataset, through_example_id=0, trigger="operator",
                spec={}, state="done",
            )  # fmt: skip
            session.add(run)
            session.flush()
            made = Adapter(
                run_id=run.id or 0, name=self.artifacts.put("adapter", folder), version=self.number, base_model="tiny",
                method="lora",
            )  # fmt: skip
            session.add(made)
        found = evaluate(self.engine, self.runtime, self.artifacts, self.house, made.id or 0, Policy(), SAMPLING)
        verify(found.receipt or {})
        self.evaluations[name] = found.id or 0
        return told(name, found)

    def serve(self, name: str) -> None:
        """Put the winner of this name in service, as the trainer does."""
        with transaction(self.engine) as session:
            promote(session, session.get_one(Evaluation, self.evaluations[name]), list(self.house.tasks), "flywheel")


def pair(example: Example) -> tuple[str, str]:
    return example.short_prompt[-1]["content"], example.completion


def told(name: str, found: Evaluation) -> Judged:
    scores = found.summary.get("scores", {})
    shown = [
        f"{s['mean']:+.3f} [{s['low']:+.3f}, {s['high']:+.3f}]"
        for s in (scores[n] for n in ("log_likelihood", "checklist"))
    ]
    guards = [r for r in found.verdict["reasons"] if r.startswith(("More ", "Leaked", "In ")) or " fell: " in r]
    return Judged(name, bool(found.verdict["promote"]), *shown, guards=guards)
