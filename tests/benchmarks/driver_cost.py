"""What a driver costs: CPU seconds for each task and each commit, workers left out.

    .venv/bin/python tests/benchmarks/driver_cost.py FOLDER [LAKE CAMPAIGN]

Receipts of 240 tasks, whose files a campaign's tasks might have staged (as large as theirs, staged
beforehand), go through the real driver into real tables, once in commits of 12 tasks and once of
120; two equations give the two costs. With LAKE and CAMPAIGN, writes the figures that `passlake
plan` ships: this cost, and the campaign's, with the clock of the quietest tenth of the lake's
tasks, since the machine may have been shared.
"""

import json
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow.compute as pc

from autotune import drive as driver
from autotune.executors.base import Failure
from autotune.plan_figures import SHIPPED, DriverCost, of_lake
from autotune.simulated_workers import ROWS, made_rows
from warehouse.lake import Lake
from warehouse.provenance import code_version
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task

TASKS = 240


class Staged:
    """An executor whose tasks have been done before."""

    capacity = 500

    def __init__(self, files: dict[str, tuple[StagedFile, ...]]) -> None:
        self._files = files
        self._sent: list[Task] = []

    def submit(self, task: Task, attempt: int) -> None:
        """Note it."""
        assert attempt == 1
        self._sent.append(task)

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next one."""
        assert timeout_s > 0
        task = self._sent.pop()
        return Receipt(task.task_id, 1, self._files[task.task_id], 10.0, 10.0, "here")

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing runs."""


def driven(folder: Path, batch: int) -> tuple[float, int]:
    """CPU seconds of the driver for TASKS tasks in commits of `batch`, and how many commits."""
    lake = Lake.open(folder, create=True)
    tasks = [Task(f"{number:016x}", "none:none") for number in range(TASKS)]
    files = {
        task.task_id: tuple(
            lake.stage(
                table,
                made_rows(table, np.random.default_rng(int(task.task_id, 16))),
                name=task.task_id,
            )
            for table in ROWS
        )
        for task in tasks
    }
    held = len(tasks) // batch
    add = driver._Committer.add

    def add_in_batches(self: driver._Committer, ended: driver.Done | driver.SetAside) -> None:
        add(self, ended)
        if len(self._waiting) >= batch:
            self.flush()

    with (
        mock.patch.object(driver._Committer, "add", add_in_batches),
        mock.patch.object(driver, "_COMMIT_EVERY_S", 1e9),
    ):
        started = time.process_time()
        driver.drive(lake, "job", tasks, Staged(files))
        return time.process_time() - started, held


def main() -> None:
    """Measure, print, and ship if asked to."""
    folder = Path(sys.argv[1])
    few_s, few = driven(folder / "large", 120)
    many_s, many = driven(folder / "small", 12)
    commit_s = (many_s - few_s) / (many - few)
    task_s = (few_s - few * commit_s) / TASKS
    cost = DriverCost(task_s, commit_s, driver._COMMIT_EVERY_S, f"{datetime.now(UTC):%Y-%m-%d}")
    measured = asdict(cost) | {"cpu_s": [few_s, many_s], "commits": [few, many]}
    sys.stdout.write(json.dumps(measured) + "\n")
    if len(sys.argv) > 2:
        lake = Lake.open(sys.argv[2])
        figures = of_lake(lake, sys.argv[3])
        tasks = lake.read("tasks", where=pc.field("entry") == "autotune.worker:search_task")
        quiet = float(np.quantile(np.divide(tasks["wall_s"], tasks["cpu_s"]), 0.1))
        programs = "shipped"
        kept = replace(figures, source=programs, wall_share=quiet, code_version=code_version())
        SHIPPED.write_text(
            json.dumps({"figures": kept.document(), "driver": asdict(cost)}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
