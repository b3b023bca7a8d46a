"""Local search: from the best list found so far to a list one move away, again and again.

Each generation tries a few neighbours of one list. The walk goes on from the best of them when it
is no worse: among equal sizes it drifts, since passes that prepare for others do not pay at once.
A walk that has not gained for a while is given up; the next starts from one of the best of all
walks. No list is asked twice.
"""

from collections.abc import Sequence
from typing import Any, Final

from autotune.search.base import PassIds, Problem
from autotune.search.elites import Elites
from autotune.search.generations import Answer, GenerationalSearch
from autotune.search.moves import Moves, added_pass
from autotune.search.starts import starting_lists

WIDTH: Final = 8
"""Neighbours tried at once."""

PATIENCE: Final = 6
"""Generations without a gain after which a walk is given up."""

STARTS: Final = 16
ELITES: Final = 10


class LocalSearch(GenerationalSearch):
    """Walks over pass lists."""

    name = "local"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        options = problem.options
        self._width = int(options.get("width", WIDTH))
        self._patience = int(options.get("patience", PATIENCE))
        self._moves = Moves(problem, self.random)
        self._starts = starting_lists(problem, int(options.get("starts", STARTS)))
        self._elites = Elites(int(options.get("elites", ELITES)))
        self._here: Answer | None = None
        self._stalled = 0

    def generation(self) -> Sequence[PassIds]:
        """The starting lists first, then neighbours of where the walk stands."""
        starts = [one for one in self._starts if not self.was_asked(one)]
        if starts:
            return starts[: self._width]
        made: list[PassIds] = []
        for _ in range(self._width):
            fresh = self.unasked(self._propose, made)
            if fresh:
                made.append(fresh)
        return made

    def learn(self, answers: Sequence[Answer]) -> None:
        """Go on from the best neighbour that is no worse, or somewhere else."""
        self._elites.add(answers)
        here = self._here
        if here is None or here.value is None:
            self._here = self._elites[0] if self._elites else None
            return
        found = [one for one in answers if one.value is not None]
        for one in found:
            added = added_pass(here.pass_ids, one.pass_ids)
            if added is not None:
                self._moves.learn(added, inert=one.state_hash == here.state_hash)
        best = min(found, key=Answer.rank, default=None)
        self._stalled += 1
        if best is not None and best.value is not None and best.value <= here.value:
            if best.value < here.value:
                self._stalled = 0
            drifts = [
                one
                for one in found
                if one.value == best.value and one.state_hash != here.state_hash
            ]
            if drifts:
                self._here = drifts[int(self.random.random() * len(drifts))]
            elif best.rank() < here.rank():
                self._here = best
        if self._stalled >= self._patience:
            self._stalled = 0
            self._here = self._elites[int(self.random.random() ** 2 * len(self._elites))]

    def own_state(self) -> Any:  # noqa: ANN401 - see the base class
        """Where the walk stands, the best lists, and what the moves learned."""
        return {
            "here": self._here.plain() if self._here else None,
            "stalled": self._stalled,
            "elites": self._elites.state(),
            "moves": self._moves.state(),
        }

    def restore_own(self, state: Any) -> None:  # noqa: ANN401 - see the base class
        """Continue from what `own_state` returned."""
        self._here = Answer.of_plain(state["here"]) if state["here"] else None
        self._stalled = state["stalled"]
        self._elites.restore(state["elites"])
        self._moves.restore(state["moves"])

    def _propose(self) -> PassIds:
        if self._here is None:
            return self._moves.fresh_list(8)
        return self._moves.neighbour(self._here.pass_ids, [one.pass_ids for one in self._elites])
