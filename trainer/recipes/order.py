"""Rows in, the order they are seen in: alike in length side by side, and the same again when a training is resumed."""

from typing import Any

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler
from trl import SFTTrainer


class Ordered(LengthGroupedSampler):  # type: ignore[misc]
    """Decided by the seed and the epoch alone.

    The library's own draws from the process's dice, which a training resumed in the middle of an epoch finds in another
    state: it would see some rows twice and others never.
    """

    def __init__(self, seed: int, batch: int, dataset: Any) -> None:
        super().__init__(batch, dataset=dataset)
        self._seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        self.generator = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)


class OrderedTrainer(SFTTrainer):  # type: ignore[misc]
    """TRL's trainer with our order."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Ordered:
        together = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return Ordered(self.args.data_seed, together, self.train_dataset if train_dataset is None else train_dataset)
