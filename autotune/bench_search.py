"""`bench search`: every strategy on the functions of the deep reference, at equal CPU time.

What a strategy knows is what is shipped: lists learned from training programs, none of which is in
the reference. Costs are all that a function costs in a campaign: the session, both baselines, the
strategy itself, evaluations, minimisation, the processes of the real `opt` that confirm a winner,
and its gate. Functions go through the strategies in turn, so that a drifting machine slows all of
them. The reference's winners are judged as well: where one is refuted, -Oz stands in for it, since
what else that search saw is not kept; a strategy's own searches go on to their next best.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from autotune.deep_reference import EVALUATIONS, ReferenceFunction
from autotune.errors import BadOption
from autotune.gate.function import WholeGate
from autotune.gate.verdict import Gate, Judgement, state_of
from autotune.knowledge import Known, brought
from autotune.search_figures import Ruler, SearchFigures, Tried, row_of
from autotune.tune_options import TuneOptions
from autotune.worker import search
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import run_opt
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
    *,
    gated: bool = True,
) -> SearchFigures:
    """Search each function by each method and compare; with `gated`, winners are executed.

    `say` hears of each function that is done. Raises NoBaseline, MachineFault and RunningRefused.
    """
    with Sandbox(toolchain) as sandbox:
        gate = WholeGate(sandbox) if gated else None
        deep = [_referred(sandbox, function, gate) for function in functions]
        tried: list[list[Tried]] = []
        for done, each in enumerate(_searched(sandbox, functions, compared, gate), start=1):
            tried.append(each)
            say(f"{done} of {len(functions)} functions")
    seed = compared[0].options.seed
    reached = [one.instructions for one in deep]
    ruler = Ruler.of([one.oz for one in functions], reached, seed)
    table = [row_of(_REFERENCE, f"{EVALUATIONS} evaluations", deep, ruler)]
    for place, method in enumerate(compared):
        column = [each[place] for each in tried]
        table.append(row_of(method.options.strategy, method.budget, column, ruler))
    return SearchFigures(
        rows=tuple(table),
        functions=len(functions),
        instructions=sum(one.instructions for one in functions),
        oz_instructions=sum(one.oz for one in functions),
        toolchain=toolchain.fingerprint,
        seed=seed,
    )


def _referred(sandbox: Sandbox, function: ReferenceFunction, gate: WholeGate | None) -> Tried:
    """What the deep search came to, less what the gate refutes."""
    found: Sequence[Judgement] = ()
    if gate is not None and function.best < function.oz:
        run = run_opt(sandbox.toolchain, function.ir, function.pass_list)
        with sandbox.session() as session:
            session.load(run.stdout)
            after = session.apply("")
        found = gate.judge(function.function_id, function.ir, function.pass_list, after)
    refuted = any(one.refutes for one in found)
    return Tried(
        function.oz if refuted else function.best,
        EVALUATIONS,
        function.compilations,
        function.cpu_s,
        state_of(found),
        int(refuted),
    )


def _searched(
    sandbox: Sandbox,
    functions: Sequence[ReferenceFunction],
    compared: Sequence[Method],
    gate: Gate | None,
) -> Iterator[list[Tried]]:
    space = PassSpace.load()
    searches = _Searches(sandbox, space, brought("instructions", space), gate)
    # The template's start, and the import of what a strategy needs, are no function's cost.
    searches.one(functions[0], compared[0])
    for one in {method.options.strategy: method for method in compared}.values():
        searches.one(min(functions, key=lambda each: each.instructions), one)
    for function in functions:
        yield [searches.one(function, method) for method in compared]


@dataclass(frozen=True)
class _Searches:
    """The searches of one run of the bench, in one sandbox."""

    sandbox: Sandbox
    space: PassSpace
    known: Known
    gate: Gate | None

    def one(self, function: ReferenceFunction, method: Method) -> Tried:
        """One function by one method, and what it cost."""
        started = cpu_clock_s() + self.sandbox.children_cpu_s
        given = {
            "function_id": function.function_id,
            "instructions": function.instructions,
            "ir": function.ir,
        }
        result = search(self.sandbox, self.space, given, method.options, self.known, gate=self.gate)
        cpu_s = cpu_clock_s() + self.sandbox.children_cpu_s - started
        instructions = result.winner.measurement.instructions
        assert instructions is not None, result.winner
        return Tried(
            instructions,
            len(result.evaluations),
            result.compilations,
            cpu_s,
            result.winner.gate,
            sum(one.refutes for one in result.judgements),
        )
