"""LoRA adapters made without training: PEFT's own folders whose B weights are drawn from a seed."""

from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM


def draw_adapter(base: Path, folder: Path, seed: int, *, spread: float, rank: int = 16) -> Path:
    """Save an adapter on all linear layers of the model in `base`; `spread` is the deviation of B (0.1 changes every text)."""
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    net = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    for name, weights in net.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(weights, std=spread)
    net.save_pretrained(str(folder))
    return folder
