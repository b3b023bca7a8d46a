"""`gate --pending`: every winner of `best` that nobody judged yet, as tasks.

What another version of the gate could not conclude on counts as not judged.
A row is replayed by the real `opt` and judged as `tune` would have done it (`rejudge.py`). Where it
is refuted, the search that found it settles again, from the evaluations that the lake holds of it;
without a next best, `best` falls back to another search's list or to -Oz by itself. What another
search found may then be pending in its turn, so rows are asked for until none is new. What is
judged is pending no more: the same command continues.
"""

import hashlib
import json
import socket
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from autotune.drive import Noting, Progress, SetAside, Silent, drive
from autotune.executors.base import Executor
from autotune.gate.function import WholeGate
from autotune.gate.programs import GATE_VERSION
from autotune.gate.rejudge import rejudge
from autotune.gate.verdict import Judgement
from autotune.rows import Row, verdict_rows
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain, planned_toolchain
from warehouse import schema, sql
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.task import Receipt, Task, stage_tables

JOB = "gate"
"""The job's name in the ledger, and the writer of verdicts that no campaign asked for."""

ROWS_PER_TASK = 40
"""About 10 s of work."""

_ROW_COST_S = 0.25
_KEY = ("function_id", "objective", "campaign_id", "pass_list")
_PENDING = f"""
    SELECT b.function_id, b.objective, b.campaign_id, b.pass_list, b.toolchain
    FROM best AS b LEFT JOIN (
        SELECT function_id, pass_list, toolchain, arg_max(gate_version, decided_at) AS gate_version
        FROM verdicts WHERE kind = 'function' GROUP BY ALL
    ) AS v USING (function_id, pass_list, toolchain)
    WHERE b.gate = 'not_run'
        OR (b.gate = 'inconclusive' AND v.gate_version IS DISTINCT FROM '{GATE_VERSION}')
    ORDER BY ALL
"""  # noqa: S608 - the version is eight hex digits of ours


@dataclass(frozen=True)
class PendingReport:
    """What became of the pending rows.

    `states`: how many were agreed, inconclusive, refuted; `replaced`: refuted ones for which the
    same search had another list; `other_toolchain`: rows that another LLVM would have to judge.
    """

    states: Mapping[str, int]
    replaced: int
    other_toolchain: int
    set_aside: Sequence[SetAside]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "judged": sum(self.states.values()),
            **{state: self.states.get(state, 0) for state in _STATES},
            "replaced": self.replaced,
            "other_toolchain": self.other_toolchain,
            "tasks_set_aside": [one.document() for one in self.set_aside],
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        counts = ", ".join(f"{self.states.get(state, 0)} {state}" for state in _STATES)
        said = f"{sum(self.states.values())} winners judged: {counts}"
        if self.replaced:
            said += f"; {self.replaced} replaced by the next best"
        if self.other_toolchain:
            said += f"; {self.other_toolchain} of other toolchains left out"
        return [*[str(one) for one in self.set_aside], said]


_STATES = ("agreed", "inconclusive", "refuted")


def gate_pending(
    lake: Lake,
    toolchain: Toolchain,
    function_ids: Sequence[str],
    executor: Executor,
    *,
    progress: Progress | None = None,
) -> PendingReport:
    """Judge the winners of these functions that nobody judged.

    Raises Held when another process does so, RunningRefused, and what `drive` raises.
    """
    states: Counter[str] = Counter()
    replaced = 0
    tried: set[tuple[str, ...]] = set()
    set_aside: list[SetAside] = []

    def note(notes: dict[str, Any]) -> None:
        nonlocal replaced
        states.update(notes["states"])
        replaced += notes["replaced"]

    noting = Noting(progress or Silent(), note)
    with lake.hold(JOB):
        while True:
            rows, others = _pending(lake, toolchain, set(function_ids), tried)
            if not rows:
                return PendingReport(states, replaced, others, set_aside)
            tried |= {_key(row) for row in rows}
            tasks = [
                _task(rows[first : first + ROWS_PER_TASK], toolchain)
                for first in range(0, len(rows), ROWS_PER_TASK)
            ]
            # A row that is pending has no verdict, whatever the ledger says of its task.
            again = {task.task_id for task in tasks}
            set_aside += drive(lake, JOB, tasks, executor, again=again, progress=noting)


def pending_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Judge the task's rows; stages `verdicts`, and `winners` where a refuted one is replaced."""
    wall_started, cpu_started = time.monotonic(), cpu_clock_s()
    toolchain = planned_toolchain(
        task.payload["llvm"], task.payload["toolchain"], "the rows were made"
    )
    judgements = list[Judgement]()
    winners: list[Row] = []
    states: list[str] = []
    with Sandbox(toolchain) as sandbox:
        gate = WholeGate(sandbox)
        for winner, ir in _winners(lake, task.payload["rows"]):
            found = rejudge(lake, sandbox, gate, winner, ir)
            judgements += found.judgements
            states.append(found.state)
            if found.next_best is not None:
                winners.append({**found.next_best, "task_id": task.task_id})
    verdicts = verdict_rows(task, judgements)
    tables = {
        "winners": schema.table_of("winners", winners) if winners else None,
        "verdicts": schema.table_of("verdicts", verdicts) if verdicts else None,
    }
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=stage_tables(lake, task, tables),
        wall_s=time.monotonic() - wall_started,
        cpu_s=cpu_clock_s() - cpu_started,
        host=socket.gethostname(),
        notes={"states": states, "replaced": len(winners)},
    )


def _pending(
    lake: Lake, toolchain: Toolchain, wanted: Collection[str], tried: Collection[tuple[str, ...]]
) -> tuple[list[dict[str, str]], int]:
    """The pending rows of this toolchain that were not tried, and how many others have."""
    rows = [row for row in sql.run(lake, _PENDING).to_pylist() if row["function_id"] in wanted]
    ours = [row for row in rows if row["toolchain"] == toolchain.fingerprint]
    return [row for row in ours if _key(row) not in tried], len(rows) - len(ours)


def _winners(lake: Lake, keys: Sequence[Mapping[str, str]]) -> Iterator[tuple[Row, str]]:
    """The rows of `winners` that these keys name, in their order, each with its function's IR."""
    wanted = pc.field("function_id").isin([key["function_id"] for key in keys])
    functions = lake.read("functions", columns=["function_id", "ir"], where=wanted).to_pylist()
    ir = {row["function_id"]: row["ir"] for row in functions}
    rows = {_key(row): row for row in lake.read("winners", where=wanted).to_pylist()}
    for key in keys:
        yield rows[_key(key)], ir[key["function_id"]]


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in _KEY)


def _task(rows: Sequence[Mapping[str, str]], toolchain: Toolchain) -> Task:
    plain = [{name: row[name] for name in _KEY} for row in rows]
    named = json.dumps([plain, toolchain.fingerprint, GATE_VERSION])
    return Task(
        task_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        entry="autotune.gate.pending:pending_task",
        payload={
            "rows": plain,
            "campaign_id": None,
            "toolchain": toolchain.fingerprint,
            "llvm": str(toolchain.prefix),
        },
        cost_s=_ROW_COST_S * len(rows),
    )
