"""What counting alone predicts: unigrams and trigrams on the same tokens that a network sees.

A network that does not beat these has learned no more than which token often follows which two. The
trigram model is interpolated modified Kneser-Ney (Chen and Goodman 1998, section 3; discounts from
counts of counts): a long-standing strong model of its kind, so that beating it says something.

Nothing crosses from one sample into the next, and padding is neither learned nor scored. What is
scored is what a network is scored on: every token of a sample but its first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from trainer.loss import Surprise
from trainer.sample import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer.shards import Batch, Shards

MOST_TOKENS: Final = 20_000_000
"""Tokens that are counted, in one or two GB of memory."""

_ROWS: Final = 1024
_LEAST_TAKEN: Final = 0.1
"""Of any count: in no context may what was never seen there be impossible."""

_Keys = npt.NDArray[np.int64]
_Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NgramFigures:
    """What each model is surprised by held-out samples, in nats, by part.

    `trained_tokens` were counted. Means over all tokens, or over answers only, as `Surprise.mean`.
    """

    trained_tokens: int
    unigram: Surprise
    trigram: Surprise


def compare(train: Shards, held_out: Shards, *, most_tokens: int = MOST_TOKENS) -> NgramFigures:
    """Count one folder of shards, be surprised by another, tokenised alike.

    Of a larger folder the first rows that have `most_tokens` tokens are counted. Five seconds
    for twenty million tokens on one core.
    """
    rows = min(train.rows, max(1, most_tokens // train.sequence_length))
    runs = [_contexts(batch, train.index.pad_id)[:3] for batch in _batches(train, rows)]
    first, second, token = (np.concatenate(column) for column in zip(*runs, strict=True))
    vocabulary = train.index.vocab_size
    unigram, trigram = Unigram(token, vocabulary), Trigram(first, second, token, vocabulary)
    trained_tokens = len(token)
    sums = {name: np.zeros((2, len(Part))) for name in ("unigram", "trigram")}
    for batch in _batches(held_out, held_out.rows):
        first, second, token, parts, scored = _contexts(batch, held_out.index.pad_id)
        nats = {
            "unigram": unigram.nats(token),
            "trigram": trigram.nats(first, second, token),
        }
        for name, some in nats.items():
            sums[name][0] += np.bincount(parts[scored], some[scored], len(Part))
            sums[name][1] += np.bincount(parts[scored], minlength=len(Part))
    found = {
        name: Surprise(tuple(one[0].tolist()), tuple(one[1].tolist())) for name, one in sums.items()
    }
    return NgramFigures(trained_tokens, **found)


def _batches(shards: Shards, rows: int) -> Iterator[Batch]:
    for first in range(0, rows, _ROWS):
        yield shards.read(np.arange(first, min(first + _ROWS, rows)))


def _contexts(batch: Batch, pad_id: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Of each token of samples: the token two before, one before, itself, its part, whether scored.

    Before a sample's first token come two of a token that no text has, one beyond the vocabulary,
    written as -1 here.
    """
    tokens, positions = batch.tokens_BT, batch.positions_BT
    before = np.full((2, *tokens.shape), -1)
    for back in (1, 2):
        before[2 - back, :, back:] = np.where(positions[:, back:] >= back, tokens[:, :-back], -1)
    real = tokens != pad_id
    return (
        before[0][real],
        before[1][real],
        tokens[real],
        batch.parts_BT[real].astype(np.int64),
        positions[real] != 0,
    )


class Unigram:
    """How often each token is, with Witten-Bell's share for those that were never seen."""

    def __init__(self, tokens: npt.NDArray[np.int64], vocabulary: int) -> None:
        """Count tokens."""
        counts = np.bincount(tokens, minlength=vocabulary).astype(float)
        kinds = np.count_nonzero(counts)
        self._nats = -np.log((counts + kinds / vocabulary) / (counts.sum() + kinds))

    def nats(self, tokens: npt.NDArray[np.int64]) -> _Reals:
        """The surprise at each."""
        found: _Reals = self._nats[tokens]
        return found


class Trigram:
    """Interpolated modified Kneser-Ney over tokens and the two before each (-1: none)."""

    def __init__(
        self,
        first: npt.NDArray[np.int64],
        second: npt.NDArray[np.int64],
        token: npt.NDArray[np.int64],
        vocabulary: int,
    ) -> None:
        """Count triples. The vocabulary may have up to two million tokens."""
        self._base = base = vocabulary + 1
        keys, counts = np.unique(self._key(first, second, token), return_counts=True)
        self._orders = [_Order(keys, counts, base)]
        while len(self._orders) < 3:  # noqa: PLR2004  (trigrams, bigrams, unigrams)
            # What a lower order counts is in how many contexts of the order above something stood.
            shorter = keys % base ** (3 - len(self._orders))
            keys, counts = np.unique(shorter, return_counts=True)
            self._orders.append(_Order(keys, counts, base))
        self._uniform = 1 / vocabulary

    def nats(
        self,
        first: npt.NDArray[np.int64],
        second: npt.NDArray[np.int64],
        token: npt.NDArray[np.int64],
    ) -> _Reals:
        """The surprise at each token after the two before it."""
        keys = self._key(first, second, token)
        chances = np.full(len(keys), self._uniform)
        for size, order in zip((1, 2, 3), reversed(self._orders), strict=True):
            chances = order.interpolated(keys % self._base**size, chances)
        nats: _Reals = -np.log(chances)
        return nats

    def _key(self, first: _Keys, second: _Keys, token: _Keys) -> _Keys:
        base = self._base
        found: _Keys = ((first % base) * base + second % base) * base + token
        return found


class _Order:
    """Counts of one order by key: its last digit to `base` is the token, the others the context."""

    def __init__(
        self, keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], base: int
    ) -> None:
        self._keys = keys
        self._base = base
        discounts = _discounts(counts)
        taken = discounts[np.minimum(counts, 3)]
        self._kept = counts - taken
        self._contexts, of_context = np.unique(keys // base, return_inverse=True)
        self._totals = np.bincount(of_context, counts)
        self._left = np.bincount(of_context, taken) / self._totals

    def interpolated(self, keys: npt.NDArray[np.int64], lower: _Reals) -> _Reals:
        """The chance of each key's token in its context, given the chances of the order below.

        A context that was never seen leaves all to the order below.
        """
        place, known = _found(self._contexts, keys // self._base)
        seen, counted = _found(self._keys, keys)
        own = np.where(counted, self._kept[seen], 0) / self._totals[place]
        return np.where(known, own + self._left[place] * lower, lower)


def _found(
    among: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    return place, among[place] == wanted


def _discounts(counts: npt.NDArray[np.int64]) -> _Reals:
    """What is taken from counts of 0, 1, 2 and 3 or more (Chen and Goodman, equation 17).

    Half a count where there are too few to say.
    """
    with_count = [np.count_nonzero(counts == one) for one in range(5)]
    if not all(with_count[1:]):
        return np.array([0, 0.5, 0.5, 0.5])
    share = with_count[1] / (with_count[1] + 2 * with_count[2])
    taken = [n - (n + 1) * share * with_count[n + 1] / with_count[n] for n in (1, 2, 3)]
    return np.array([0, *(min(max(one, _LEAST_TAKEN), n) for n, one in enumerate(taken, 1))])
