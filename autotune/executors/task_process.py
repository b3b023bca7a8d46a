"""A process for tasks, held by whatever a cluster runs them in.

A cluster's worker does not run a task itself: an entry may segfault, exit or exhaust memory, and
an engine takes that for the machine's death and blames all that the worker held. It hands the task
to a process of its own (`local_worker.py`, as on one machine), which lives from task to task; how
that ends is the task's own doing. Text goes in and text comes out, so an engine carries a task, a
receipt and nothing else.

`run_task` is what an engine calls, in a thread of a worker; `forget` ends what runs for an
executor.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import autotune
from autotune.executors import local_worker
from autotune.executors.base import Failure
from warehouse.task import Receipt, Task

MOST_IN_VAIN = 5
"""Processes in a row that end before they have taken a task: then nothing works here."""


@dataclass(frozen=True)
class Unable:
    """A worker that cannot begin any task; `reason` is one line."""

    task_id: str
    reason: str


class _Processes:
    """The processes of this worker, by the thread that uses them, and who was forgotten."""

    def __init__(self) -> None:
        self.own = threading.local()
        self.lock = threading.Lock()
        self.running: dict[str, set[TaskProcess]] = {}
        self.forgotten: set[str] = set()


class TaskProcess:
    """One process on one lake, started when first needed and again after it was lost."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._process: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._unable = ""

    def run(self, task: Task, attempt: int, wall_s: float) -> dict[str, Any]:
        """The task's reply: `receipt`, `failure`, or `unable` where no process begins."""
        for _ in range(MOST_IN_VAIN):
            process = self._ready()
            if process is None:
                break
            assert process.stdin is not None
            request = json.dumps({"task": asdict(task), "attempt": attempt})
            try:
                process.stdin.write(request.encode() + b"\n")
                process.stdin.flush()
            except BrokenPipeError:  # it was gone before it had read its task
                self.kill()
                continue
            line = self._line(process, wall_s)
            if line:
                reply: dict[str, Any] = json.loads(line)
                return reply
            hung = process.poll() is None and line is None
            status = self.kill()
            reason = (
                f"it did not end in {wall_s:g} s"
                if hung
                else f"its worker ended with status {status}"
            )
            return {"failure": asdict(Failure(task.task_id, attempt, reason))}
        return {"unable": f"worker {socket.gethostname()}: {self._unable}"}

    def kill(self) -> int:
        """End it at once; its wait status."""
        process, self._process, self._said = self._process, None, b""
        if process is None:
            return 0
        process.kill()
        status = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        return status

    def interrupt(self) -> None:
        """End it from another thread; the one that waits for it sees its end."""
        process = self._process
        if process is not None:
            process.kill()

    def _ready(self) -> subprocess.Popen[bytes] | None:
        """A process that has said that it is ready, or None when it ended instead."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.kill()
        self._process = start_process(self.location)
        said = self._line(self._process, None)
        if said == local_worker.READY.encode():
            return self._process
        status = self.kill()
        self._unable = (said or b"").decode(errors="replace") or (
            f"processes for tasks end with status {status} before they begin; what they print on"
            " standard error says why"
        )
        return None

    def _line(self, process: subprocess.Popen[bytes], wall_s: float | None) -> bytes | None:
        """The next line it says; empty at its end, None when that takes more than `wall_s`."""
        assert process.stdout is not None
        deadline = None if wall_s is None else time.monotonic() + wall_s
        while b"\n" not in self._said:
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([process.stdout], [], [], left_s)[0]:
                return None
            part = os.read(process.stdout.fileno(), 1 << 20)
            if not part:
                return b""
            self._said += part
        line, _, self._said = self._said.partition(b"\n")
        return line


_PROCESSES = _Processes()


def start_process(location: str) -> "subprocess.Popen[bytes]":
    """A worker process on the lake at `location`; its first line says that it is ready."""
    return subprocess.Popen(
        [*(sys.executable, "-P", "-m", local_worker.__name__), location, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": import_path()},
        process_group=0,  # so that Ctrl-C reaches the driver only, which then ends its workers
    )


def import_path() -> str:
    """Where this process imports from: its own code first, then what the caller added."""
    own = str(Path(autotune.__file__).resolve().parent.parent)
    return os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH")]))


def run_task(round_: str, location: str, task: str, attempt: int, wall_s: float) -> str:
    """Run a task, as JSON text, on the lake at `location`; its reply as JSON text.

    `round_` names the executor, and how often it was cancelled, that wants the answer.
    """
    process: TaskProcess | None = getattr(_PROCESSES.own, "process", None)
    if process is None or process.location != location:
        if process is not None:
            process.kill()
        process = _PROCESSES.own.process = TaskProcess(location)
    with _PROCESSES.lock:
        if round_ in _PROCESSES.forgotten:
            return json.dumps({"unable": "its executor was stopped"})
        _PROCESSES.running.setdefault(round_, set()).add(process)
    try:
        return json.dumps(process.run(Task.from_json(task), attempt, wall_s))
    finally:
        with _PROCESSES.lock:
            _PROCESSES.running[round_].discard(process)


def forget(round_: str) -> None:
    """End what runs in this worker for `round_`, and whatever of it may still arrive."""
    with _PROCESSES.lock:
        _PROCESSES.forgotten.add(round_)
        running = _PROCESSES.running.pop(round_, set())
        _PROCESSES.running[round_] = set()
    for process in running:
        process.interrupt()


def reply_of(task: Task, text: str) -> Receipt | Failure | Unable:
    """What a reply of `run_task` says."""
    reply = json.loads(text)
    if "receipt" in reply:
        return Receipt.from_json(reply["receipt"])
    if "failure" in reply:
        return Failure(**reply["failure"])
    return Unable(task.task_id, reply["unable"])
