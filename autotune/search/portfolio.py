"""The default strategy: what is known first, then a walk, as long as it pays.

First the coreset's lists and the winners of functions that look alike, in turn; then local search
from the best of them. It ends by itself when the gain that another evaluation may be expected to
bring, per CPU second under the fixed cost model, falls under a threshold. So a small function on
which nothing helped costs a few dozen evaluations, and a large one that still improves gets
thousands.

The expectation: the gains of a search grow about with the logarithm of its evaluations,
`s·log(1 + t/T)`. What `s` is differs from function to function: before anything is tried it is
expected in proportion to the size after -Oz, and each evaluation moves the expectation towards what
this function has shown (the posterior mean of a rate with `TRUST` log-units of prior observation).
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from autotune.search.base import PassIds, Problem
from autotune.search.cost import CostModel
from autotune.search.generations import Answer
from autotune.search.local_search import LocalSearch

STOP_AT: Final = 0.5
"""Expected gain, in units of the objective per CPU second, under which a search ends."""

PRIOR: Final = 0.01
"""Expected gain per log-unit of evaluations, as a share of the size after -Oz."""

TRUST: Final = 4.0
"""Log-units of evaluations that the prior expectation is worth. With PRIOR and ONSET the best of 27
settings on recorded searches of 70 training functions: most gain at 0.05 CPU seconds a function."""

ONSET: Final = 8.0
"""`T`: evaluations after which gains begin to come slower."""


class Portfolio(LocalSearch):
    """Known lists, then local search, until it no longer pays.

    Options: `stop_at` (see STOP_AT; 0 never ends), and those of local search.
    """

    name = "portfolio"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._starts = known_lists(problem)
        self._stop_at = float(problem.options.get("stop_at", STOP_AT))
        self._model = CostModel(problem.space)
        self._tried = 0
        self._spent_us = 0.0
        self._best = problem.oz

    def generation(self) -> Sequence[PassIds]:
        """As local search does; nothing when it no longer pays."""
        if self.expected_gain_per_s() < self._stop_at:
            return []
        return super().generation()

    def learn(self, answers: Sequence[Answer]) -> None:
        """Keep what the expectation rests on."""
        super().learn(answers)
        size = self.problem.instructions
        self._tried += len(answers)
        self._spent_us += sum(self._model.cost_us(size, one.pass_ids) for one in answers)
        found = [one.value for one in answers if one.value is not None]
        self._best = min([self._best, *found])

    def expected_gain_per_s(self) -> float:
        """Units of the objective that a CPU second spent now is expected to gain."""
        problem = self.problem
        seen = math.log1p(self._tried / ONSET)
        prior = PRIOR * problem.oz
        rate = (TRUST * prior + (problem.oz - self._best)) / (TRUST + seen)
        each_us = (
            self._spent_us / self._tried
            if self._tried
            else self._model.cost_us(problem.instructions, ())
        )
        return rate / (self._tried + ONSET) / (each_us / 1e6)

    def own_state(self) -> Any:  # noqa: ANN401 - see the base class
        """Local search's, and what was spent and reached."""
        walk = super().own_state()
        return {"walk": walk, "tried": self._tried, "us": self._spent_us, "best": self._best}

    def restore_own(self, state: Any) -> None:  # noqa: ANN401 - see the base class
        """Continue from what `own_state` returned."""
        super().restore_own(state["walk"])
        self._tried, self._spent_us, self._best = state["tried"], state["us"], state["best"]


def known_lists(problem: Problem) -> list[PassIds]:
    """What to try before searching: coreset and neighbours' winners in turn, each list once."""
    coreset, neighbours = problem.coreset, problem.neighbours
    turns = range(max(len(coreset), len(neighbours)))
    in_turn = [one for turn in turns for one in (*coreset[turn:][:1], *neighbours[turn:][:1])]
    return [one for one in dict.fromkeys(in_turn) if one]
