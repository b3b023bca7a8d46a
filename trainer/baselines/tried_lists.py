"""Methods that have an order of lists for each function, and try the first of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Outcome
from trainer.baselines.figures import figure
from trainer.baselines.sampling import lot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from trainer.baselines.value_matrix import ValueMatrix
    from trainer.methods.base import Compiler, Question


class Ranking(Protocol):
    """Orders lists for functions, the most promising first."""

    def orders(self, irs: Sequence[str]) -> Sequence[Sequence[str]]:
        """One order for each function, the same whatever the others are."""
        ...


class TriedLists:
    """Tries the first lists of a ranking's order; with no tries, answers the first untested.

    Each try is a compilation. -Oz is tried only where the ranking has it among the first, and
    answered where all of these fail.
    """

    def __init__(self, ranking: Ranking, tries: int) -> None:
        self._ranking = ranking
        self._tries = tries
        self._orders: dict[str, Sequence[str]] = {}

    def prepare(self, questions: Sequence[Question]) -> None:
        """Order the lists for all functions at once."""
        orders = self._ranking.orders([one.ir for one in questions])
        ids = (one.function_id for one in questions)
        self._orders = dict(zip(ids, orders, strict=True))

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says."""
        order = self._orders.get(question.function_id)
        if order is None:
            order = self._ranking.orders([question.ir])[0]
        if not self._tries:
            return order[0] if order else OZ
        tried = order[: self._tries]
        found = [
            (measured.instructions, place)
            for place, measured in enumerate(compiler.measure(tried))
            if measured.outcome is Outcome.OK and measured.instructions is not None
        ]
        return tried[min(found)[1]] if found else OZ


def reached_by(scores: NDArray[np.floating[Any]], values: ValueMatrix, tries: int) -> list[int]:
    """The smallest count of the first lists in the order of scores, for each function."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, : max(tries, 1)]
    reached: list[int] = np.take_along_axis(values.reached, order, axis=1).min(axis=1).tolist()
    return reached


def figures_of(
    scores: NDArray[np.floating[Any]], values: ValueMatrix, budgets: Iterable[int]
) -> dict[str, Any]:
    """Budget → figure, of the orders that scores make."""
    oz = values.oz.tolist()
    if not oz:
        return {}
    return {str(one): figure(oz, reached_by(scores, values, one)) for one in budgets}


def random_order(values: ValueMatrix, seed: int) -> NDArray[np.floating[Any]]:
    """Scores by chance, for each function its own."""
    rows = [
        np.random.default_rng(list(lot(seed, one))).random(len(values.lists))
        for one in values.function_ids
    ]
    return np.array(rows).reshape(len(rows), len(values.lists))


def fixed_order(train: ValueMatrix, values: ValueMatrix) -> NDArray[np.floating[Any]]:
    """Scores that are the same for every function: what the lists save over -Oz in training."""
    total = (train.oz[:, None] - train.reached).sum(axis=0).astype(np.float64)
    return np.tile(total, (len(values.function_ids), 1))


def shown(figures: Mapping[str, Any]) -> str:
    """Figures of all budgets, on one line."""
    parts = [f"{one['improvement_over_oz']:+.2%} with {budget}" for budget, one in figures.items()]
    return "over -Oz: " + ", ".join(parts) if parts else "no valid function to look at"
