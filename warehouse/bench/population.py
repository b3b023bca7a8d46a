"""Made-up functions and the searches on them: who there is, before any row is made.

Shapes follow a campaign of `portfolio` on functions of Debian's packages: 22 instructions in the
middle and 54 on average, searches whose lengths differ by a factor of thirty, one function in five
with a list that beats -Oz. Everything is a function of the size and the seed, and a task's rows can
be made without those before it; only what is here is held for all functions at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from warehouse.errors import BadBench

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

SECOND_SHARE = 0.05
"""Of the functions: those that a second campaign, of uniform random lists, searches as well."""

SECOND_EVALUATIONS = 100
"""Evaluations of each search of that campaign, as long as they leave the first one some."""

_FEWEST = 8
"""Evaluations of the shortest search."""

_MOST = 5_000

_FUNCTIONS_PER_PROGRAM = 300


@dataclass(frozen=True)
class Size:
    """How large a made-up lake is. `task_evaluations`: about how many rows one task leaves.

    Raises BadBench for what cannot be made.
    """

    functions: int
    evaluations: int
    task_evaluations: int = 100_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise BadBench for what cannot be made."""
        if self.functions < 1 or self.task_evaluations < 1:
            raise BadBench("a lake has at least one function, and a task at least one evaluation")
        if not 2 * _FEWEST <= self.evaluations / self.functions <= _MOST / 4:
            raise BadBench(
                f"{self.evaluations} evaluations of {self.functions} functions: give from "
                f"{2 * _FEWEST} to {_MOST // 4} for each function"
            )

    @property
    def tasks(self) -> int:
        """How many tasks the first campaign has."""
        return max(1, round(self.evaluations / self.task_evaluations))


@dataclass(frozen=True)
class Population:
    """Every function's few figures, in the order of the ids. Arrays of one value per function.

    `evaluations` are those of the first campaign; `second` is whether the other one has it too.
    """

    size: Size
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    instructions: Integers
    oz: Integers
    oz_plain: Integers
    best: Integers
    program: Integers
    evaluations: Integers
    second: NDArray[np.bool_]

    @classmethod
    def draw(cls, size: Size) -> Population:
        """The functions of a lake of this size."""
        rng = np.random.default_rng([size.seed, 0])
        many = size.functions
        instructions = np.clip(rng.lognormal(np.log(22), 1.3, many), 2, 20_000).astype(np.int64)
        oz = np.maximum(1, (instructions * rng.beta(6, 5, many)).astype(np.int64))
        plain = oz + rng.binomial(oz, 0.08)
        gains = (rng.random(many) < 0.2) & (oz > 3)  # noqa: PLR2004 - nothing is left to win below
        best = np.where(gains, np.maximum(1, oz - 1 - rng.binomial(oz, 0.05)), oz)
        second = rng.random(many) < SECOND_SHARE
        # Ids are hashes: even over their whole range, and here drawn in order.
        high = (np.arange(many) * (2.0**64 / many)).astype(np.uint64)
        programs = max(1, many // _FUNCTIONS_PER_PROGRAM)
        return cls(
            size,
            high,
            rng.integers(0, 2**64, many, dtype=np.uint64),
            instructions,
            oz,
            plain,
            best,
            np.minimum(rng.zipf(1.3, many) - 1, programs - 1) * 7919 % programs,
            _searches(
                rng, instructions, size.evaluations - _second_evaluations(size) * second.sum()
            ),
            second,
        )

    @cached_property
    def bounds(self) -> Integers:
        """Where the first campaign's tasks begin and end, by function."""
        ends = np.cumsum(self.evaluations)
        wanted = np.arange(1, self.size.tasks) * (ends[-1] / self.size.tasks)
        return np.concatenate([[0], np.searchsorted(ends, wanted), [len(ends)]])

    def second_evaluations(self, function: Integers) -> Integers:
        """How long the second campaign's search is on each of these functions."""
        return np.full(len(function), _second_evaluations(self.size), np.int64)

    def ids(self, function: Integers) -> pa.Array:
        """The ids of functions, 32 hexadecimal digits each."""
        words = np.empty((len(function), 2), ">u8")
        words[:, 0], words[:, 1] = self.high[function], self.low[function]
        digits = words.tobytes().hex().encode()
        offsets = np.arange(0, len(digits) + 1, 32, dtype=np.int32)
        return pa.StringArray.from_buffers(
            len(function), pa.py_buffer(offsets), pa.py_buffer(digits)
        )


def _second_evaluations(size: Size) -> int:
    return min(SECOND_EVALUATIONS, size.evaluations // size.functions)


def _searches(rng: np.random.Generator, instructions: Integers, total: int) -> Integers:
    """How long each search is: longer for longer functions, `total` in all."""
    many = len(instructions)
    weights = rng.lognormal(0, 0.7, many) * np.sqrt(instructions)
    lengths: Integers = np.clip(weights * (total / weights.sum()), _FEWEST, _MOST).astype(np.int64)
    while (lacking := total - int(lengths.sum())) != 0:
        # What rounding and the bounds took or gave, one each to functions that can bear it.
        able = np.flatnonzero(lengths < _MOST if lacking > 0 else lengths > _FEWEST)
        chosen = able[: abs(lacking)]
        lengths[chosen] += 1 if lacking > 0 else -1
    return lengths
