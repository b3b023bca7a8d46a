"""What a search leaves, as rows of the lake's tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from autotune.function_search import SearchResult
from autotune.gate.verdict import Judgement, verdict_row
from autotune.search.base import Evaluation
from warehouse import schema
from warehouse.provenance import code_version
from warehouse.task import Task

Row = Mapping[str, Any]


def evaluation_rows(task: Task, function_id: str, evaluations: Sequence[Evaluation]) -> pa.Table:
    """Rows of `evaluations`, in the order of the search.

    Made column by column: a dict per row would cost a tenth of the evaluations themselves.
    """
    order = task.payload
    measured = [one.measurement for one in evaluations]
    same = {
        "campaign_id": order["campaign_id"],
        "function_id": function_id,
        "pass_space": order["pass_space"],
        "strategy": order["options"]["strategy"],
        "task_id": task.task_id,
    }
    columns: dict[str, list[Any]] = {
        "ordinal": list(range(len(measured))),
        "pass_ids": [one.pass_ids for one in evaluations],
        "outcome": [one.outcome.value for one in measured],
        "instructions": [one.instructions for one in measured],
        "object_bytes": [one.object_bytes for one in measured],
        "state_hash": [one.state_hash for one in measured],
        "cpu_us": [one.cpu_us for one in measured],
    }
    columns |= {name: [value] * len(measured) for name, value in same.items()}
    types = schema.arrow_schema("evaluations")
    return pa.table({name: columns[name] for name in types.names}, schema=types)


def winner_row(task: Task, function_id: str, result: SearchResult, cpu_s: float) -> Row:
    """The row of `winners`; `cpu_s` is all that the function cost."""
    order, options = task.payload, task.payload["options"]
    winner = result.winner
    return {
        "campaign_id": order["campaign_id"],
        "function_id": function_id,
        "objective": options["objective"],
        "toolchain": order["toolchain"],
        "pass_space": order["pass_space"],
        "strategy": options["strategy"],
        "seed": options["seed"],
        "pass_list": winner.pass_list,
        "num_passes": winner.num_passes,
        "instructions": winner.measurement.instructions,
        "object_bytes": winner.measurement.object_bytes,
        "oz_instructions": result.oz.instructions,
        "oz_object_bytes": result.oz.object_bytes,
        "oz_plain_instructions": result.oz_plain.instructions,
        "oz_plain_object_bytes": result.oz_plain.object_bytes,
        "optimised_ir": winner.optimised_ir,
        "evaluations": len(result.evaluations),
        "compilations": result.compilations,
        "cpu_s": cpu_s,
        "stable": winner.stable,
        "gate": winner.gate,
        "code_version": code_version(),
        "task_id": task.task_id,
    }


def verdict_rows(task: Task, judgements: Iterable[Judgement]) -> list[Row]:
    """The rows of `verdicts` of a task: each judgement once, however many functions asked."""
    order, now = task.payload, datetime.now(UTC)
    return [
        verdict_row(
            one,
            toolchain=order["toolchain"],
            campaign_id=order["campaign_id"],
            task_id=task.task_id,
            decided_at=now,
        )
        for one in dict.fromkeys(judgements)
    ]
