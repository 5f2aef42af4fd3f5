"""An adapter in, what it is compared with and on which held-out examples out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from db import queries, withdrawals
from db.tables import Adapter, DatasetItem, Example, Message, Run
from trainer.promote import TAINTED, served_before


@dataclass(frozen=True)
class Side:
    """How one contender answers one example: its prompt and its adapter (None: the bare base model)."""

    prompt: Sequence[Message]
    adapter: str | None


@dataclass(frozen=True)
class Duel:
    """What is compared: held-out examples, and by task the adapter to be beaten.

    That is the one serving, but for one that learnt from texts taken back since: what a rollback would bring stands for it.
    """

    adapter: Adapter
    dataset_id: int
    examples: list[Example]
    champions: dict[str, Adapter | None]
    serving: dict[str, Adapter | None]

    def sides(self, example: Example) -> tuple[Side, Side]:
        """Champion and challenger for an example, each with the prompt it is really served with."""
        champion = self.champions[example.task]
        prompt = example.short_prompt if champion else example.long_prompt
        return Side(prompt, champion.name if champion else None), Side(example.short_prompt, self.adapter.name)


def duel_of(session: Session, adapter_id: int, tasks: list[str]) -> Duel:
    """What an adapter has to beat, on the held-out texts of its dataset that were not taken back."""
    adapter = session.get_one(Adapter, adapter_id)
    dataset_id = session.get_one(Run, adapter.run_id).dataset_id
    joined = select(Example).join(DatasetItem, col(DatasetItem.example_id) == col(Example.id))
    wanted = joined.where(DatasetItem.dataset_id == dataset_id, Example.split == "heldout", ~withdrawals.withdrawn())
    wanted = wanted.order_by(col(Example.id))
    serving = {task: queries.serving(session, task) for task in tasks}
    champions = {task: _to_beat(session, task, row) for task, row in serving.items()}
    return Duel(adapter, dataset_id, list(session.exec(wanted)), champions, serving)


def _to_beat(session: Session, task: str, serving: Adapter | None) -> Adapter | None:
    if serving is None or not withdrawals.is_tainted(session, serving.id):
        return serving
    before = served_before(session, task)
    return session.get_one(Adapter, before) if before else None


def instead(duel: Duel) -> tuple[list[str], list[str]]:
    """What is said, in English and Korean, of adapters that serve and are not the ones to be beaten."""
    pairs = {
        (row.version, other.version if other else 0)
        for task, row in duel.serving.items()
        if row and (other := duel.champions[task]) != row
    }
    en, ko = [], []
    for version, before in sorted(pairs, reverse=True):
        en.append(
            f"Compared with {f'v{before}' if before else 'the bare base model'} instead of v{version}, which {TAINTED}."
        )
        ko.append(
            f"{f'v{before}' if before else '기본 모델'}에 견주었습니다. 지금 쓰는 v{version}에는 거둬들인 글이 들어 있습니다."
        )
    return en, ko
