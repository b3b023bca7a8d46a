"""Tasks in worker processes of this machine."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import autotune
from autotune.errors import WorkersLost
from autotune.executors import local_worker
from autotune.executors.base import Failure
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

_STARTS_WITHOUT_WORK = 5
"""Workers in a row that end before they finish any task: then nothing works here."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    running: tuple[Task, int] | None = None


class LocalExecutor:
    """`workers` processes; one that dies is replaced, and its task is reported as failed."""

    def __init__(self, lake: Lake, workers: int | None = None) -> None:
        """As many workers as processors this process may use, unless told otherwise."""
        self._lake = lake
        self.capacity = workers or len(os.sched_getaffinity(0))
        self._queue: deque[tuple[Task, int]] = deque()
        self._ended: deque[Receipt | Failure] = deque()
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._lost_in_a_row = 0

    def submit(self, task: Task, attempt: int) -> None:
        """Queue the task and hand it to an idle worker if there is one."""
        self._queue.append((task, attempt))
        self._hand_out()

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next task that ended. Raises WorkersLost when workers only die."""
        deadline = time.monotonic() + timeout_s
        while not self._ended:
            self._hand_out()
            left_s = max(0.0, deadline - time.monotonic())
            ready = self._selector.select(left_s)
            if not ready:
                return None
            for key, _ in ready:
                self._collect(key.data)
        return self._ended.popleft()

    def cancel(self) -> None:
        """Forget the queue and end the workers at once."""
        self._queue.clear()
        for worker in list(self._workers):
            self._dismiss(worker)

    def close(self) -> None:
        """As `cancel`."""
        self.cancel()
        self._selector.close()

    def _hand_out(self) -> None:
        while self._queue:
            worker = next((one for one in self._workers if one.running is None), None)
            if worker is None and len(self._workers) < self.capacity:
                worker = self._start()
            if worker is None:
                return
            worker.running = self._queue.popleft()
            task, attempt = worker.running
            assert worker.process.stdin is not None
            request = json.dumps({"task": asdict(task), "attempt": attempt})
            try:
                worker.process.stdin.write(request.encode() + b"\n")
                worker.process.stdin.flush()
            except BrokenPipeError:
                self._lose(worker)

    def _start(self) -> _Worker:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", local_worker.__name__, self._lake.location],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(autotune.__file__).resolve().parent.parent)},
        )
        worker = _Worker(process)
        self._workers.append(worker)
        assert process.stdout is not None
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        return worker

    def _collect(self, worker: _Worker) -> None:
        """A worker answers with one line per task, so there is never more than one to read."""
        assert worker.process.stdout is not None
        line = worker.process.stdout.readline()
        if not line.endswith(b"\n"):
            self._lose(worker)
            return
        self._lost_in_a_row = 0
        worker.running = None
        reply = json.loads(line)
        if "failure" in reply:
            self._ended.append(Failure(**reply["failure"]))
        else:
            self._ended.append(Receipt.from_json(reply["receipt"]))

    def _lose(self, worker: _Worker) -> None:
        running = worker.running
        status = self._dismiss(worker)
        self._lost_in_a_row += 1
        if running is not None:
            task, attempt = running
            reason = f"its worker ended with status {status}"
            self._ended.append(Failure(task.task_id, attempt, reason))
        if self._lost_in_a_row >= _STARTS_WITHOUT_WORK:
            raise WorkersLost(
                f"{_STARTS_WITHOUT_WORK} workers in a row ended without finishing a task,"
                f" the last with status {status}: what they print on standard error says why"
            )

    def _dismiss(self, worker: _Worker) -> int:
        self._workers.remove(worker)
        assert worker.process.stdout is not None
        assert worker.process.stdin is not None
        self._selector.unregister(worker.process.stdout)
        worker.process.kill()
        status = worker.process.wait()
        worker.process.stdout.close()
        with suppress(BrokenPipeError):  # it was gone before it had read its task
            worker.process.stdin.close()
        return status
