"""Measuring: in, a base folder, posts and held-out requests; out, a table of numbers and a page of drafts to read.

`python -m trainer.tiny.measure --out DIR` trains an adapter on posts.jsonl by the product's own recipe, then drafts
every request of heldout.jsonl greedily with the short and the long prompt, and with the adapter.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from curation.checks import Text, check, score
from curation.house import Ask, House, load_house
from db.tables import Message
from trainer.recipes.spec import ADAPTER_FOLDER, RunSpec, TrainResult
from trainer.tiny import BASE, LORA

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A request as the house understands it, both prompts, and a post in the house style."""

    ask: Ask
    short: list[Message]
    long: list[Message]
    post: str


def cases(file: Path, house: House) -> list[Case]:
    """The rows of an import file."""
    out = []
    for line in file.read_text(encoding="utf-8").splitlines():
        user, post = (turn["content"] for turn in json.loads(line)["messages"])
        ask = house.ask(user)
        prompts = house.prompts(ask.task, ask.language, ask.fields)
        out.append(Case(ask, prompts.short, prompts.long, post))
    return out


def train_adapter(base: Path, posts: list[Case], folder: Path, **changes: Any) -> TrainResult:
    """An adapter from the posts, in a process of its own as in the product; lands in `folder`/adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"prompt": c.short, "completion": [{"role": "assistant", "content": c.post}]} for c in posts]
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    (folder / "train.jsonl").write_text(text, encoding="utf-8")
    (folder / "heldout.jsonl").write_text("", encoding="utf-8")
    spec = RunSpec(
        base_model=str(base), base_name="tiny", dataset=str(folder), folder=str(folder), **{**LORA, **changes}
    )
    subprocess.run([sys.executable, "-m", "trainer.recipes.sft", str(spec.write())], check=False, timeout=600)
    result = TrainResult.read(folder)
    if not result.ok:
        sys.exit(result.error)
    return result


@torch.inference_mode()
def drafts(model: Any, tokenizer: Any, prompts: list[list[Message]], batch: int = 20) -> list[str]:
    """Greedy drafts of at most 512 tokens."""
    tokenizer.padding_side, out = "left", []
    for i in range(0, len(prompts), batch):
        render = tokenizer.apply_chat_template
        x = render(
            prompts[i : i + batch], add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        y = model.generate(**x, max_new_tokens=512, do_sample=False)
        out += tokenizer.batch_decode(y[:, x["input_ids"].shape[1] :], skip_special_tokens=True)
    return out


@torch.inference_mode()
def log_likelihood(model: Any, tokenizer: Any, prompt: list[Message], answer: str) -> float:
    """Mean log-probability (nats) of a token of the answer, its end included."""
    head = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=True)["input_ids"]
    tail = tokenizer(answer + tokenizer.eos_token, add_special_tokens=False)["input_ids"]
    labels = torch.tensor([[-100] * len(head) + tail])
    return -float(model(input_ids=torch.tensor([head + tail]), labels=labels).loss)


def loops(text: str) -> bool:
    """Whether a piece of 2 to 40 characters stands four times in a row."""
    return any(
        text[i : i + n] * 3 == text[i + n : i + 4 * n] for n in range(2, 41) for i in range(len(text) - 4 * n + 1)
    )


def numbers(asked: list[Case], texts: list[str], likelihood: list[float], house: House) -> dict[str, float]:
    """Means over the requests of one language."""

    def copied(name: str) -> float:
        pairs = [(c.ask.fields[name], t) for c, t in zip(asked, texts, strict=True) if c.ask.fields.get(name)]
        parts = [(p, t) for value, t in pairs for p in (value if isinstance(value, list) else [value])]
        return sum(p.casefold() in t.casefold() for p, t in parts) / max(1, len(parts))

    checked = [Text(c.ask.task, c.ask.language, t, c.ask.fields) for c, t in zip(asked, texts, strict=True)]
    return {
        **{name: copied(name) for name in ("topic", "audience", "brand", "points")},
        "checklist": sum(score(t, house) for t in checked) / len(checked),
        "all kept": sum(not check(t, house) for t in checked) / len(checked),
        "log-likelihood": sum(likelihood) / len(likelihood),
        "loops": sum(map(loops, texts)) / len(texts),
    }


def page(asked: list[Case], drafted: dict[str, list[str]], house: House) -> str:
    """All drafts side by side, with the rules that each breaks."""
    blocks = []
    for i, case in enumerate(asked):
        blocks.append(f"## {i + 1}. {case.ask.language} {case.ask.task}\n\n```\n{case.short[-1]['content']}\n```\n")
        for name, texts in drafted.items():
            text = Text(case.ask.task, case.ask.language, texts[i], case.ask.fields)
            broken = ", ".join(p.rule for p in check(text, house)) or "-"
            blocks.append(f"**{name}** (broken: {broken})\n\n```\n{texts[i]}\n```\n")
    return "\n".join(blocks)


def measure(base: Path, adapter: Path | None, asked: list[Case], house: House, out: Path) -> str:
    """The table; `out`/drafts.md gets the texts."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    short, long = [c.short for c in asked], [c.long for c in asked]
    settings: dict[str, tuple[Any, list[list[Message]]]] = {
        "base + short": (model, short),
        "base + long": (model, long),
    }
    drafted, lines = {}, []
    for name in [*settings, *(["adapter + short"] if adapter else [])]:
        if adapter and name == "adapter + short":
            model = PeftModel.from_pretrained(model, adapter).eval()
        prompts = long if name.endswith("long") else short
        drafted[name] = drafts(model, tokenizer, prompts)
        likely = [log_likelihood(model, tokenizer, p, c.post) for p, c in zip(prompts, asked, strict=True)]
        for lang in ("ko", "en"):
            rows = [i for i, c in enumerate(asked) if c.ask.language == lang]
            found = numbers(
                [asked[i] for i in rows], [drafted[name][i] for i in rows], [likely[i] for i in rows], house
            )
            lines.append(f"{name:16} {lang}  " + "  ".join(f"{k} {v:.2f}" for k, v in found.items()))
    (out / "drafts.md").write_text(page(asked, drafted, house), encoding="utf-8")
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=BASE)
    parser.add_argument("--adapter", type=Path, help="measure this one instead of training one")
    parser.add_argument("--heldout", type=Path, default=HERE / "heldout.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    house, adapter = load_house(), args.adapter
    if adapter is None:
        result = train_adapter(args.base, cases(HERE / "posts.jsonl", house), args.out / "run")
        adapter = args.out / "run" / ADAPTER_FOLDER
        sys.stdout.write(f"adapter: {result.steps} steps, {result.seconds:.0f} s\n")
    sys.stdout.write(measure(args.base, adapter, cases(args.heldout, house), house, args.out) + "\n")


if __name__ == "__main__":
    main()
