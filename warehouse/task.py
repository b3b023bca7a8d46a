"""Tasks, receipts and the ledger: how work is sent out, and how it is known to be done.

Life of a task: a job (a campaign, a corpus build) makes it; a driver submits it to an executor;
a worker calls its entry through `run_entry`, which stages files and returns a `Receipt`; the driver
commits the receipt's files together with the task's row in `tasks`. A job that runs again skips
what `finished_tasks` names. Nothing else remembers: a task without its row has not happened.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pyarrow.compute as pc

from warehouse import schema
from warehouse.errors import EntryMissing
from warehouse.staging import StagedFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from warehouse.lake import Lake

State = Literal["done", "set_aside"]


@dataclass(frozen=True)
class Task:
    """A piece of work worth 10 to 60 seconds, as plain values that travel as JSON.

    `task_id` is unique in its job and the same whenever the job is planned again. `entry` is
    `module:function`. `payload` holds JSON values with text keys. `cost_s` is the expected CPU time
    in seconds.
    """

    task_id: str
    entry: str
    payload: dict[str, Any] = field(default_factory=dict)
    cost_s: float = 0.0

    def to_json(self) -> str:
        """The task as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """The task of a JSON text."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Receipt:
    """What one attempt at a task made: staged files that are in no table yet.

    `wall_s` and `cpu_s` are seconds, child processes included in both. `notes` are JSON values for
    the driver (counts for its progress line); they are not stored.
    """

    task_id: str
    attempt: int
    files: tuple[StagedFile, ...]
    wall_s: float
    cpu_s: float
    host: str
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all its files."""
        return sum(file.rows for file in self.files)

    def to_json(self) -> str:
        """The receipt as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt of a JSON text."""
        values = json.loads(text)
        files = tuple(StagedFile(**file) for file in values.pop("files"))
        return cls(files=files, **values)


class Entry(Protocol):
    """What a task's entry is: it does the work, stages its rows and commits nothing."""

    def __call__(self, task: Task, lake: Lake, attempt: int) -> Receipt:
        """Do the task; `attempt` counts from 1."""


def run_entry(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Import a task's entry and call it. `attempt` counts from 1.

    Raises:
        EntryMissing: there is no such module or function here.
    """
    module, _, function = task.entry.partition(":")
    try:
        entry: Entry = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise EntryMissing(
            f"task {task.task_id} wants {task.entry}, which is not installed here ({error}): "
            "install the same Passlake on every machine"
        ) from error
    return entry(task, lake, attempt)


def stage_tables(
    lake: Lake, task: Task, tables: Mapping[str, pa.Table | None]
) -> tuple[StagedFile, ...]:
    """Stage what a task made, by table; None is nothing. Raises what `Lake.stage` does."""
    return tuple(
        lake.stage(table, rows, name=task.task_id)
        for table, rows in tables.items()
        if rows is not None
    )


def finished_tasks(lake: Lake, campaign_id: str) -> set[str]:
    """Ids of the job's tasks that are done; one that was set aside may be tried again."""
    done = lake.read(
        "tasks",
        columns=["task_id"],
        where=(pc.field("campaign_id") == campaign_id) & (pc.field("state") == "done"),
    )
    return set(done.column("task_id").to_pylist())


@dataclass(frozen=True)
class LedgerEntry:
    """One row of the ledger before it is stored; `done` and `set_aside` make them."""

    task: Task
    state: State
    attempts: int
    rows: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    host: str = ""
    reason: str | None = None

    @classmethod
    def done(cls, task: Task, receipt: Receipt) -> LedgerEntry:
        """The task has its rows."""
        return cls(
            task,
            "done",
            attempts=receipt.attempt,
            rows=receipt.rows,
            wall_s=receipt.wall_s,
            cpu_s=receipt.cpu_s,
            host=receipt.host,
        )

    @classmethod
    def set_aside(cls, task: Task, attempts: int, reason: str) -> LedgerEntry:
        """The task failed too often to be tried again in this run; `reason` is one line."""
        return cls(task, "set_aside", attempts=attempts, reason=reason)


def ledger_rows(campaign_id: str, entries: Sequence[LedgerEntry]) -> pa.Table:
    """Rows for `tasks`, stamped with the present time."""
    now = datetime.now(UTC)
    return schema.table_of(
        "tasks",
        [
            {
                "campaign_id": campaign_id,
                "task_id": entry.task.task_id,
                "entry": entry.task.entry,
                "state": entry.state,
                "attempts": entry.attempts,
                "rows": entry.rows,
                "wall_s": entry.wall_s,
                "cpu_s": entry.cpu_s,
                "host": entry.host,
                "reason": entry.reason,
                "committed_at": now,
            }
            for entry in entries
        ],
    )
