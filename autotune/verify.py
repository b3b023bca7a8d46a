"""Replay: what the real `opt` says today of the lists that `best` holds.

Each row is replayed in an `opt` process of its own, with randomised addresses, and compared with
the count and the size that the row records.
"""

import hashlib
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from autotune.drive import Progress, SetAside, Silent, run_tasks
from autotune.errors import TasksSetAside
from autotune.executors.base import Executor
from corpus.llvm.reference import measure_with_opt
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain
from warehouse import sql
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

ROWS_PER_TASK = 100
"""About 10 s of work: a row costs one `opt` process and two loads."""

_ROW_COST_S = 0.05
_REPLAYED = ("function_id", "objective", "pass_list", "instructions", "object_bytes")
_ROWS = """
    SELECT function_id, objective, pass_list, instructions, object_bytes, toolchain
    FROM best ORDER BY function_id, objective
"""


@dataclass(frozen=True)
class Replay:
    """What a replay found.

    `rows` were replayed; rows of other toolchains were left out; `differing` are the rows for which
    `opt` says something else, with what it says.
    """

    rows: int
    other_toolchain: int
    differing: Sequence[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "rows": self.rows,
            "other_toolchain": self.other_toolchain,
            "differing": list(self.differing),
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        left_out = f", {self.other_toolchain} of other toolchains left out"
        return [
            f"{self.rows} rows replayed, {len(self.differing)} differ"
            + (left_out if self.other_toolchain else "")
        ]


def verify(
    lake: Lake,
    toolchain: Toolchain,
    function_ids: Sequence[str],
    executor: Executor,
    *,
    progress: Progress | None = None,
) -> Replay:
    """Replay the rows of `best` of these functions that were made with this toolchain.

    Raises TasksSetAside when some rows could not be replayed at all.
    """
    wanted = set(function_ids)
    rows = [row for row in sql.run(lake, _ROWS).to_pylist() if row["function_id"] in wanted]
    ours = [row for row in rows if row["toolchain"] == toolchain.fingerprint]
    tasks = [
        _task(ours[start : start + ROWS_PER_TASK], toolchain)
        for start in range(0, len(ours), ROWS_PER_TASK)
    ]
    progress = progress or Silent()
    progress.start(sum(task.cost_s for task in tasks))
    differing: list[dict[str, Any]] = []
    for ended in run_tasks(executor, tasks):
        progress.advance(ended)
        if isinstance(ended, SetAside):
            raise TasksSetAside(f"{len(ended.task.payload['rows'])} rows: {ended.reason}")
        differing += ended.receipt.notes["differing"]
    differing.sort(key=lambda row: (row["function_id"], row["objective"]))
    return Replay(len(ours), len(rows) - len(ours), differing)


def verify_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Replay the rows of the task; what differs is in the receipt's notes, nothing is staged."""
    wall_started, cpu_started = time.monotonic(), cpu_clock_s()
    rows = task.payload["rows"]
    toolchain = find_toolchain(task.payload["llvm"])
    ids = [row["function_id"] for row in rows]
    functions = lake.read(
        "functions", columns=["function_id", "ir"], where=pc.field("function_id").isin(ids)
    )
    ir = {row["function_id"]: row["ir"] for row in functions.to_pylist()}
    differing = []
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        for row in rows:
            said = measure_with_opt(session, toolchain, ir[row["function_id"]], row["pass_list"])
            recorded = (row["instructions"], row["object_bytes"])
            if (said.instructions, said.object_bytes) != recorded:
                replayed = {
                    "outcome": said.outcome.value,
                    "replayed_instructions": said.instructions,
                    "replayed_object_bytes": said.object_bytes,
                    "reason": said.reason,
                }
                differing.append(row | replayed)
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=(),
        wall_s=time.monotonic() - wall_started,
        cpu_s=cpu_clock_s() - cpu_started,
        host=socket.gethostname(),
        notes={"differing": differing},
    )


def _task(rows: Sequence[dict[str, Any]], toolchain: Toolchain) -> Task:
    plain = [{name: row[name] for name in _REPLAYED} for row in rows]
    return Task(
        task_id=hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16],
        entry="autotune.verify:verify_task",
        payload={"rows": plain, "llvm": str(toolchain.prefix)},
        cost_s=_ROW_COST_S * len(rows),
    )
