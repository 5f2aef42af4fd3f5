"""Supervised fine-tuning as its own process: `python -m trainer.recipes.sft run.json` leaves an adapter and result.json.

TRL's SFTTrainer on prompt/completion conversations, so the loss covers the completion alone; LoRA on all linear layers.
"""

import json
import math
import os
import signal
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # the bot shares these cores

import torch
from datasets import Dataset, disable_progress_bars
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback, set_seed
from transformers.utils import logging as hf_logging
from trl import SFTConfig, SFTTrainer

from trainer.recipes.methods import SOFT, Reallocating, dressed, store
from trainer.recipes.reasons import DivergedError, StoppedError, UnusableError, first_line, full, reason
from trainer.recipes.spec import ADAPTER_FOLDER, RunSpec, TrainResult, TrainStep


class Watch(TrainerCallback):  # type: ignore[misc]
    """Prints one progress line a step; stops on a broken loss and on SIGTERM."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.losses: list[tuple[int, float]] = []
        self.stopped = False
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopped", True))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        if self.stopped:
            raise StoppedError
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if not math.isfinite(loss):
            raise DivergedError
        self.losses.append((state.global_step, round(loss, 4)))
        step = TrainStep(state.global_step, state.max_steps, loss, time.monotonic() - self.began)
        sys.stdout.write(step.line() + "\n")
        sys.stdout.flush()


def read_rows(folder: str, name: str = "train.jsonl") -> list[dict[str, Any]]:
    """Rows {"prompt": [...], "completion": [...]} of a dataset folder."""
    with (Path(folder) / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


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


def setup(spec: RunSpec, watch: Watch) -> SFTTrainer:
    """The trainer with everything the spec decides."""
    gpu = torch.cuda.is_available()
    rows = read_rows(spec.dataset)
    if not rows:
        raise UnusableError("The dataset has no training rows. Approve more texts first.")
    config = SFTConfig(
        output_dir=str(Path(spec.folder) / "steps"),
        num_train_epochs=spec.epochs,
        per_device_train_batch_size=spec.batch,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=spec.warmup,  # below 1 it is a share
        max_length=spec.max_length,
        seed=spec.seed,
        data_seed=spec.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,  # or a broken loss would be shown as the one before
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        bf16=gpu,
        use_cpu=not gpu,
        gradient_checkpointing=gpu and spec.method not in SOFT,  # a learnt prefix is a cache, which it forbids
        train_sampling_strategy="group_by_length",
        dataloader_pin_memory=gpu,
    )
    steps = math.ceil(math.ceil(len(rows) / spec.batch) * spec.epochs)
    return SFTTrainer(
        model=dressed(load_model(spec, gpu), spec, steps),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(spec.base_model),
        callbacks=[watch, *([Reallocating()] if spec.method == "adalora" else [])],
    )


def quiet() -> None:
    """Only what a person would act on reaches the log."""
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    disable_progress_bars()
    warnings.simplefilter("ignore", FutureWarning)  # names that TRL still sets and transformers 6 will drop


def train(spec: RunSpec) -> TrainResult:
    """setup, train, save."""
    quiet()
    set_seed(spec.seed)
    watch = Watch()
    trainer = setup(spec, watch)
    trainer.remove_callback(PrinterCallback)  # prints every log a second time
    trainer.train()
    store(trainer.model, spec, Path(spec.folder) / ADAPTER_FOLDER, lambda: load_model(spec, gpu=False))
    sizes = [(p.numel(), p.requires_grad) for p in trainer.model.parameters()]
    gpu = torch.cuda.is_available()
    return TrainResult(
        ok=True,
        steps=trainer.state.global_step,
        seconds=round(time.monotonic() - watch.began, 1),
        losses=watch.losses,
        trainable=sum(n for n, on in sizes if on),
        total=sum(n for n, _ in sizes),
        versions={name: version(name) for name in ("torch", "transformers", "trl", "peft")},
        hardware={"device": torch.cuda.get_device_name() if gpu else "cpu", "threads": torch.get_num_threads()},
    )


def main() -> None:
    """Exit code 0 with a result that is ok, 1 with one that says why not."""
    spec = RunSpec.read(Path(sys.argv[1]))
    try:
        result = train(spec)
    except Exception as error:  # the process's own edge: whatever happens, the parent reads a reason
        result = TrainResult(ok=False, error=reason(error))
    result.write(Path(spec.folder))
    sys.exit(0 if result.ok else 1)


if __name__ == "__main__":
    main()
