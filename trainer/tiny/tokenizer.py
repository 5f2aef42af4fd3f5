"""The tokenizer: in, documents of the corpus; out, a byte-level BPE tokenizer with the chat template."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from trainer.tiny.corpus import Messages

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]
END = "<|im_end|>"
PARTICLES = "을|를|이|가|은|는|과|와|으로|로|에|에서|에게|께서|께|도|의|라면|입니다|이며|이고|이에요|예요|부터|까지|만"
# A Korean stem is split from a trailing particle, so that a noun has the same tokens in the request and in the draft.
WORD = (
    rf" ?[가-힣]+?(?=(?:{PARTICLES})(?![가-힣]))| ?[가-힣]+| ?[A-Za-z]+| ?[0-9]"
    r"|\s*\n| ?[^\sA-Za-z가-힣0-9]+|\s+"
)
CHAT_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ '<|im_start|>assistant\n' }}"
    "{% generation %}{{ m['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def train_tokenizer(documents: Iterable[Messages], size: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `size` tokens, trained on the corpus alone."""
    core = Tokenizer(models.BPE())
    core.normalizer = normalizers.NFC()
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORD), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    core.train_from_iterator((turn["content"] for doc in documents for turn in doc), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token=END,
        pad_token="<|pad|>",
        clean_up_tokenization_spaces=False,
        model_max_length=1024,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
