"""The training feed: in, a tokenizer and a seed; out, padded batches of fresh documents, drills and random repeats."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import torch
from transformers import PreTrainedTokenizerFast

from trainer.tiny.corpus import Messages, copy_drill, document
from trainer.tiny.tokenizer import END, SPECIALS

IGNORE = -100
Row = tuple[list[int], int]  # token ids, and the position where the supervised part begins
Batch = tuple[torch.Tensor, torch.Tensor]  # token ids and targets, both (documents, positions)


class Feed:
    """An endless stream of batches of at most `tokens` tokens."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, seed: int, tokens: int, early: float) -> None:
        self.tokenizer, self.rng, self.tokens, self.early = tokenizer, random.Random(seed), tokens, early

    def encode(self, documents: list[Messages]) -> list[Row]:
        """Token ids with the start of the answer; the answer alone is supervised."""
        render = self.tokenizer.apply_chat_template
        prompts = [render(d[:-1], tokenize=False, add_generation_prompt=True) for d in documents]
        starts = self.tokenizer(prompts, add_special_tokens=False)["input_ids"]
        answers = self.tokenizer([d[-1]["content"] + END for d in documents], add_special_tokens=False)["input_ids"]
        pairs = zip(starts, answers, strict=True)
        return [(p + a, len(p)) for p, a in pairs if len(p) + len(a) <= 900]

    def repeats(self, count: int) -> list[Row]:
        """Random tokens said two or three times: the quickest lesson in copying."""
        rows = []
        for _ in range(count):
            period = self.rng.randint(8, 64)
            piece = [self.rng.randrange(len(SPECIALS), len(self.tokenizer)) for _ in range(period)]
            rows.append((piece * self.rng.randint(2, 3), period))
        return rows

    def grouped(self, rows: list[Row]) -> list[list[Row]]:
        """Rows of similar length together, each group within the token budget, in random order."""
        groups: list[list[Row]] = [[]]
        width = 0
        for row in sorted(rows, key=lambda r: len(r[0]) + self.rng.random() * 24):
            width = max(width, len(row[0]))
            if groups[-1] and (len(groups[-1]) + 1) * width > self.tokens:
                groups.append([])
                width = len(row[0])
            groups[-1].append(row)
        self.rng.shuffle(groups)
        return groups

    def stream(self, fraction: Callable[[], float]) -> Iterator[Batch]:
        """Mostly documents; drills and random repeats are frequent before the fraction `early` of the run."""
        while True:
            early = fraction() < self.early
            share, count = (0.35, 400) if early else (0.10, 1500)
            documents = [
                copy_drill(self.rng) if self.rng.random() < share else document(self.rng) for _ in range(count)
            ]
            rows = self.encode(documents) + self.repeats(count // (2 if early else 30))
            yield from map(self.tensors, self.grouped(rows))

    def tensors(self, rows: list[Row]) -> Batch:
        """Padded token ids, and the same with everything but the answers ignored."""
        width = max(len(ids) for ids, _ in rows)
        x = torch.full((len(rows), width), self.tokenizer.pad_token_id)
        y = torch.full((len(rows), width), IGNORE)
        for i, (ids, start) in enumerate(rows):
            x[i, : len(ids)] = torch.tensor(ids)
            y[i, start : len(ids)] = x[i, start : len(ids)]
        return x, y
