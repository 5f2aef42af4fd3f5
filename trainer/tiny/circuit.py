"""The starting weights: in, a freshly built model; out, the same model with a copying (induction) circuit.

In small models the ability to copy "the token that followed the last time" appears only after millions of tokens. Here
it is written into the initial weights; training is free to change everything.
- Layer 0, head 0 looks at the previous position and notes that token's embedding in a subspace of its own.
- Layer 1, heads 0 and 2 look for positions whose note equals the present token, and add the embedding found there to
  the output.
"""

from __future__ import annotations

import torch
from transformers import Qwen3ForCausalLM

HEAD = 64
FAST_PAIRS = range(4)  # rotary pairs that tell neighbouring positions apart
SLOW_PAIRS = range(15, 32)  # rotary pairs that hardly turn within a document
MATCH = [*SLOW_PAIRS, *(i + HEAD // 2 for i in SLOW_PAIRS)]


def _rows(head: int) -> slice:
    return slice(head * HEAD, (head + 1) * HEAD)


@torch.no_grad()
def install(model: Qwen3ForCausalLM, std: float = 0.1, note: float = 0.5, copy: float = 2.0, gain: float = 2.0) -> None:
    """Write the circuit into a freshly built model (hidden size 256, heads of 64, rotary base 1e6)."""
    embedding = model.model.embed_tokens.weight
    width = embedding.shape[1]
    embedding.normal_(0.0, std)
    embedding[:, 0] = 5 * std  # a constant that position heads can read
    basis = torch.zeros(width - 1, width)
    basis[:, 1:] = torch.linalg.qr(torch.randn(width - 1, width - 1))[0]
    key, notes, content = basis[: len(MATCH)], basis[64 : 64 + len(MATCH)], (basis[:64], basis[128:192])

    first, second = (model.model.layers[i].self_attn for i in (0, 1))
    for layer in (first, second):
        layer.q_norm.weight.fill_(gain)
        layer.k_norm.weight.fill_(gain)

    base = model.config.rope_parameters["rope_theta"]
    query, keyed = torch.zeros(HEAD), torch.zeros(HEAD)
    for i in FAST_PAIRS:
        angle = torch.tensor(base ** (-2 * i / HEAD))
        query[i], query[i + HEAD // 2], keyed[i] = torch.cos(angle), -torch.sin(angle), 1.0
    for weight, vector in ((first.q_proj.weight, query), (first.k_proj.weight, keyed)):
        weight[_rows(0)] = 0.0
        weight[_rows(0), 0] = vector
    first.v_proj.weight[_rows(0)] = 0.0
    first.v_proj.weight[: len(MATCH)] = key
    first.o_proj.weight[:, _rows(0)] = 0.0
    first.o_proj.weight[:, : len(MATCH)] = note * notes.T

    for group, part in enumerate(content):
        head = 2 * group
        for weight, index, read in ((second.q_proj.weight, head, key), (second.k_proj.weight, group, notes)):
            block = torch.zeros(HEAD, width)
            block[MATCH] = read
            weight[_rows(index)] = block
        second.v_proj.weight[_rows(group)] = part
        second.o_proj.weight[:, _rows(head)] = copy * part.T
