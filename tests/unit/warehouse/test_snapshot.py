"""Snapshots: a state of all tables under a name, for ever."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from warehouse import delta, journal, schema, snapshot, sql
from warehouse.errors import BadName, SnapshotExists, SnapshotMissing, TableDamaged
from warehouse.file_list import hash_file
from warehouse.journal import Batch
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]


def test_a_snapshot_names_the_version_of_every_table(lake: Lake, put: Put, row: MakeRow) -> None:
    put(functions=[row("functions")])
    made = snapshot.create(lake, "first")
    assert snapshot.resolve(lake, "first") == made.versions
    assert made.versions == dict.fromkeys(schema.TABLES, -1) | {"functions": 1}


def test_a_snapshot_reads_the_same_after_more_rows_came(lake: Lake, put: Put, row: MakeRow) -> None:
    put(functions=[row("functions", function_id="f1")])
    snapshot.create(lake, "first")
    put(functions=[row("functions", function_id="f2")], winners=[row("winners")])
    asked = "SELECT (SELECT count(*) FROM functions) AS f, (SELECT count(*) FROM best) AS b"
    assert sql.run(lake, asked, "first").to_pylist() == [{"f": 1, "b": 0}]
    assert sql.run(lake, asked).to_pylist() == [{"f": 2, "b": 1}]


def test_a_snapshot_is_never_made_twice(lake: Lake, put: Put, row: MakeRow) -> None:
    snapshot.create(lake, "first")
    put(functions=[row("functions")])
    with pytest.raises(SnapshotExists, match="snapshot first exists"):
        snapshot.create(lake, "first")
    assert snapshot.resolve(lake, "first")["functions"] == -1


def test_a_name_that_another_process_took_while_waiting_is_not_overwritten(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot.create(lake, "first")
    monkeypatch.setattr("warehouse.storage.read_text", lambda _: None)
    with pytest.raises(SnapshotExists):
        snapshot.create(lake, "first")


def test_a_snapshot_is_taken_between_batches(lake: Lake, row: MakeRow) -> None:
    files = tuple(
        lake.stage(table, schema.table_of(table, [row(table)]), name="t")
        for table in ("functions", "tasks")
    )
    journal.open_entry(lake.folder, Batch("killed", 0, files))
    delta.append(lake.folder / "functions", [files[0]], "killed", 0)
    versions = snapshot.create(lake, "first").versions
    assert lake.read("tasks", version=versions["tasks"]).num_rows == 1


def test_snapshots_are_listed_oldest_first(lake: Lake) -> None:
    assert snapshot.list_(lake) == []
    made = [snapshot.create(lake, name) for name in ("b", "c")]
    assert snapshot.list_(lake) == made
    assert made[0].document()["name"] == "b"


def test_a_snapshot_that_is_not_there_is_named_with_those_that_are(lake: Lake) -> None:
    with pytest.raises(SnapshotMissing, match=r"no snapshot second .* none yet"):
        snapshot.resolve(lake, "second")
    snapshot.create(lake, "first")
    with pytest.raises(SnapshotMissing, match="there is: first"):
        sql.run(lake, "SELECT 1", "second")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden"])
def test_a_name_must_be_able_to_name_a_file(lake: Lake, name: str) -> None:
    with pytest.raises(BadName, match="snapshot"):
        snapshot.create(lake, name)


def test_a_broken_snapshot_is_named(lake: Lake) -> None:
    snapshot.create(lake, "first")
    (lake.folder / "snapshots" / "first.json").write_text("{")
    with pytest.raises(TableDamaged, match=r"first\.json is broken"):
        snapshot.resolve(lake, "first")


def hashes(lake: Lake, name: str) -> dict[str, str]:
    files = snapshot.files(lake, snapshot.get(lake, name))
    return {file.path: hash_file(lake.folder / file.path) for file in files}


def test_a_snapshot_lists_its_files_with_their_rows_sizes_and_hashes(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    put(functions=[row("functions", function_id=one) for one in ("f1", "f2")], tasks=[row("tasks")])
    made = snapshot.create(lake, "first")
    listed = snapshot.files(lake, made)
    assert [(file.table, file.rows) for file in listed] == [("functions", 2), ("tasks", 1)]
    assert [file.bytes for file in listed] == [
        (lake.folder / file.path).stat().st_size for file in listed
    ]
    assert {file.path: file.sha256 for file in listed} == hashes(lake, "first")
    assert made.beside == (made.file_list,)


def test_a_snapshot_reads_the_same_bytes_whatever_is_committed_later(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    put(functions=[row("functions", function_id="f1")], verdicts=[row("verdicts")])
    made = snapshot.create(lake, "first")
    before = hashes(lake, "first")
    content = (lake.folder / "snapshots" / str(made.file_list)).read_bytes()
    for number in range(3):
        put(functions=[row("functions", function_id=f"g{number}")], winners=[row("winners")])
    snapshot.create(lake, "second")
    assert hashes(lake, "first") == before
    assert (lake.folder / "snapshots" / str(made.file_list)).read_bytes() == content
    assert len(hashes(lake, "second")) == 8


def test_files_of_a_snapshot_by_an_earlier_passlake_are_looked_for(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    put(functions=[row("functions")])
    made = snapshot.create(lake, "first")
    earlier = replace(made, file_list=None)
    assert snapshot.files(lake, earlier) == snapshot.files(lake, made)


def test_a_list_of_files_that_is_gone_or_broken_is_named(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    put(functions=[row("functions")])
    made = snapshot.create(lake, "first")
    path = lake.folder / "snapshots" / str(made.file_list)
    path.write_bytes(b"PAR1 not")
    with pytest.raises(TableDamaged, match="is broken: restore it"):
        snapshot.files(lake, made)
    path.unlink()
    with pytest.raises(TableDamaged, match="is gone: restore it"):
        snapshot.files(lake, made)


def test_no_snapshot_is_made_of_a_table_whose_log_lost_an_entry(
    lake: Lake, put: Put, row: MakeRow
) -> None:
    put(functions=[row("functions", function_id="f1")])
    put(functions=[row("functions", function_id="f2")])
    (lake.folder / "functions" / "_delta_log" / f"{1:020}.json").write_text("{")
    with pytest.raises(TableDamaged):
        snapshot.create(lake, "first")
    assert snapshot.list_(lake) == []
