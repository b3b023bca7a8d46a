"""Gradient boosting of trees that predict the values of all lists at once, kept as plain arrays.

Squared loss: each tree is fitted to what the trees before it left over, shrunk, and added. A tree
has one leaf value for each list, so that lists which do well on the same functions share what is
learned of them; fifty boosters of their own, on a thousand functions, learn noise. Trees come from
scikit-learn, and are read through its documented `tree_`; nothing is pickled, and a worker needs no
scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from trainer.baselines.plain_arrays import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class TreeOptions:
    """Of one ensemble. `share` of the functions, drawn anew, is what each tree sees."""

    trees: int = 120
    learning_rate: float = 0.08
    depth: int = 4
    least_leaf: int = 8
    share: float = 0.7
    features: float = 0.5


@dataclass(frozen=True)
class Tree:
    """`children[n]` are the nodes for feature <= threshold and above; a leaf is its own child."""

    children: Places
    feature: Places
    threshold: Floats
    value: Floats

    def predict(self, rows: Floats) -> Floats:
        """[rows, lists]."""
        nodes = np.zeros(len(rows), dtype=np.int64)
        while True:
            above = rows[np.arange(len(rows)), self.feature[nodes]] > self.threshold[nodes]
            after = self.children[nodes, above.astype(np.int64)]
            if (after == nodes).all():
                found: Floats = self.value[nodes]
                return found
            nodes = after


@dataclass(frozen=True)
class Forest:
    """A constant, and trees that are added to it."""

    start: Floats
    trees: tuple[Tree, ...]

    def predict(self, rows: Floats) -> Floats:
        """Values [rows, lists]."""
        return self.steps(rows)[-1]

    def steps(self, rows: Floats) -> Sequence[Floats]:
        """What no tree predicts, what the first does, what the first two do, and so on."""
        found = [np.tile(self.start, (len(rows), 1))]
        for tree in self.trees:
            found.append(found[-1] + tree.predict(rows))
        return found

    def first(self, trees: int) -> Self:
        """The forest as it was after so many trees."""
        return type(self)(self.start, self.trees[:trees])

    def save(self, path: Path) -> None:
        """Write plain arrays: nodes of all trees behind one another."""
        sizes = np.array([len(one.feature) for one in self.trees], dtype=np.int64)
        lists = len(self.start)
        write_arrays(
            path,
            {
                "start": self.start,
                "sizes": sizes,
                "children": _joined([one.children for one in self.trees], (0, 2), np.int64),
                "feature": _joined([one.feature for one in self.trees], (0,), np.int64),
                "threshold": _joined([one.threshold for one in self.trees], (0,), np.float32),
                "value": _joined([one.value for one in self.trees], (0, lists), np.float32),
            },
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote. Raises OSError, ValueError and KeyError where it is none."""
        kept = read_arrays(path)
        sizes = kept["sizes"]
        cuts = np.cumsum(sizes)[:-1]
        names = ("children", "feature", "threshold", "value")
        parts = [np.split(kept[name], cuts) for name in names]
        made = (Tree(*each) for each in zip(*parts, strict=True)) if len(sizes) else ()
        return cls(kept["start"], tuple(made))


def _joined(
    parts: Sequence[NDArray[Any]], empty: tuple[int, ...], kind: type[np.generic]
) -> NDArray[Any]:
    return np.concatenate([np.zeros(empty, dtype=kind), *parts]).astype(kind)


def boost(rows: Floats, values: Floats, options: TreeOptions, seed: int) -> Forest:
    """Fit a forest to `values` [rows, lists]."""
    from sklearn.tree import DecisionTreeRegressor

    random = np.random.default_rng(seed)
    start = values.mean(axis=0, dtype=np.float64).astype(np.float32)
    left = values - start
    trees = []
    for number in range(options.trees):
        shown = np.sort(random.permutation(len(rows))[: max(1, round(options.share * len(rows)))])
        fitted = DecisionTreeRegressor(
            max_depth=options.depth,
            min_samples_leaf=min(options.least_leaf, len(shown)),
            max_features=options.features,
            random_state=seed + number,
        ).fit(rows[shown], left[shown])
        trees.append(_tree(fitted.tree_, options.learning_rate))
        left -= trees[-1].predict(rows)
    return Forest(start, tuple(trees))


def _tree(fitted: Any, shrunk: float) -> Tree:  # noqa: ANN401 - scikit-learn ships no types
    itself = np.arange(fitted.node_count)
    is_leaf = fitted.children_left < 0
    children = np.stack(
        [
            np.where(is_leaf, itself, fitted.children_left),
            np.where(is_leaf, itself, fitted.children_right),
        ],
        axis=1,
    )
    value = fitted.value.reshape(fitted.node_count, -1) * shrunk
    return Tree(
        children.astype(np.int64),
        np.where(is_leaf, 0, fitted.feature).astype(np.int64),
        _not_above(fitted.threshold),
        value.astype(np.float32),
    )


def _not_above(threshold: NDArray[np.float64]) -> Floats:
    """Thresholds rounded down: a feature of 32 bits is above one exactly when it was above both."""
    rounded = threshold.astype(np.float32)
    below = np.nextafter(rounded, np.float32(-np.inf))
    found: Floats = np.where(rounded.astype(np.float64) > threshold, below, rounded)
    return found
