"""Committers in small on a lake in an object store: run by tests as processes of their own.

`many URL WRITER COUNT` commits so many batches and prints `ready` before the first.
`hold URL NAME` holds a name until it is killed, and prints `held`.
`steps URL` runs, in forked children, a job that is killed at its first, second, … write to the
store until it comes through; another child continues each. A JSON line per kill says what the
child was about to do and what the lake then holds.

Leases of the killed expire after half a second or a few here.
"""

import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from deltalake import DeltaTable

from warehouse import leases, object_path, schema
from warehouse.lake import Lake
from warehouse.object_path import ObjectPath
from warehouse.staging import StagedFile

JOB = "job"
TASKS = ("t0",)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def losses(task_id: str) -> dict[str, Any]:
    names = ("program", "version", "origin", "source_file", "stage", "reason")
    return {**dict.fromkeys(names, "x"), "count": 1, "task_id": task_id}


def passes(task_id: str) -> dict[str, Any]:
    return {"pass_space": "1", "text": task_id, "name": "x", "level": "module"}


def staged(lake: Lake, task_id: str) -> list[StagedFile]:
    rows = {"losses": losses(task_id), "passes": passes(task_id)}
    return [
        lake.stage(table, schema.table_of(table, [row]), name=task_id)
        for table, row in rows.items()
    ]


def rows_of(lake: Lake) -> dict[str, list[str]]:
    wanted = {"losses": "task_id", "passes": "text"}
    return {
        table: sorted(lake.read(table, columns=[column]).column(column).to_pylist())
        for table, column in wanted.items()
    }


def run_job(url: str) -> dict[str, list[str]]:
    """Commit the tasks that the lake does not have; the rows that it has then."""
    lake = Lake.open(url, create=True)
    sequence = lake.recover(JOB)
    done = lake.existing("losses", "task_id")
    for task_id in (one for one in TASKS if one not in done):
        lake.commit(JOB, sequence, staged(lake, task_id))
        sequence += 1
    return rows_of(lake)


class Killer:
    """Ends the process, as SIGKILL does, before the write of a given number."""

    def __init__(self, number: int, told: int) -> None:
        self._left = number
        self._told = told

    def install(self) -> None:
        for kind, names in (
            (ObjectPath, ("write", "unlink")),
            (DeltaTable, ("create", "create_write_transaction")),
        ):
            for name in names:
                setattr(kind, name, self.around(getattr(kind, name), f"{kind.__name__}.{name}"))

    def around(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            place = arguments[0]
            part = place.name.split(".")[0] if isinstance(place, ObjectPath) else ""
            self.touch(f"{name} {part}".strip())
            return function(*arguments, **options)

        return watched

    def touch(self, step: str) -> None:
        if self._left == 0:
            os.write(self._told, step.encode())
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def forked(work: Callable[[int], None]) -> tuple[bytes, int]:
    """What a child wrote, and how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(writing)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return said, os.WTERMSIG(os.waitpid(child, 0)[1])


def steps(url: str) -> None:
    for number in itertools.count():
        place = f"{url}/{number}"

        def killed(told: int, number: int = number, place: str = place) -> None:
            Killer(number, told).install()
            run_job(place)

        def continued(told: int, place: str = place) -> None:
            os.write(told, json.dumps(run_job(place)).encode())

        step, ended = forked(killed)
        if not ended:
            return
        rows, _ = forked(continued)
        say(json.dumps({"step": step.decode(), "rows": json.loads(rows)}))


def many(url: str, writer: str, count: int) -> None:
    lake = Lake.open(url, create=True)
    begin = lake.recover(writer)
    say("ready")
    for sequence in range(begin, count):
        lake.commit(writer, sequence, staged(lake, f"{writer}-{sequence}"))


def hold(url: str, name: str) -> None:
    with Lake.open(url).hold(name):
        say("held")
        time.sleep(600)


if __name__ == "__main__":
    task, given = sys.argv[1], sys.argv[2:]
    if task == "steps":
        leases.EXPIRES_S, leases.RENEW_S = 0.5, 1000.0  # a renewal would be a step of its own
        object_path.probe = lambda _: None  # what it writes is no part of a job
        steps(given[0])
    elif task == "hold":
        leases.EXPIRES_S, leases.RENEW_S = 3.0, 0.5
        hold(*given)
    else:
        leases.EXPIRES_S, leases.RENEW_S = 5.0, 1.0
        many(given[0], given[1], int(given[2]))
