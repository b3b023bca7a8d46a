"""What a commit costs as a table's log grows: many small ones, one after the other."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.bench.made_rows import Maker
from warehouse.bench.population import Population, Size
from warehouse.lake import Lake
from warehouse.task import LedgerEntry, Receipt, Task, ledger_rows, stage_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_WRITER = "bench-commits"
_AROUND = 10
"""Commits at either end whose median is told: one alone meets whatever else the disk does."""

_EVALUATIONS = 2_000
_FUNCTIONS = 20


@dataclass(frozen=True)
class CommitFigures:
    """Seconds of one `Lake.commit` on the clock and of CPU time, in the median of ten at each end.

    Each brings a file of evaluations, of winners and of the ledger, and perhaps of verdicts.
    """

    commits: int
    rows_each: int
    first_s: float
    last_s: float
    first_cpu_s: float
    last_cpu_s: float
    slowest_s: float


def bench_commits(
    commits: int, passes: pa.Table, folder: Path | None, say: Callable[[str], None]
) -> CommitFigures:
    """Commit so many times to a lake that is thrown away, in a folder on the disk in question."""
    tables = Maker(Population.draw(Size(_FUNCTIONS, _EVALUATIONS)), passes).searches(0, 0, "task")
    taken_s, taken_cpu_s = [], []
    with tempfile.TemporaryDirectory(prefix="passlake-bench-", dir=folder) as place:
        lake = Lake.open(Path(place, "lake"), create=True)
        for sequence in range(commits):
            task = Task(f"task-{sequence}", "warehouse.bench:made_up")
            files = stage_tables(lake, task, tables)
            receipt = Receipt(task.task_id, 1, files, 0.0, 0.0, "here")
            ledger = ledger_rows(_WRITER, [LedgerEntry.done(task, receipt)])
            staged = [*files, lake.stage("tasks", ledger, name=task.task_id)]
            started_s, started_cpu_s = time.perf_counter(), time.process_time()
            lake.commit(_WRITER, sequence, staged)
            taken_s.append(time.perf_counter() - started_s)
            taken_cpu_s.append(time.process_time() - started_cpu_s)
            if (sequence + 1) % 200 == 0:
                say(f"{sequence + 1} of {commits} small commits are made")
    return CommitFigures(
        commits,
        tables["evaluations"].num_rows,
        statistics.median(taken_s[:_AROUND]),
        statistics.median(taken_s[-_AROUND:]),
        statistics.median(taken_cpu_s[:_AROUND]),
        statistics.median(taken_cpu_s[-_AROUND:]),
        max(taken_s),
    )
