"""`bench cluster`: what engines cost, how they scale here, and how many workers one driver bears.

*Overhead and scaling*: `bench_scaling.py`. *Driver*: receipts of simulated workers at their real
rate through the real driver into real tables (`simulated_workers.py`).
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autotune.bench_scaling import Ceiling, EngineFigures, scale
from autotune.drive import Done, SetAside, drive
from autotune.executors.engines import ENGINES, EngineChoice
from autotune.simulated_workers import SimulatedWorkers
from corpus.llvm.toolchain import Toolchain
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task


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
    ceiling: Ceiling | None
    driver: DriverFigures | None
    processors: int

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """The engines, a row each."""
        return [asdict(one) for one in self.engines]

    def lines(self) -> list[str]:
        """The ceiling and the driver, in words."""
        return [*self._of_ceiling(), *self._of_driver()]

    def _of_ceiling(self) -> list[str]:
        one = self.ceiling
        if one is None:
            return []
        took = f"{one.alone_s:.1f} s alone, {one.together_s:.1f} s together"
        return [
            f"{one.processes} processes that share nothing: {took}, {one.efficiency:.2f} of linear"
        ]

    def _of_driver(self) -> list[str]:
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
    for name in engines:
        EngineChoice(name, workers)  # refused before anything is measured
    with tempfile.TemporaryDirectory(prefix="passlake-bench-") as folder:
        lake = Lake.open(Path(folder, "lake"), create=True)
        scaling = None
        if engines:
            scaling = scale(lake, toolchain, engines, workers=workers, rounds=rounds, say=say)
        driver = None
        if simulated:
            say(f"a driver under {simulated} simulated workers, {seconds:g} s")
            driver = under_simulated_workers(
                Lake.open(Path(folder, "simulated"), create=True), simulated, task_s, seconds
            )
    return ClusterFigures(
        () if scaling is None else scaling.engines,
        None if scaling is None else scaling.ceiling,
        driver,
        os.cpu_count() or 1,
    )


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
