"""`bench search`: every strategy on the functions of the deep reference, at equal CPU time.

What a strategy knows is what is shipped: lists learned from training programs, none of which is in
the reference. Costs are all that a function costs in a campaign: the session, both baselines, the
strategy itself, evaluations, minimisation and the processes of the real `opt` that confirm a
winner. Functions go through the strategies in turn, so that a drifting machine slows all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from autotune.deep_reference import EVALUATIONS, ReferenceFunction
from autotune.errors import BadOption
from autotune.knowledge import Known, brought
from autotune.tune_options import TuneOptions
from autotune.worker import search
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain
from warehouse.clock import cpu_clock_s

OPEN_ENDED: Final = ("random", "local", "genetic", "optuna:tpe", "optuna:nsgaii")
"""Strategies that go on for ever: each gets every budget of CPU seconds."""

BUDGETS_S: Final = (0.1, 0.3, 0.9)
QUICK_BUDGETS_S: Final = (0.1, 0.3)
QUICK_FUNCTIONS: Final = 12

STOPS_AT: Final = (16.0, 4.0, 1.0, 0.2)
"""Thresholds of `portfolio`: expected gain per CPU second under which a search ends."""

RESAMPLES: Final = 2_000
"""Draws of the bootstrap, with replacement, of functions; 95 % of them lie in the intervals."""

_REFERENCE: Final = "deep random"


@dataclass(frozen=True)
class Method:
    """One row of the table: a strategy and its budget."""

    options: TuneOptions

    @property
    def budget(self) -> str:
        """The budget in words."""
        if self.options.cpu_seconds is not None:
            return f"{self.options.cpu_seconds:g} CPU s"
        if self.options.stop_at is not None:
            return f"stop at {self.options.stop_at:g}"
        return "its own end"


@dataclass(frozen=True)
class Tried:
    """What one search of the bench came to."""

    instructions: int
    evaluations: int
    compilations: int
    cpu_s: float


@dataclass(frozen=True)
class Row:
    """A method's figures over all functions; the means are per function.

    `improvement_over_oz` is pooled; `_low` and `_high` bound 95 % of the bootstrap's draws.
    `share_of_reference` is the instructions saved for each that the deep reference saved, on the
    same draws of functions.
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


def sample(
    functions: Sequence[ReferenceFunction], most: int | None, *, quick: bool, seed: int
) -> list[ReferenceFunction]:
    """The functions to search: all of them, or so many drawn by the seed."""
    most = most or (QUICK_FUNCTIONS if quick else len(functions))
    drawn = np.random.default_rng(seed).permutation(len(functions))[:most]
    return [functions[place] for place in sorted(drawn)]


def methods(*, quick: bool, seed: int, only: Sequence[str] = ()) -> list[Method]:
    """What is compared: everything, or `only` these strategies. Raises BadOption."""
    budgets = QUICK_BUDGETS_S if quick else BUDGETS_S
    open_ended = [
        TuneOptions(name, "instructions", None, budget, seed)
        for name in OPEN_ENDED
        for budget in budgets
    ]
    ending = [
        TuneOptions(name, "instructions", None, None, seed) for name in ("coreset", "broadcast")
    ]
    portfolios = [
        TuneOptions("portfolio", "instructions", None, None, seed, stop_at=stop_at)
        for stop_at in STOPS_AT
    ]
    default = TuneOptions("portfolio", "instructions", None, None, seed)
    every = [*open_ended, *ending, *portfolios, default]
    names = dict.fromkeys(one.strategy for one in every)
    for name in only:
        if name not in names:
            raise BadOption(f"--only {name}: there is {', '.join(names)}")
    return [Method(one) for one in every if not only or one.strategy in only]


def bench_search(
    toolchain: Toolchain,
    functions: Sequence[ReferenceFunction],
    compared: Sequence[Method],
    say: Callable[[str], None] = lambda _: None,
) -> SearchFigures:
    """Search each function by each method and compare.

    `say` hears of each function that is done. Raises NoBaseline and MachineFault.
    """
    tried: list[list[Tried]] = []
    for done, each in enumerate(_searched(toolchain, functions, compared), start=1):
        tried.append(each)
        say(f"{done} of {len(functions)} functions")
    ruler = _Ruler.of(functions, compared[0].options.seed)
    deep = [Tried(one.best, EVALUATIONS, one.compilations, one.cpu_s) for one in functions]
    table = [_row(_REFERENCE, f"{EVALUATIONS} evaluations", deep, ruler)]
    for place, method in enumerate(compared):
        column = [each[place] for each in tried]
        table.append(_row(method.options.strategy, method.budget, column, ruler))
    return SearchFigures(
        rows=tuple(table),
        functions=len(functions),
        instructions=sum(one.instructions for one in functions),
        oz_instructions=sum(one.oz for one in functions),
        toolchain=toolchain.fingerprint,
        seed=compared[0].options.seed,
    )


def _searched(
    toolchain: Toolchain, functions: Sequence[ReferenceFunction], compared: Sequence[Method]
) -> Iterator[list[Tried]]:
    space = PassSpace.load()
    known = brought("instructions", space)
    with Sandbox(toolchain) as sandbox:
        # The template's start, and the import of what a strategy needs, are no function's cost.
        _try(sandbox, space, functions[0], compared[0], known)
        for one in {method.options.strategy: method for method in compared}.values():
            _try(sandbox, space, min(functions, key=lambda each: each.instructions), one, known)
        for function in functions:
            yield [_try(sandbox, space, function, method, known) for method in compared]


def _try(
    sandbox: Sandbox, space: PassSpace, function: ReferenceFunction, method: Method, known: Known
) -> Tried:
    started = cpu_clock_s() + sandbox.children_cpu_s
    given = {
        "function_id": function.function_id,
        "instructions": function.instructions,
        "ir": function.ir,
    }
    result = search(sandbox, space, given, method.options, known)
    cpu_s = cpu_clock_s() + sandbox.children_cpu_s - started
    instructions = result.winner.measurement.instructions
    assert instructions is not None, result.winner
    return Tried(instructions, len(result.evaluations), result.compilations, cpu_s)


@dataclass(frozen=True)
class _Ruler:
    """What every method is held against: per function, and the bootstrap's draws of functions."""

    oz: NDArray[np.int64]
    reference: NDArray[np.int64]
    draws: NDArray[np.int64]

    @classmethod
    def of(cls, functions: Sequence[ReferenceFunction], seed: int) -> Self:
        generator = np.random.default_rng(seed)
        return cls(
            np.array([one.oz for one in functions]),
            np.array([one.best for one in functions]),
            generator.integers(len(functions), size=(RESAMPLES, len(functions))),
        )


def _row(name: str, budget: str, tried: Sequence[Tried], ruler: _Ruler) -> Row:
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
        evaluations=float(np.mean([one.evaluations for one in tried])),
        compilations=float(np.mean([one.compilations for one in tried])),
        cpu_s=float(np.mean([one.cpu_s for one in tried])),
    )
