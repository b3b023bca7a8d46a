"""What a search strategy is.

A strategy lives for one search: all that is known about the function, lists to start from, the pass
space and a seed are given to its constructor as one `Problem` of plain values. It has no store, no
clock, no cluster and no file, so the same problem and the same answers make the same requests,
anywhere.

Its lifetime: `ask(n)` names up to n pass lists to evaluate, `tell` brings the evaluations of just
those lists in that order, and so on until the budget is spent or `ask` returns nothing, which means
that the strategy has no more to try. `state()` between two rounds is a JSON value; a new strategy
for the same problem continues from it after `restore`.

Pass lists are tuples of pass ids of the space (`PassIds`): they are compared, hashed and stored by
the thousand each second, and their text is a join away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace

OBJECTIVES = ("instructions", "object_bytes")
"""What a search can make small: the ruler's two figures of a module."""

PassIds = tuple[int, ...]
"""A pass list as ids of `PassSpace.passes`, in order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is known about one function when its search starts.

    `instructions` counts the unoptimised function; `oz` is the objective's value after -Oz, which
    is to be beaten. The lists are what earlier campaigns learned, pinned when this one started:
    `coreset` is best first, `neighbours` are winners on functions that look alike, nearest first,
    `winners` are all winners, by gain per cost. `options` are the strategy's own.
    """

    space: PassSpace
    seed: int
    instructions: int
    objective: str
    oz: int
    coreset: tuple[PassIds, ...] = ()
    neighbours: tuple[PassIds, ...] = ()
    winners: tuple[PassIds, ...] = ()
    options: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One pass list applied to the function of the search, and what came of it."""

    pass_ids: PassIds
    measurement: Measurement

    @property
    def ok(self) -> bool:
        """Whether there are figures; everything else is a failure with a name, never a score."""
        return self.measurement.outcome is Outcome.OK

    def value(self, objective: str) -> int | None:
        """What the list makes of the function, by one of `OBJECTIVES`; None for a failure."""
        return measured(self.measurement, objective)


def measured(measurement: Measurement, objective: str) -> int | None:
    """The figure of `measurement` that `objective` asks for; None where there is none."""
    by_bytes = objective == "object_bytes"
    return measurement.object_bytes if by_bytes else measurement.instructions


class Strategy(Protocol):
    """The promise above, as types."""

    name: str

    def ask(self, count: int) -> Sequence[PassIds]:
        """Up to `count` lists to evaluate next; none when there is nothing left to try."""
        ...

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """The evaluations of what the last `ask` returned, in its order."""
        ...

    def state(self) -> Any:  # noqa: ANN401 - a JSON value of the strategy's own shape
        """Everything that the next `ask` depends on, as a JSON value."""
        ...

    def restore(self, state: Any) -> None:  # noqa: ANN401
        """Continue from what `state` returned."""
        ...
