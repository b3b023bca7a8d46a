"""Entries of tasks that behave in every way a task can, for the executors' contract.

Workers import this module as `tests.contracts.task_entries`, from the root of the repository.
"""

import os
import resource
import signal
import time
from pathlib import Path
from typing import NoReturn

from warehouse import schema
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

NAME = "tests.contracts.task_entries"

_ROW = {
    "program": "p",
    "version": "",
    "origin": "test",
    "source_file": "a.c",
    "stage": "compile",
    "reason": "none",
    "count": 1,
}


def succeed(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Stage one row, append the task's id to the file `log` if there is one, repeat `notes`."""
    if "log" in task.payload:
        with Path(task.payload["log"]).open("a") as log:
            log.write(f"{task.task_id}\n")
    rows = schema.table_of("losses", [_ROW | {"task_id": task.task_id}])
    staged = lake.stage("losses", rows, name=task.task_id)
    notes = task.payload.get("notes", {})
    return Receipt(task.task_id, attempt, (staged,), 0.1, 0.1, "here", notes)


def succeed_at_last(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Fail as often as `failures` says."""
    if attempt <= task.payload["failures"]:
        return fail(task, lake, attempt)
    return succeed(task, lake, attempt)


def succeed_when_told(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Write this process's id to the file `began`, and wait for the file `go`."""
    Path(task.payload["began"]).write_text(f"{os.getpid()}\n")
    while not Path(task.payload["go"]).exists():
        time.sleep(0.01)
    return succeed(task, lake, attempt)


def succeed_after_a_nap(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Take `nap_s` seconds of no processor."""
    time.sleep(task.payload["nap_s"])
    return succeed(task, lake, attempt)


def succeed_and_talk(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Write to standard output, as libraries do."""
    os.write(1, b"talk that is no receipt\n")
    return succeed(task, lake, attempt)


def fail(task: Task, lake: Lake, attempt: int) -> NoReturn:
    """Raise what nobody expected, in two lines."""
    raise RuntimeError(f"attempt {attempt}\nof {task.task_id} in {lake.location}")


def fill_the_lakes_disk(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Stage where no file may grow beyond 100 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        return succeed(task, lake, attempt)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill_another_disk(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Write what is no part of the lake to a disk without room."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
    return succeed(task, lake, attempt)


def die_by_kill(task: Task, lake: Lake, attempt: int) -> NoReturn:
    """End this process as the kernel does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(task, lake, attempt)


def die_by_segfault(task: Task, lake: Lake, attempt: int) -> NoReturn:
    """End this process as a broken library does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError(task, lake, attempt)


def die_by_exit(task: Task, lake: Lake, attempt: int) -> NoReturn:
    """End this process without a word."""
    del task, lake, attempt
    os._exit(3)
