"""The table of `bench search`: what its searches came to, pooled, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from autotune.gate.verdict import Verdict

RESAMPLES: Final = 2_000
"""Draws of the bootstrap, with replacement, of functions; 95 % of them lie in the intervals."""


@dataclass(frozen=True)
class Tried:
    """What one search of the bench came to; `gate` is the winner's state, `refuted` counts lists
    that were not taken.
    """

    instructions: int
    evaluations: int
    compilations: int
    cpu_s: float
    gate: str
    refuted: int


@dataclass(frozen=True)
class Row:
    """A method's figures over all functions; the means are per function.

    `improvement_over_oz` is pooled; `_low` and `_high` bound 95 % of the bootstrap's draws.
    `share_of_reference` is the instructions saved for each that the deep reference saved, on the
    same draws of functions. Of the functions improved, `agreed` and `inconclusive` say what the
    gate found; `refuted` lists were not taken.
    """

    method: str
    budget: str
    improvement_over_oz: float
    improvement_low: float
    improvement_high: float
    share_of_reference: float
    share_low: float
    share_high: float
    functions_improved: int
    functions_regressed: int
    agreed: int
    inconclusive: int
    refuted: int
    evaluations: float
    compilations: float
    cpu_s: float


@dataclass(frozen=True)
class SearchFigures:
    """The whole table, the reference first, and what it holds for."""

    rows: tuple[Row, ...]
    functions: int
    instructions: int
    oz_instructions: int
    toolchain: str
    seed: int

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Ruler:
    """What every method is held against: per function, and the bootstrap's draws of functions."""

    oz: NDArray[np.int64]
    reference: NDArray[np.int64]
    draws: NDArray[np.int64]

    @classmethod
    def of(cls, oz: Sequence[int], reference: Sequence[int], seed: int) -> Self:
        """Of the counts after -Oz and after the reference's search, function by function."""
        generator = np.random.default_rng(seed)
        draws = generator.integers(len(oz), size=(RESAMPLES, len(oz)))
        return cls(np.array(oz), np.array(reference), draws)


def row_of(name: str, budget: str, tried: Sequence[Tried], ruler: Ruler) -> Row:
    """The figures of one method, whose searches come in the order of the ruler's functions."""
    oz, draws = ruler.oz, ruler.draws
    reached = np.array([one.instructions for one in tried])
    improvements = oz[draws].sum(axis=1) / reached[draws].sum(axis=1) - 1
    saved, deep = oz - reached, oz - ruler.reference
    # A draw in which the reference saves nothing says nothing about a share of it.
    useful = draws[deep[draws].sum(axis=1) > 0]
    shares = saved[useful].sum(axis=1) / deep[useful].sum(axis=1)
    low, high = np.quantile(improvements, (0.025, 0.975))
    share_low, share_high = np.quantile(shares, (0.025, 0.975)) if len(shares) else (0.0, 0.0)
    return Row(
        method=name,
        budget=budget,
        improvement_over_oz=float(oz.sum() / reached.sum() - 1),
        improvement_low=float(low),
        improvement_high=float(high),
        share_of_reference=float(saved.sum() / deep.sum()) if deep.sum() else 0.0,
        share_low=float(share_low),
        share_high=float(share_high),
        functions_improved=int((saved > 0).sum()),
        functions_regressed=int((saved < 0).sum()),
        agreed=sum(one.gate == Verdict.AGREED for one in tried),
        inconclusive=sum(one.gate == Verdict.INCONCLUSIVE for one in tried),
        refuted=sum(one.refuted for one in tried),
        evaluations=float(np.mean([one.evaluations for one in tried])),
        compilations=float(np.mean([one.compilations for one in tried])),
        cpu_s=float(np.mean([one.cpu_s for one in tried])),
    )
