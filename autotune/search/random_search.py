"""Uniform random search, as in "Large Language Models for Compiler Optimization", section on data.

Uniform over the passes of that paper's space as they are in today's LLVM (without parameter
variants, without barred passes) and its six meta flags; passes may repeat, a meta flag comes at
most once in a list; lists of 1 to 9 entries, each length as probable as another.
"""

import random
from collections.abc import Sequence
from typing import Any

from autotune.search.base import Evaluation, PassIds, Problem

LONGEST = 9
"""Entries of the longest list that the paper reports drawing."""


class RandomSearch:
    """Draws lists independently of every answer."""

    name = "random"

    def __init__(self, problem: Problem) -> None:
        passes, meta = problem.space.paper()
        self._ids = [one.pass_id for one in (*passes, *meta)]
        self._meta = frozenset(one.pass_id for one in meta)
        self._random = random.Random(problem.seed)

    def ask(self, count: int) -> Sequence[PassIds]:
        """Always `count` lists: there is no end to them."""
        return [self._draw() for _ in range(count)]

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """Nothing is learned."""

    def state(self) -> Any:  # noqa: ANN401 - see the protocol
        """The generator's state."""
        version, words, gauss = self._random.getstate()
        return [version, list(words), gauss]

    def restore(self, state: Any) -> None:  # noqa: ANN401 - see the protocol
        """Continue the sequence of draws."""
        version, words, gauss = state
        self._random.setstate((version, tuple(words), gauss))

    def _draw(self) -> PassIds:
        # random() times a length is three times as fast as choice(), and this runs once per entry.
        draw, ids, meta = self._random.random, self._ids, self._meta
        length = 1 + int(draw() * LONGEST)
        entries: list[int] = []
        while len(entries) < length:
            entry = ids[int(draw() * len(ids))]
            if entry not in meta or entry not in entries:
                entries.append(entry)
        return tuple(entries)
