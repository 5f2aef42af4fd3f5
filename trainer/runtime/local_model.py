"""A base model's name in, logits out: loading, adapters and prompts of transformers and peft. One thread may touch it."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from db.errors import ArtifactError, RuntimeFailure, SettingsError
from trainer.runtime import Message

SMALL = 50_000_000  # parameters
BASE = "__base__"  # peft's own name for "no adapter" in a mixed batch


def folder_of(base_model: str) -> str:
    """What transformers should load: the shipped model for "tiny", else the hub id or folder itself."""
    if base_model == "tiny":
        from trainer.tiny import BASE as shipped

        return str(shipped)
    return base_model


def best_device() -> tuple[str, torch.dtype]:
    """GPU in bfloat16 where there is one, else CPU in float32 (on CPUs it is as fast here, and exact)."""
    return ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)


class LocalModel:
    """Base model, tokenizer and loaded adapters."""

    def __init__(self, base_model: str) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.device, dtype = best_device()
        source = folder_of(base_model)
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(source)
            self.model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The base model {base_model!r} can't be loaded: {str(error).splitlines()[0]} "
                "Set FLYWHEEL_BASE_MODEL to a hub id or a folder with safetensors."
            ) from error
        if self.tokenizer.chat_template is None:
            raise SettingsError(f"The base model {base_model!r} has no chat template. Choose an instruct model.")
        self.model.to(self.device).eval()
        self.base = self.model
        self.small = self.device == "cpu" and self.model.num_parameters() < SMALL
        self.pad = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else 0
        ends = self.model.generation_config.eos_token_id
        listed = ends if isinstance(ends, list) else [ends]
        self.ends = {i for i in (*listed, self.tokenizer.eos_token_id) if i is not None}
        self.names: list[str] = []

    def load(self, name: str, folder: Path) -> None:
        """Add an adapter. Errors: ArtifactError if the folder is broken or made for another base model."""
        from peft import PeftModel

        check_folder(name, folder)
        try:
            if self.names:
                self.model.load_adapter(folder, adapter_name=name, is_trainable=False, use_safetensors=True)
            else:
                self.model = PeftModel.from_pretrained(self.base, folder, adapter_name=name, use_safetensors=True)
        except (RuntimeError, ValueError, KeyError, OSError, TypeError) as error:
            self._forget_half_loaded(name)
            reason = str(error).splitlines()[0]
            raise ArtifactError(f"{name} does not fit the base model or is broken ({reason}). Train it again.") from error
        self.model.eval()
        self.names.append(name)

    def _forget_half_loaded(self, name: str) -> None:
        if self.names and name in self.model.peft_config:
            self.model.delete_adapter(name)
        elif not self.names:
            from peft.tuners.tuners_utils import BaseTunerLayer

            wrapped = {n: m for n, m in self.base.named_modules() if isinstance(m, BaseTunerLayer)}
            for path, layer in wrapped.items():
                parent, _, leaf = path.rpartition(".")
                setattr(self.base.get_submodule(parent), leaf, layer.get_base_layer())
            self.model = self.base

    def drop(self, name: str) -> None:
        """Free an adapter; the last one leaves the bare base model."""
        self.names.remove(name)
        if self.names:
            self.model.delete_adapter(name)
        else:
            self.model = self.base = self.model.unload()

    def logits(self, adapters: Sequence[str | None], **inputs: Any) -> Any:
        """One forward pass of a batch, row i under adapters[i] (None: bare base). No gradients."""
        with torch.inference_mode(), self._under(adapters) as more:
            return self.model(**inputs, **more)

    def _under(self, adapters: Sequence[str | None]) -> AbstractContextManager[dict[str, Any]]:
        kinds = set(adapters)
        if not self.names:
            return nullcontext({})
        if kinds == {None}:
            return _Disabled(self.model)
        if len(kinds) == 1:  # one adapter for all rows needs no hooks
            self.model.set_adapter(next(iter(kinds)), inference_mode=True)
            return nullcontext({})
        return nullcontext({"adapter_names": [name or BASE for name in adapters]})

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids up to where the answer begins."""
        ids: list[int] = self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, tokenize=True, return_dict=True
        )["input_ids"]
        return ids

    def answered(self, messages: Sequence[Message], text: str) -> tuple[list[int], int]:
        """Token ids of prompt and answer up to its end mark, and where the answer begins; as in training."""
        start = self.prompt(messages)
        turns = [*messages, {"role": "assistant", "content": text}]
        ids: list[int] = self.tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True)["input_ids"]
        if ids[: len(start)] != start:
            raise RuntimeFailure("The chat template rewrites the prompt once it is answered; such a model can't be scored.")
        last = max((i for i, token in enumerate(ids) if token in self.ends and i >= len(start)), default=len(ids) - 1)
        return ids[: last + 1], len(start)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))


class _Disabled(AbstractContextManager[dict[str, Any]]):
    def __init__(self, model: Any) -> None:
        self._off = model.disable_adapter()

    def __enter__(self) -> dict[str, Any]:
        self._off.__enter__()
        return {}

    def __exit__(self, *error: Any) -> None:
        self._off.__exit__(*error)


def check_folder(name: str, folder: Path) -> None:
    """Errors: ArtifactError unless the folder holds a LoRA adapter in safetensors (never pickled weights)."""
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{name} has no readable adapter_config.json. Train it again.") from error
    if not (folder / "adapter_model.safetensors").is_file():
        raise ArtifactError(f"{name} has no adapter_model.safetensors. Other formats are not loaded, for safety.")
    if config.get("use_dora"):
        raise ArtifactError(f"{name} is a DoRA adapter, which can't share a batch with others. Train plain LoRA.")
