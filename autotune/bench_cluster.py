"""`bench cluster`: what engines cost, how they scale here, and how many workers one driver bears.

*Overhead*: tasks that do nothing, one after the other through one worker, so what is left is the
engine's. *Scaling*: the same searches by one worker and by several, in turn, so that a drifting
machine slows both; starting an engine is counted apart. *Driver*: receipts of simulated workers at
their real rate through the real driver into real tables (`simulated_workers.py`).
"""

import hashlib
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from autotune.campaign import Campaign
from autotune.drive import Done, SetAside, drive, run_tasks
from autotune.errors import TasksSetAside
from autotune.executors.base import Executor
from autotune.executors.engines import ENGINES, EngineChoice
from autotune.grow import grow
from autotune.pass_rows import record_pass_space
from autotune.simulated_workers import SimulatedWorkers
from autotune.tune_options import TuneOptions
from corpus.build import open_sources
from corpus.llvm.passes import PassSpace
from corpus.llvm.toolchain import Toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task

EMPTY_TASKS: Final = 60
"""Tasks that do nothing, through each engine."""

_PROGRAMS: Final = "csmith:40"
_EVALUATIONS: Final = 200
_SECONDS_PER_TASK: Final = 1.0
"""Searches are cut into many small tasks here, so that a rest at the end does not decide."""


@dataclass(frozen=True)
class EngineFigures:
    """One engine on this machine.

    `start_s`: until its first task is done. `task_ms`: wall time of a task that does nothing.
    `one_s` and `several_s`: the same searches by one worker and by `workers`, medians over the
    rounds; `efficiency` = one_s / (workers × several_s), 1 is linear.
    """

    engine: str
    start_s: float
    task_ms: float
    workers: int
    one_s: float
    several_s: float
    efficiency: float


@dataclass(frozen=True)
class DriverFigures:
    """One driver under simulated workers.

    `cpu_share`: its CPU seconds a second, of one core, stand-ins for workers left out.
    `lag_s`: from a receipt to the end of its commit. `memory_bytes`: the process at its largest.
    `commit_s`: what a commit takes, first and last fifth apart, since logs grow.
    """

    workers: int
    task_s: float
    tasks: int
    seconds: float
    tasks_per_s: float
    cpu_share: float
    commits: int
    commit_s_early: float
    commit_s_late: float
    lag_s_median: float
    lag_s_most: float
    memory_bytes: int


@dataclass(frozen=True)
class ClusterFigures:
    """All of one run."""

    engines: tuple[EngineFigures, ...]
    driver: DriverFigures | None
    processors: int

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """The engines, a row each."""
        return [asdict(one) for one in self.engines]

    def lines(self) -> list[str]:
        """The driver, in words."""
        one = self.driver
        if one is None:
            return []
        pace = f"{one.tasks_per_s:.1f} tasks a second, {one.cpu_share:.0%} of a core"
        grown = f"{one.commit_s_early:.2f} s at first, {one.commit_s_late:.2f} s in the end"
        waits = f"{one.lag_s_median:.1f} s for its commit, {one.lag_s_most:.1f} s at most"
        workers = f"{one.workers} simulated workers with tasks of {one.task_s:g} s"
        return [
            f"one driver, {workers}: {pace}, {one.memory_bytes / 1e6:.0f} MB",
            f"a commit takes {grown}; a receipt waits {waits}",
        ]


def bench_cluster(  # noqa: PLR0913 - each decides how much is measured
    toolchain: Toolchain,
    engines: Sequence[str] = ENGINES,
    *,
    workers: int,
    rounds: int,
    simulated: int,
    task_s: float,
    seconds: float,
    say: Callable[[str], None] = lambda _: None,
) -> ClusterFigures:
    """Measure engines on this machine, and a driver under simulated workers for some seconds.

    Raises BadOption for an engine that is not there, and TasksSetAside.
    """
    choices = [EngineChoice(name, workers) for name in engines]
    with tempfile.TemporaryDirectory(prefix="passlake-bench-") as folder:
        lake = Lake.open(Path(folder, "lake"), create=True)
        tasks = _searches(lake, toolchain) if choices else []
        measured = []
        for choice in choices:
            measured.append(_engine(lake, choice, tasks, rounds))
            say(f"{choice.engine}: {measured[-1].efficiency:.2f} of linear")
        driver = None
        if simulated:
            say(f"a driver under {simulated} simulated workers, {seconds:g} s")
            driver = under_simulated_workers(
                Lake.open(Path(folder, "simulated"), create=True), simulated, task_s, seconds
            )
    return ClusterFigures(tuple(measured), driver, os.cpu_count() or 1)


def empty_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Do nothing: the entry of tasks that show an engine's own cost."""
    del lake
    return Receipt(task.task_id, attempt, (), 0.0, 0.0, "")


