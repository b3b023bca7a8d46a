"""A set of hashes at 16 bytes each: what a driver remembers about every row that it has seen.

A Python set of the same texts would take some 120 bytes for each. Sorted by its first half, so that
a batch is looked up in one go; adding a batch copies the whole, which for a million keys takes some
5 ms.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]
    """Two words for each hash, in rows."""

KEY_BYTES = 16


class KeySet:
    """Hashes of KEY_BYTES bytes, each once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._high = np.empty(0, dtype=np.uint64)
        self._low = np.empty(0, dtype=np.uint64)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._high)

    @property
    def held_bytes(self) -> int:
        """What the keys take in memory."""
        return self._high.nbytes + self._low.nbytes

    def keys(self) -> Keys:
        """All of them."""
        return np.column_stack((self._high, self._low))

    def has(self, keys: Keys) -> NDArray[np.bool_]:
        """Which of `keys` are in the set, in their order."""
        found = np.zeros(len(keys), dtype=np.bool_)
        first = np.searchsorted(self._high, keys[:, 0], side="left")
        end = np.searchsorted(self._high, keys[:, 0], side="right")
        place = first
        while len(some := np.flatnonzero(place < end)):  # twice only where first halves are equal
            found[some] |= self._low[place[some]] == keys[some, 1]
            place = place + 1
        return found

    def add(self, keys: Keys) -> None:
        """Put `keys` into the set; those that are in it already stay once."""
        fresh = keys[first_of_each(keys)]
        fresh = fresh[~self.has(fresh)]
        fresh = fresh[np.argsort(fresh[:, 0], kind="stable")]
        places = np.searchsorted(self._high, fresh[:, 0])
        self._high = np.insert(self._high, places, fresh[:, 0])
        self._low = np.insert(self._low, places, fresh[:, 1])


def first_of_each(keys: Keys) -> NDArray[np.bool_]:
    """Which of `keys` have no equal before them."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: of equals the first comes first
    ordered = keys[order]
    first = np.ones(len(keys), dtype=np.bool_)
    first[order[1:]] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return first


def keys_of(hashes: Sequence[bytes]) -> Keys:
    """Hashes, or several of them as one, as rows that a KeySet takes."""
    return np.frombuffer(b"".join(hashes), dtype=np.uint64).reshape(-1, 2)


def hash_of(parts: Iterable[str]) -> bytes:
    """The key of several texts in their order; where one ends and the next begins counts."""
    digest = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        said = part.encode(errors="surrogateescape")
        digest.update(b"%d " % len(said))
        digest.update(said)
    return digest.digest()
