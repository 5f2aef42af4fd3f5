"""Base models of any family, a few thousand random weights each, with a byte-level tokenizer: folders as a hub gives them."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2MoeConfig,
    set_seed,
)

TEMPLATE = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
# Some families refuse a system message, others leave it out.
REFUSES = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + TEMPLATE
)
IGNORES = TEMPLATE.replace("messages %}", "messages if m['role'] != 'system' %}")

SIZE: dict[str, Any] = {
    "vocab_size": 260,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.5,
    "eos_token_id": 256,
    "bos_token_id": None,
    "pad_token_id": None,
}
FAMILIES: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**SIZE, tie_word_embeddings=False),
    "sliding window": MistralConfig(**SIZE, sliding_window=8),
    "mixture with a shared expert": Qwen2MoeConfig(
        **SIZE, num_experts=4, moe_intermediate_size=32, shared_expert_intermediate_size=32, num_experts_per_tok=2
    ),
}


def make_base(folder: Path, family: str = "llama", template: str | None = TEMPLATE) -> Path:
    """Save a random model of the family and its tokenizer, which knows no padding."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={char: i for i, char in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>")
    fast.add_special_tokens({"additional_special_tokens": ["<user>", "<system>", "<assistant>"]})
    fast.chat_template = template
    fast.save_pretrained(str(folder))
    set_seed(1)
    net = AutoModelForCausalLM.from_config(FAMILIES[family], dtype=torch.float32)
    net.save_pretrained(str(folder))
    return folder
