"""A method's name in, what is trained of a model and what is stored of it out.

Whatever can be served as plain LoRA is stored as plain LoRA, so that any server takes it: rank-stabilised, PiSSA, AdaLoRA
and 4-bit trainings differ in how they learn, not in what they leave behind.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import (
    AdaLoraConfig,
    IA3Config,
    LoraConfig,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    get_peft_model,
)
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import linear, relu
from transformers import TrainerCallback

from trainer.recipes.spec import RunSpec

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
LORA_LIKE = ("lora", "qlora", "rslora", "dora", "pissa")
SOFT = ("prefix", "ptuning", "prompt")  # these put something before the prompt


def dressed(net: Any, spec: RunSpec, steps: int) -> Any:
    """The model with what its method trains; all else is frozen. `steps` is how many the training will take."""
    if spec.method in OWN:
        net.requires_grad_(False)
        OWN[spec.method](net, spec)
        return net
    if spec.method == "pissa":
        made = get_peft_model(net, _config(spec, net, steps))
        made.peft_config["default"].init_lora_weights = True  # so that its start is stored as plain LoRA
        made.save_pretrained(_start(spec), safe_serialization=True)
        return made
    return get_peft_model(net, _config(spec, net, steps))


def _start(spec: RunSpec) -> str:
    return str(Path(spec.folder) / "start")


def _config(spec: RunSpec, net: Any, steps: int) -> Any:
    task = {"task_type": "CAUSAL_LM"}
    if spec.method in LORA_LIKE:
        by_method: dict[str, dict[str, Any]] = {
            "rslora": {"use_rslora": True},
            "dora": {"use_dora": True},
            "pissa": {"init_lora_weights": "pissa_niter_16", "lora_dropout": 0.0},  # its residual knows no dropout
        }
        plain = {"r": spec.rank, "lora_alpha": spec.alpha, "lora_dropout": spec.dropout, "target_modules": "all-linear"}
        return LoraConfig(**{**plain, **task, **by_method.get(spec.method, {})})
    if spec.method == "adalora":
        # A third of the steps at full rank, a third in which it falls, a third to settle (as in arXiv:2303.10512).
        return AdaLoraConfig(
            init_r=spec.rank + spec.rank // 2,
            target_r=spec.rank,
            tinit=steps // 3,
            tfinal=steps // 3,
            deltaT=max(1, steps // 60),
            total_step=steps,
            lora_alpha=spec.alpha,
            lora_dropout=spec.dropout,
            target_modules=_linears(net),
            **task,
        )
    if spec.method == "ia3":
        names = _linears(net)
        feeds = [name for name in names if name in ("down_proj", "fc2", "w2", "dense_4h_to_h")]
        wanted = [name for name in names if name in ("k_proj", "v_proj", "qkv_proj", "query_key_value")]
        return IA3Config(target_modules=[*wanted, *feeds], feedforward_modules=feeds, **task)
    if spec.method == "prefix":
        config = net.config.get_text_config()
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        shape = {"num_attention_heads": heads, "token_dim": heads * width, "num_layers": config.num_hidden_layers}
        return PrefixTuningConfig(num_virtual_tokens=spec.virtual_tokens, **shape, **task)
    kind = PromptEncoderConfig if spec.method == "ptuning" else PromptTuningConfig
    return kind(num_virtual_tokens=spec.virtual_tokens, **task)


def _linears(net: Any) -> list[str]:
    """Last names of the linear layers, but for the one that gives out tokens."""
    head = net.get_output_embeddings()
    kinds = nn.Linear
    return sorted(
        {name.rsplit(".", 1)[-1] for name, m in net.named_modules() if isinstance(m, kinds) and m is not head}
    )


class Bottleneck(nn.Module):
    """A feed-forward block with a small trained network behind it: h + U·relu(D·h), U zero at first (arXiv:1902.00751)."""

    def __init__(self, block: nn.Module, hidden: int, size: int) -> None:
        super().__init__()
        self.block = block
        self.down = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(size, hidden), a=5**0.5))
        self.up = nn.Parameter(torch.zeros(hidden, size))

    def forward(self, *taken: Any, **named: Any) -> Any:
        given = self.block(*taken, **named)
        where = given.dtype
        return given + linear(relu(linear(given, self.down.to(where))), self.up.to(where))


def _bottleneck(net: Any, spec: RunSpec) -> None:
    hidden = net.config.get_text_config().hidden_size
    for name, module in list(net.named_modules()):
        if name.endswith(".mlp"):
            parent = net.get_submodule(name.rpartition(".")[0])
            parent.mlp = Bottleneck(module, hidden, 4 * spec.rank).to(next(module.parameters()).device)


def _full(net: Any, spec: RunSpec) -> None:
    """All linear layers but the one that gives out tokens, which often is the table of tokens' vectors as well."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear) and name.rsplit(".", 1)[-1] in _linears(net):
            module.weight.requires_grad_(True)


OWN: dict[str, Callable[[Any, RunSpec], None]] = {"bottleneck": _bottleneck, "full": _full}


class Reallocating(TrainerCallback):  # type: ignore[misc]
    """AdaLoRA moves rank between layers after each step, which the trainer does not do by itself."""

    def on_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        model.base_model.update_and_allocate(state.global_step + 1)


def store(net: Any, spec: RunSpec, folder: Path, base: Callable[[], Any]) -> None:
    """Write the two files that serve; the config names the base by its own name, not by this machine's path.

    `base` loads the base model afresh.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if spec.method == "pissa":
        net.save_pretrained(str(folder), safe_serialization=True, path_initial_model_for_weight_conversion=_start(spec))
    elif spec.method == "adalora":
        _store_own(folder, *_plain_lora(net))
    elif spec.method == "bottleneck":
        parts = {n: p for n, p in net.named_parameters() if p.requires_grad}
        _store_own(folder, {"peft_type": "BOTTLENECK"}, parts)
    elif spec.method == "full":
        before = dict(base().named_parameters())
        parts = {n: p.float().cpu() - before[n].float() for n, p in net.named_parameters() if p.requires_grad}
        _store_own(folder, {"peft_type": "FULL"}, parts)
    else:
        net.save_pretrained(str(folder), safe_serialization=True)
    for path in folder.iterdir():
        if path.name not in (CONFIG, WEIGHTS):
            path.unlink()
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = spec.base_name
    for name in ("target_modules", "feedforward_modules"):
        if isinstance(config.get(name), list):
            config[name] = sorted(config[name])  # peft keeps a set, whose order changes
    (folder / CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _plain_lora(net: Any) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """AdaLoRA's P·Λ·Q as B·A of plain LoRA, with its scale inside B."""
    parts, rank, targets = dict[str, Tensor](), 0, set[str]()
    for name, module in net.named_modules():
        if not hasattr(module, "lora_E"):
            continue
        a, b, e = (getattr(module, f"lora_{side}")["default"] for side in "ABE")
        scale = module.scaling["default"] / (float(module.ranknum["default"]) + 1e-5)
        parts[f"{name}.lora_A.weight"], parts[f"{name}.lora_B.weight"] = a * e, b * scale
        rank = a.shape[0]
        targets.add(name.rsplit(".", 1)[-1])
    plain = LoraConfig(r=rank, lora_alpha=rank, target_modules=sorted(targets), task_type="CAUSAL_LM").to_dict()
    return json.loads(json.dumps(plain, default=sorted)), parts


def _store_own(folder: Path, config: dict[str, Any], parts: dict[str, Tensor]) -> None:
    save_file({name: part.detach().float().cpu().contiguous() for name, part in parts.items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
