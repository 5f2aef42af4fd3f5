"""Pretraining: in, minutes and perhaps a folder to go on from; out, a folder with the base model and its tokenizer.

`python -m trainer.tiny.pretrain --minutes 95 --out DIR`. The learning rate follows the training time spent, so a run
always ends fully decayed, however slow the machine. Stop it with SIGTERM and start the same command again: it goes on.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from trainer.tiny import circuit
from trainer.tiny.corpus import document
from trainer.tiny.feed import IGNORE, Batch, Feed
from trainer.tiny.tokenizer import train_tokenizer

VALIDATION_SEED = 1999
LONGEST_STEP = 10.0  # seconds; a longer pause means the process was stopped and does not count


@dataclass
class Progress:
    """Time, steps and tokens so far; the fraction of the run is the fraction of its time."""

    budget: float  # seconds
    spent: float = 0.0
    step: int = 0
    tokens: int = 0
    supervised: int = 0
    last: float = field(default_factory=time.monotonic)
    losses: list[float] = field(default_factory=list)

    def fraction(self) -> float:
        return min(1.0, self.spent / self.budget)

    def update(self, loss: float, batch: Batch) -> None:
        now = time.monotonic()
        self.spent, self.last = self.spent + min(now - self.last, LONGEST_STEP), now
        self.step += 1
        self.tokens += batch[0].numel()
        self.supervised += int((batch[1] != IGNORE).sum())
        self.losses.append(loss)

    def line(self, valid: float | None) -> str:
        mean, self.losses = sum(self.losses) / len(self.losses), []
        note = "" if valid is None else f" valid {valid:.4f}"
        return (
            f"step {self.step} loss {mean:.3f} tokens {self.tokens / 1e6:.2f}M supervised {self.supervised / 1e6:.2f}M"
            f" {self.tokens / self.spent:.0f} tok/s {self.spent:.0f} of {self.budget:.0f} s{note}"
        )


def build(tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """A Qwen3-type model of 4 million parameters with tied embeddings and a copying circuit to start from."""
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
    )
    model = Qwen3ForCausalLM(config)
    circuit.install(model)
    return model


def answer_loss(model: Qwen3ForCausalLM, batch: Batch) -> torch.Tensor:
    """Mean loss over supervised positions; the output layer runs on those alone."""
    x, y = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.model(input_ids=x[:, :-1]).last_hidden_state
        wanted = y[:, 1:] != IGNORE
        logits = model.lm_head(hidden[wanted])
    return F.cross_entropy(logits.float(), y[:, 1:][wanted])


def optimizers(model: Qwen3ForCausalLM, scale: float) -> list[torch.optim.Optimizer]:
    """Muon for the weight matrices, AdamW for embeddings and norms."""
    named = list(model.named_parameters())
    matrices = [p for n, p in named if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in named if p.ndim != 2 or "embed" in n]
    return [
        torch.optim.Muon(matrices, lr=0.02 * scale, weight_decay=0.01),
        torch.optim.AdamW(rest, lr=3e-3 * scale, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def rate(fraction: float, decay: float) -> float:
    """Warm-up, stable, then a linear decay over the last `decay` of the run."""
    return min(1.0, (fraction + 1e-3) / 0.02, max(0.005, (1 - fraction) / decay))


def train(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, args: argparse.Namespace) -> None:
    """The training loop, with a resumable state beside the output folder."""
    opts, progress = optimizers(model, args.scale), Progress(args.minutes * 60)
    peaks, stop = [o.param_groups[0]["lr"] for o in opts], []
    state = Path(f"{args.out}.state")
    resume(model, opts, progress, state)
    held = Feed(tokenizer, VALIDATION_SEED, 6000, 0)
    validation = [held.tensors(g) for g in held.grouped(held.encode([document(held.rng) for _ in range(128)]))]
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    feed = Feed(tokenizer, args.seed * 1000 + progress.step, args.tokens_per_step, args.early)
    for batch in feed.stream(progress.fraction):
        loss = answer_loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for opt, peak in zip(opts, peaks, strict=True):
            opt.param_groups[0]["lr"] = peak * rate(progress.fraction(), args.decay)
            opt.step()
            opt.zero_grad(set_to_none=True)
        progress.update(loss.item(), batch)
        done = progress.fraction() >= 1 or bool(stop)
        if progress.step % 400 == 0 or done:
            save(model, tokenizer, args.out)
            keep(model, opts, progress, state)
        if progress.step % 200 == 0 or done:
            sys.stdout.write(progress.line(valid_loss(model, validation) if progress.step % 400 == 0 or done else None))
            sys.stdout.write("\n")
            sys.stdout.flush()
        if done:
            return


@torch.no_grad()
def valid_loss(model: Qwen3ForCausalLM, batches: list[Batch]) -> float:
    """Mean loss on documents that training never draws."""
    return sum(answer_loss(model, b).item() for b in batches) / len(batches)


def keep(model: Qwen3ForCausalLM, opts: list[torch.optim.Optimizer], progress: Progress, file: Path) -> None:
    """Write what a resumed run needs; a half-written file is never seen."""
    counts = (progress.spent, progress.step, progress.tokens, progress.supervised)
    part = file.with_suffix(".part")
    torch.save({"model": model.state_dict(), "opts": [o.state_dict() for o in opts], "counts": counts}, part)
    part.replace(file)


def resume(model: Qwen3ForCausalLM, opts: list[torch.optim.Optimizer], progress: Progress, file: Path) -> None:
    """Go on from a kept state, if there is one."""
    if not file.exists():
        return
    state = torch.load(file, weights_only=True)
    model.load_state_dict(state["model"])
    for opt, saved in zip(opts, state["opts"], strict=True):
        opt.load_state_dict(saved)
    progress.spent, progress.step, progress.tokens, progress.supervised = state["counts"]


def save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, out: str) -> None:
    """Write a bfloat16 copy."""
    copy = Qwen3ForCausalLM(model.config).to(torch.bfloat16)
    copy.load_state_dict(model.state_dict())
    copy.tie_weights()
    copy.generation_config.eos_token_id = tokenizer.eos_token_id
    copy.generation_config.pad_token_id = tokenizer.pad_token_id
    copy.save_pretrained(out)
    tokenizer.save_pretrained(out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--init", help="go on from this folder instead of a new tokenizer and model")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=95.0)
    parser.add_argument("--early", type=float, default=0.1, help="part of the run with many drills")
    parser.add_argument("--decay", type=float, default=0.5, help="part of the run in which the rate decays")
    parser.add_argument("--scale", type=float, default=1.0, help="of both learning rates")
    parser.add_argument("--tokens-per-step", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    if args.init:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(args.init)
        model = Qwen3ForCausalLM.from_pretrained(args.init, dtype=torch.float32)
    else:
        rng = random.Random(args.seed)
        tokenizer = train_tokenizer((document(rng) for _ in range(12000)), 4032)
        model = build(tokenizer)
    train(model, tokenizer, args)


if __name__ == "__main__":
    main()
