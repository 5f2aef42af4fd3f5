"""A text in, how like the most similar known text is out (0..1): signatures point to it, the texts themselves tell."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from curation.dedupe import EDITS, PERMUTATIONS, jaccard, plain, shingles, signature, signatures

MOST = 20_000  # texts compared with, the newest: 10 MB of signatures


class Likeness:
    """Signatures of known texts in one table: a look compares with all of them in one go, 1 ms for 20,000."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self._table = np.ascontiguousarray(signatures(self._texts).T)  # a column a text; may have empty ones at its end

    def closest(self, text: str) -> float:
        """Likeness of the most similar known text; 0 if there is none."""
        if not self._texts:
            return 0.0
        same = self._table[:, : len(self._texts)] == signature(text)[:, None]
        return alike(self._texts[int(same.view(np.uint8).sum(axis=0, dtype=np.uint8).argmax())], text)

    def add(self, text: str) -> None:
        """Another known text."""
        if self._table.shape[1] == len(self._texts):
            more = np.empty((PERMUTATIONS, len(self._texts) + 64), np.uint32)
            self._table = np.concatenate([self._table, more], axis=1)
        self._table[:, len(self._texts)] = signature(text)
        self._texts.append(text)


def alike(one: str, two: str) -> float:
    """Share of characters that were not edited where few were, else of common shingles; from THRESHOLD on it is a copy."""
    edited = Levenshtein.normalized_distance(plain(one), plain(two), score_cutoff=EDITS)  # 1 where it is more
    return max(1 - edited, jaccard(shingles(one), shingles(two)))
