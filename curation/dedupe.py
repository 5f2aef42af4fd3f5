"""Texts in, groups of near-copies out: MinHash finds candidates, the real Jaccard similarity decides."""

import re
from collections.abc import Sequence
from functools import lru_cache

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.8  # share of common shingles from which two texts count as copies
SHINGLE = 5  # characters; Korean needs no word splitting that way
PERMUTATIONS = 128


def near_duplicates(texts: Sequence[str], threshold: float = THRESHOLD) -> list[set[int]]:
    """Groups (two or more indices) of texts that are near-copies of each other, in order of their first member.

    Candidates come from MinHash LSH (Broder 1997), each pair is then verified; copying is passed on within a group.
    """
    sets = [shingles(text) for text in texts]
    # A lower threshold for candidates: LSH may miss pairs near its own threshold, verification drops the rest.
    index = MinHashLSH(threshold=max(0.1, threshold - 0.15), num_perm=PERMUTATIONS)
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, text in enumerate(texts):
        signature = minhash(text)
        for other in sorted(index.query(signature), key=int):
            if jaccard(sets[int(other)], sets[i]) >= threshold:
                first, second = sorted((root(i), root(int(other))))
                parent[second] = first
        index.insert(str(i), signature)
    groups: dict[int, set[int]] = {}
    for i in range(len(texts)):
        groups.setdefault(root(i), set()).add(i)
    return [group for _, group in sorted(groups.items()) if len(group) > 1]


@lru_cache(maxsize=50_000)
def shingles(text: str) -> frozenset[str]:
    """All runs of five characters of the text, without case, spaces and punctuation."""
    plain = re.sub(r"\W+", "", text.casefold())
    return frozenset(plain[i : i + SHINGLE] for i in range(max(1, len(plain) - SHINGLE + 1)))


@lru_cache(maxsize=50_000)
def minhash(text: str) -> MinHash:
    """The text's signature of 128 hash values."""
    made = MinHash(num_perm=PERMUTATIONS, seed=1)
    made.update_batch([piece.encode() for piece in sorted(shingles(text))])
    return made


def jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    """Common share of two sets, 0 to 1."""
    return len(one & two) / len(one | two) if one or two else 1.0
