"""The Python interface: tables of a lake as Arrow, with columns and conditions pushed down."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import warehouse
from warehouse import snapshot, sql
from warehouse.errors import LakeMissing, SnapshotMissing, SqlError
from warehouse.lake import Lake
from warehouse.reading import select

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]


@pytest.fixture
def filled(lake: Lake, put: Put, row: MakeRow) -> Lake:
    """Three functions, two of them searched; a snapshot `s`, and one more function since."""
    put(
        functions=[
            row("functions", function_id="f1", program="zlib"),
            row("functions", function_id="f2", program="it's"),
            row("functions", function_id="f3", program="lz4", split="valid"),
        ],
        winners=[row("winners", function_id="f1"), row("winners", function_id="f2", stable=None)],
        tasks=[row("tasks")],
    )
    snapshot.create(lake, "s")
    put(functions=[row("functions", function_id="f4")])
    return lake


def found(filled: Lake, table: str, where: Any) -> list[str]:  # noqa: ANN401
    rows = warehouse.open(filled.location).snapshot("s").table(table, where=where)
    return sorted(rows.column("function_id").to_pylist())


def test_a_table_of_a_snapshot_is_arrow_and_stays_the_same(filled: Lake) -> None:
    state = warehouse.open(filled.location).snapshot("s")
    assert state.table("functions").num_rows == 3
    assert state.table("best").equals(sql.run(filled, "SELECT * FROM best", "s"))
    with warehouse.open(filled.folder).now() as present:
        assert present.table("functions").num_rows == 4


def test_columns_come_as_they_were_asked_for(filled: Lake) -> None:
    rows = warehouse.open(filled.folder).now().table("best", columns=["num_passes", "function_id"])
    assert rows.column_names == ["num_passes", "function_id"]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("program = 'lz4' OR function_id = 'f1'", ["f1", "f3"]),
        ({"program": "it's"}, ["f2"]),
        ({"program": ["zlib", "lz4"], "split": "train"}, ["f1"]),
        ({"instructions": 8}, ["f1", "f2", "f3"]),
        ({"instructions": [7.5, 9]}, []),
        ({"program": []}, []),
        ({"license": None}, []),
        ({}, ["f1", "f2", "f3"]),
    ],
)
def test_rows_are_chosen_by_sql_or_by_values(filled: Lake, where: object, ids: list[str]) -> None:
    assert found(filled, "functions", where) == ids


def test_nulls_truth_values_and_times_can_be_looked_for(filled: Lake) -> None:
    assert found(filled, "winners", {"stable": None}) == ["f2"]
    assert found(filled, "winners", {"stable": True}) == ["f1"]
    state = warehouse.open(filled.folder).snapshot("s")
    when = datetime(2026, 1, 1, tzinfo=UTC)
    assert state.table("tasks", where={"committed_at": when}).num_rows == 1


def test_what_is_not_asked_for_is_not_read(filled: Lake) -> None:
    plan = (
        warehouse.open(filled.folder)
        .now()
        .sql("EXPLAIN " + select("functions", ["program"], {"function_id": "f1"}))
    )
    text = str(plan.column("explain_value")[0])
    assert "Filters: function_id = 'f1'" in text
    assert "ir" not in text.replace("Filters", "").replace("directory", "").split()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "bset"}, "no table is called bset; there is: best, "),
        ({"name": "best", "columns": ["nope"]}, "best has no column nope; it has: function_id"),
        ({"name": "best", "columns": []}, "leave columns out for all"),
        ({"name": "best", "where": {"nope": 1}}, "best has no column nope"),
        ({"name": "best", "where": "1 = 1) UNION (SELECT 1"}, "same number of result columns"),
        ({"name": "best", "where": {"gate": {}}}, "cannot be compared with a column"),
        ({"name": "best", "where": "gate ="}, "syntax error"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    filled: Lake, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(SqlError, match=said) as refused:
        warehouse.open(filled.folder).now().table(**asked)
    assert "\n" not in str(refused.value)


def test_a_large_table_comes_in_batches(filled: Lake) -> None:
    batches = list(warehouse.open(filled.folder).now().batches("functions", rows=1))
    assert sum(batch.num_rows for batch in batches) == 4


def test_statements_and_named_queries_can_be_asked(filled: Lake) -> None:
    state = warehouse.open(filled.folder).snapshot("s")
    assert state.sql("SELECT count(*) AS n FROM functions").to_pylist() == [{"n": 3}]
    assert state.query("leaderboard").column("functions").to_pylist() == [2, 2, 2]
    with pytest.raises(SqlError, match="a lake is only read here"):
        state.sql("CREATE TABLE mine AS SELECT 1")


def test_a_closed_state_opens_again(filled: Lake) -> None:
    state = warehouse.open(filled.folder).snapshot("s")
    for _ in range(2):
        assert state.table("best", columns=["gate"]).num_rows == 2
        state.close()


def test_lakes_and_states_say_what_they_are(filled: Lake) -> None:
    opened = warehouse.open(filled.folder)
    assert repr(opened.snapshot("s")) == f"warehouse.open({filled.location!r}).snapshot('s')"
    assert repr(opened.now()).endswith(".now()")
    assert opened.snapshots() == ["s"]
    assert opened.now().tables()["left_out"][0] == "function_id"


def test_what_is_not_there_is_said_at_once(filled: Lake, tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="no snapshot t in .*; there is: s"):  # noqa: RUF043
        warehouse.open(filled.folder).snapshot("t")
    with pytest.raises(LakeMissing):
        warehouse.open(tmp_path / "none")
    with pytest.raises(AttributeError, match="'warehouse' has no attribute 'close'"):
        warehouse.close  # noqa: B018


def test_importing_the_warehouse_costs_no_duckdb() -> None:
    text = "import sys, warehouse; print('duckdb' in sys.modules, 'pyarrow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert told.stdout == "False False\n"
