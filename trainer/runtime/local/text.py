"""Token ids in, pieces of text out; and where a text began to repeat itself."""

from collections.abc import Callable, Sequence

BROKEN = "\ufffd"  # what decoders put for bytes that are not a whole character (yet)
LONGEST_PERIOD = 60  # tokens; longer passages that come back are a matter for the reader, not for a machine
REPEATS, SHORTEST_LOOP = 4, 24  # times in a row, and tokens in all: a row of dashes or hashtags is no loop


class Pieces:
    """Decodes a growing list of tokens so that the pieces joined are the text and no piece holds half a character.

    Only the tokens since the last whole character are decoded again, with the few before them as context (some
    tokenizers write a space or not depending on the neighbour).
    """

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        self._context = self._shown = 0  # tokens: where the decoded window begins, how far text was given out
        self._lengths: list[int] = []  # characters given out after each token
        self.text = ""

    def add(self, token: int) -> str:
        """The text that `token` completes; empty while a character is unfinished."""
        self._ids.append(token)
        before = self._decode(self._ids[self._context : self._shown])
        window = self._decode(self._ids[self._context :])
        piece = ""
        if len(window) > len(before) and not window.endswith(BROKEN):
            piece = window[len(before) :].replace(BROKEN, "")
            self._context, self._shown = self._shown, len(self._ids)
            self.text += piece
        self._lengths.append(len(self.text))
        return piece

    def first(self, tokens: int) -> str:
        """The text of the first so many tokens: a prefix of all pieces joined."""
        return self.text[: self._lengths[tokens - 1]] if tokens else ""


def kept_of_loop(ids: Sequence[int]) -> int | None:
    """How many tokens to keep of a text that ends in a loop (its passage once), or None if it does not loop."""
    for period in range(1, LONGEST_PERIOD + 1):
        span = max(REPEATS * period, SHORTEST_LOOP)
        if len(ids) < span:
            return None
        if ids[-1] != ids[-1 - period] or ids[-span:-period] != ids[period - span :]:
            continue
        start = len(ids) - span
        while start > 0 and ids[start - 1] == ids[start - 1 + period]:
            start -= 1
        return start + period
    return None
