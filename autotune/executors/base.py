"""What an executor is: transport for tasks, and nothing else.

It is given tasks, runs `warehouse.task.run_entry` on each somewhere, and hands back what became of
them, in any order. It stores nothing: rows travel as staged files, and only receipts come back. Who
calls it keeps at most a few tasks per worker in flight, counts attempts, and commits.

Faults of a pass list stay in the sandbox and are data. What an executor reports as a `Failure` is
an exception in a task, a worker that died under it, or a disk that took no more rows. After a
failure the executor goes on with other tasks; whether to submit that one again is its user's
decision.
"""

from dataclasses import dataclass
from typing import Protocol

from warehouse.task import Receipt, Task


@dataclass(frozen=True)
class Failure:
    """A task that did not come to its end.

    `reason` is one line. `storage` says that nothing is wrong with the task but that its rows could
    not be written, so that going on makes no sense until somebody has looked.
    """

    task_id: str
    attempt: int
    reason: str
    storage: bool = False


class Executor(Protocol):
    """Used from one thread. After `close` nothing of it runs any more."""

    @property
    def capacity(self) -> int:
        """Tasks that run at the same time."""
        ...

    def submit(self, task: Task, attempt: int) -> None:
        """Queue a task; returns at once where tasks run elsewhere. `attempt` counts from 1."""
        ...

    def completed(self, timeout_s: float) -> Receipt | Failure | None:
        """The next task that ended, or None after `timeout_s` seconds without one."""
        ...

    def cancel(self) -> None:
        """Forget what is queued and stop what runs; what had ended can still be collected."""
        ...

    def close(self) -> None:
        """Stop everything and give all processes back. Safe to call twice."""
        ...