def _searches(lake: Lake, toolchain: Toolchain) -> Sequence[Task]:
    """The tasks of a campaign on random programs, each of about a second."""
    with EngineChoice("local", None).executor(lake) as executor:
        grow(lake, open_sources([_PROGRAMS], toolchain), toolchain, executor)
    space = PassSpace.load()
    record_pass_space(lake, space)
    options = TuneOptions("random", "instructions", _EVALUATIONS, None, 0, gate=False)
    campaign = Campaign.freeze(options, toolchain, select(lake, Selection(max_instructions=120)))
    rows = lake.read("functions", columns=["function_id", "instructions"]).to_pylist()
    sizes = {row["function_id"]: row["instructions"] for row in rows}
    whole = campaign.tasks(sizes, str(toolchain.prefix))
    cost_s = sum(task.cost_s for task in whole)
    each = max(1, round(_SECONDS_PER_TASK * len(campaign.function_ids) / cost_s))
    ids = campaign.function_ids
    return [
        Task(
            hashlib.sha256(repr(ids[start : start + each]).encode()).hexdigest()[:16],
            whole[0].entry,
            {**whole[0].payload, "function_ids": list(ids[start : start + each])},
            _SECONDS_PER_TASK,
        )
        for start in range(0, len(ids), each)
    ]


def _engine(lake: Lake, choice: EngineChoice, tasks: Sequence[Task], rounds: int) -> EngineFigures:
    several = choice.workers
    assert several is not None
    start_s: list[float] = []
    empty_s, one_s, several_s = [], [], []
    for _ in range(rounds):
        with _started(lake, EngineChoice(choice.engine, 1), start_s) as executor:
            empty_s.append(_wall_s(executor, _empty(EMPTY_TASKS)))
            one_s.append(_wall_s(executor, tasks))
        with _started(lake, choice, start_s) as executor:
            several_s.append(_wall_s(executor, tasks))
    one, more = statistics.median(one_s), statistics.median(several_s)
    return EngineFigures(
        engine=choice.engine,
        start_s=statistics.median(start_s),
        task_ms=1000 * statistics.median(empty_s) / EMPTY_TASKS,
        workers=several,
        one_s=one,
        several_s=more,
        efficiency=one / (several * more),
    )


@contextmanager
def _started(lake: Lake, choice: EngineChoice, start_s: list[float]) -> Iterator[Executor]:
    """An engine whose workers have all begun; notes how long that took."""
    started = time.monotonic()
    with choice.executor(lake) as executor:
        _wall_s(executor, _empty(2 * executor.capacity))
        start_s.append(time.monotonic() - started)
        yield executor


def _empty(count: int) -> list[Task]:
    return [Task(f"empty-{number}", "autotune.bench_cluster:empty_task") for number in range(count)]


def _wall_s(executor: Executor, tasks: Sequence[Task]) -> float:
    """Seconds on the clock for tasks, of which all must be done. Raises TasksSetAside."""
    started = time.monotonic()
    for ended in run_tasks(executor, tasks):
        if isinstance(ended, SetAside):
            raise TasksSetAside(str(ended))
    return time.monotonic() - started


class _Watch:
    """A settlement that takes everything, and notes when commits begin and end."""

    def __init__(self) -> None:
        self.commits_s: list[float] = []
        self.lags_s: list[float] = []
        self._came: list[float] = []
        self._began = 0.0

    def came(self) -> None:
        """A receipt was handed to the driver."""
        self._came.append(time.monotonic())

    def files(self, receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
        """All of them; a commit begins."""
        self._began = time.monotonic()
        return [file for receipt in receipts for file in receipt.files]

    def committed(self) -> None:
        """The commit has ended."""
        now = time.monotonic()
        self.commits_s.append(now - self._began)
        self.lags_s += [now - came for came in self._came]
        self._came.clear()


class _Clocked:
    """Whom the driver tells of each receipt that it took."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    def start(self, cost_s: float) -> None:
        """Say nothing."""

    def skip(self, task: Task) -> None:
        """Say nothing."""

    def advance(self, ended: Done | SetAside) -> None:
        """Note it. The driver commits before it tells, so what it tells of waits for the next."""
        del ended
        self._watch.came()


def under_simulated_workers(
    lake: Lake, workers: int, task_s: float, seconds: float
) -> DriverFigures:
    """Drive so many simulated workers, in full swing for `seconds`."""
    executor = SimulatedWorkers(lake, workers, task_s, seed=0)
    count = max(1, round(workers * seconds / task_s))
    tasks = (Task(f"{number:016x}", "none:none", {}, task_s) for number in range(count))
    watch = _Watch()
    started, cpu_started = time.monotonic(), time.process_time()
    try:
        drive(
            lake,
            "simulated",
            tasks,
            executor,
            settlement=watch,
            cost_s=count * task_s,
            progress=_Clocked(watch),
        )
        # The first receipt is due after one task's time: until then nothing was asked of anybody.
        took_s = max(1e-9, time.monotonic() - started - task_s)
        cpu_s = time.process_time() - cpu_started - executor.linking_cpu_s
    finally:
        executor.close()
    fifth = max(1, len(watch.commits_s) // 5)
    return DriverFigures(
        workers=workers,
        task_s=task_s,
        tasks=count,
        seconds=took_s,
        tasks_per_s=count / took_s,
        cpu_share=cpu_s / took_s,
        commits=len(watch.commits_s),
        commit_s_early=statistics.median(watch.commits_s[:fifth]),
        commit_s_late=statistics.median(watch.commits_s[-fifth:]),
        lag_s_median=statistics.median(watch.lags_s) if watch.lags_s else 0.0,
        lag_s_most=max(watch.lags_s, default=0.0),
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )
