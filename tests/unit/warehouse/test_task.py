"""Tasks and receipts travel as JSON; the ledger says what is done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import schema
from warehouse.errors import EntryMissing
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import LedgerEntry, Receipt, Task, finished_tasks, ledger_rows, run_entry

TEXT = st.text()
COUNT = st.integers(min_value=0, max_value=2**62)
SECONDS = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)
PAYLOAD = st.dictionaries(TEXT, JSON)
FILES = st.lists(st.builds(StagedFile, TEXT, TEXT, COUNT, TEXT), max_size=3).map(tuple)
TASK = Task("t1", "warehouse.task:Task", {"functions": ["f1"]}, cost_s=12.5)
RECEIPT = Receipt(
    "t1",
    attempt=2,
    files=(StagedFile("functions", "p", 3, "h"), StagedFile("losses", "q", 4, "h")),
    wall_s=1.5,
    cpu_s=2.5,
    host="here",
)


@given(st.builds(Task, TEXT, TEXT, PAYLOAD, SECONDS))
def test_a_task_survives_json(task: Task) -> None:
    assert Task.from_json(task.to_json()) == task


@given(st.builds(Receipt, TEXT, COUNT, FILES, SECONDS, SECONDS, TEXT, PAYLOAD))
def test_a_receipt_survives_json(receipt: Receipt) -> None:
    assert Receipt.from_json(receipt.to_json()) == receipt


def test_a_receipt_counts_the_rows_of_its_files() -> None:
    assert RECEIPT.rows == 7


def echo(task: Task, lake: Lake, attempt: int) -> Receipt:
    return Receipt(task.task_id, attempt, (), 0.0, 0.0, lake.location, task.payload)


def test_an_entry_is_imported_and_called(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.provenance.echo", echo, raising=False)
    task = Task("t1", "warehouse.provenance:echo", {"a": 1})
    expected = Receipt("t1", 3, (), 0.0, 0.0, lake.location, {"a": 1})
    assert run_entry(task, lake, 3) == expected


@pytest.mark.parametrize(
    "entry", ["", "warehouse.task", "no.such:thing", "warehouse.task:no_such", ":x"]
)
def test_an_entry_that_is_not_here_is_named(lake: Lake, entry: str) -> None:
    with pytest.raises(EntryMissing, match=r"task t1 wants .* not installed here"):
        run_entry(Task("t1", entry), lake, 1)


def committed(lake: Lake, campaign_id: str, entries: list[LedgerEntry]) -> None:
    staged = lake.stage("tasks", ledger_rows(campaign_id, entries), name="ledger")
    lake.commit(campaign_id, lake.recover(campaign_id), [staged])


def test_what_is_done_in_this_campaign_is_finished(lake: Lake) -> None:
    other = Task("t2", "m:f")
    committed(lake, "c1", [LedgerEntry.done(TASK, RECEIPT)])
    committed(lake, "c2", [LedgerEntry.done(other, RECEIPT)])
    committed(lake, "c1", [LedgerEntry.set_aside(other, attempts=3, reason="it crashed")])
    assert finished_tasks(lake, "c1") == {"t1"}
    assert finished_tasks(lake, "c2") == {"t2"}
    assert finished_tasks(lake, "c3") == set()


def test_the_ledger_keeps_what_a_task_cost_and_why_it_was_set_aside() -> None:
    entries = [LedgerEntry.done(TASK, RECEIPT), LedgerEntry.set_aside(TASK, 3, "it crashed")]
    rows = ledger_rows("c1", entries)
    assert rows.schema == schema.arrow_schema("tasks")
    done, aside = rows.to_pylist()
    stamp: Any = done.pop("committed_at")
    assert aside.pop("committed_at") == stamp
    assert done == {
        "campaign_id": "c1",
        "task_id": "t1",
        "entry": "warehouse.task:Task",
        "state": "done",
        "attempts": 2,
        "rows": 7,
        "wall_s": 1.5,
        "cpu_s": 2.5,
        "host": "here",
        "reason": None,
    }
    assert (aside["state"], aside["attempts"], aside["reason"]) == ("set_aside", 3, "it crashed")
