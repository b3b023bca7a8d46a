"""Moves: how one pass list becomes another that is worth a try.

Shared by all strategies that change lists. A move is drawn, not chosen, and so is the pass that it
brings in, by weights that learn. What winners elsewhere used, and what they used after the pass
before, raises a weight from the start (`Problem.winners` and its like). What was put into a list of
this function and left its module as it was lowers it while the search goes on: on a function
without loops most passes are soon known to do nothing.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from autotune.search.base import PassIds, Problem

LONGEST: Final = 24
"""Entries of the longest list made here. A longer one costs more and won nothing in the trials."""

LEVEL_WEIGHT: Final = 0.3
"""Weight of a whole optimisation level against 1 for a pass: it costs as much as ten passes."""

MOVE_WEIGHTS: Final = {
    "insert": 0.45,
    "replace": 0.15,
    "delete": 0.15,
    "swap": 0.07,
    "move": 0.08,
    "copy": 0.10,
}
"""How often each move is drawn. `move` and `copy` are of segments, `copy` from another list."""

ANOTHER: Final = 0.35
"""Probability that a move is followed by another before the list is tried."""

ONE_POINT: Final = 0.5
"""Share of crossings that take a head and a tail; the others put a part of one into the other."""

LEARNED: Final = 4.0
"""How much weight, in shares of the uniform weight of all passes, known winners' passes get."""


class Moves:
    """Draws changes of lists with the generator of its strategy."""

    def __init__(self, problem: Problem, generator: random.Random) -> None:
        self._random = generator
        self._passes = len(problem.space.passes)
        self._levels = frozenset(one.pass_id for one in problem.space.meta)
        self._prior, self._after = _learned(problem)
        self._inert = [0] * self._passes
        self._tries = [0] * self._passes
        self._tables: dict[int, list[float]] = {}

    def state(self) -> Any:  # noqa: ANN401 - a JSON value
        """What was learned of this function's passes."""
        return [self._tries, self._inert]

    def restore(self, state: Any) -> None:  # noqa: ANN401 - a JSON value
        """Continue from what `state` returned."""
        tries, inert = state
        self._tries, self._inert, self._tables = list(tries), list(inert), {}

    def learn(self, pass_id: int, *, inert: bool) -> None:
        """A pass was put into a list; `inert` if the module came out the same as without it."""
        self._tries[pass_id] += 1
        self._inert[pass_id] += inert
        self._tables.clear()

    def draw(self, before: int) -> int:
        """A pass to stand after `before` (-1: at the front of a list)."""
        table = self._tables.get(before)
        if table is None:
            table = self._tables[before] = list(accumulate(self._weights(before)))
        return self._random.choices(range(self._passes), cum_weights=table)[0]

    def fresh_list(self, longest: int) -> PassIds:
        """A list of 1 to `longest` passes, each drawn after the one before it."""
        entries: list[int] = []
        for _ in range(1 + self._below(longest)):
            entries.append(self.draw(entries[-1] if entries else -1))
        return self._allowed(entries)

    def neighbour(self, pass_ids: PassIds, others: Sequence[PassIds]) -> PassIds:
        """A list one or a few moves away; segments may come from `others`."""
        entries = list(pass_ids)
        while True:
            self._one_move(entries, others)
            if self._random.random() >= ANOTHER:
                return self._allowed(entries)

    def crossed(self, left: PassIds, right: PassIds) -> PassIds:
        """The head of one list and the tail of another, or one list with a part of the other."""
        first, last = self._cut(left)
        begin, end = self._cut(right)
        if self._random.random() < ONE_POINT:
            return self._allowed([*left[:last], *right[begin:]])
        return self._allowed([*left[:first], *right[begin:end], *left[last:]])

    def _one_move(self, entries: list[int], others: Sequence[PassIds]) -> None:
        (move,) = self._random.choices(_MOVES, cum_weights=_MOVE_TABLE) if entries else ("insert",)
        size = len(entries)
        at = self._below(size + (move == "insert"))
        if move == "insert":
            entries.insert(at, self.draw(entries[at - 1] if at else -1))
        elif move == "replace":
            entries[at] = self.draw(entries[at - 1] if at else -1)
        elif move == "delete":
            del entries[at]
        elif move == "swap":
            other = self._below(size)
            entries[at], entries[other] = entries[other], entries[at]
        elif move == "move" or not others:
            first, last = self._cut(entries)
            segment = entries[first:last]
            del entries[first:last]
            self._put(segment, entries)
        else:
            source = others[self._below(len(others))]
            first, last = self._cut(source)
            self._put(source[first:last], entries)

    def _cut(self, pass_ids: Sequence[int]) -> tuple[int, int]:
        """Two places of a list, in order; between them may be nothing or everything."""
        first, last = self._below(len(pass_ids) + 1), self._below(len(pass_ids) + 1)
        return min(first, last), max(first, last)

    def _put(self, segment: Sequence[int], entries: list[int]) -> None:
        at = self._below(len(entries) + 1)
        entries[at:at] = segment

    def _allowed(self, entries: Iterable[int]) -> PassIds:
        """Without a second copy of a level, none twice in a row, no longer than LONGEST."""
        kept: list[int] = []
        for one in entries:
            if (kept and kept[-1] == one) or (one in self._levels and one in kept):
                continue
            kept.append(one)
        return tuple(kept[:LONGEST])

    def _weights(self, before: int) -> list[float]:
        after = self._after.get(before, {})
        return [
            (prior + after.get(pass_id, 0.0)) * (tries - inert + 2) / (tries + 2)
            for pass_id, (prior, tries, inert) in enumerate(
                zip(self._prior, self._tries, self._inert, strict=True)
            )
        ]

    def _below(self, end: int) -> int:
        return int(self._random.random() * end)


_MOVES: Final = tuple(MOVE_WEIGHTS)
_MOVE_TABLE: Final = tuple(accumulate(MOVE_WEIGHTS.values()))


def _learned(problem: Problem) -> tuple[list[float], dict[int, dict[int, float]]]:
    """Weights of passes, and what is added to them after each pass, from lists that won."""
    passes = problem.space.passes
    prior = [LEVEL_WEIGHT if one.is_meta else 1.0 for one in passes]
    known = dict.fromkeys((*problem.neighbours, *problem.coreset, *problem.winners))
    uses = [0] * len(passes)
    pairs: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for pass_ids in known:
        for before, pass_id in zip((-1, *pass_ids), pass_ids, strict=False):
            uses[pass_id] += 1
            pairs[before][pass_id] += 1
    total = sum(uses)
    if total:
        share = LEARNED * len(passes) / total / 2
        prior = [one + share * used for one, used in zip(prior, uses, strict=True)]
        for after in pairs.values():
            mass = LEARNED * len(passes) / 2 / (sum(after.values()) + 4)
            for pass_id in after:
                after[pass_id] *= mass
    return prior, {before: dict(after) for before, after in pairs.items()}


def added_pass(shorter: PassIds, longer: PassIds) -> int | None:
    """The pass that `longer` has and `shorter` lacks, if that is all the difference there is."""
    if len(longer) != len(shorter) + 1:
        return None
    at = 0
    while at < len(shorter) and shorter[at] == longer[at]:
        at += 1
    return longer[at] if shorter[at:] == longer[at + 1 :] else None
