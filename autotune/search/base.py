"""What a search strategy is.

A strategy lives for one search: the function's features, starting lists, the pass space and a seed
are given to its constructor as plain values. It has no store, no clock, no cluster and no file, so
the same constructor arguments and the same answers make the same requests, anywhere.

Its lifetime: `ask(n)` names up to n pass lists to evaluate, `tell` brings the evaluations of just
those lists in that order, and so on until the budget is spent or `ask` returns nothing, which means
that the strategy has no more to try. `state()` between two rounds is a JSON value; a new strategy
with the same constructor arguments continues from it after `restore`.

Pass lists are tuples of pass ids of the space (`PassIds`): they are compared, hashed and stored by
the thousand each second, and their text is a join away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from corpus.llvm.measurement import Measurement, Outcome

PassIds = tuple[int, ...]
"""A pass list as ids of `PassSpace.passes`, in order."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One pass list applied to the function of the search, and what came of it."""

    pass_ids: PassIds
    measurement: Measurement

    @property
    def ok(self) -> bool:
        """Whether there are figures; everything else is a failure with a name, never a score."""
        return self.measurement.outcome is Outcome.OK


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
