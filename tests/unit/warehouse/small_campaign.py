"""A lake as drivers leave it: a corpus task, a campaign of some tasks, their ledger, a snapshot."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from warehouse import schema
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, ledger_rows

MakeRow = Callable[..., dict[str, Any]]

SPACE = "22-00000000"
CAMPAIGN = "campaign"


def commit_task(
    lake: Lake, job: str, task_id: str, sequence: int, **tables: Sequence[dict[str, Any]]
) -> None:
    """What a driver does with one task: its rows and its place in the ledger, in one batch."""
    files = _stage(lake, task_id, tables)
    receipt = Receipt(task_id, 1, files, wall_s=0.0, cpu_s=0.0, host="here")
    ledger = ledger_rows(job, [LedgerEntry.done(Task(task_id, "no:entry"), receipt)])
    staged = lake.stage("tasks", ledger, name=f"{task_id}.ledger")
    lake.commit(job, sequence, [*files, staged])


def _stage(
    lake: Lake, name: str, tables: dict[str, Sequence[dict[str, Any]]]
) -> tuple[StagedFile, ...]:
    return tuple(
        lake.stage(table, schema.table_of(table, rows), name=name) for table, rows in tables.items()
    )


def search_rows(row: MakeRow, number: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of one task that searched one function with three evaluations."""
    same = {"function_id": f"f{number}", "campaign_id": CAMPAIGN, "task_id": f"t{number}"}
    evaluations = [
        row("evaluations", **same, ordinal=ordinal, pass_ids=[ordinal % 2]) for ordinal in range(3)
    ]
    return {"evaluations": evaluations, "winners": [row("winners", **same)]}


def grow_and_tune(lake: Lake, row: MakeRow, tasks: int) -> None:
    """A corpus of as many functions as the campaign over them has tasks."""
    names = [f"f{number}" for number in range(tasks)]
    functions = [row("functions", function_id=name, task_id="grow") for name in names]
    places = [row("occurrences", function_id=name, task_id="grow") for name in names]
    commit_task(lake, "corpus", "grow", 0, functions=functions, occurrences=places)
    passes = [row("passes", pass_id=number, text=f"pass{number}") for number in range(2)]
    lake.commit("pass-space", 0, _stage(lake, "passes", {"passes": passes}))
    campaign = row(
        "campaigns",
        campaign_id=CAMPAIGN,
        kind="tune",
        function_ids=names,
        options='{"knowledge": {"versions": {"winners": -1}}}',
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    lake.commit(CAMPAIGN, 0, _stage(lake, "campaign", {"campaigns": [campaign]}))
    for number in range(tasks):
        commit_task(lake, CAMPAIGN, f"t{number}", number + 1, **search_rows(row, number))
