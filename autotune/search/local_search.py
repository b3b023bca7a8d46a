"""Local search: from the best list found so far to a list one move away, again and again.

First come lists that are known to pay and a few that are drawn pass by pass. Each later generation
tries a few neighbours of one list. The walk goes on from the best of them when it is no worse:
among equal sizes it drifts, since passes that prepare for others do not pay at once. A walk that
has not gained for a while is given up; the next starts from one of the best of all walks. No list
is asked twice.
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
"""Known lists that are tried first, at most."""

FOUNDERS: Final = 16
"""Lists drawn pass by pass before the first walk, so that it has something to cross with."""

FOUNDER_LENGTH: Final = 9
"""Passes of the longest founder: as many as published searches draw."""

CROSSED: Final = 0.5
"""Share of neighbours that are the walk's list crossed with one of the best lists."""

ELITES: Final = 10
"""How many of the best lists are kept, to cross with and to start again from."""


class LocalSearch(GenerationalSearch):
    """Walks over pass lists. Options: `width`, `patience`, `starts`, `founders`, `crossed`."""

    name = "local"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        options = problem.options
        self._width = int(options.get("width", WIDTH))
        self._patience = int(options.get("patience", PATIENCE))
        self._founders = int(options.get("founders", FOUNDERS))
        self._crossed = float(options.get("crossed", CROSSED))
        self._moves = Moves(problem, self.random)
        self._starts = starting_lists(problem, int(options.get("starts", STARTS)))
        self._elites = Elites(ELITES)
        self._here: Answer | None = None
        self._stalled = 0

    def generation(self) -> Sequence[PassIds]:
        """The starting lists, then the founders, then neighbours of where the walk stands."""
        starts = [one for one in self._starts if not self.was_asked(one)]
        if starts:
            return starts[: self._width]
        draw = self._propose if self._walking else self._found
        made: list[PassIds] = []
        for _ in range(self._width):
            fresh = self.unasked(draw, made)
            if fresh:
                made.append(fresh)
        return made

    def learn(self, answers: Sequence[Answer]) -> None:
        """Go on from the best neighbour that is no worse, or somewhere else."""
        self._elites.add(answers)
        here = self._here
        if here is None:
            self._here = self._elites[0] if self._elites and self._walking else None
            return
        found = [one for one in answers if one.value is not None]
        for one in found:
            added = added_pass(here.pass_ids, one.pass_ids)
            if added is not None:
                self._moves.learn(added, inert=one.state_hash == here.state_hash)
        self._stalled += 1
        if found:
            self._step(here, found)
        if self._stalled >= self._patience:
            # Squared, so that the best are most probable.
            self._here = self._elites[int(self.random.random() ** 2 * len(self._elites))]
            self._stalled = 0

    def _step(self, here: Answer, found: Sequence[Answer]) -> None:
        """To the best of what was found, unless it is worse or the same in more passes."""
        best = min(found, key=Answer.rank)
        if best.rank()[0] > here.rank()[0]:
            return
        if best.rank()[0] < here.rank()[0]:
            self._stalled = 0
        elsewhere = [
            one for one in found if one.value == best.value and one.state_hash != here.state_hash
        ]
        if elsewhere:
            self._here = elsewhere[int(self.random.random() * len(elsewhere))]
        elif best.rank() < here.rank():
            self._here = best

    @property
    def _walking(self) -> bool:
        """Whether all starting lists and founders were asked."""
        return self.asked_count >= len(self._starts) + self._founders

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

    def _found(self) -> PassIds:
        return self._moves.fresh_list(FOUNDER_LENGTH)

    def _propose(self) -> PassIds:
        """A neighbour of where the walk stands; a founder while nothing has come out well."""
        if self._here is None:
            return self._found()
        elites = [one.pass_ids for one in self._elites]
        if self.random.random() >= self._crossed:
            return self._moves.neighbour(self._here.pass_ids, elites)
        pair = [self._here.pass_ids, elites[int(self.random.random() * len(elites))]]
        self.random.shuffle(pair)
        return self._moves.crossed(*pair)
