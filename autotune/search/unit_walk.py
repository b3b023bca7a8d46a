"""Local search for whole units, where a list costs what its passes cost.

On one function a list is tried in less time than it takes to name it; on a unit of thousands of
instructions an optimisation level takes a tenth of a second, and a few dozen lists are all that a
budget pays for. What a level leaves behind is remembered by the sandbox, so that a list which
differs only after it costs a fifth of one that differs before it. So most moves leave a list alone
up to its last level.
"""

from typing import Final

from autotune.search.base import PassIds, Problem
from autotune.search.local_search import LocalSearch

TAIL: Final = 0.75
"""Share of moves that keep to what comes after the last level."""


class UnitWalk(LocalSearch):
    """A local search that mostly changes what comes after the last optimisation level."""

    name = "unit"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._levels = frozenset(one.pass_id for one in problem.space.meta)

    def _propose(self) -> PassIds:
        if self._here is None or self.random.random() >= TAIL:
            return super()._propose()
        here = self._here.pass_ids
        places = [at for at, one in enumerate(here) if one in self._levels]
        kept = 1 + places[-1] if places else 0
        others = [one.pass_ids for one in self._elites]
        return here[:kept] + self._moves.neighbour(here[kept:], others)
