"""Strategies that learn nothing: they try what was learned before, in its order, and end.

`coreset` tries the lists of one coreset, the best first. `broadcast` tries all winners known when
the campaign started on every function, as published work does with the winners of its random
search; which of them are worth their cost was decided when they were pinned.
"""

from collections.abc import Sequence
from typing import Any

from autotune.search.base import Evaluation, PassIds, Problem


class FixedLists:
    """Asks for given lists, each once."""

    name = "fixed"

    def __init__(self, lists: Sequence[PassIds]) -> None:
        self._lists = [one for one in dict.fromkeys(lists) if one]
        self._next = 0

    def ask(self, count: int) -> Sequence[PassIds]:
        """The next lists; nothing when all were tried."""
        asked = self._lists[self._next : self._next + max(count, 0)]
        self._next += len(asked)
        return asked

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """Nothing is learned."""

    def state(self) -> Any:  # noqa: ANN401 - see the protocol
        """How many lists were asked for."""
        return self._next

    def restore(self, state: Any) -> None:  # noqa: ANN401 - see the protocol
        """Continue with the list after those."""
        self._next = int(state)


class CoresetSearch(FixedLists):
    """The lists of the pinned coreset, best first; `options["lists"]` says how many at most."""

    name = "coreset"

    def __init__(self, problem: Problem) -> None:
        most = int(problem.options.get("lists", len(problem.coreset)))
        super().__init__(problem.coreset[:most])


class BroadcastSearch(FixedLists):
    """All pinned winners, by gain per cost; `options["lists"]` says how many at most."""

    name = "broadcast"

    def __init__(self, problem: Problem) -> None:
        most = int(problem.options.get("lists", len(problem.winners)))
        super().__init__(problem.winners[:most])
