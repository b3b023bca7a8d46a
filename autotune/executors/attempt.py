"""One attempt at one task, the same in whatever process an executor makes it."""

import errno
import traceback

from autotune.executors.base import Failure
from warehouse.errors import PasslakeError
from warehouse.lake import Lake
from warehouse.task import Receipt, Task, run_entry

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


def attempt_task(task: Task, lake: Lake, attempt: int) -> Receipt | Failure:
    """Run the task; its errors come back as a Failure whose reason is one line."""
    try:
        return run_entry(task, lake, attempt)
    except PasslakeError as error:
        reason, storage = str(error), isinstance(error, OSError)
    except Exception as error:  # noqa: BLE001 - a fault in a task must not end its worker
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {frame.filename}:{frame.lineno}: {error}"
        storage = isinstance(error, OSError) and error.errno in _NO_ROOM
        if storage:
            reason = f"{error}: make room, then run the same command again"
    return Failure(task.task_id, attempt, " ".join(reason.split()), storage=storage)
