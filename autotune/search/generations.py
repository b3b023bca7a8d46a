"""Generations: strategies that ask in rounds of their own size and learn after each round.

How many lists a worker asks for at once is a matter of its pipes. A generation is not: what comes
next depends on the whole answer to it, so the same lists are asked in the same order whether they
are fetched one by one or by the hundred.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autotune.search.base import Evaluation, PassIds, Problem

TRIES: Final = 50
"""Draws in search of a list that was not asked before; then a strategy tries something else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a strategy keeps of an evaluation: `value` is the objective's, None for a failure."""

    pass_ids: PassIds
    value: int | None
    state_hash: int | None

    def rank(self) -> tuple[int, int, PassIds]:
        """Order of answers that are no failures: smaller, then fewer passes, then by ids."""
        assert self.value is not None, self
        return self.value, len(self.pass_ids), self.pass_ids

    def plain(self) -> list[Any]:
        """As a JSON value."""
        return [list(self.pass_ids), self.value, self.state_hash]

    @classmethod
    def of_plain(cls, plain: Any) -> "Answer":  # noqa: ANN401 - a JSON value
        """The answer that `plain` was made from."""
        pass_ids, value, state_hash = plain
        return cls(tuple(pass_ids), value, state_hash)


class GenerationalSearch(ABC):
    """Asks for one generation after the other; a subclass makes them and learns from them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.random = random.Random(problem.seed)
        self._asked: set[PassIds] = set()
        self._next: list[PassIds] = []
        self._answers: list[Answer] = []
        self._open = 0

    @abstractmethod
    def generation(self) -> Sequence[PassIds]:
        """The lists to ask next, none of them asked before; none: the search is over."""

    @abstractmethod
    def learn(self, answers: Sequence[Answer]) -> None:
        """All answers to the last generation, in its order."""

    @abstractmethod
    def own_state(self) -> Any:  # noqa: ANN401 - a JSON value of the subclass's shape
        """What a subclass adds to the state, between two generations or in the middle of one."""

    @abstractmethod
    def restore_own(self, state: Any) -> None:  # noqa: ANN401
        """Continue from what `own_state` returned."""

    def ask(self, count: int) -> Sequence[PassIds]:
        """Up to `count` lists of the generation under way; a new one when it is answered."""
        if count <= 0:
            return []
        if not self._next and not self._open:
            self._next = list(self.generation())
            self._asked.update(self._next)
        asked, self._next = self._next[:count], self._next[count:]
        self._open += len(asked)
        return asked

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """Learn when this completes the generation."""
        objective = self.problem.objective
        self._answers += [
            Answer(one.pass_ids, one.value(objective), one.measurement.state_hash)
            for one in evaluations
        ]
        self._open -= len(evaluations)
        if self._answers and not self._next and not self._open:
            answers, self._answers = self._answers, []
            self.learn(answers)

    def state(self) -> Any:  # noqa: ANN401 - see the protocol
        """The generator, what was asked, the generation under way, and what was learned."""
        version, words, gauss = self.random.getstate()
        return {
            "random": [version, list(words), gauss],
            "asked": sorted(map(list, self._asked)),
            "next": [list(one) for one in self._next],
            "answers": [one.plain() for one in self._answers],
            "own": self.own_state(),
        }

    def restore(self, state: Any) -> None:  # noqa: ANN401 - see the protocol
        """Continue from what `state` returned."""
        version, words, gauss = state["random"]
        self.random.setstate((version, tuple(words), gauss))
        self._asked = {tuple(one) for one in state["asked"]}
        self._next = [tuple(one) for one in state["next"]]
        self._answers = [Answer.of_plain(one) for one in state["answers"]]
        self._open = 0
        self.restore_own(state["own"])

    @property
    def asked_count(self) -> int:
        """Lists asked for, those of the generation under way included."""
        return len(self._asked)

    def was_asked(self, pass_ids: PassIds) -> bool:
        """Whether this very list was asked before."""
        return pass_ids in self._asked

    def unasked(self, make: Callable[[], PassIds], taken: Sequence[PassIds]) -> PassIds | None:
        """What `make` returns first that is neither empty, nor asked before, nor `taken`."""
        for _ in range(TRIES):
            made = make()
            if made and made not in self._asked and made not in taken:
                return made
        return None
