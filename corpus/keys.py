"""A set of hashes at 16 bytes each: what a driver remembers about every row that it has seen.

A Python set of the same texts would take some 120 bytes for each. Sorted, so that a batch is looked
up in one go; adding a batch copies the whole, which for a million keys takes some 5 ms.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

KEY_BYTES = 16


class KeySet:
    """Hashes of KEY_BYTES bytes, each once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._sorted: NDArray[np.bytes_] = keys_of([])

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._sorted)

    @property
    def held_bytes(self) -> int:
        """What the keys take in memory."""
        return self._sorted.nbytes

    def has(self, keys: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        """Which of `keys` are in the set, in their order."""
        if not len(self._sorted):
            return np.zeros(len(keys), dtype=np.bool_)
        places = np.searchsorted(self._sorted, keys).clip(max=len(self._sorted) - 1)
        return np.asarray(self._sorted[places] == keys)

    def add(self, keys: NDArray[np.bytes_]) -> None:
        """Put `keys` into the set; those that are in it already stay once."""
        fresh = np.unique(keys)
        fresh = fresh[~self.has(fresh)]
        self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted, fresh), fresh)


def keys_of(hashes: Sequence[bytes]) -> NDArray[np.bytes_]:
    """Hashes as an array that a KeySet takes."""
    # Trailing zero bytes are no part of a value of this type, which for equal lengths changes
    # neither what is equal nor the order.
    return np.frombuffer(b"".join(hashes), dtype=f"S{KEY_BYTES}")


def hash_of(parts: Iterable[str]) -> bytes:
    """The key of several texts in their order; where one ends and the next begins counts."""
    digest = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        said = part.encode(errors="surrogateescape")
        digest.update(b"%d " % len(said))
        digest.update(said)
    return digest.digest()
