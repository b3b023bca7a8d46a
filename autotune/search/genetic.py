"""A genetic algorithm over lists of variable length.

Each generation crosses lists of the population at one or two positions, changes some of the
children by the moves of local search, and keeps the best of parents and children: an elitist
population holds each state of the module once, in its shortest list, so it does not fill up with
spellings of one result. No list is asked twice.
"""

from collections.abc import Sequence
from typing import Any, Final

from autotune.search.base import PassIds, Problem
from autotune.search.elites import Elites
from autotune.search.generations import Answer, GenerationalSearch
from autotune.search.moves import Moves, added_pass
from autotune.search.starts import starting_lists

POPULATION: Final = 24
CHILDREN: Final = 12
FIRST_LENGTH: Final = 9
"""Passes of the longest list that the first population draws: as many as published searches use."""

CROSSED: Final = 0.5
"""Share of children with two parents; the others are neighbours of one."""

MUTATED: Final = 0.5
"""Share of the crossed children that are changed by a move, too."""


class GeneticSearch(GenerationalSearch):
    """A population of lists."""

    name = "genetic"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        options = problem.options
        self._size = int(options.get("population", POPULATION))
        self._children = int(options.get("children", CHILDREN))
        self._crossed = float(options.get("crossed", CROSSED))
        self._mutated = float(options.get("mutated", MUTATED))
        self._moves = Moves(problem, self.random)
        self._first = starting_lists(problem, self._size * 2 // 3)
        self._population = Elites(self._size)

    def generation(self) -> Sequence[PassIds]:
        """The starting lists and random ones at first, then children of the population."""
        if not self._population:
            made = [one for one in self._first if not self.was_asked(one)]
            wanted, draw = self._size, self._founder
        else:
            made, wanted, draw = [], self._children, self._child
        for _ in range(wanted - len(made)):
            fresh = self.unasked(draw, made)
            if fresh:
                made.append(fresh)
        return made

    def learn(self, answers: Sequence[Answer]) -> None:
        """The population is the best of all seen, each state once."""
        for one in answers:
            for parent in self._population:
                added = added_pass(parent.pass_ids, one.pass_ids)
                if added is not None and one.value is not None:
                    self._moves.learn(added, inert=one.state_hash == parent.state_hash)
                    break
        self._population.add(answers)

    def own_state(self) -> Any:  # noqa: ANN401 - see the base class
        """The population and what the moves learned."""
        return {"population": self._population.state(), "moves": self._moves.state()}

    def restore_own(self, state: Any) -> None:  # noqa: ANN401 - see the base class
        """Continue from what `own_state` returned."""
        self._population.restore(state["population"])
        self._moves.restore(state["moves"])

    def _founder(self) -> PassIds:
        return self._moves.fresh_list(FIRST_LENGTH)

    def _child(self) -> PassIds:
        parent = self._parent().pass_ids
        if self.random.random() >= self._crossed:
            return self._moves.neighbour(parent, [one.pass_ids for one in self._population])
        child = self._moves.crossed(parent, self._parent().pass_ids)
        if self.random.random() < self._mutated:
            return self._moves.neighbour(child, ())
        return child

    def _parent(self) -> Answer:
        """The better of two: a tournament."""
        draws = (int(self.random.random() * len(self._population)) for _ in range(2))
        return self._population[min(draws)]
