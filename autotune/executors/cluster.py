"""What the executors of all clusters share: which tasks run, and whose fault a loss is.

An engine tells of a task either what `task_process.run_task` said, or that the machine it ran on
was lost. The latter is no attempt: the task is sent out again, and its user does not hear of it,
unless `MOST_LOSSES` machines were lost under the same task.
"""

import uuid
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from autotune.errors import WorkersLost
from autotune.executors.base import Failure
from autotune.executors.task_process import Unable, reply_of
from warehouse.task import Receipt, Task

MOST_LOSSES = 8
"""Machines that may be lost under one task before the task is suspected: under spot prices whole
racks go at once, and a task that kills machines must not take all of them."""

MOST_UNABLE = 8
"""Workers in a row that cannot begin a task before the job ends: one broken machine of many takes
tasks faster than the others, and gives each back."""

TASK_WALL_S = 4 * 3600.0
"""Seconds after which a task is ended, hundreds of times what it is planned for: evaluations have
limits of their own in the sandbox, so only a fault of Passlake or of a disk lasts so long."""

Handle = TypeVar("Handle")


@dataclass
class Sent(Generic[Handle]):
    """A task on its way; `losses` counts machines that were lost under it."""

    task: Task
    attempt: int
    losses: int = 0
    handle: Handle | None = field(default=None, compare=False)


class Book(Generic[Handle]):
    """What was sent out and has not come back, by the engine's key."""

    def __init__(self) -> None:
        self.sent: dict[str, Sent[Handle]] = {}
        self._unable = 0
        self.renew()

    def renew(self) -> None:
        """Forget all, under a new name for what follows."""
        self.round = uuid.uuid4().hex
        self.sent.clear()

    def answered(self, one: Sent[Handle], text: str) -> Receipt | Failure | None:
        """What a reply means; None: send the task out again. Raises WorkersLost."""
        reply = reply_of(one.task, text)
        if not isinstance(reply, Unable):
            self._unable = 0
            return reply
        self._unable += 1
        if self._unable >= MOST_UNABLE:
            raise WorkersLost(reply.reason)
        return None

    @staticmethod
    def lost(one: Sent[Handle], reason: str) -> Failure | None:
        """What the loss of a machine means; None: send the task out again."""
        one.losses += 1
        if one.losses < MOST_LOSSES:
            return None
        said = " ".join(reason.split())
        return Failure(
            one.task.task_id, one.attempt, f"{MOST_LOSSES} machines were lost under it: {said}"
        )
