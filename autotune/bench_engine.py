"""`bench engine`: what the sandbox saves over one `opt` process per pass list.

On golden functions under 100 instructions, one worker, the paper's uniform lists: the same lists
are evaluated as a worker does it (asking, sandbox, telling, rows) and by `opt` processes, function
by function in turn, so that a drifting machine slows both.
"""

import time
from dataclasses import asdict, dataclass

from autotune.rows import evaluation_rows
from autotune.search.base import Evaluation, PassIds, Problem
from autotune.search.random_search import RandomSearch
from corpus.golden import GoldenFunction, golden_functions
from corpus.llvm.measurement import Measurement
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import measure_with_opt, run_opt
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain
from warehouse.task import Task

MOST_INSTRUCTIONS = 99
EVERY = 3
"""The sample is every third, by size, of the golden functions that are small enough."""

CHECKED_LISTS = 5
"""Lists of each function whose counts are compared between the two ways."""


@dataclass(frozen=True)
class EngineFigures:
    """What one run measured; shares are of the worker's time, `_s` in wall seconds.

    `pass_time_share` = `clone_share` + `passes_share`; `rest_share` is the child's hashing,
    verifying and counting, and what is left to 1 is the worker's own Python and its waiting.
    """

    functions: int
    lists_per_function: int
    evaluations_per_s: float
    opt_process_evaluations_per_s: float
    ratio: float
    pass_time_share: float
    clone_share: float
    passes_share: float
    rest_share: float
    counts_compared: int
    counts_equal: int
    toolchain: str

    def document(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)


def bench_engine(toolchain: Toolchain, lists_per_function: int) -> EngineFigures:
    """Measure. Takes about 20 ms per list and function, nearly all of it in `opt` processes."""
    space = PassSpace.load()
    small = [one for one in golden_functions() if one.instructions <= MOST_INSTRUCTIONS]
    functions = sorted(small, key=lambda one: (one.instructions, one.name))[::EVERY]
    worker_s = opt_s = 0.0
    compared: list[bool] = []
    with Sandbox(toolchain) as sandbox:
        # The template starts with the first session, once per task: no part of a list's cost.
        with sandbox.session() as session:
            session.load(functions[0].ir.encode())
        for seed, function in enumerate(functions):
            lists = RandomSearch(_problem(space, function, seed)).ask(lists_per_function)
            texts = [str(space.decode(pass_ids)) for pass_ids in lists]
            started = time.perf_counter()
            measured = _as_a_worker(sandbox, space, function, seed, lists_per_function)
            worker_s += time.perf_counter() - started
            started = time.perf_counter()
            for text in texts:
                run_opt(toolchain, function.ir, text)
            opt_s += time.perf_counter() - started
            pairs = zip(texts[:CHECKED_LISTS], measured, strict=False)
            with sandbox.session() as session:
                for text, ours in pairs:
                    said = measure_with_opt(session, toolchain, function.ir, text)
                    compared.append(said.instructions == ours.instructions)
        evaluations = len(functions) * lists_per_function
        clone_share, passes_share, rest_share = (
            nanoseconds / 1e9 / worker_s
            for nanoseconds in (
                sandbox.meter.clone_ns,
                sandbox.meter.passes_ns,
                sandbox.meter.rest_ns,
            )
        )
    return EngineFigures(
        functions=len(functions),
        lists_per_function=lists_per_function,
        evaluations_per_s=evaluations / worker_s,
        opt_process_evaluations_per_s=evaluations / opt_s,
        ratio=opt_s / worker_s,
        pass_time_share=clone_share + passes_share,
        clone_share=clone_share,
        passes_share=passes_share,
        rest_share=rest_share,
        counts_compared=len(compared),
        counts_equal=sum(compared),
        toolchain=toolchain.fingerprint,
    )


def _as_a_worker(
    sandbox: Sandbox, space: PassSpace, function: GoldenFunction, seed: int, count: int
) -> list[Measurement]:
    """Everything that a worker does for `count` evaluations of one function."""
    strategy = RandomSearch(_problem(space, function, seed))
    texts = [one.text for one in space.passes]
    task = Task(
        "bench",
        "autotune.worker:search_task",
        {"campaign_id": "bench", "pass_space": space.version, "options": {"strategy": "random"}},
    )
    with sandbox.session() as session:
        session.load(function.ir.encode())
        asked: list[PassIds] = list(strategy.ask(count))
        measured = session.evaluate([",".join([texts[i] for i in one]) for one in asked])
    told = [Evaluation(*pair) for pair in zip(asked, measured, strict=True)]
    strategy.tell(told)
    evaluation_rows(task, function.name, told)
    return measured


def _problem(space: PassSpace, function: GoldenFunction, seed: int) -> Problem:
    """Random search learns nothing, so it is told nothing about -Oz."""
    return Problem(space, seed, function.instructions, "instructions", oz=function.instructions)
