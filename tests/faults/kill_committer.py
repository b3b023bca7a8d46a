"""A driver in small that kills itself at a step, or that another process kills: run by tests.

`python kill_committer.py steps FOLDER` runs, in forked children, a job that is killed at its first,
second, … touch of the disk until it comes through; after each kill another child continues the
job. It prints one JSON line per kill: what the killed child was about to do, and what the lake
then holds. `python kill_committer.py endless FOLDER` commits tasks until it is killed.

Touches of the disk by Python are seen through audit events, those of delta-rs before and after its
calls. Children are forked from a process that has not used deltalake or Arrow's threads yet.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from deltalake import DeltaTable

from warehouse import schema, snapshot
from warehouse.lake import Lake
from warehouse.provenance import code_version
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows

JOB = "job"
TASKS = ("t0", "t1")  # the first makes the tables, the second finds them
TOUCHES = ("open", "os.link", "os.rename", "os.mkdir", "os.remove", "os.truncate")
ROWS = 3


class Killer:
    """Ends the process, as SIGKILL does, at the touch of a given number."""

    def __init__(self, folder: Path, number: int, told: Path) -> None:
        self._folder = str(folder)
        self._left = number
        self._told = told

    def install(self) -> None:
        sys.addaudithook(self.see)
        for name in ("create", "create_write_transaction"):
            setattr(DeltaTable, name, self.around(getattr(DeltaTable, name), name))

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*arguments: object, **options: object) -> object:
            self.touch(f"before {name}")
            result = function(*arguments, **options)
            self.touch(f"after {name}")
            return result

        return watched

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in TOUCHES and str(arguments[0]).startswith(self._folder):
            self.touch(f"{event} {Path(str(arguments[0])).name.lstrip('.').split('.')[0]}")

    def touch(self, what: str) -> None:
        self._left -= 1
        if self._left == 0:
            self._told.write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)


def stage_task(lake: Lake, task: Task) -> list[StagedFile]:
    evaluations = [
        {
            "campaign_id": JOB,
            "function_id": f"{task.task_id}-{number}",
            "ordinal": number,
            "pass_space": "22-00000000",
            "pass_ids": [number],
            "outcome": "ok",
            "strategy": "random",
            "cpu_us": 0,
            "task_id": task.task_id,
        }
        for number in range(ROWS)
    ]
    losses = [
        {
            "program": "p",
            "version": "",
            "origin": "directory",
            "source_file": "a.c",
            "stage": "compile",
            "reason": "error",
            "count": 1,
            "task_id": task.task_id,
        }
    ]
    files = tuple(
        lake.stage(table, schema.table_of(table, rows), name=f"{task.task_id}.1")
        for table, rows in (("evaluations", evaluations), ("losses", losses))
    )
    receipt = Receipt(task.task_id, 1, files, wall_s=0.0, cpu_s=0.0, host="here")
    ledger = ledger_rows(JOB, [LedgerEntry.done(task, receipt)])
    return [*files, lake.stage("tasks", ledger, name=f"{task.task_id}.ledger")]


def run_job(folder: Path, tasks: tuple[str, ...] = TASKS) -> None:
    """What a driver does: make or open the lake, recover, do what the ledger lacks, one by one."""
    lake = Lake.open(folder, create=True)
    sequence = lake.recover(JOB)
    finished = finished_tasks(lake, JOB)
    for task_id in tasks:
        if task_id not in finished:
            lake.commit(JOB, sequence, stage_task(lake, Task(task_id, "no:entry")))
            sequence += 1
    if "end" not in {one.name for one in snapshot.list_(lake)}:
        snapshot.create(lake, "end")


def holdings(folder: Path) -> dict[str, list[str]]:
    """Task ids of every row, table by table."""
    lake = Lake.open(folder)
    return {
        table: sorted(lake.read(table).column("task_id").to_pylist())
        for table in ("evaluations", "losses", "tasks")
    }


def run_until(killer: Killer, folder: Path) -> None:
    killer.install()
    run_job(folder)


def recover_job(folder: Path) -> dict[str, list[str]]:
    """Finish the killed writer's batch, and go no further."""
    Lake.open(folder, create=True).recover(JOB)
    return holdings(folder)


def continue_job(folder: Path) -> dict[str, list[str]]:
    run_job(folder)
    return holdings(folder)


class Ended(NamedTuple):
    """How a child ended: its wait status, and what its work returned."""

    status: int
    result: Any


def in_child(work: Callable[[], object]) -> Ended:
    """Run work in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return Ended(status, json.loads(said) if said else None)


def kill_at_every_step(base: Path) -> None:
    code_version()  # asks git once, not in every child
    for number in itertools.count(1):
        folder = base / f"lake{number}"
        told = base / f"step{number}"
        killed = in_child(partial(run_until, Killer(folder, number, told), folder))
        if killed.status == 0:
            return
        facts = {
            "step": told.read_text(),
            "signal": os.WTERMSIG(killed.status),
            "recovered": in_child(partial(recover_job, folder)).result,
            "continued": in_child(partial(continue_job, folder)).result,
        }
        sys.stdout.write(json.dumps(facts) + "\n")


def commit_for_ever(folder: Path) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in itertools.count():
        run_job(folder, (f"{os.getpid()}-{number}",))


if __name__ == "__main__":
    {"steps": kill_at_every_step, "endless": commit_for_ever}[sys.argv[1]](Path(sys.argv[2]))
