"""A small campaign by the command `passlake`, as a process that can be killed, and its rows."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from tests.faults.processes import PATIENCE_S, wait_until
from warehouse.lake import Lake

SMALL_TASKS = Path(__file__).with_name("small_tasks.py")
TUNE = (
    "tune",
    "--strategy",
    "random",
    "--evaluations",
    "60",
    "--max-instructions",
    "40",
    "--seed",
    "5",
)
NOT_DECISIVE = {"cpu_us", "cpu_s", "code_version", "decided_at"}
Rows = dict[str, list[dict[str, Any]]]


class Run:
    """The command as a process in a session of its own, as on a terminal of its own."""

    def __init__(self, lake: Lake, *arguments: str, workers: int = 2) -> None:
        self.lake = lake
        self._messages = Path(lake.location).with_name("stderr")
        with self._messages.open("wb") as messages:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, str(SMALL_TASKS), "--lake", lake.location),
                    *(arguments or (*TUNE, "--workers", str(workers))),
                ],
                stdout=subprocess.DEVNULL,
                stderr=messages,
                start_new_session=True,
            )

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    def stop(self, number: int) -> int:
        """Send a signal to the foreground group, as Ctrl-C does; the exit status."""
        os.killpg(self.process.pid, number)
        return self.wait()

    @property
    def said(self) -> str:
        """What it said but for how far it is, which a slow machine makes it say."""
        lines = self._messages.read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not re.search(r": \d+ tasks, \d+%", line))


def rows_of(lake: Lake) -> Rows:
    """All that must not differ, in an order of its own."""
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in NOT_DECISIVE}
                for row in lake.read(table).to_pylist()
            ),
            key=lambda row: (
                row["function_id"] or "",
                row.get("ordinal", 0),
                row.get("verdict_id", ""),
                row["task_id"],
            ),
        )
        for table in ("evaluations", "winners", "verdicts")
    }


def done(lake: Lake) -> list[str]:
    """The campaign's tasks that the ledger calls done."""
    searches = pc.field("entry") == "autotune.worker:search_task"
    return lake.read("tasks", where=searches).column("task_id").to_pylist()


def in_its_middle(run: Run) -> None:
    """Wait until something is committed, while more is to come."""
    wait_until(lambda: done(run.lake))
    assert run.process.poll() is None


def each_once(lake: Lake) -> bool:
    evaluations = lake.read("evaluations", columns=["function_id", "ordinal"]).to_pylist()
    twice = Counter((row["function_id"], row["ordinal"]) for row in evaluations)
    counts = [*twice.values(), *Counter(done(lake)).values()]
    return set(counts) == {1} and lake.read("campaigns").num_rows == 1
