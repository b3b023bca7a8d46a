"""Near duplicates among many functions: banded signatures, then an estimate for each candidate.

One side, the smaller, is indexed; the other passes by in batches. Two functions become candidates
when one band of their signatures is equal, and near duplicates when the share of equal places,
which estimates the Jaccard similarity of their shingles, reaches `THRESHOLD`.

What it needs: 512 bytes of signature and 12 bytes for each band per indexed function (0.75 KiB in
all), and as much for the batch that passes; the functions that pass are not kept. Sorted arrays
instead of hash tables, since a table of Python objects would need ten times that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpus.fingerprint import PERMUTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Signatures = NDArray[np.int32]
    Places = NDArray[np.int64]

THRESHOLD = 0.8
"""Estimated similarity from which two functions count as near duplicates."""

_BANDS = 16
_ROWS = PERMUTATIONS // _BANDS
"""A pair of similarity s becomes a candidate with probability 1 - (1 - s**8)**16: 0.95 at 0.8,
where half of the estimates fall short of the threshold anyway, 0.9999 at 0.9, 0.01 at 0.4."""

_PAIRS = 1 << 16
"""Candidates compared at once: 32 MiB of signatures for each side."""

_SIZE_TOLERANCE = 0.9
"""Multisets of sizes a < b have at most a / b in common. The estimate errs; so by that much less
than the threshold is let through to be estimated."""


@dataclass(frozen=True)
class Matches:
    """Pairs of near duplicates: place in the batch, place in the index, estimated similarity."""

    queries: Places
    indexed: Places
    similarity: NDArray[np.float32]


class NearIndex:
    """Functions to look for: their MinHash signatures, one a row, and their shingles' numbers."""

    def __init__(self, signatures: Signatures, sizes: NDArray[np.int32]) -> None:
        """Sort the bands; the arrays are kept as they are."""
        self._signatures = signatures
        self._sizes = sizes
        self._bands: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []
        for band in range(_BANDS):
            keys = _band_keys(signatures, band)
            order = np.argsort(keys, kind="stable").astype(np.int32)
            self._bands.append((keys[order], order))

    def matches(self, signatures: Signatures, sizes: NDArray[np.int32]) -> Matches:
        """All near duplicates of a batch (some thousands) in the index, each pair once."""
        found: list[Places] = [np.empty(0, np.int64)]
        for band, (keys, order) in enumerate(self._bands):
            wanted = _band_keys(signatures, band)
            first = np.searchsorted(keys, wanted, side="left")
            counts = np.searchsorted(keys, wanted, side="right") - first
            for queries, places in _expanded(first, counts):
                indexed = order[places].astype(np.int64)
                likely = self._of_like_size(sizes[queries], self._sizes[indexed])
                # Pairs are kept as one number each, so that those of several bands fold together.
                pairs = queries[likely] * len(self._sizes) + indexed[likely]
                found.append(np.unique(pairs))
        pairs = np.unique(np.concatenate(found))
        return self._estimated(signatures, pairs)

    def _estimated(self, signatures: Signatures, pairs: Places) -> Matches:
        similarity = np.empty(len(pairs), np.float32)
        queries, indexed = np.divmod(pairs, max(1, len(self._sizes)))
        for start in range(0, len(pairs), _PAIRS):
            part = slice(start, start + _PAIRS)
            equal = signatures[queries[part]] == self._signatures[indexed[part]]
            similarity[part] = equal.mean(axis=1, dtype=np.float32)
        near = similarity >= THRESHOLD
        return Matches(queries[near], indexed[near], similarity[near])

    @staticmethod
    def _of_like_size(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
        ratio = np.minimum(one, other) / np.maximum(one, other)
        return np.asarray(ratio >= THRESHOLD * _SIZE_TOLERANCE)


def _band_keys(signatures: Signatures, band: int) -> NDArray[np.uint64]:
    """One number for a band of each signature: equal bands, equal numbers."""
    keys = np.full(len(signatures), band, dtype=np.uint64)
    for place in range(band * _ROWS, (band + 1) * _ROWS):
        keys = (keys ^ signatures[:, place].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    return keys


def _expanded(first: Places, counts: Places) -> Iterator[tuple[Places, Places]]:
    """Each query with each of its `counts` places from `first`, about `_PAIRS` at a time."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _PAIRS, side="right")))
        some = counts[start:stop]
        queries = np.repeat(np.arange(start, stop), some)
        within = np.arange(len(queries)) - np.repeat(np.cumsum(some) - some, some)
        yield queries, np.repeat(first[start:stop], some) + within
        start = stop
