"""Workers that are not there: what a thousand of them would ask of one driver.

A simulated task takes its time on the clock and computes nothing. Its receipt names files that lie
in the lake and are as large as a campaign's, each under a name of its own (a hard link to one that
was staged before), so the driver reads, hashes and commits what it would from real workers, at the
rate at which they would send it. Links are made by a thread whose time is known apart.
"""

import heapq
import itertools
import os
import queue
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from autotune.executors.base import Failure
from warehouse import schema
from warehouse.lake import Lake
from warehouse.places import as_local
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task

ROWS: Final[Mapping[str, int]] = {"evaluations": 1200, "winners": 30, "verdicts": 30}
"""Rows that a task of 10 s stages, by table: 30 functions, as campaigns here have had them."""

_TEXT_BYTES: Final[Mapping[str, int]] = {"optimised_ir": 400, "function_id": 16}
"""Random bytes in a text column, so that it compresses as badly as hashes and code do."""


class SimulatedWorkers:
    """An executor of `workers` workers whose tasks take `task_s` seconds each, give or take a
    tenth, drawn by `seed`.
    """

    def __init__(self, lake: Lake, workers: int, task_s: float, seed: int) -> None:
        """Stage what every task leaves."""
        self._folder = as_local(lake.folder)
        self._workers = workers
        self._task_s = task_s
        self._draw = np.random.default_rng(seed)
        self._free = [0.0] * workers
        self._sent: queue.SimpleQueue[tuple[float, Task] | None] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[tuple[float, Receipt]] = queue.SimpleQueue()
        self._due: list[tuple[float, int, Receipt]] = []
        self._order = itertools.count()
        self._running = 0
        self._patterns = [
            lake.stage(table, made_rows(table, self._draw), name="simulated") for table in ROWS
        ]
        self.linking_cpu_s = 0.0
        """CPU seconds of the thread that stands in for workers."""
        self._thread = threading.Thread(target=self._link, daemon=True)
        self._thread.start()

    @property
    def capacity(self) -> int:
        """The workers."""
        return self._workers

    def submit(self, task: Task, attempt: int) -> None:
        """The worker that is free first does it next."""
        assert attempt == 1, task
        now = time.monotonic()
        ends = max(now, heapq.heappop(self._free)) + self._task_s * self._draw.uniform(0.9, 1.1)
        heapq.heappush(self._free, ends)
        self._running += 1
        self._sent.put((ends, task))

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next receipt that is due."""
        deadline = time.monotonic() + timeout_s
        while True:
            now = time.monotonic()
            while not self._ready.empty():
                due, receipt = self._ready.get()
                heapq.heappush(self._due, (due, next(self._order), receipt))
            if self._due and self._due[0][0] <= now:
                self._running -= 1
                return heapq.heappop(self._due)[2]
            if now >= deadline:
                return None
            wait_until = min(deadline, self._due[0][0]) if self._due else deadline
            time.sleep(min(0.05, max(0.0, wait_until - now)))

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """End the thread, and take away what no commit took."""
        self._sent.put(None)
        self._thread.join()
        for file in self._patterns:
            (self._folder / file.path).unlink()

    def _link(self) -> None:
        while (one := self._sent.get()) is not None:
            ends, task = one
            files = tuple(self._copy(file, task) for file in self._patterns)
            receipt = Receipt(task.task_id, 1, files, self._task_s, self._task_s, "simulated")
            self._ready.put((ends, receipt))
            self.linking_cpu_s = time.thread_time()

    def _copy(self, file: StagedFile, task: Task) -> StagedFile:
        path = f"{file.table}/staging/{task.task_id}.{secrets.token_hex(8)}.parquet"
        os.link(self._folder / file.path, self._folder / path)
        return replace(file, path=path)


def made_rows(table: str, draw: np.random.Generator) -> pa.Table:
    """`ROWS` of a table, of made-up values as wide as a campaign's."""
    wanted = schema.arrow_schema(table)
    columns = [_column(field, ROWS[table], draw) for field in wanted]
    return pa.table(columns, schema=wanted)


def _column(field: pa.Field, count: int, draw: np.random.Generator) -> pa.Array:
    values: Sequence[object]
    if pa.types.is_list(field.type):
        lists = pa.types.is_integer(field.type.value_type)
        values = [draw.integers(0, 160, 7).tolist() if lists else [] for _ in range(count)]
    elif pa.types.is_boolean(field.type):
        values = [True] * count
    elif pa.types.is_timestamp(field.type):
        values = [datetime.now(UTC)] * count
    elif pa.types.is_string(field.type):
        width = _TEXT_BYTES.get(field.name, 0)
        values = [draw.bytes(width).hex() or "same" for _ in range(count)]
    else:
        return pa.array(draw.integers(0, 100, count)).cast(field.type)
    return pa.array(values, field.type)
