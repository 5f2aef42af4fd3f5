"""Adapter folders in PEFT's format in; their low-rank terms added to the base model's linear layers, row by row.

LoRA (Hu et al. 2021, arXiv:2106.09685): y = Wx + s·B·A·x with s = alpha/rank, or alpha/sqrt(rank) for rank-stabilised ones
(arXiv:2312.03732). PEFT can mix adapters in a batch too; hooks of our own do it in two thirds of the time
(docs/benchmarks.md), leave the base model as it is, and make loading and dropping a matter of a dictionary.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from db.errors import ArtifactError
from trainer.runtime.local.model import Model

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
# Fields of PEFT's LoraConfig that change nothing here, or that are read below. Any other field that is set means another
# method, and serving it as plain LoRA would silently give wrong drafts.
KNOWN = frozenset((
    "r", "lora_alpha", "lora_dropout", "use_rslora", "target_modules", "exclude_modules", "rank_pattern",
    "peft_type", "task_type", "bias", "init_lora_weights", "base_model_name_or_path", "revision",
    "inference_mode", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size",
    "layers_to_transform", "layers_pattern",
))  # fmt: skip
PLAIN_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")  # others also change the base model's weights

Terms = dict[str, tuple[Tensor, Tensor]]  # layer -> A (in, rank) and s·B (rank, out)


class Lora:
    """The loaded adapters of one model. `wear` says which row wears which adapter in the forward passes that follow."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._layers = {name: part for name, part in model.net.named_modules() if isinstance(part, nn.Linear)}
        self._loaded: dict[str, Terms] = {}
        self._rows = 0
        self._groups: list[tuple[Terms, Tensor | None]] = []
        for name, layer in self._layers.items():
            layer.register_forward_hook(self._hook(name))

    def read(self, name: str, folder: Path) -> Terms:
        """Check and read an adapter's folder; nothing is loaded yet. Errors: ArtifactError with one sentence."""
        config = self._config(name, folder)
        try:
            tensors = load_file(folder / WEIGHTS)
        except (OSError, SafetensorError) as error:
            raise ArtifactError(f"{name}: {WEIGHTS} is missing or broken ({error}). Train again.") from error
        terms: Terms = {}
        for layer in sorted({key.rpartition(".lora_")[0] for key in tensors}):
            a, b = (tensors.get(f"{layer}.lora_{side}.weight") for side in "AB")
            terms[layer.removeprefix(PREFIX)] = self._terms(name, layer.removeprefix(PREFIX), a, b, config)
        self._complete(name, terms, config)
        return terms

    def put_on(self, name: str, terms: Terms) -> None:
        """Make a read adapter usable under its name."""
        self._loaded[name] = terms

    def take_off(self, name: str) -> None:
        """Forget an adapter; nobody may be wearing it."""
        self._loaded.pop(name, None)

    def free(self) -> None:
        """Let the base model's layers and all adapters go."""
        self._layers, self._loaded, self._groups = {}, {}, []

    def wear(self, adapters: Sequence[str | None]) -> None:
        """Set each row's adapter; None is the bare base model."""
        self._rows, self._groups = len(adapters), []
        for name in dict.fromkeys(adapters):
            rows = [i for i, other in enumerate(adapters) if other == name]
            if name is not None:
                everybody = len(rows) == len(adapters)
                self._groups.append((self._loaded[name], None if everybody else self._model.tensor(rows)))

    def _hook(self, layer: str) -> Any:
        def add(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            for terms, rows in self._groups:
                if layer not in terms:
                    continue
                a, b = terms[layer]
                if rows is None:
                    output.add_(inputs[0] @ a @ b)
                else:  # some models run rows and tokens together on their way (a mixture's shared expert)
                    chosen = inputs[0].reshape(self._rows, -1, len(a))[rows]
                    output.view(self._rows, -1, b.shape[1]).index_add_(0, rows, chosen @ a @ b)

        return add

    @staticmethod
    def _config(name: str, folder: Path) -> Mapping[str, Any]:
        if not (folder / WEIGHTS).exists() and any(folder.glob("*.bin")):
            raise ArtifactError(f"{name} holds pickled weights, which can run code. Save it again as safetensors.")
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArtifactError(f"{name}: {CONFIG} is missing or not JSON. Train again.") from error
        if not isinstance(config, dict) or config.get("peft_type") != "LORA":
            raise ArtifactError(f"{name} is not a LoRA adapter. Train with FLYWHEEL_METHOD=lora or qlora.")
        strange = sorted(key for key, value in config.items() if value and key not in KNOWN)
        if config.get("bias", "none") != "none":
            strange.append("bias")
        if config.get("init_lora_weights") not in PLAIN_STARTS:
            strange.append("init_lora_weights")
        if not isinstance(config.get("lora_alpha"), int | float):
            raise ArtifactError(f"{name}: {CONFIG} gives no lora_alpha. Train again.")
        if strange:
            raise ArtifactError(
                f"{name} uses {', '.join(strange)}, which local drafting does not know. Train plain LoRA."
            )
        return config

    def _terms(
        self, name: str, layer: str, a: Tensor | None, b: Tensor | None, config: Mapping[str, Any]
    ) -> tuple[Tensor, Tensor]:
        if a is None or b is None or layer not in self._layers:
            raise ArtifactError(f"{name} does not fit the base model: {layer} is not a layer of it. Train again on it.")
        linear, rank = self._layers[layer], a.shape[0]
        found, wanted = (tuple(a.shape), tuple(b.shape)), ((rank, linear.in_features), (linear.out_features, rank))
        if found != wanted or not rank:
            raise ArtifactError(
                f"{name} does not fit the base model: {layer} is {found}, not {wanted}. Train again on it."
            )
        if not (a.isfinite().all() and b.isfinite().all()):
            raise ArtifactError(f"{name} holds numbers that are not finite. Train again with a lower learning rate.")
        scale = config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank)
        where, kind = self._model.device, self._model.dtype
        return a.T.contiguous().to(where, kind), (b.float() * scale).T.contiguous().to(where, kind)

    def _complete(self, name: str, terms: Terms, config: Mapping[str, Any]) -> None:
        """A file that misses layers would quietly draft like the base model there."""
        targets = config.get("target_modules")
        if isinstance(targets, list) and not any(config.get(key) for key in ("layers_to_transform", "exclude_modules")):
            wanted = {layer for layer in self._layers if any(f".{layer}".endswith(f".{part}") for part in targets)}
            missing = sorted(wanted - set(terms))
            if missing:
                raise ArtifactError(
                    f"{name} does not fit the base model: {missing[0]} has no weights. Train again on it."
                )
        if not terms:
            raise ArtifactError(f"{name} holds no weights. Train again.")
