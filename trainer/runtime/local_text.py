"""Token ids in, text out: pieces that never break a character, the next token of a row, and the end of a loop."""

from collections.abc import Callable, Sequence

import torch

from trainer.runtime import Sampling

LONGEST_PERIOD, LEAST_REPEATS, LEAST_LOOP = 60, 4, 24  # tokens, times, tokens


class Pieces:
    """Text that grows with the tokens; what was given out is never taken back."""

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self.given = ""

    def more(self, ids: Sequence[int], last: bool = False) -> str:
        """What can be shown now that was not yet. A character still missing bytes waits for them."""
        text = self._decode(ids)
        if not last:
            text = text.rstrip("\ufffd")
        if not text.startswith(self.given):
            return ""  # a tokenizer that rewrites its own past; the final text is right all the same
        piece = text[len(self.given) :]
        self.given = text
        return piece


class Picker:
    """Draws the next token of one row. Its own generator makes a row's text independent of what shares the batch."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self._generator = torch.Generator().manual_seed(sampling.seed)

    def pick(self, logits: torch.Tensor) -> int:
        """Next token of logits (vocabulary,): the likeliest at temperature 0, else a draw from the top_p nucleus."""
        if self.sampling.temperature == 0:
            return int(logits.argmax())
        chances = torch.softmax(logits.float().cpu() / self.sampling.temperature, dim=-1)
        if self.sampling.top_p < 1:
            ordered, order = chances.sort(descending=True)
            outside = ordered.cumsum(0) - ordered >= self.sampling.top_p
            chances[order[outside]] = 0
        return int(torch.multinomial(chances, 1, generator=self._generator))


def loop_length(ids: Sequence[int]) -> int:
    """How many tokens at the end only repeat what stands before them; 0 if the text does not go in circles."""
    for period in range(1, LONGEST_PERIOD + 1):
        repeats = max(LEAST_REPEATS, -(-LEAST_LOOP // period))
        span = period * repeats
        if len(ids) >= span and all(ids[-i] == ids[-i - period] for i in range(1, span - period + 1)):
            return span - period
    return 0
