"""What a worker does with a task: the searches on its functions, one after the other, as rows.

The rows of a search depend on its campaign and its function alone, never on the task that it came
in or on what ran before it; times are the exception.
"""

import hashlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from autotune.errors import BadOption
from autotune.function_search import Budget, NoBaseline, SearchResult, search_function
from autotune.gate.function import WholeGate
from autotune.gate.verdict import Gate, Judgement
from autotune.knowledge import NO_BARS, NOTHING, Knowledge, Known, known
from autotune.rows import Row, evaluation_rows, verdict_rows, winner_row
from autotune.search.base import Problem, Strategy, measured
from autotune.search.registry import strategy_of
from autotune.search_pieces import named_in_rows
from autotune.tally import SearchTally
from autotune.tune_options import TuneOptions
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.kept import task_clock_s, task_sandbox
from corpus.llvm.sandbox.supervisor import MachineFault, Sandbox
from corpus.llvm.toolchain import Toolchain, planned_toolchain
from warehouse import schema
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.task import Receipt, Task, stage_tables

MOST_STARTS = 3
"""How often a search is begun again after a fault of the machine before its task fails."""


def search_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Search each function of the task: the entry of a campaign's tasks.

    Stages `evaluations`, `winners`, what the gate found as `verdicts` and, for functions on which
    -Oz itself fails, `losses`.
    """
    wall_started, cpu_started = time.monotonic(), task_clock_s()
    attempted, task = task, named_in_rows(task)
    options = TuneOptions(**task.payload["options"])
    toolchain, space = _same_tools(task.payload)
    pins = task.payload.get("knowledge")
    bars = task.payload.get("barred", NO_BARS)
    knowledge = NOTHING if pins is None else known(lake, Knowledge.of_document(pins), bars)
    evaluations: list[pa.Table] = []
    winners: list[Row] = []
    losses: list[Row] = []
    judgements: list[Judgement] = []
    tally = SearchTally(options.objective)
    with task_sandbox(toolchain) as sandbox:
        saved_before = sandbox.saved
        gate = WholeGate(sandbox) if options.gate else None
        for function in _functions(lake, task.payload["function_ids"]):
            started = cpu_clock_s() + sandbox.children_cpu_s
            try:
                result = search(sandbox, space, function, options, knowledge, gate=gate)
            except NoBaseline as error:
                losses.append(_loss(task, function, error))
                continue
            evaluations.append(evaluation_rows(task, function["function_id"], result.evaluations))
            cpu_s = cpu_clock_s() + sandbox.children_cpu_s - started
            winners.append(winner_row(task, function["function_id"], result, cpu_s))
            judgements += result.judgements
            tally.add(result)
    verdicts = verdict_rows(task, judgements)
    tables = {
        "evaluations": pa.concat_tables(evaluations) if evaluations else None,
        "winners": schema.table_of("winners", winners) if winners else None,
        "verdicts": schema.table_of("verdicts", verdicts) if verdicts else None,
        "losses": schema.table_of("losses", losses) if losses else None,
    }
    return Receipt(
        task_id=attempted.task_id,
        attempt=attempt,
        files=stage_tables(lake, task, tables),
        wall_s=time.monotonic() - wall_started,
        cpu_s=task_clock_s() - cpu_started,
        host=socket.gethostname(),
        notes={
            "saved": asdict(sandbox.saved - saved_before),
            "functions": len(winners),
            "improved": sum(row["pass_list"] != OZ for row in winners),
            "gate_cpu_s": gate.cpu_s if gate is not None else 0.0,
            "searched": tally.document(),
        },
    )


def _same_tools(order: Mapping[str, Any]) -> tuple[Toolchain, PassSpace]:
    """This machine's LLVM and pass space.

    Raises OtherToolchain and BadOption unless they are the campaign's.
    """
    toolchain = planned_toolchain(order["llvm"], order["toolchain"], "the campaign was started")
    space = PassSpace.load().without(order.get("barred", NO_BARS))
    if space.version != order["pass_space"]:
        raise BadOption(
            f"{socket.gethostname()} has pass space {space.version}, the campaign was started with"
            f" {order['pass_space']}: install the same Passlake"
        )
    return toolchain, space


def _functions(lake: Lake, function_ids: Sequence[str]) -> Sequence[Row]:
    columns = ["function_id", "instructions", "ir", "program", "version", "origin", "source_file"]
    wanted = pc.field("function_id").isin(list(function_ids))
    rows: list[Row] = lake.read("functions", columns=columns, where=wanted).to_pylist()
    by_id = {row["function_id"]: row for row in rows}
    return [by_id[function_id] for function_id in function_ids]


def search(  # noqa: PLR0913 - each is one thing that decides the result
    sandbox: Sandbox,
    space: PassSpace,
    function: Row,
    options: TuneOptions,
    knowledge: Known,
    *,
    gate: Gate | None = None,
) -> SearchResult:
    """One search, begun again from its seed when the machine and not a pass list was at fault.

    `function` has `function_id`, `instructions` and `ir`. Raises NoBaseline and MachineFault.
    """
    text = f"{options.seed} {function['function_id']}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")

    def strategy_for(oz: Measurement) -> Strategy:
        value = measured(oz, options.objective)
        assert value is not None, oz
        problem = Problem(
            space,
            seed,
            function["instructions"],
            options.objective,
            value,
            coreset=knowledge.coreset,
            neighbours=knowledge.neighbours(function["function_id"], function["ir"]),
            winners=knowledge.winners,
            options=options.strategy_options(),
        )
        return strategy_of(options.strategy, problem)

    for start in range(1, MOST_STARTS + 1):
        try:
            return search_function(
                sandbox,
                space,
                strategy_for,
                function["ir"],
                objective=options.objective,
                budget=Budget(options.evaluations, options.cpu_seconds),
                function_id=function["function_id"],
                gate=gate,
            )
        except MachineFault:
            if start == MOST_STARTS:
                raise
    raise AssertionError


def _loss(task: Task, function: Row, error: NoBaseline) -> Row:
    return {
        "program": function["program"],
        "version": function["version"],
        "origin": function["origin"],
        "source_file": function["source_file"],
        "stage": "baseline",
        "reason": str(error),
        "count": 1,
        "task_id": task.task_id,
    }
