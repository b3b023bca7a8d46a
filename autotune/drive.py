"""The driver: runs the tasks of any floor on any executor, and alone commits what they stage.

`run_tasks` keeps a bounded window of tasks in flight and tries a failed one again; `drive` commits
receipts in batches, each batch with its ledger rows, exactly once, so that a job can be ended in
any way at any moment and continued by running it again.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from autotune.errors import StorageFailed
from autotune.executors.base import Executor
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows

MOST_ATTEMPTS = 3
"""Attempts at a task before it is set aside and reported."""

_WINDOW = 2
"""Tasks in flight per worker: one that runs, and one that waits so that no worker idles."""

_COMMIT_EVERY_S = 5.0
_POLL_S = 0.5


@dataclass(frozen=True)
class Done:
    """A task that came to its end."""

    task: Task
    receipt: Receipt


@dataclass(frozen=True)
class SetAside:
    """A task that failed MOST_ATTEMPTS times."""

    task: Task
    attempts: int
    reason: str

    def document(self) -> dict[str, str]:
        """As JSON values."""
        return {"task_id": self.task.task_id, "reason": self.reason}

    def __str__(self) -> str:
        return f"task {self.task.task_id} is set aside: {self.reason}"


class Progress(Protocol):
    """Who is told how far a job is."""

    def start(self, tasks: int, cost_s: float, finished: int) -> None:
        """`tasks` are to be done, expected to take `cost_s` CPU seconds; `finished` were before."""

    def advance(self, ended: Done | SetAside) -> None:
        """One more task has ended."""


class Silent:
    """Nobody is told."""

    def start(self, tasks: int, cost_s: float, finished: int) -> None:
        """Say nothing."""

    def advance(self, ended: Done | SetAside) -> None:
        """Say nothing."""


Settle = Callable[[Sequence[Receipt]], Sequence[StagedFile]]
"""Turns the receipts of a batch into the files to commit; the default takes them as they are."""


def files_of(receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
    """Every file that the receipts name."""
    return [file for receipt in receipts for file in receipt.files]


def run_tasks(executor: Executor, tasks: Iterable[Task]) -> Iterator[Done | SetAside]:
    """Run tasks, each until it is done or has failed MOST_ATTEMPTS times, in the order of ending.

    Raises StorageFailed at once when rows cannot be written, and what the executor raises.
    """
    waiting = iter(tasks)
    in_flight: dict[str, Task] = {}
    more = True
    while more or in_flight:
        while more and len(in_flight) < _WINDOW * executor.capacity:
            task = next(waiting, None)
            if task is None:
                more = False
                break
            in_flight[task.task_id] = task
            executor.submit(task, 1)
        ended = executor.completed(_POLL_S) if in_flight else None
        if ended is None:
            continue
        task = in_flight[ended.task_id]
        if isinstance(ended, Receipt):
            del in_flight[ended.task_id]
            yield Done(task, ended)
        elif ended.storage:
            raise StorageFailed(ended.reason)
        elif ended.attempt < MOST_ATTEMPTS:
            executor.submit(task, ended.attempt + 1)
        else:
            del in_flight[ended.task_id]
            yield SetAside(task, ended.attempt, ended.reason)


def drive(  # noqa: PLR0913 - a job, where it runs, and who looks on
    lake: Lake,
    job: str,
    tasks: Sequence[Task],
    executor: Executor,
    *,
    settle: Settle = files_of,
    in_order: bool = False,
    progress: Progress | None = None,
) -> Sequence[SetAside]:
    """Bring a job to its end: run what the ledger does not call done, and commit it.

    `job` names the job in the ledger and is the writer of its commits; only one process may drive
    it (`lake.hold`). With `in_order` receipts are committed in the order of `tasks`, for jobs in
    which an earlier task's rows decide about a later one's. Returns what was set aside. When it is
    interrupted, what had ended is committed before the exception goes on.
    """
    committer = _Committer(lake, job, settle)
    finished = finished_tasks(lake, job)
    todo = [task for task in tasks if task.task_id not in finished]
    progress = progress or Silent()
    progress.start(len(todo), sum(task.cost_s for task in todo), len(tasks) - len(todo))
    set_aside: list[SetAside] = []
    ended = run_tasks(executor, todo)
    if in_order:
        ended = _ordered(todo, ended)
    try:
        for one in ended:
            committer.add(one)
            progress.advance(one)
            if isinstance(one, SetAside):
                set_aside.append(one)
    finally:
        committer.flush()
    return set_aside


def _ordered(tasks: Sequence[Task], ended: Iterator[Done | SetAside]) -> Iterator[Done | SetAside]:
    """The same, held back until all that come before have ended."""
    held: dict[str, Done | SetAside] = {}
    for task in tasks:
        while task.task_id not in held:
            one = next(ended)
            held[one.task.task_id] = one
        yield held.pop(task.task_id)


class _Committer:
    def __init__(self, lake: Lake, job: str, settle: Settle) -> None:
        self._lake = lake
        self._job = job
        self._settle = settle
        self._sequence = lake.recover(job)
        self._waiting: list[Done | SetAside] = []
        self._batch: Sequence[StagedFile] = ()
        self._committed_at = time.monotonic()

    def add(self, ended: Done | SetAside) -> None:
        self._waiting.append(ended)
        if time.monotonic() - self._committed_at >= _COMMIT_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Commit what waits; after an interrupt or a full disk in its middle, the same again."""
        if not self._waiting:
            return
        self._batch = self._batch or self._stage()
        self._lake.commit(self._job, self._sequence, self._batch)
        self._waiting.clear()
        self._batch = ()
        self._sequence += 1
        self._committed_at = time.monotonic()

    def _stage(self) -> Sequence[StagedFile]:
        entries = [
            LedgerEntry.done(one.task, one.receipt)
            if isinstance(one, Done)
            else LedgerEntry.set_aside(one.task, one.attempts, one.reason)
            for one in self._waiting
        ]
        receipts = [one.receipt for one in self._waiting if isinstance(one, Done)]
        rows = ledger_rows(self._job, entries)
        ledger = self._lake.stage("tasks", rows, name=f"{self._job}-{self._sequence}")
        return [*self._settle(receipts), ledger]
