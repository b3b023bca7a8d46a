"""What it costs the driver that a campaign is followed: `python -m tests.benchmarks.progress_cost`.

Prints CPU microseconds per task with an event log and with metrics, and the share of one core that
the live view of a terminal takes, whatever runs below it.
"""

import os
import pty
import sys
import tempfile
import threading
import time
from pathlib import Path

from autotune.drive import Done, Progress
from autotune.event_log import EventLog
from autotune.metrics import Metrics
from cli.progress import TaskProgress
from warehouse.task import Receipt, Task

TASKS = 5000
VIEW_S = 20.0


def ended(number: int) -> Done:
    """A task of a campaign as the driver sees it."""
    task = Task(f"{number:016}", "no:entry", cost_s=10.0)
    outcomes = {"ok": 9000, "crashed": 3, "timed_out": 1}
    searched = {"functions": 30, "improved": 9, "oz": 900, "value": 800, "outcomes": outcomes}
    return Done(task, Receipt(task.task_id, 1, (), 10.0, 10.0, "here", {"searched": searched}))


def cpu_us_per_task(progress: Progress) -> float:
    """CPU time of telling somebody that a task has ended."""
    tasks = [ended(number) for number in range(TASKS)]
    progress.start(TASKS * 10.0)
    started = time.process_time()
    for one in tasks:
        progress.advance(one)
    return (time.process_time() - started) / TASKS * 1e6


def view_share() -> float:
    """CPU seconds per second that the live view takes on a terminal of its own."""
    master, slave = pty.openpty()
    threading.Thread(target=_drain, args=(master,), daemon=True).start()
    kept, sys.stderr = sys.stderr, os.fdopen(slave, "w")
    try:
        with TaskProgress("tune", 100_000) as progress:
            progress.start(TASKS * 10.0)
            progress.advance(ended(0))
            started = time.process_time()
            time.sleep(VIEW_S)
            return (time.process_time() - started) / VIEW_S
    finally:
        sys.stderr = kept


def _drain(terminal: int) -> None:
    while os.read(terminal, 1 << 16):
        pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        with EventLog(Path(folder) / "events", "tune") as log:
            print(f"event log: {cpu_us_per_task(log):.0f} CPU us per task")  # noqa: T201
        with Metrics(0, "tune") as metrics:
            print(f"metrics: {cpu_us_per_task(metrics):.0f} CPU us per task")  # noqa: T201
    print(f"live view: {100 * view_share():.2f} % of one core")  # noqa: T201
