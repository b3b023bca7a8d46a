"""`gate PASS_LIST`: one list, judged on programs and, where some are selected, on functions.

On a function the list is applied by the real `opt`, and executed where it changed the code. What is
found is kept in the lake, where there is one: a list that the programs refute leaves `best`.
"""

import hashlib
import json
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from autotune.drive import Progress, SetAside, drive
from autotune.executors.base import Executor
from autotune.gate.function import judge_list, judge_pair, of_function
from autotune.gate.pending import JOB
from autotune.gate.programs import GATE_VERSION, ProgramGate
from autotune.gate.verdict import Judgement, Kind, Verdict, verdict_row
from autotune.rows import verdict_rows
from corpus.errors import BadModule
from corpus.llvm.pass_list import PassList
from corpus.llvm.reference import run_opt
from corpus.llvm.sandbox.supervisor import MachineFault, ModuleLost, Sandbox
from corpus.llvm.toolchain import Toolchain, planned_toolchain
from warehouse import schema
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.task import Receipt, Task

FUNCTIONS_PER_TASK = 40
"""About 10 s of work."""

_FUNCTION_COST_S = 0.25


@dataclass(frozen=True)
class ListReport:
    """What was found of one list.

    `functions` counts verdicts by word; functions that the list leaves as they are, or that it
    fails on, are not executed.
    """

    pass_list: str
    on_programs: Judgement
    functions: Mapping[str, int]
    set_aside: Sequence[SetAside]

    @property
    def agreed(self) -> bool:
        """Whether the programs agree and no function refutes."""
        refuted = self.functions.get(Verdict.REFUTED, 0)
        return self.on_programs.verdict is Verdict.AGREED and not refuted

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        found = self.on_programs
        return {
            "pass_list": self.pass_list,
            "verdict": found.verdict.value,
            "programs": found.inputs,
            "refuting": list(found.programs),
            "guilty": list(found.guilty),
            "reason": found.reason,
            "gate_version": GATE_VERSION,
            "functions": dict(self.functions),
            "tasks_set_aside": [one.document() for one in self.set_aside],
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        found = self.on_programs
        lines = [str(one) for one in self.set_aside]
        lines.append(f"programs: {found.verdict}, {found.inputs} print what they should")
        if found.reason:
            lines.append(f"  {found.reason}")
        if found.programs:
            lines.append(f"  refuting: {', '.join(found.programs)}")
        if found.guilty:
            lines.append(f"  shortest list that still does: {','.join(found.guilty)}")
        if self.functions:
            counts = ", ".join(f"{count} {word}" for word, count in sorted(self.functions.items()))
            lines.append(f"functions: {counts}")
        return lines


def gate_list(toolchain: Toolchain, pass_list: str, lake: Lake | None) -> Judgement:
    """Judge a list on programs; kept in `lake`.

    Raises BadPassList, Held, RunningRefused and MachineFault.
    """
    PassList.parse(pass_list)
    with Sandbox(toolchain) as sandbox:
        judgement = judge_list(ProgramGate(sandbox), pass_list)
    if lake is not None:
        with lake.hold(JOB):
            sequence = lake.recover(JOB)
            row = verdict_row(
                judgement,
                toolchain=toolchain.fingerprint,
                campaign_id=None,
                task_id=f"{JOB}-{sequence:06}",
                decided_at=datetime.now(UTC),
            )
            staged = lake.stage("verdicts", schema.table_of("verdicts", [row]), name=JOB)
            lake.commit(JOB, sequence, [staged])
    return judgement


def gate_functions(  # noqa: PLR0913 - a list, where it is judged, and who looks on
    lake: Lake,
    toolchain: Toolchain,
    pass_list: str,
    function_ids: Sequence[str],
    executor: Executor,
    *,
    progress: Progress | None = None,
) -> tuple[Mapping[str, int], Sequence[SetAside]]:
    """Judge a list on each of these functions; how many verdicts of each word there are now.

    Raises Held, RunningRefused and what `drive` raises. The same command continues.
    """
    groups = [
        list(function_ids[first : first + FUNCTIONS_PER_TASK])
        for first in range(0, len(function_ids), FUNCTIONS_PER_TASK)
    ]
    tasks = [_task(pass_list, group, toolchain) for group in groups]
    with lake.hold(JOB):
        set_aside = drive(lake, JOB, tasks, executor, progress=progress)
    wanted = (
        (pc.field("kind") == Kind.FUNCTION.value)
        & (pc.field("pass_list") == pass_list)
        & (pc.field("toolchain") == toolchain.fingerprint)
        & (pc.field("gate_version") == GATE_VERSION)
    )
    rows = lake.read("verdicts", columns=["function_id", "verdict"], where=wanted).to_pylist()
    words = {row["function_id"]: row["verdict"] for row in rows}
    chosen = set(function_ids)
    return Counter(word for one, word in words.items() if one in chosen), set_aside


def list_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Judge the task's list on its functions; stages `verdicts`."""
    wall_started, cpu_started = time.monotonic(), cpu_clock_s()
    order = task.payload
    toolchain = planned_toolchain(order["llvm"], order["toolchain"], "the list was given")
    wanted = pc.field("function_id").isin(order["function_ids"])
    functions = lake.read("functions", columns=["function_id", "ir"], where=wanted).to_pylist()
    judgements = list[Judgement]()
    with Sandbox(toolchain) as sandbox:
        for row in sorted(functions, key=lambda row: str(row["function_id"])):
            after = _applied(sandbox, row["ir"], order["pass_list"])
            if after is not None:
                found = judge_pair(
                    sandbox, row["ir"], after, row["function_id"], order["pass_list"]
                )
                judgements.append(of_function(found, row["function_id"], order["pass_list"]))
    verdicts = verdict_rows(task, judgements)
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=(
            *(
                [lake.stage("verdicts", schema.table_of("verdicts", verdicts), name=task.task_id)]
                if verdicts
                else []
            ),
        ),
        wall_s=time.monotonic() - wall_started,
        cpu_s=cpu_clock_s() - cpu_started,
        host=socket.gethostname(),
    )


def _applied(sandbox: Sandbox, ir: str, pass_list: str) -> str | None:
    """The function after the list by `opt`; None where that fails or nothing is changed."""
    run = run_opt(sandbox.toolchain, ir, pass_list)
    if run.killed:
        raise MachineFault(f"opt was ended from outside by signal {-run.status}")
    if run.status != 0 or run.timed_out:
        return None
    try:
        with sandbox.session() as session:
            before = session.load(ir.encode(errors="surrogateescape"))
            after = session.load(run.stdout)
            return session.apply("") if after.state_hash != before.state_hash else None
    except (BadModule, ModuleLost):
        return None


def _task(pass_list: str, function_ids: Sequence[str], toolchain: Toolchain) -> Task:
    named = json.dumps([pass_list, list(function_ids), toolchain.fingerprint, GATE_VERSION])
    return Task(
        task_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        entry="autotune.gate.one_list:list_task",
        payload={
            "pass_list": pass_list,
            "function_ids": list(function_ids),
            "campaign_id": None,
            "toolchain": toolchain.fingerprint,
            "llvm": str(toolchain.prefix),
        },
        cost_s=_FUNCTION_COST_S * len(function_ids),
    )
