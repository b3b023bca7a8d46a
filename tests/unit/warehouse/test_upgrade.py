"""Lakes of an older schema: read as they are, upgraded by the first commit, whatever is killed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from warehouse import delta, marker, schema, snapshot, sql
from warehouse.errors import LakeTooNew
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]

FIRST = [
    line.split("\t") for line in Path(__file__).with_name("schema_1.tsv").read_text().splitlines()
]
"""Table, column and type of everything that schema version 1 had."""

NEXT = schema.SCHEMA_VERSION + 1


@contextmanager
def an_older_passlake() -> Iterator[None]:
    """The code as if `tasks` had no `reason` yet."""
    whole = schema.TABLES["tasks"]
    kept = tuple(column for column in whole.columns if column.name != "reason")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(schema.TABLES, "tasks", replace(whole, columns=kept))
        yield


def commit(lake: Lake, sequence: int, row: dict[str, Any]) -> None:
    rows = schema.table_of("tasks", [row])
    lake.commit("w", sequence, [lake.stage("tasks", rows, name="t")])


@pytest.fixture
def old_lake(tmp_path: Path, row: MakeRow) -> Iterator[Lake]:
    """A lake with one row of an older schema, and a Passlake of the next."""
    with an_older_passlake():
        lake = Lake.open(tmp_path / "old", create=True)
        commit(lake, 0, row("tasks", task_id="old"))
        snapshot.create(lake, "before")
    whole = schema.TABLES["tasks"]
    grown = tuple(
        replace(column, since=NEXT if column.name == "reason" else column.since)
        for column in whole.columns
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marker, "SCHEMA_VERSION", NEXT)
        patch.setitem(schema.TABLES, "tasks", replace(whole, columns=grown))
        yield lake


def reasons(lake: Lake) -> dict[str, str | None]:
    in_arrow = lake.read("tasks", columns=["task_id", "reason"]).to_pylist()
    in_sql = sql.run(lake, "SELECT task_id, reason FROM tasks").to_pylist()
    assert sorted(in_arrow, key=str) == sorted(in_sql, key=str)
    return {one["task_id"]: one["reason"] for one in in_arrow}


def version_said(lake: Lake) -> int:
    said: int = json.loads((lake.folder / "lake.json").read_text())["schema_version"]
    return said


def test_no_later_schema_takes_away_or_retypes_what_the_first_one_had() -> None:
    types = {
        (table.name, column.name): (column.sql_type, column.nullable)
        for table in schema.TABLES.values()
        for column in table.columns
    }
    first = {
        (table, name): (schema._types(type_.removesuffix("?"))[1], type_.endswith("?"))
        for table, name, type_ in FIRST
    }
    assert types | first == types


def test_every_column_that_came_later_is_marked_and_may_be_null() -> None:
    first = {(table, name) for table, name, _ in FIRST}
    tables = {table for table, _, _ in FIRST}
    later = [
        (table.name, column)
        for table in schema.TABLES.values()
        for column in table.columns
        if (table.name, column.name) not in first
    ]
    assert [name for _, name in later if name.since == 1] == []
    assert [name for table, name in later if table in tables and not name.nullable] == []


def test_an_older_lake_is_read_without_touching_it(old_lake: Lake) -> None:
    before = version_said(old_lake)
    assert reasons(Lake.open(old_lake.folder)) == {"old": None}
    assert version_said(old_lake) == before
    assert old_lake.version("tasks") == 1


def test_the_first_commit_upgrades_it_and_rewrites_no_row(old_lake: Lake, row: MakeRow) -> None:
    before = old_lake.files("tasks")
    commit(old_lake, 1, row("tasks", task_id="new", reason="so"))
    assert reasons(old_lake) == {"old": None, "new": "so"}
    assert version_said(old_lake) == NEXT
    assert set(before) < set(old_lake.files("tasks"))
    told = [field.name for field in DeltaTable(old_lake.folder / "tasks").schema().fields]
    assert sorted(told) == sorted(schema.arrow_schema("tasks").names)


def test_a_snapshot_of_before_reads_the_same_afterwards(old_lake: Lake, row: MakeRow) -> None:
    commit(old_lake, 1, row("tasks", task_id="new", reason="so"))
    then = sql.run(old_lake, "SELECT task_id, reason FROM tasks", "before").to_pylist()
    assert then == [{"task_id": "old", "reason": None}]


def test_an_older_passlake_refuses_what_was_upgraded(
    old_lake: Lake, row: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(old_lake, 1, row("tasks", task_id="new"))
    monkeypatch.setattr(marker, "SCHEMA_VERSION", NEXT - 1)
    with pytest.raises(LakeTooNew, match="upgrade Passlake or give another --lake"):
        Lake.open(old_lake.folder)
    with pytest.raises(LakeTooNew, match="upgrade Passlake"):  # it had the lake open all the time
        commit(old_lake, 2, row("tasks", task_id="late"))


def test_what_an_older_worker_staged_is_committed_by_a_newer_driver(
    old_lake: Lake, row: MakeRow
) -> None:
    with an_older_passlake():
        rows = schema.table_of("tasks", [row("tasks", task_id="late")])
        staged = old_lake.stage("tasks", rows, name="late")
    old_lake.commit("w", 1, [staged])
    assert reasons(old_lake) == {"old": None, "late": None}
    assert old_lake.read_staged(staged).column("reason").to_pylist() == [None]


def test_an_upgrade_that_was_killed_before_its_rows_came_is_gone_on_with(
    old_lake: Lake, row: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(delta, "_add_action", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            commit(old_lake, 1, row("tasks", task_id="new", reason="so"))
    assert old_lake.version("tasks") == 2  # the columns are there, no file has them
    assert reasons(old_lake) == {"old": None}
    assert old_lake.recover("w") == 2
    assert reasons(old_lake) == {"old": None, "new": "so"}


def test_an_upgrade_that_a_loss_of_power_tore_is_made_again(
    old_lake: Lake, row: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(delta, "_add_action", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            commit(old_lake, 1, row("tasks", task_id="new", reason="so"))
    entry = old_lake.folder / "tasks" / "_delta_log" / f"{2:020}.json"
    entry.write_text(entry.read_text()[:200])
    assert old_lake.recover("w") == 2
    assert reasons(old_lake) == {"old": None, "new": "so"}


def test_columns_are_found_by_name_whatever_their_place_in_a_file(
    old_lake: Lake, row: MakeRow
) -> None:
    commit(old_lake, 1, row("tasks", task_id="new", reason="so"))
    file = next(name for name in old_lake.files("tasks") if "t." in name)
    rows = pq.read_table(file)
    pq.write_table(rows.select(rows.column_names[::-1]), file)
    assert reasons(old_lake).keys() == {"old", "new"}
