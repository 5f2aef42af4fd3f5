"""Texts in, groups of near-copies out: MinHash points at pairs, their real likeness decides.

Two texts are copies if they share most of their shingles (whatever the order of their sentences), or if few of their
characters were edited (small edits in many places break many shingles). Both bounds were measured on the labelled
pairs in tests/duplicates. Time and memory grow with the number of texts alone, however much boilerplate they share.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

THRESHOLD = 0.75  # share of common shingles from which two texts count as copies
EDITS = 0.15  # share of edited characters up to which they do
SHINGLE = 4  # characters; Korean needs no word splitting that way
PERMUTATIONS = 128
BAND = 3  # hash values that must agree for a pair to be looked at: of pairs half alike 996 in 1,000 are
WINDOW = 8  # of texts that agree in a band each is compared with so many: those that agree in the next band as well
LIKELY = 0.38  # below this estimate (it errs by 0.04) a pair is neither
KEPT = 200_000  # signatures remembered between two looks, 512 bytes each

Signatures = NDArray[np.uint32]
Pairs = NDArray[np.int64]


def near_duplicates(texts: Sequence[str]) -> list[set[int]]:
    """Groups (two or more indices) of near-copies, in order of their first member; a copy of a copy is in the group."""
    return groups(len(texts), near_pairs(texts))


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs (earlier, later) of near-copies, in order: enough to join each group of them, not all pairs of a group."""
    return verified(candidates(signatures(texts)), lambda wanted: {i: texts[i] for i in wanted})


def candidates(table: Signatures) -> Pairs:
    """Rows (earlier, later) of signatures that agree in a band and whose estimated likeness is high enough.

    Banding: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3. Equal signatures are tied to the first alone.
    """
    kept, first = _distinct(table)
    bands = _bands(table[kept])
    found = [np.column_stack([first, np.arange(len(table))])[first != np.arange(len(table))]]
    for number, band in enumerate(bands):
        order = np.lexsort((bands[(number + 1) % len(bands)], band))
        for step in range(1, min(WINDOW, len(order) - 1) + 1):
            same = band[order[step:]] == band[order[:-step]]
            pairs = np.sort(kept[np.column_stack([order[:-step][same], order[step:][same]])], axis=1)
            found.append(pairs[_alike(table, pairs) >= LIKELY])
    return np.unique(np.concatenate(found), axis=0)


def _distinct(table: Signatures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that differ from all before them; and for every row the first one that is equal to it."""
    rows = np.ascontiguousarray(table).view(np.dtype((np.void, table.itemsize * PERMUTATIONS))).ravel()
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    return np.sort(first), first[place]


def _bands(table: Signatures) -> list[NDArray[np.uint64]]:
    """For every band the one number of each row that stands for its hash values."""
    factors = np.random.RandomState(1).randint(1, 2**63, BAND).astype(np.uint64) | np.uint64(1)
    return [table[:, at : at + BAND].astype(np.uint64) @ factors for at in range(0, PERMUTATIONS - BAND + 1, BAND)]


def _alike(table: Signatures, pairs: Pairs) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of each pair of rows (Broder 1997)."""
    parts = [pairs[at : at + 100_000] for at in range(0, len(pairs), 100_000)]
    counts = [(table[part[:, 0]] == table[part[:, 1]]).mean(axis=1) for part in parts]
    return np.concatenate([np.empty(0), *counts])


def verified(pairs: Pairs, texts_of: Callable[[set[int]], dict[int, str]]) -> list[tuple[int, int]]:
    """Those of the pairs that really are near-copies; `texts_of` gives the texts of the indices asked for."""
    found: list[tuple[int, int]] = []
    for at in range(0, len(pairs), 10_000):
        part: list[tuple[int, int]] = [(int(i), int(j)) for i, j in pairs[at : at + 10_000]]
        texts = {i: plain(text) for i, text in texts_of({i for pair in part for i in pair}).items()}
        left, right = [texts[i] for i, _ in part], [texts[j] for _, j in part]
        edits = process.cpdist(left, right, scorer=Levenshtein.normalized_distance, score_cutoff=EDITS)
        found += [pair for pair, share in zip(part, edits, strict=True) if share <= EDITS or _shared(pair, texts)]
    return found


def _shared(pair: tuple[int, int], texts: dict[int, str]) -> bool:
    return jaccard(shingles(texts[pair[0]]), shingles(texts[pair[1]])) >= THRESHOLD


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> list[set[int]]:
    """What hangs together among 0..count-1 through the pairs; lone ones are left out."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for one, two in pairs:
        first, second = sorted((root(one), root(two)))
        parent[second] = first
    members: dict[int, set[int]] = {}
    for i in range(count):
        members.setdefault(root(i), set()).add(i)
    return [group for _, group in sorted(members.items()) if len(group) > 1]


def plain(text: str) -> str:
    """The text without case, width, spaces and punctuation."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).casefold())


def shingles(text: str) -> NDArray[np.uint32]:
    """All different runs of four characters of the plain text, each as a hash of 32 bits, in order of the hashes."""
    points = np.frombuffer(plain(text).ljust(SHINGLE, "\0").encode("utf-32-le"), dtype=np.uint32)
    hashes = np.zeros(len(points) - SHINGLE + 1, dtype=np.uint32)
    for i in range(SHINGLE):
        hashes = (hashes + points[i : i + len(hashes)]) * np.uint32(0x9E3779B1)
        hashes ^= hashes >> np.uint32(15)
    return np.unique(hashes)


def jaccard(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> float:
    """Common share of two sets of shingles, 0 to 1."""
    common = len(np.intersect1d(one, two, assume_unique=True))
    return common / (len(one) + len(two) - common)


def signatures(texts: Sequence[str]) -> Signatures:
    """One row of 128 hash values for each text; remembered, since every collection looks at all texts again."""
    return np.array(list(map(signature, texts)), dtype=np.uint32).reshape(len(texts), PERMUTATIONS)


def signature(text: str) -> Signatures:
    """The 128 hash values of a text (datasketch's MinHash over its shingles)."""
    key = hashlib.blake2b(text.encode(), digest_size=16).digest()
    if (row := _known.get(key)) is None:
        made = MinHash(PERMUTATIONS, hashfunc=int, permutations=_PERMUTED, scheme="affine32")
        made.update_batch(shingles(text))
        row = made.hashvalues
        if len(_known) >= KEPT:
            _known.pop(next(iter(_known)))
        _known[key] = row
    return row


_PERMUTED = MinHash(PERMUTATIONS, seed=1, scheme="affine32").permutations
_known: dict[bytes, Signatures] = {}
