"""The banded index against comparing each with each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus import near
from corpus.fingerprint import PERMUTATIONS
from corpus.near import THRESHOLD, NearIndex


def sets_of_signatures(seed: int, count: int) -> NDArray[np.int32]:
    """Signatures, of which some differ from an earlier one in a random share of places."""
    random = np.random.default_rng(seed)
    rows = random.integers(-(2**31), 2**31, (count, PERMUTATIONS), dtype=np.int32)
    for row in range(1, count, 2):
        kept = random.random(PERMUTATIONS) < random.choice([0.5, 0.85, 0.95])
        rows[row, kept] = rows[row - 1, kept]
    return rows


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_pairs_are_those_of_comparing_each_with_each_but_for_a_few(seed: int) -> None:
    rows = sets_of_signatures(seed, 120)
    sizes = np.full(len(rows), 100, np.int32)
    found = NearIndex(rows[::2], sizes[::2]).matches(rows[1::2], sizes[1::2])
    similarity = (rows[1::2, None, :] == rows[None, ::2, :]).mean(axis=2)
    expected = {tuple(pair) for pair in np.argwhere(similarity >= THRESHOLD).tolist()}
    certain = {tuple(pair) for pair in np.argwhere(similarity >= 0.9).tolist()}
    pairs = set(zip(found.queries.tolist(), found.indexed.tolist(), strict=True))
    assert certain <= pairs <= expected
    assert np.allclose(found.similarity, similarity[found.queries, found.indexed])


def test_batches_of_candidates_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.repeat(sets_of_signatures(5, 4), 50, axis=0)  # many candidates for each
    sizes = np.full(len(rows), 100, np.int32)
    whole = NearIndex(rows, sizes).matches(rows, sizes)
    monkeypatch.setattr(near, "_PAIRS", 64)
    parts = NearIndex(rows, sizes).matches(rows, sizes)
    assert len(whole.queries) >= 50 * 50 * 4
    assert np.array_equal(whole.queries, parts.queries)
    assert np.array_equal(whole.similarity, parts.similarity)


def test_sets_of_too_different_sizes_are_not_near_whatever_the_estimate_says() -> None:
    rows = sets_of_signatures(5, 1)
    index = NearIndex(rows, np.array([100], np.int32))
    assert len(index.matches(rows, np.array([100], np.int32)).queries) == 1
    assert len(index.matches(rows, np.array([50], np.int32)).queries) == 0


def test_an_empty_index_has_no_matches() -> None:
    empty = np.empty((0, PERMUTATIONS), np.int32)
    rows = sets_of_signatures(1, 3)
    found = NearIndex(empty, np.empty(0, np.int32)).matches(rows, np.full(3, 9, np.int32))
    assert len(found.queries) == len(found.similarity) == 0
