"""A job's progress as lines of JSON in a file, for programs that follow it or read it afterwards.

One object a line, each with `at` (UTC, ISO 8601), `job` and `event`:

    started     cost_s: what all tasks are expected to cost
    skipped     task_id: it was finished by an earlier run
    done        task_id, attempt, host, wall_s, cpu_s, rows, what its searches came to, and the
                state of the job after it
    set_aside   task_id, attempts, reason, and the state of the job after it
    ended       error: what ended the run before the job's end, null if nothing did

A run appends to what is there. Each line is written at once, so that a killed run's lines are
whole but for the last.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from autotune.drive import Done, SetAside
from autotune.errors import BadOption
from autotune.tally import JobTally
from warehouse.task import Task


class EventLog:
    """Writes the events of one run of a job; a context manager.

    A log that can no longer be written costs a line on standard error, not the job.
    """

    def __init__(self, path: Path, job: str) -> None:
        self._job = job
        self._path = path
        try:
            self._file = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise BadOption(f"--events {path}: it cannot be written ({error.strerror})") from error
        self._tally = JobTally(time.monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._write("ended", error=None if kind is None else kind.__name__)
        self._file.close()

    def start(self, cost_s: float) -> None:
        """Write the first line of the run."""
        self._tally.cost_s = cost_s
        self._tally.started_s = time.monotonic()
        self._write("started", cost_s=cost_s)

    def skip(self, task: Task) -> None:
        """Write that a task was finished before."""
        self._tally.skip(task)
        self._write("skipped", task_id=task.task_id)

    def advance(self, ended: Done | SetAside) -> None:
        """Write how a task ended."""
        now_s = time.monotonic()
        self._tally.end(ended, now_s)
        state = self._tally.document(now_s)
        if isinstance(ended, SetAside):
            self._write("set_aside", attempts=ended.attempts, **ended.document(), state=state)
            return
        receipt = ended.receipt
        self._write(
            "done",
            task_id=ended.task.task_id,
            attempt=receipt.attempt,
            host=receipt.host,
            wall_s=receipt.wall_s,
            cpu_s=receipt.cpu_s,
            rows=receipt.rows,
            searched=receipt.notes.get("searched"),
            state=state,
        )

    def _write(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - any JSON value
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "job": self._job, "event": event, **facts})
        if self._file.closed:
            return
        try:
            self._file.write(line + "\n")
        except OSError as error:
            sys.stderr.write(f"passlake: no more events in {self._path}: {error.strerror}\n")
            self._give_up()

    def _give_up(self) -> None:
        try:
            self._file.close()
        except OSError:
            assert self._file.closed, "a file is closed even where its last bytes are lost"
