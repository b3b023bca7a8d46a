"""Tasks whose attempts are noted where they run, to tell afterwards what was done in vain.

Workers import this module as `tests.faults.chaos_tasks`, from the root of the repository.
"""

import json
import os
from pathlib import Path
from typing import Any

from autotune.executors import task_process

ATTEMPTS = "attempts"
"""The file, two folders above the lake's: not on the lake's disk, which may be full."""


def run_task(round_: str, location: str, task: str, attempt: int, wall_s: float) -> str:
    """`task_process.run_task`, with a line before it and a line after it."""
    task_id = json.loads(task)["task_id"]
    _note(location, {"began": task_id, "host": str(Path("/proc/self/ns/net").readlink())})
    text = task_process.run_task(round_, location, task, attempt, wall_s)
    reply = json.loads(text)
    if "receipt" in reply:
        receipt = json.loads(reply["receipt"])
        _note(location, {"ended": task_id, "cpu_s": receipt["cpu_s"]})
    elif "unable" in reply:
        _note(location, {"unable": task_id})
    return text


def _note(location: str, line: dict[str, Any]) -> None:
    file = os.open(notes_of(location), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


def notes_of(location: str) -> Path:
    """Where the attempts on the lake at `location` are noted."""
    return Path(location).parents[1] / ATTEMPTS
