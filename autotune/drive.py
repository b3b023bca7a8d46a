"""The driver: runs the tasks of any floor on any executor, and alone commits what they stage.

`run_tasks` keeps a bounded window of tasks in flight and tries a failed one again; `drive` commits
receipts in batches, each batch with its ledger rows, exactly once, so that a job can be ended in
any way at any moment and continued by running it again.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Protocol

from autotune.errors import StorageFailed
from autotune.executors.base import Executor
from autotune.pieces import Cut, Pieces
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows

MOST_ATTEMPTS = 3
"""Attempts at a task before it is set aside and reported."""

_WINDOW = 2
"""Tasks in flight per worker: one that runs, and one that waits so that no worker idles."""

_HELD = 64
"""Tasks per worker that may be taken beyond the oldest one that has not ended, where the order
counts: receipts, some KB each."""

_COMMIT_EVERY_S = 5.0
_POLL_S = 0.5


@dataclass(frozen=True)
class Done:
    """A task that came to its end; what is left of it is its name and cost."""

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

    def start(self, cost_s: float) -> None:
        """All tasks of the job, those finished before included, are worth `cost_s` CPU seconds."""

    def skip(self, task: Task) -> None:
        """This task was finished before."""

    def advance(self, ended: Done | SetAside) -> None:
        """One more task has ended."""


class Silent:
    """Nobody is told."""

    def start(self, cost_s: float) -> None:
        """Say nothing."""

    def skip(self, task: Task) -> None:
        """Say nothing."""

    def advance(self, ended: Done | SetAside) -> None:
        """Say nothing."""


class Noting:
    """Shows the notes of each task that is done to somebody, and passes everything on."""

    def __init__(self, progress: Progress, note: Callable[[dict[str, Any]], None]) -> None:
        self._progress = progress
        self._note = note

    def start(self, cost_s: float) -> None:
        """Pass it on."""
        self._progress.start(cost_s)

    def skip(self, task: Task) -> None:
        """Pass it on."""
        self._progress.skip(task)

    def advance(self, ended: Done | SetAside) -> None:
        """Show the notes, then pass it on."""
        if isinstance(ended, Done):
            self._note(ended.receipt.notes)
        self._progress.advance(ended)


class Several:
    """Tells several, in this order."""

    def __init__(self, told: Sequence[Progress]) -> None:
        self._told = told

    def start(self, cost_s: float) -> None:
        """Tell all."""
        for one in self._told:
            one.start(cost_s)

    def skip(self, task: Task) -> None:
        """Tell all."""
        for one in self._told:
            one.skip(task)

    def advance(self, ended: Done | SetAside) -> None:
        """Tell all."""
        for one in self._told:
            one.advance(ended)


class Settlement(Protocol):
    """Who decides what is committed of a batch of receipts."""

    def files(self, receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
        """The files to commit; for a batch that was not committed the same when asked again."""
        ...

    def committed(self) -> None:
        """The files of the last batch are in the lake."""


class AsTheyAre:
    """Every file that the receipts name."""

    def files(self, receipts: Sequence[Receipt]) -> Sequence[StagedFile]:
        """All of them."""
        return [file for receipt in receipts for file in receipt.files]

    def committed(self) -> None:
        """Remember nothing."""


def run_tasks(
    executor: Executor, tasks: Iterable[Task], *, in_order: bool = False
) -> Iterator[Done | SetAside]:
    """Run tasks, each until it is done or has failed MOST_ATTEMPTS times, in the order of ending.

    Tasks are taken as workers become free. With `in_order` they come out in the order in which they
    were taken; a slow one then holds others back, and no more than `_HELD` per worker. Raises
    StorageFailed at once when rows cannot be written, and what the executor raises.
    """
    waiting = iter(tasks)
    in_flight: dict[str, Task] = {}
    order: deque[str] = deque()
    held: dict[str, Done | SetAside] = {}
    more = True
    while more or in_flight:
        while (
            more
            and len(in_flight) < _WINDOW * executor.capacity
            and len(order) < _HELD * executor.capacity
        ):
            task = next(waiting, None)
            if task is None:
                more = False
                break
            in_flight[task.task_id] = task
            if in_order:
                order.append(task.task_id)
            executor.submit(task, 1)
        one = _next_end(executor, in_flight)
        if one is not None and in_order:
            held[one.task.task_id] = one
            while order and order[0] in held:
                yield held.pop(order.popleft())
        elif one is not None:
            yield one


def run_in_pieces(executor: Executor, tasks: Iterable[Task], cut: Cut) -> Iterator[Done | SetAside]:
    """As `run_tasks`, the last tasks in pieces, so that no worker is long without one at the end.

    Raises what `run_tasks` and `cut` do.
    """
    pieces = Pieces(cut)
    for one in run_tasks(executor, pieces.out(tasks, lambda: executor.capacity)):
        if isinstance(one, SetAside):
            lost = pieces.lost(one.task)
            if lost is not None:
                yield replace(one, task=lost)
        else:
            ended = pieces.back(one.task, one.receipt)
            if ended is not None:
                yield Done(*ended)


def _next_end(executor: Executor, in_flight: dict[str, Task]) -> Done | SetAside | None:
    """The next task that came to its end, taken out of `in_flight`; None if there is none yet."""
    ended = executor.completed(_POLL_S) if in_flight else None
    if ended is None:
        return None
    task = in_flight[ended.task_id]
    if isinstance(ended, Receipt):
        del in_flight[ended.task_id]
        # Nobody needs the payload any more, and a receipt may have to wait for others.
        return Done(replace(task, payload={}), ended)
    if ended.storage:
        raise StorageFailed(ended.reason)
    if ended.attempt < MOST_ATTEMPTS:
        executor.submit(task, ended.attempt + 1)
        return None
    del in_flight[ended.task_id]
    return SetAside(task, ended.attempt, ended.reason)


def drive(  # noqa: PLR0913 - a job, where it runs, and who looks on
    lake: Lake,
    job: str,
    tasks: Iterable[Task],
    executor: Executor,
    *,
    settlement: Settlement | None = None,
    in_order: bool = False,
    cut: Cut | None = None,
    cost_s: float | None = None,
    again: AbstractSet[str] = frozenset(),
    progress: Progress | None = None,
) -> Sequence[SetAside]:
    """Bring a job to its end: run what the ledger does not call done, and commit it.

    `job` names the job in the ledger and is the writer of its commits; only one process may drive
    it (`lake.hold`). Tasks are taken one by one, so that they may be planned while others run;
    `cost_s` is then what all of them are expected to cost. With `in_order` receipts are committed
    in the order of `tasks`, for jobs in which an earlier task's rows decide about a later one's.
    Without `in_order` the last tasks go out in pieces where `cut` says how.
    Tasks named in `again` are run though they are done. Returns what was set aside. When it is
    interrupted, what had ended is committed before the exception goes on.
    """
    committer = _Committer(lake, job, settlement or AsTheyAre())
    finished = finished_tasks(lake, job) - again
    progress = progress or Silent()
    if cost_s is None:
        tasks = list(tasks)
        cost_s = sum(task.cost_s for task in tasks)
    progress.start(cost_s)
    set_aside: list[SetAside] = []
    to_do = _to_do(tasks, finished, progress)
    if cut is not None and not in_order:
        ends = run_in_pieces(executor, to_do, cut)
    else:
        ends = run_tasks(executor, to_do, in_order=in_order)
    try:
        for one in ends:
            committer.add(one)
            progress.advance(one)
            if isinstance(one, SetAside):
                set_aside.append(one)
    finally:
        committer.flush()
    return set_aside


def _to_do(tasks: Iterable[Task], finished: AbstractSet[str], progress: Progress) -> Iterator[Task]:
    for task in tasks:
        if task.task_id in finished:
            progress.skip(task)
        else:
            yield task


class _Committer:
    def __init__(self, lake: Lake, job: str, settlement: Settlement) -> None:
        self._lake = lake
        self._job = job
        self._settlement = settlement
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
        self._settlement.committed()
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
        return [*self._settlement.files(receipts), ledger]
