"""Supervised fine-tuning as its own process: `python -m trainer.recipes.sft run.json` leaves an adapter and result.json.

TRL's SFTTrainer on prompt/completion conversations, so the loss covers the completion alone; LoRA on all linear layers.
"""

import hashlib
import math
import os
import resource
import shutil
import sys
import time
import warnings
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # the bot shares these cores

import torch
from datasets import Dataset, disable_progress_bars
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, set_seed
from transformers.utils import logging as hf_logging
from trl import SFTConfig

from trainer.recipes.checkpoints import STEPS, newest
from trainer.recipes.methods import SOFT, Reallocating, dressed, store
from trainer.recipes.order import OrderedTrainer
from trainer.recipes.preference import refine
from trainer.recipes.reasons import StoppedError, UnusableError, first_line, full, no_memory, reason
from trainer.recipes.rows import parted, repeated, rows_of
from trainer.recipes.spec import ADAPTER_FOLDER, RUN_FILE, RunSpec, TrainResult
from trainer.recipes.watch import Patience, Watch


def load_model(spec: RunSpec, gpu: bool) -> Any:
    """The base model: bfloat16 on a GPU (4-bit NF4 for qlora), float32 on a CPU."""
    dtype = torch.bfloat16 if gpu else torch.float32
    quantization = None
    if spec.method == "qlora":
        from transformers import BitsAndBytesConfig

        quantization = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
        )
    try:
        return AutoModelForCausalLM.from_pretrained(
            spec.base_model, dtype=dtype, quantization_config=quantization, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        if full(error):
            raise
        what = f"The base model {spec.base_name} could not be loaded ({first_line(error)})"
        raise UnusableError(f"{what}. Correct FLYWHEEL_BASE_MODEL.") from error


def setup(spec: RunSpec, watch: Watch) -> OrderedTrainer:
    """The trainer with everything the spec decides."""
    gpu = torch.cuda.is_available()
    rows = rows_of(spec.dataset)
    if not rows:
        raise UnusableError("The dataset has no training rows. Approve more texts first.")
    taught, watched = parted(rows, spec.patience)
    seen = repeated(taught)
    epochs = spec.epochs * len(taught) / len(seen)  # as many steps as if each were seen once
    steps = math.ceil(math.ceil(len(seen) / (spec.batch * spec.accumulate)) * epochs)
    folder = Path(spec.folder) / STEPS
    callbacks = [watch, *([Patience(spec, folder)] if watched else [])]
    return OrderedTrainer(
        model=dressed(load_model(spec, gpu), spec, steps),
        args=_config(spec, folder, epochs, gpu, bool(watched)),
        train_dataset=Dataset.from_list(seen),
        eval_dataset=Dataset.from_list(repeated(watched)) if watched else None,
        processing_class=AutoTokenizer.from_pretrained(spec.base_model),
        callbacks=[*callbacks, *([Reallocating()] if spec.method == "adalora" else [])],
    )


def _config(spec: RunSpec, folder: Path, epochs: float, gpu: bool, watched: bool) -> SFTConfig:
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=epochs,
        per_device_train_batch_size=spec.batch,
        gradient_accumulation_steps=spec.accumulate,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=spec.warmup,  # below 1 it is a share
        max_length=spec.max_length,
        seed=spec.seed,
        data_seed=spec.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,  # or a broken loss would be shown as the one before
        eval_strategy="epoch" if watched else "no",
        save_strategy="no",  # the watch says when
        save_total_limit=2,  # the one before stays until the next is whole
        report_to="none",
        disable_tqdm=True,
        bf16=gpu,
        use_cpu=not gpu,
        gradient_checkpointing=gpu and spec.method not in SOFT,  # a learnt prefix is a cache, which it forbids
        dataloader_pin_memory=gpu,
    )


def quiet() -> None:
    """Only what a person would act on reaches the log."""
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    disable_progress_bars()
    warnings.simplefilter("ignore", FutureWarning)  # names that TRL still sets and transformers 6 will drop


def train(spec: RunSpec) -> TrainResult:
    """setup, train from the newest checkpoint on, store. Errors: StoppedError on SIGTERM, once a checkpoint is saved."""
    quiet()
    set_seed(spec.seed)
    watch = Watch(spec)
    trainer = setup(spec, watch)
    trainer.remove_callback(PrinterCallback)  # prints every log a second time
    checkpoint = newest(Path(spec.folder))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if watch.stopped and trainer.state.global_step < trainer.state.max_steps:
        raise StoppedError
    preferred = refine(trainer.model, spec)
    store(trainer.model, spec, Path(spec.folder) / ADAPTER_FOLDER, lambda: load_model(spec, gpu=False))
    shutil.rmtree(Path(spec.folder) / STEPS, ignore_errors=True)
    resumed_at = int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0
    return replace(_result(spec, trainer, watch, resumed_at), preference=preferred)


def _result(spec: RunSpec, trainer: OrderedTrainer, watch: Watch, resumed_at: int) -> TrainResult:
    sizes = [(p.numel(), p.requires_grad) for p in trainer.model.parameters()]
    gpu = torch.cuda.is_available()
    history = trainer.state.log_history
    used = torch.cuda.max_memory_allocated() if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return TrainResult(
        ok=True,
        steps=trainer.state.global_step,
        seconds=round(time.monotonic() - watch.began, 1),
        losses=[(entry["step"], round(entry["loss"], 4)) for entry in history if "loss" in entry],
        trainable=sum(n for n, on in sizes if on),
        total=sum(n for n, _ in sizes),
        versions={name: version(name) for name in ("draft-flywheel", "torch", "transformers", "trl", "peft")},
        hardware={"device": torch.cuda.get_device_name() if gpu else "cpu", "threads": torch.get_num_threads()},
        base_sha256=weights_hash(spec.base_model),
        peak_memory=used,
        resumed_at=resumed_at,
        notes=list(spec.notes),
    )


def weights_hash(base_model: str) -> str:
    """The hash of a base model's weights, or "" for one of a hub, whose revision names it."""
    digest = hashlib.sha256()
    for path in sorted(Path(base_model).glob("*.safetensors")) if Path(base_model).is_dir() else []:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest() if Path(base_model).is_dir() else ""


def smaller(spec: RunSpec) -> RunSpec | None:
    """The same training in half the memory for a batch; None if it was halved already, or can't be."""
    if spec.batch < 2 or spec.notes:
        return None
    half = math.ceil(spec.batch / 2)
    note = (
        f"The memory was too small for {spec.batch} texts at once: {half} at once, {2 * spec.accumulate} times a step."
    )
    return replace(spec, batch=half, accumulate=2 * spec.accumulate, notes=(note,))


def main() -> None:
    """Exit code 0 with a result that is ok, 1 with one that says why not."""
    spec = RunSpec.read(Path(sys.argv[1]))
    try:
        result = train(spec)
    except Exception as error:  # the process's own edge: whatever happens, the parent reads a reason
        if no_memory(error) and (less := smaller(spec)):
            # Begun anew as the same process: what is left in memory of the first try goes with its program.
            less.write()
            shutil.rmtree(Path(spec.folder) / STEPS, ignore_errors=True)  # saved with other steps
            os.execv(sys.executable, [sys.executable, "-m", "trainer.recipes.sft", str(Path(spec.folder) / RUN_FILE)])
        result = TrainResult(ok=False, error=reason(error), notes=list(spec.notes))
    result.write(Path(spec.folder))
    sys.exit(0 if result.ok else 1)


if __name__ == "__main__":
    main()
