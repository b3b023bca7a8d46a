"""Tasks in the calling process, one after the other: for tests, debuggers and very small jobs."""

from collections import deque

from autotune.executors.attempt import attempt_task
from autotune.executors.base import Failure
from warehouse.lake import Lake
from warehouse.task import Receipt, Task


class InlineExecutor:
    """Runs a task when its end is asked for. A time-out cannot interrupt it."""

    capacity = 1

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._queue: deque[tuple[Task, int]] = deque()

    def submit(self, task: Task, attempt: int) -> None:
        """Queue the task."""
        self._queue.append((task, attempt))

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """Run the next task to its end, however long that takes."""
        del timeout_s
        if not self._queue:
            return None
        return attempt_task(self._queue[0][0], self._lake, self._queue.popleft()[1])

    def cancel(self) -> None:
        """Forget the queue."""
        self._queue.clear()

    def close(self) -> None:
        """Forget the queue: there is nothing else."""
        self.cancel()
