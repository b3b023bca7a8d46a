"""Made-up pass lists: a few that many functions are tried with, and what a walk makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.int16]

LONGEST = 20
"""Passes of a list at most."""

CORESET = 24
"""Lists that the first campaign tries on every function before it walks."""

_KNOWN = 4_000
"""Lists that searches start from."""

_NO_PASS = -1


@dataclass(frozen=True)
class Lists:
    """The known lists, the coreset's first. `ids` has a row a list, filled up with -1."""

    texts: tuple[str, ...]
    ids: Matrix
    weights: NDArray[np.float64]

    @classmethod
    def draw(cls, texts: Sequence[str], seed: int) -> Lists:
        """Lists over the passes with these texts; some passes are much used, most seldom."""
        rng = np.random.default_rng([seed, 1])
        weights = 1 / np.arange(1, len(texts) + 1) ** 0.7
        weights = rng.permutation(weights / weights.sum())
        lengths = np.clip(rng.geometric(0.2, _KNOWN), 1, LONGEST - 1)
        ids = rng.choice(len(texts), (_KNOWN, LONGEST), p=weights).astype(np.int16)
        ids[np.arange(LONGEST) >= lengths[:, None]] = _NO_PASS
        return cls(tuple(texts), ids, weights)

    def text(self, place: int) -> str:
        """A known list as text."""
        return ",".join(self.texts[number] for number in self.ids[place] if number != _NO_PASS)

    def tried(
        self, rng: np.random.Generator, start: NDArray[np.int64], ordinal: NDArray[np.int64]
    ) -> pa.Array:
        """What a search tries, by the known list where it starts and the position in the search.

        The coreset, then the start changed: cut somewhere, another pass put in, perhaps a second.
        """
        rows = np.arange(len(start))
        parents = self.ids[start]
        lengths = (parents != _NO_PASS).sum(axis=1)
        cut = (rng.random(len(start)) * (lengths + 1)).astype(np.int64)
        places = np.arange(LONGEST)
        shifted = np.concatenate([parents[:, :1], parents[:, :-1]], axis=1)
        tried = np.where(places < cut[:, None], parents, shifted)
        tried[rows, cut] = rng.choice(len(self.texts), len(start), p=self.weights)
        again = rng.random(len(start)) < 0.5  # noqa: PLR2004 - every other list differs in two
        other = (rng.random(len(start)) * (lengths + 1)).astype(np.int64)
        tried[rows[again], other[again]] = rng.choice(len(self.texts), again.sum(), p=self.weights)
        walked = ordinal >= CORESET
        tried[~walked] = self.ids[ordinal[~walked]]
        return as_lists(tried)

    def uniform(self, rng: np.random.Generator, many: int) -> pa.Array:
        """Lists of 1 to 20 passes, all equally likely, as the second campaign tries them."""
        ids = rng.integers(0, len(self.texts), (many, LONGEST), dtype=np.int16)
        ids[np.arange(LONGEST) >= rng.integers(1, LONGEST + 1, many)[:, None]] = _NO_PASS
        return as_lists(ids)


def as_lists(matrix: Matrix) -> pa.Array:
    """Rows of ids as Arrow lists, without what they are filled up with."""
    there = matrix != _NO_PASS
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    item = pa.field("element", pa.int16(), nullable=False)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix[there]), type=pa.list_(item))
