"""Tasks in worker processes of this machine."""

import json
import os
import selectors
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from autotune.errors import WorkersLost
from autotune.executors.base import Failure
from autotune.executors.local_worker import READY
from autotune.executors.task_process import MOST_IN_VAIN, start_process
from warehouse.lake import Lake
from warehouse.task import Receipt, Task


@dataclass
class _Worker:
    """A process; `ready` once it has said so, from when on its end is its task's fault."""

    process: subprocess.Popen[bytes]
    said: bytearray = field(default_factory=bytearray)
    ready: bool = False
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
        self._in_vain = 0
        self._unable = ""

    def submit(self, task: Task, attempt: int) -> None:
        """Queue the task and hand it to an idle worker if there is one."""
        self._queue.append((task, attempt))
        self._hand_out()

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next task that ended. Raises WorkersLost when workers cannot even start."""
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
            except BrokenPipeError:  # it was gone before it had read its task
                self._lose(worker, began=False)

    def _start(self) -> _Worker:
        process = start_process(self._lake.location)
        worker = _Worker(process)
        self._workers.append(worker)
        assert process.stdout is not None
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        return worker

    def _collect(self, worker: _Worker) -> None:
        """Take what a worker has said: one line when it is ready, then one per task."""
        assert worker.process.stdout is not None
        part = os.read(worker.process.stdout.fileno(), 1 << 20)
        if not part:
            self._lose(worker, began=worker.ready)
            return
        *lines, worker.said = (worker.said + part).split(b"\n")
        for line in lines:
            if worker.ready:
                self._take(json.loads(line))
                worker.running = None
            elif line == READY.encode():
                worker.ready = True
            else:
                self._unable = line.decode(errors="replace")

    def _take(self, reply: dict[str, Any]) -> None:
        self._in_vain = 0
        if "failure" in reply:
            self._ended.append(Failure(**reply["failure"]))
        else:
            self._ended.append(Receipt.from_json(reply["receipt"]))

    def _lose(self, worker: _Worker, *, began: bool) -> None:
        """Replace a worker that is gone; if it had not `began` its task, another one gets that."""
        status = self._dismiss(worker)
        if worker.running is None:
            return
        if began:
            task, attempt = worker.running
            reason = f"its worker ended with status {status}"
            self._ended.append(Failure(task.task_id, attempt, reason))
            self._in_vain = 0
            return
        self._queue.appendleft(worker.running)
        self._in_vain += 1
        if self._in_vain >= MOST_IN_VAIN:
            raise WorkersLost(
                f"{MOST_IN_VAIN} workers in a row ended before they began a task, the last with"
                f" status {status}: {self._unable or 'what they print on standard error says why'}"
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
