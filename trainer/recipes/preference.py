"""A model that knows the house's texts in, one that also knows what people prefer out: a second pass on the same adapter.

DPO (arXiv:2305.18290) learns from reviewed edits: the text people made of a draft against the draft itself, with the
supervised loss beside it so that the chosen text does not grow less likely too. KTO (arXiv:2402.01306) learns from thumbs
where edits are few.
"""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer, PrinterCallback
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

from trainer.recipes.reasons import StoppedError
from trainer.recipes.spec import RunSpec
from trainer.recipes.watch import Watch

PAIRS, VOTES = "preference_train.jsonl", "thumbs_train.jsonl"
ABLE = ("lora", "qlora", "rslora", "dora")  # the reference is a frozen copy of the adapter, which these can have
RATE = 0.1  # of the first pass's learning rate: the text is known already
FOLDER = "preference"  # of the run's folder


def way(spec: RunSpec) -> str:
    """ "dpo", "kto" or "": by the setting, and by how much there is to learn from."""
    if spec.preference == "off" or spec.method not in ABLE:
        return ""
    pairs, labels = len(_rows(spec, PAIRS)), [bool(row["label"]) for row in _rows(spec, VOTES)]
    votes = min(labels.count(True), labels.count(False))  # both are needed to tell them apart
    if spec.preference in ("auto", "dpo") and pairs >= spec.preference_after:
        return "dpo"
    if spec.preference in ("auto", "kto") and votes >= spec.preference_after:
        return "kto"
    return ""


def refine(net: Any, spec: RunSpec) -> dict[str, Any]:
    """The second pass, if there is enough for one; returns {"way", "rows", "losses"} or {}. Errors: StoppedError.

    It saves no checkpoints: one that is ended begins anew from the last of the first pass.
    """
    chosen = way(spec)
    if not chosen:
        return {}
    watch = Watch(replace(spec, save_seconds=math.inf))
    rows = _rows(spec, PAIRS if chosen == "dpo" else VOTES)
    trainer = (_dpo if chosen == "dpo" else _kto)(net, spec, Dataset.from_list(rows))
    trainer.add_callback(watch)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    if watch.stopped and trainer.state.global_step < trainer.state.max_steps:
        raise StoppedError
    if "ref" in net.peft_config:  # the frozen copy of the first pass
        net.delete_adapter("ref")
    net.set_adapter("default")
    losses = [(entry["step"], round(entry["loss"], 4)) for entry in trainer.state.log_history if "loss" in entry]
    return {"way": chosen, "rows": len(rows), "losses": losses}


def _rows(spec: RunSpec, name: str) -> list[dict[str, Any]]:
    path = Path(spec.dataset) / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _shared(spec: RunSpec) -> dict[str, Any]:
    gpu = torch.cuda.is_available()
    return {
        "output_dir": str(Path(spec.folder) / FOLDER),
        "num_train_epochs": 1.0,
        "per_device_train_batch_size": spec.batch,
        "gradient_accumulation_steps": spec.accumulate,
        "learning_rate": spec.learning_rate * RATE,
        "lr_scheduler_type": "cosine",
        "warmup_steps": spec.warmup,
        "max_length": spec.max_length,
        "seed": spec.seed,
        "data_seed": spec.seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": gpu,
        "use_cpu": not gpu,
        "gradient_checkpointing": gpu,
        "dataloader_pin_memory": gpu,
    }


def _dpo(net: Any, spec: RunSpec, rows: Dataset) -> DPOTrainer:
    config = DPOConfig(**_shared(spec), loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.5], beta=0.1)
    return DPOTrainer(model=net, args=config, train_dataset=rows, processing_class=_tokenizer(spec))


def _kto(net: Any, spec: RunSpec, rows: Dataset) -> KTOTrainer:
    config = KTOConfig(**{**_shared(spec), "per_device_train_batch_size": max(2, spec.batch)}, beta=0.1)
    return KTOTrainer(model=net, args=config, train_dataset=rows, processing_class=_tokenizer(spec))


def _tokenizer(spec: RunSpec) -> Any:
    return AutoTokenizer.from_pretrained(spec.base_model)
