"""A LoRA file's tensors in, one low-rank term a layer out; with or without DoRA's lengths."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.linalg import vector_norm

from db.errors import ArtifactError
from trainer.runtime.local.effects import Decomposed, Effect, LowRank
from trainer.runtime.local.model import Model

PREFIX = "base_model.model."
LENGTH = ".lora_magnitude_vector"
# Fields of PEFT's LoraConfig that change nothing here, or that are read below. Any other field that is set means another
# method, and serving it as plain LoRA would silently give wrong drafts.
KNOWN = frozenset((
    "r", "lora_alpha", "lora_dropout", "use_rslora", "use_dora", "target_modules", "exclude_modules", "rank_pattern",
    "peft_type", "task_type", "bias", "init_lora_weights", "base_model_name_or_path", "revision",
    "inference_mode", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size",
    "layers_to_transform", "layers_pattern",
))  # fmt: skip
PLAIN_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")  # others also change the base model's weights


def low_ranks(
    name: str, tensors: Mapping[str, Tensor], config: Mapping[str, Any], model: Model, modules: Mapping[str, nn.Module]
) -> dict[str, Effect]:
    """Every layer's term. Errors: ArtifactError if it means another method, or does not fit the base model."""
    _plain(name, config)
    effects: dict[str, Effect] = {}
    for key in sorted({key.rpartition(".lora_")[0] for key in tensors}):
        a, b = (tensors.get(f"{key}.lora_{side}.weight") for side in "AB")
        layer = key.removeprefix(PREFIX)
        linear, low_rank = _low_rank(name, layer, a, b, config, model, modules)
        effects[layer] = low_rank
        if config.get("use_dora"):
            length = tensors.get(key + LENGTH, tensors.get(f"{key}{LENGTH}.weight"))
            if length is None or length.numel() != linear.out_features:
                raise ArtifactError(f"{name}: {layer} has no length of its own. Train again.")
            whole = linear.weight + (low_rank.a @ low_rank.b).T
            effects[layer] = Decomposed(low_rank, model.placed(length.flatten()) / vector_norm(whole, dim=1))
    _complete(name, effects, config, modules)
    return effects


def _plain(name: str, config: Mapping[str, Any]) -> None:
    strange = sorted(key for key, value in config.items() if value and key not in KNOWN)
    if config.get("bias", "none") != "none":
        strange.append("bias")
    if config.get("init_lora_weights") not in PLAIN_STARTS:
        strange.append("init_lora_weights")
    if not isinstance(config.get("lora_alpha"), int | float):
        raise ArtifactError(f"{name}: its configuration gives no lora_alpha. Train again.")
    if strange:
        raise ArtifactError(f"{name} uses {', '.join(strange)}, which local drafting does not know. Train plain LoRA.")


def _low_rank(
    name: str,
    layer: str,
    a: Tensor | None,
    b: Tensor | None,
    config: Mapping[str, Any],
    model: Model,
    modules: Mapping[str, nn.Module],
) -> tuple[nn.Linear, LowRank]:
    linear = modules.get(layer)
    if a is None or b is None or not isinstance(linear, nn.Linear):
        raise ArtifactError(f"{name} does not fit the base model: {layer} is not a layer of it. Train again on it.")
    rank = a.shape[0]
    found, wanted = (tuple(a.shape), tuple(b.shape)), ((rank, linear.in_features), (linear.out_features, rank))
    if found != wanted or not rank:
        raise ArtifactError(f"{name} does not fit the base model: {layer} is {found}, not {wanted}. Train again on it.")
    scale = config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank)
    return linear, LowRank(model.placed(a.T.contiguous()), model.placed((b.float() * scale).T.contiguous()))


def _complete(
    name: str, effects: Mapping[str, Effect], config: Mapping[str, Any], modules: Mapping[str, nn.Module]
) -> None:
    """A file that misses layers would quietly draft like the base model there."""
    targets = config.get("target_modules")
    if not isinstance(targets, list) or any(config.get(key) for key in ("layers_to_transform", "exclude_modules")):
        return
    linears = (layer for layer, module in modules.items() if isinstance(module, nn.Linear))
    wanted = {layer for layer in linears if any(f".{layer}".endswith(f".{part}") for part in targets)}
    if missing := sorted(wanted - set(effects)):
        raise ArtifactError(f"{name} does not fit the base model: {missing[0]} has no weights. Train again on it.")
