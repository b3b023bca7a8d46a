"""`bench engine`: what the sandbox saves over one `opt` process per list, and sharing over neither.

On golden functions under 100 instructions, one worker. Five batches of lists for each function: the
paper's uniform lists with and without whole optimisation levels, what local search asks for, the
lists of a coreset, and every beginning of them, which is what a policy asks for that follows a
coreset's lists and stops at the best point. Each batch is evaluated as a worker does it (asking,
sandbox, telling, rows) with every list run whole (`plain`), again with lists sharing what they have
in common (`shared`), and a sample of it by `opt` processes, function by function in turn, so that a
drifting machine slows all alike.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autotune.function_search import BATCH
from autotune.import_lists import import_lists
from autotune.rows import evaluation_rows
from autotune.search.base import Evaluation, PassIds, Problem
from autotune.search.local_search import LocalSearch
from autotune.search.random_search import RandomSearch
from autotune.shipped import shipped
from corpus.golden import GoldenFunction, golden_functions
from corpus.llvm.measurement import Measurement
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import measure_with_opt
from corpus.llvm.sandbox.supervisor import Limits, Sandbox
from corpus.llvm.toolchain import Toolchain
from warehouse.task import Task

MOST_INSTRUCTIONS = 99
EVERY = 3
"""The sample is every third, by size, of the golden functions that are small enough."""

OPT_EVERY = 20
"""One list in so many also goes through `opt`, which takes nearly all of the benchmark's time; of
a coreset no more than of random lists."""


@dataclass(frozen=True)
class BatchFigures:
    """One batch on all functions; rates are per CPU second of the worker and its children.

    `ratio` = `plain_per_s` / `opt_per_s`. `sharing_saves` = CPU time of plain over that of shared.
    `counts_equal` of the `counts_compared` are the same in plain and shared, and `opt_equal` of
    `opt_compared` in plain and `opt`. The shares are of the plain worker's CPU time:
    `pass_time_share` = `passes_share` + `clone_share`; `rest_share` is printing, hashing, verifying
    and counting; what is left to 1 is starting children, loading and the worker's own Python.
    `asked` items of lists, of which `ran` were run when shared; the others were known, as a shared
    beginning, a pass that changes nothing, or from another way to the same state.
    `passes_saved_s`: what their passes took when they were run.
    """

    evaluations: int
    plain_per_s: float
    shared_per_s: float
    opt_per_s: float
    ratio: float
    sharing_saves: float
    counts_compared: int
    counts_equal: int
    opt_compared: int
    opt_equal: int
    pass_time_share: float
    passes_share: float
    clone_share: float
    rest_share: float
    asked: int
    ran: int
    by_prefix: int
    by_no_op: int
    by_state: int
    passes_saved_s: float


@dataclass(frozen=True)
class EngineFigures:
    """What one run measured, by batch."""

    functions: int
    lists_per_function: int
    toolchain: str
    batches: dict[str, BatchFigures]

    def document(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, object]]:
        """One row per figure, one column per batch."""
        names = asdict(next(iter(self.batches.values())))
        batches = {name: asdict(batch) for name, batch in self.batches.items()}
        return [
            {"figure": name} | {batch: figures[name] for batch, figures in batches.items()}
            for name in names
        ]


@dataclass
class _Totals:
    """Sums over the functions of one batch."""

    evaluations: int = 0
    plain_s: float = 0.0
    shared_s: float = 0.0
    opt_s: float = 0.0
    measured_us: int = 0
    equal: int = 0
    opt_equal: list[bool] = field(default_factory=list)


def bench_engine(
    toolchain: Toolchain, lists_per_function: int, coreset: Sequence[PassIds] = ()
) -> EngineFigures:
    """Measure. Takes about 10 ms per list and function, half of it in `opt` processes."""
    space = PassSpace.load()
    small = [one for one in golden_functions() if one.instructions <= MOST_INSTRUCTIONS]
    functions = sorted(small, key=lambda one: (one.instructions, one.name))[::EVERY]
    meta = frozenset(one.pass_id for one in space.meta)

    def random(seed: int, function: GoldenFunction) -> list[PassIds]:
        return list(RandomSearch(_problem(space, function, seed)).ask(lists_per_function))

    def without_meta(seed: int, function: GoldenFunction) -> list[PassIds]:
        lists = random(seed, function)
        return [tuple(one for one in pass_ids if one not in meta) for pass_ids in lists]

    walks = _local_walks(toolchain, space, functions, lists_per_function)
    beginnings = [one[:length] for one in coreset for length in range(1, len(one) + 1)]
    batches: dict[str, Callable[[int, GoldenFunction], Sequence[PassIds]]] = {
        "random": random,
        "random_without_meta": without_meta,
        "local": lambda seed, _function: walks[seed],
    }
    if coreset:
        batches["coreset"] = lambda _seed, _function: coreset
        batches["coreset_beginnings"] = lambda _seed, _function: beginnings
    opt_lists = -(-lists_per_function // OPT_EVERY)
    figures = {
        name: _Bench(toolchain, space, opt_lists).run(functions, lists)
        for name, lists in batches.items()
    }
    return EngineFigures(len(functions), lists_per_function, toolchain.fingerprint, figures)


def lists_of(file: Path | None, toolchain: Toolchain) -> Sequence[PassIds]:
    """The lists of a file, else of the coreset that is shipped. Raises BadOption."""
    space = PassSpace.load()
    if file is None:
        return shipped("instructions").coreset.pass_ids(space)
    coreset = import_lists(file, space, toolchain.fingerprint, "instructions").coreset
    return coreset.pass_ids(space)


def _local_walks(
    toolchain: Toolchain, space: PassSpace, functions: Sequence[GoldenFunction], count: int
) -> list[list[PassIds]]:
    """What local search asks for on each function."""
    texts = [one.text for one in space.passes]
    walks = []
    with Sandbox(toolchain) as sandbox:
        for seed, function in enumerate(functions):
            strategy = LocalSearch(_problem(space, function, seed))
            walk: list[PassIds] = []
            with sandbox.session() as session:
                session.load(function.ir.encode())
                while asked := strategy.ask(min(BATCH, count - len(walk))):
                    lists = [",".join([texts[one] for one in pass_ids]) for pass_ids in asked]
                    pairs = zip(asked, session.evaluate(lists), strict=True)
                    strategy.tell([Evaluation(*pair) for pair in pairs])
                    walk += asked
            walks.append(walk)
    return walks


class _Bench:
    """One batch of lists."""

    def __init__(self, toolchain: Toolchain, space: PassSpace, opt_lists: int) -> None:
        self._toolchain = toolchain
        self._opt_lists = opt_lists
        self._space = space
        self._texts = [one.text for one in space.passes]
        self._total = _Totals()

    def run(
        self,
        functions: Sequence[GoldenFunction],
        lists: Callable[[int, GoldenFunction], Sequence[PassIds]],
    ) -> BatchFigures:
        alone = Limits(sharing=False)
        with Sandbox(self._toolchain, alone) as plain, Sandbox(self._toolchain) as shared:
            # A template starts with its first session, once per task: no part of a list's cost.
            for sandbox in (plain, shared):
                with sandbox.session() as session:
                    session.load(functions[0].ir.encode())
            for seed, function in enumerate(functions):
                self._function(plain, shared, function, lists(seed, function))
            return self._figures(plain, shared)

    def _function(
        self, plain: Sandbox, shared: Sandbox, function: GoldenFunction, lists: Sequence[PassIds]
    ) -> None:
        total = self._total
        with _cpu_s(plain) as spent:
            one = self._as_a_worker(plain, function, lists)
        total.plain_s += spent[0]
        with _cpu_s(shared) as spent:
            other = self._as_a_worker(shared, function, lists)
        total.shared_s += spent[0]
        total.evaluations += len(lists)
        total.measured_us += sum(measured.cpu_us for measured in one)
        total.equal += sum(map(_alike, one, other))
        with plain.session() as session:
            sample = list(zip(lists, one, strict=True))[::OPT_EVERY][: self._opt_lists]
            for pass_ids, measured in sample:
                text = self._text(pass_ids)
                said = measure_with_opt(session, self._toolchain, function.ir, text)
                total.opt_s += said.cpu_us / 1e6
                total.opt_equal.append(_alike(said, measured))

    def _as_a_worker(
        self, sandbox: Sandbox, function: GoldenFunction, lists: Sequence[PassIds]
    ) -> list[Measurement]:
        """Everything that a worker does for these evaluations of one function."""
        strategy = RandomSearch(_problem(self._space, function, 0))
        strategy.ask(len(lists))
        task = Task(
            "bench",
            "autotune.worker:search_task",
            {
                "campaign_id": "bench",
                "pass_space": self._space.version,
                "options": {"strategy": "random"},
            },
        )
        with sandbox.session() as session:
            session.load(function.ir.encode())
            measured = session.evaluate([self._text(one) for one in lists])
        told = [Evaluation(*pair) for pair in zip(lists, measured, strict=True)]
        strategy.tell(told)
        evaluation_rows(task, function.name, told)
        return measured

    def _text(self, pass_ids: PassIds) -> str:
        return ",".join([self._texts[one] for one in pass_ids])

    def _figures(self, plain: Sandbox, shared: Sandbox) -> BatchFigures:
        total, meter, saved = self._total, plain.meter, shared.saved
        # In the child wall time is cheap to read; its parts are shares of the child's CPU time.
        parts_ns = meter.clone_ns + meter.passes_ns + meter.rest_ns
        evaluating = total.measured_us / 1e6 / total.plain_s / parts_ns
        sampled = len(total.opt_equal)
        plain_per_s, opt_per_s = total.evaluations / total.plain_s, sampled / total.opt_s
        return BatchFigures(
            evaluations=total.evaluations,
            plain_per_s=plain_per_s,
            shared_per_s=total.evaluations / total.shared_s,
            opt_per_s=opt_per_s,
            ratio=plain_per_s / opt_per_s,
            sharing_saves=total.plain_s / total.shared_s,
            counts_compared=total.evaluations,
            counts_equal=total.equal,
            opt_compared=sampled,
            opt_equal=sum(total.opt_equal),
            pass_time_share=evaluating * (meter.passes_ns + meter.clone_ns),
            passes_share=evaluating * meter.passes_ns,
            clone_share=evaluating * meter.clone_ns,
            rest_share=evaluating * meter.rest_ns,
            asked=saved.asked,
            ran=saved.ran,
            by_prefix=saved.by_prefix,
            by_no_op=saved.by_no_op,
            by_state=saved.by_state,
            passes_saved_s=saved.saved_s,
        )


@contextmanager
def _cpu_s(sandbox: Sandbox) -> Iterator[list[float]]:
    """CPU seconds of this process and of the sandbox's children inside the `with`."""
    spent: list[float] = []
    started = time.process_time() + sandbox.children_cpu_s
    yield spent
    spent.append(time.process_time() + sandbox.children_cpu_s - started)


def _alike(one: Measurement, other: Measurement) -> bool:
    return (one.outcome, one.instructions) == (other.outcome, other.instructions)


def _problem(space: PassSpace, function: GoldenFunction, seed: int) -> Problem:
    """As a search's, but for -Oz, which decides nothing here."""
    return Problem(space, seed, function.instructions, "instructions", oz=function.instructions)
