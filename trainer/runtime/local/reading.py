"""Adapter folders in PEFT's format in, checked adapters out. What can't be served exactly is refused with one sentence.

PEFT's formats where it has one (LoRA, DoRA, IA3, prefix and prompt tuning, p-tuning); two of our own beside them, with
`peft_type` BOTTLENECK and FULL.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from db.errors import ArtifactError
from trainer.runtime.local.adapters import Worn
from trainer.runtime.local.effects import Bottleneck, Dense, Effect, Rescaled
from trainer.runtime.local.lora import PREFIX, low_ranks
from trainer.runtime.local.model import Model

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
Tensors = dict[str, Tensor]
Modules = Mapping[str, nn.Module]


def read(name: str, folder: Path, model: Model, modules: Modules) -> Worn:
    """Check and read an adapter's folder for this base model. Errors: ArtifactError."""
    config = _config(name, folder)
    reader = READERS.get(str(config.get("peft_type")))
    if reader is None:
        raise ArtifactError(f"{name} is of a method that local drafting does not know ({config.get('peft_type')}).")
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ArtifactError(f"{name}: {WEIGHTS} is missing or broken ({error}). Train again.") from error
    if not tensors:
        raise ArtifactError(f"{name} holds no weights. Train again.")
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise ArtifactError(f"{name} holds numbers that are not finite. Train again with a lower learning rate.")
    return reader(name, tensors, config, model, modules)


def _config(name: str, folder: Path) -> Mapping[str, Any]:
    if not (folder / WEIGHTS).exists() and any(folder.glob("*.bin")):
        raise ArtifactError(f"{name} holds pickled weights, which can run code. Save it again as safetensors.")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{name}: {CONFIG} is missing or not JSON. Train again.") from error
    if not isinstance(config, dict):
        raise ArtifactError(f"{name}: {CONFIG} is no adapter's. Train again.")
    return config


def unfit(name: str, what: str) -> ArtifactError:
    return ArtifactError(f"{name} does not fit the base model: {what}. Train again on it.")


def _lora(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    return Worn(low_ranks(name, tensors, config, model, modules))


def _ia3(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    inside = tuple(config.get("feedforward_modules") or ())
    effects: dict[str, Effect] = {}
    for key, tensor in tensors.items():
        layer = key.removeprefix(PREFIX).removesuffix(".ia3_l")
        linear, feeds = _linear(name, layer, modules), layer.rsplit(".", 1)[-1] in inside
        if tensor.numel() != (linear.in_features if feeds else linear.out_features):
            raise unfit(name, f"{layer} has {tensor.numel()} factors")
        effects[layer] = Rescaled(model.placed(tensor.flatten()), feeds)
    return Worn(effects)


def _bottleneck(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    effects: dict[str, Effect] = {}
    for layer in sorted({key.rpartition(".")[0] for key in tensors}):
        down, up = tensors.get(f"{layer}.down"), tensors.get(f"{layer}.up")
        if layer not in modules or down is None or up is None or down.shape != up.T.shape:
            raise unfit(name, f"{layer} is not a layer of it")
        if down.shape[1] != model.hidden:
            raise unfit(name, f"{layer} is {down.shape[1]} wide, not {model.hidden}")
        effects[layer] = Bottleneck(model.placed(down), model.placed(up))
    return Worn(effects)


def _full(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    effects: dict[str, Effect] = {}
    for key, tensor in tensors.items():
        layer = key.removesuffix(".weight")
        linear = _linear(name, layer, modules)
        if tensor.shape != (linear.out_features, linear.in_features):
            raise unfit(name, f"{layer} is {tuple(tensor.shape)}")
        effects[layer] = Dense(model.placed(tensor))
    return Worn(effects)


def _soft(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    vectors = _learnt(name, tensors)
    if vectors.shape[1] != model.hidden:
        raise unfit(name, f"its vectors are {vectors.shape[1]} wide, not {model.hidden}")
    return Worn(soft=model.placed(vectors))


def _prefix(name: str, tensors: Tensors, config: Mapping[str, Any], model: Model, modules: Modules) -> Worn:
    vectors, (layers, heads, width) = model.placed(_learnt(name, tensors)), model.cache_shape
    if vectors.shape[1] != 2 * layers * heads * width:
        raise unfit(name, f"its prefix is {vectors.shape[1]} wide, not {2 * layers * heads * width}")
    parts = vectors.view(len(vectors), 2 * layers, heads, width).permute(1, 2, 0, 3)  # as PEFT orders them
    return Worn(prefix=tuple((parts[2 * i], parts[2 * i + 1]) for i in range(layers)))


def _learnt(name: str, tensors: Tensors) -> Tensor:
    if set(tensors) != {"prompt_embeddings"} or tensors["prompt_embeddings"].dim() != 2:
        raise ArtifactError(f"{name} holds no prompt of vectors. Train again.")
    return tensors["prompt_embeddings"]


def _linear(name: str, layer: str, modules: Modules) -> nn.Linear:
    module = modules.get(layer)
    if not isinstance(module, nn.Linear):
        raise unfit(name, f"{layer} is not a layer of it")
    return module


READERS: dict[str, Callable[[str, Tensors, Mapping[str, Any], Model, Modules], Worn]] = {
    "LORA": _lora,
    "IA3": _ia3,
    "BOTTLENECK": _bottleneck,
    "FULL": _full,
    "PROMPT_TUNING": _soft,
    "P_TUNING": _soft,
    "PREFIX_TUNING": _prefix,
}
