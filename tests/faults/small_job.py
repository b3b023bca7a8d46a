"""A job for trials: a small corpus, then a campaign of some tasks, driven as drivers do."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse import schema
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows

JOB = "campaign"
TASKS = 10
"""Enough that small files are worth merging."""

_SPACE = "22-00000000"
_EVALUATIONS = 3


def _row(table: str, **given: object) -> dict[str, Any]:
    """A row with any values where none are given."""
    usual: dict[str, Any] = {}
    for field in schema.arrow_schema(table):
        if pa.types.is_timestamp(field.type):
            usual[field.name] = datetime(2026, 1, 1, tzinfo=UTC)
        elif pa.types.is_list(field.type):
            usual[field.name] = []
        elif pa.types.is_string(field.type):
            usual[field.name] = "{}"
        else:
            usual[field.name] = None if field.nullable else 1
    return usual | given


def run_job(folder: Path, acknowledged: Path | None = None, count: int = TASKS) -> None:
    """What a driver does: recover, do what the ledger lacks, and say what was committed."""
    lake = Lake.open(folder, create=True)
    with lake.hold(JOB):
        _begin(lake)
        sequence = lake.recover(JOB)
        finished = finished_tasks(lake, JOB)
        for number in range(count):
            name = f"t{number}"
            if name not in finished:
                lake.commit(JOB, sequence, _task(lake, JOB, name, _searched(number)))
                sequence += 1
            if acknowledged is not None:
                with acknowledged.open("a") as file:
                    file.write(f"{name}\n")


def _begin(lake: Lake) -> None:
    names = [f"f{number}" for number in range(TASKS)]
    ids = [_row("functions", function_id=name, task_id="grow") for name in names]
    if lake.recover("corpus") == 0:
        lake.commit("corpus", 0, _task(lake, "corpus", "grow", {"functions": ids}))
    started = _row("campaigns", campaign_id=JOB, function_ids=names)
    passes = _row("passes", pass_space=_SPACE, pass_id=0)
    if lake.recover("start") == 0:
        lake.commit(
            "start", 0, [_stage(lake, "campaigns", [started]), _stage(lake, "passes", [passes])]
        )


def _searched(number: int) -> dict[str, list[dict[str, Any]]]:
    same = {
        "function_id": f"f{number}",
        "campaign_id": JOB,
        "pass_space": _SPACE,
        "task_id": f"t{number}",
    }
    asked = [_row("evaluations", ordinal=one, pass_ids=[0], **same) for one in range(_EVALUATIONS)]
    return {"evaluations": asked, "winners": [_row("winners", **same)]}


def _stage(lake: Lake, table: str, rows: list[dict[str, Any]]) -> StagedFile:
    return lake.stage(table, schema.table_of(table, rows), name=table)


def _task(
    lake: Lake, job: str, name: str, rows: dict[str, list[dict[str, Any]]]
) -> list[StagedFile]:
    files = tuple(_stage(lake, table, made) for table, made in rows.items())
    receipt = Receipt(name, 1, files, wall_s=0.0, cpu_s=0.0, host="here")
    ledger = ledger_rows(job, [LedgerEntry.done(Task(name, "no:entry"), receipt)])
    return [*files, lake.stage("tasks", ledger, name=f"{name}.ledger")]


def holdings(folder: Path) -> dict[str, dict[str, int]]:
    """Rows by table and task."""
    lake = Lake.open(folder)
    return {
        table: dict(Counter(lake.read(table, columns=["task_id"]).column(0).to_pylist()))
        for table in ("functions", "evaluations", "winners", "tasks")
    }


def undisturbed() -> dict[str, dict[str, int]]:
    """What the lake holds where nothing happened."""
    names = [f"t{number}" for number in range(TASKS)]
    return {
        "functions": {"grow": TASKS},
        "evaluations": dict.fromkeys(names, _EVALUATIONS),
        "winners": dict.fromkeys(names, 1),
        "tasks": {"grow": 1} | dict.fromkeys(names, 1),
    }
