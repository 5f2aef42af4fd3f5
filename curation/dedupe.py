"""Texts in, groups of near-copies out: MinHash finds candidates, the real Jaccard similarity decides."""

import re
from collections.abc import Sequence
from functools import lru_cache

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.8  # share of common shingles from which two texts count as copies
SLACK = 0.15  # candidates from this much below: the index misses some pairs near its own threshold
SHINGLE = 5  # characters; Korean needs no word splitting that way
PERMUTATIONS = 128


def near_duplicates(texts: Sequence[str], threshold: float = THRESHOLD) -> list[set[int]]:
    """Groups (two or more indices) of near-copies, in order of their first member; a copy of a copy is in the group."""
    return groups(len(texts), near_pairs(texts, threshold))


def near_pairs(texts: Sequence[str], threshold: float = THRESHOLD) -> list[tuple[int, int]]:
    """Pairs (earlier, later) of texts that are near-copies of each other, in order.

    Candidates come from MinHash LSH (Broder 1997; Leskovec, Rajaraman, Ullman, ch. 3); each pair is then verified.
    """
    index = MinHashLSH(threshold=max(0.1, threshold - SLACK), num_perm=PERMUTATIONS)
    candidates: list[tuple[int, int]] = []
    for i, text in enumerate(texts):
        signature = minhash(text)
        candidates += [(other, i) for other in sorted(map(int, index.query(signature)))]
        index.insert(str(i), signature)
    sets = {i: shingles(texts[i]) for pair in candidates for i in pair}
    return sorted((one, two) for one, two in candidates if jaccard(sets[one], sets[two]) >= threshold)


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> list[set[int]]:
    """What hangs together among 0..count-1 through the pairs; lone ones are left out."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for one, two in pairs:
        first, second = sorted((root(one), root(two)))
        parent[second] = first
    members: dict[int, set[int]] = {}
    for i in range(count):
        members.setdefault(root(i), set()).add(i)
    return [group for _, group in sorted(members.items()) if len(group) > 1]


def shingles(text: str) -> frozenset[str]:
    """All runs of five characters of the text, without case, spaces and punctuation."""
    plain = re.sub(r"\W+", "", text.casefold())
    return frozenset(plain[i : i + SHINGLE] for i in range(max(1, len(plain) - SHINGLE + 1)))


@lru_cache(maxsize=20_000)
def minhash(text: str) -> MinHash:
    """The text's signature of 128 hash values; kept, since every collection looks at all texts again."""
    made = MinHash(num_perm=PERMUTATIONS, seed=1)
    made.update_batch([piece.encode() for piece in sorted(shingles(text))])
    return made


def jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    """Common share of two sets, 0 to 1."""
    return len(one & two) / len(one | two) if one or two else 1.0
