"""A base model's id or folder in; its tokens, its log-probabilities and its limits out. Only the worker thread calls it."""

import os
from collections.abc import Sequence
from typing import Any

import torch
from jinja2 import TemplateError
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from db.errors import RuntimeFailure, SettingsError
from trainer.runtime import Message
from trainer.tiny import BASE

CACHEABLE = {"full_attention", "sliding_attention"}
# Models that can think aloud are asked not to: people wait for the draft. Other templates ignore the name.
TEMPLATE = {"enable_thinking": False}
UNLIMITED = 1 << 20  # tokenizers write a huge number where they know no limit


class Model:
    """Weights, tokenizer and chat template of one causal language model."""

    def __init__(self, base_model: str) -> None:
        """Errors: SettingsError if it can't be found, is not safetensors, or has no chat template."""
        folder = str(BASE) if base_model == "tiny" else base_model
        self.device, self.dtype = placement()
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            self.net: Any = AutoModelForCausalLM.from_pretrained(
                folder, dtype=self.dtype, use_safetensors=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
            raise SettingsError(
                f"FLYWHEEL_BASE_MODEL={base_model} could not be opened ({sentence(error)}). "
                "Name a model hub id or a folder with safetensors weights."
            ) from error
        if not self.tokenizer.chat_template:
            raise SettingsError(
                f"FLYWHEEL_BASE_MODEL={base_model} has no chat template. Choose the model's instruct version."
            )
        config = self.net.config.get_text_config()
        if not set(getattr(config, "layer_types", None) or ()) <= CACHEABLE or hasattr(config, "ssm_cfg"):
            raise SettingsError(
                f"FLYWHEEL_BASE_MODEL={base_model} is not an attention-only model, which local drafting needs. "
                "Choose another one."
            )
        self.net.to(self.device).eval().requires_grad_(False)
        self.ends = self._ends()
        self._knows_system = self._shows_system()
        self.vocabulary: int = config.vocab_size
        self.hidden: int = config.hidden_size
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self.cache_shape: tuple[int, int, int] = (config.num_hidden_layers, heads, width)
        known = getattr(config, "max_position_embeddings", None) or self.tokenizer.model_max_length
        self.context: int = min(int(known), UNLIMITED)  # tokens of prompt and draft together

    def _ends(self) -> frozenset[int]:
        named = self.net.generation_config.eos_token_id
        ends = [*(named if isinstance(named, list) else [named]), self.tokenizer.eos_token_id]
        return frozenset(end for end in ends if end is not None)

    def _shows_system(self) -> bool:
        """Some chat templates refuse system messages, some leave them out without a word."""
        mark = "instruction"
        probe = [{"role": "system", "content": mark}, {"role": "user", "content": "?"}]
        try:
            return mark in self.tokenizer.apply_chat_template(probe, tokenize=False, **TEMPLATE)
        except TemplateError:
            return False

    def free(self) -> None:
        """Let the weights go."""
        self.net = None

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Tokens up to where the assistant begins to write. Errors: RuntimeFailure if the template refuses them."""
        return self._tokens(messages, add_generation_prompt=True)

    def answered(self, messages: Sequence[Message], text: str) -> tuple[list[int], list[int]]:
        """Tokens of a prompt and of its answer up to the end mark, as TRL cuts a prompt/completion example."""
        prompt = self.prompt(messages)
        whole = self._tokens([*messages, {"role": "assistant", "content": text}])
        shared = next((i for i, (a, b) in enumerate(zip(prompt, whole, strict=False)) if a != b), len(prompt))
        answer = whole[shared:]
        marks = [i for i, token in enumerate(answer) if token in self.ends]
        return whole[:shared], answer[: marks[-1] + 1] if marks else answer

    def _tokens(self, messages: Sequence[Message], **how: Any) -> list[int]:
        said = list(messages) if self._knows_system else without_system(messages)
        try:
            ids = self.tokenizer.apply_chat_template(said, tokenize=True, return_dict=True, **how, **TEMPLATE)
        except (TemplateError, ValueError, TypeError, KeyError) as error:
            raise RuntimeFailure(f"The base model's chat template refuses this request ({sentence(error)}).") from error
        return list(ids["input_ids"])

    def decode(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def tensor(self, values: Any) -> Tensor:
        return torch.tensor(values, device=self.device)

    def placed(self, values: Tensor) -> Tensor:
        """The same values where and as the model computes."""
        return values.to(self.device, self.dtype)

    def vectors(self, ids: Tensor) -> Tensor:
        """The tokens' vectors (rows, tokens, hidden), free to be changed."""
        made: Tensor = self.net.get_input_embeddings()(ids)
        return made.clone()

    def left_padded(self, rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Token ids and mask (1: a token), both (rows, longest), the rows' ends aligned."""
        longest = max(map(len, rows))
        pad = self.tokenizer.pad_token_id or 0
        ids = [[pad] * (longest - len(row)) + row for row in rows]
        mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
        return self.tensor(ids), self.tensor(mask)

    def logits(self, taken: Tensor, mask: Tensor, cache: DynamicCache | None, keep: int) -> Tensor:
        """Scores (rows, keep, vocabulary) of the token after each of the last `keep` of `taken`.

        `taken` are token ids (rows, new tokens) or their vectors (rows, new tokens, hidden). `mask` (rows, cached + new
        tokens) also tells positions, so padding in front changes nothing.
        """
        positions = (mask.cumsum(1) - 1).clamp_(min=0)[:, -taken.shape[1] :]
        answer = self.net(
            **{"inputs_embeds" if taken.is_floating_point() else "input_ids": taken},
            attention_mask=mask,
            position_ids=positions,
            cache=cache,
            use_cache=cache is not None,
            logits_to_keep=keep,
        )
        scores: Tensor = answer.logits
        return scores


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same conversation with its instructions at the head of the first user's message."""
    heads = [m["content"] for m in messages if m["role"] == "system"]
    rest = [dict(m) for m in messages if m["role"] != "system"]
    if rest:
        rest[0]["content"] = "\n\n".join([*heads, rest[0]["content"]])
    return rest


def placement() -> tuple[torch.device, torch.dtype]:
    """Where to compute, and in which numbers.

    On a CPU 32 bits: a padded batch writes as fast as with 16 (docs/benchmarks.md) and scores stay exact. One core
    is left to whatever shares the machine: with a thread for every core, one busy neighbour stalls them all.
    """
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    if torch.backends.mps.is_available():
        return torch.device("mps"), torch.bfloat16
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 4))
    return torch.device("cpu"), torch.float32


def sentence(error: Exception) -> str:
    """The first line of a library's message, without its final stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(". ")[:200]
