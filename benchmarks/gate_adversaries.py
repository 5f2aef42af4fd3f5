"""Twenty adapters that must not win, on the tiny model and for real: trained badly, damaged, leaking, or simply equal.

One good adapter is trained and judged first: a gate that promotes nothing would pass as well. The worst have to beat the bare
base model alone; the others the good one, which serves by then. All are tries on one held-out set, by the real runtime.
"""

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from benchmarks.gate_bench import Bench, Judged, Pairs

WEIGHTS = "adapter_model.safetensors"


def changed(folder: Path, source: Path, change: Callable[[str, torch.Tensor], torch.Tensor]) -> Path:
    """A copy of an adapter with other weights."""
    shutil.copytree(source, folder)
    tensors = load_file(source / WEIGHTS)
    save_file({name: change(name, weights).contiguous() for name, weights in tensors.items()}, folder / WEIGHTS)
    return folder


def scaled(by: float, name: str, weights: torch.Tensor) -> torch.Tensor:
    return weights * by if "lora_B" in name else weights


def same(name: str, weights: torch.Tensor) -> torch.Tensor:
    """Other bytes, the same product: A and B times powers of two."""
    return weights * (2.0 if "lora_B" in name else 0.5)


def noisy(spread: float, name: str, weights: torch.Tensor) -> torch.Tensor:
    drawn = torch.randn(weights.shape, generator=torch.Generator().manual_seed(len(name)))
    return weights + spread * weights.std() * drawn


def shuffled_rows(name: str, weights: torch.Tensor) -> torch.Tensor:
    order = torch.randperm(weights.shape[0], generator=torch.Generator().manual_seed(1))
    return weights[order] if "lora_B" in name else weights


def layers(kept: range, name: str, weights: torch.Tensor) -> torch.Tensor:
    """Truncated: only some layers have learnt anything."""
    at = int(name.split(".layers.")[1].split(".")[0])
    return weights if at in kept or "lora_B" not in name else torch.zeros_like(weights)


DAMAGED: dict[str, Callable[[str, torch.Tensor], torch.Tensor]] = {
    "A/A: the same adapter, other bytes": same,
    "half as strong": partial(scaled, 0.5),
    "three quarters as strong": partial(scaled, 0.75),
    "twice as strong": partial(scaled, 2.0),
    "turned around (times -1)": partial(scaled, -1.0),
    "a little noise in the weights": partial(noisy, 0.1),
    "much noise in the weights": partial(noisy, 1.0),
    "rows shuffled": shuffled_rows,
    "truncated: the first two layers alone": partial(layers, range(2)),
    "truncated: the last layer missing": partial(layers, range(4)),
}


def words_shuffled(pairs: Pairs, most: float = 1.0) -> Pairs:
    rng, out = random.Random(1), []
    for asked, text in pairs:
        words = text.split()
        rng.shuffle(words)
        out.append((asked, " ".join(words)) if rng.random() < most else (asked, text))
    return out


def swapped(pairs: Pairs) -> Pairs:
    """Korean requests answered in English, and the other way round."""
    korean = [text for _, text in pairs if text.startswith("안녕")]
    english = [text for _, text in pairs if not text.startswith("안녕")]
    return [
        (asked, (english if text in korean else korean)[i % min(len(english), len(korean))])
        for i, (asked, text) in enumerate(pairs)
    ]


def cut(pairs: Pairs) -> Pairs:
    return [(asked, text[: len(text) // 3]) for asked, text in pairs]


def against_base(train: Pairs, heldout: Pairs) -> dict[str, tuple[Pairs, float]]:
    """Bad trainings that have to beat the bare base model alone: texts, and how often they are gone through."""
    return {
        "garbage: trained on shuffled words": (words_shuffled(train), 1.0),
        "garbage: half of the texts shuffled": (words_shuffled(train, 0.5), 1.5),
        "wrong language: answers in the other one": (swapped(train), 1.0),
        "truncated: trained on the first third of each text": (cut(train), 2.0),
        "memorising: twelve texts, fifteen times": (train[:12], 15.0),
        "memorising: one text for every request": ([(asked, train[0][1]) for asked, _ in train], 1.0),
        "leaking: held-out texts in its dataset": (heldout, 4.0),
    }


def against_good(train: Pairs, heldout: Pairs) -> dict[str, tuple[Pairs, float, int]]:
    """Trainings no better than the good one, and seeds."""
    return {
        "A/A: trained again with another seed": (train, 2.0, 8),
        "undertrained": (train, 0.5, 9),
        "leaking, unknown to us: trained on the held-out texts too": (train + heldout, 2.0, 7),
    }


def adversaries(home: Path, posts: int, tell: Callable[[str], None]) -> tuple[Judged, list[Judged], int]:
    """The good adapter's verdict against the bare base, those of twenty bad ones, and the number of held-out texts."""
    bench, out = Bench(home, posts), list[Judged]()

    def judged(name: str, folder: Path, dataset_id: int | None = None) -> None:
        out.append(bench.judge(name, folder, dataset_id))
        tell(f"{len(out) - 1}. {out[-1]}")

    good = bench.trained("good", bench.train, 2.0)
    judged("good", good)
    for name, (pairs, epochs) in against_base(bench.train, bench.heldout).items():
        folder = bench.trained(f"base-{len(out)}", pairs, epochs)
        judged(name, folder, bench.leaking() if name.startswith("leaking") else None)
    bench.serve("good")
    for name, (pairs, epochs, seed) in against_good(bench.train, bench.heldout).items():
        judged(name, bench.trained(f"good-{len(out)}", pairs, epochs, seed))
    for name, change in DAMAGED.items():
        judged(name, changed(home / f"damaged-{len(out)}", good, change))
    bench.runtime.close()
    return out[0], out[1:], len(bench.heldout)
