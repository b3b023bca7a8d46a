"""What a snapshot leaves out: every table reads without it under the snapshot's name only."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest

from warehouse import snapshot, sql
from warehouse.errors import SnapshotExists, TableDamaged
from warehouse.lake import Lake
from warehouse.schema import left_out_schema
from warehouse.snapshot import LeftOut

MakeRow = Callable[..., dict[str, Any]]
Put = Callable[..., None]


def leaving_out(*function_ids: str) -> Callable[[Mapping[str, int]], LeftOut]:
    rows = [
        {
            "function_id": function_id,
            "kind": "near",
            "similarity": 0.875,
            "held_out_id": "t1",
            "held_out_program": "lib (test)",
        }
        for function_id in function_ids
    ]
    table = pa.Table.from_pylist(rows, schema=left_out_schema())
    return lambda _: LeftOut(table, rule="a rule", notes={"near": len(rows)})


def ids(lake: Lake, table: str, name: str | None) -> list[str | None]:
    text = f"SELECT function_id FROM {table} ORDER BY ALL NULLS FIRST"  # noqa: S608 - our names
    rows = sql.run(lake, text, name)
    return [row["function_id"] for row in rows.to_pylist()]


@pytest.fixture
def filled(lake: Lake, put: Put, row: MakeRow) -> Lake:
    tables = ("functions", "occurrences", "evaluations", "winners")
    functions = ("f1", "f2", "f3")
    put(**{table: [row(table, function_id=one) for one in functions] for table in tables})
    judged = [row("verdicts", function_id=one, verdict_id=f"v{one}") for one in functions]
    put(verdicts=[*judged, row("verdicts", function_id=None)])
    return lake


def test_every_table_reads_without_them_and_verdicts_on_programs_stay(filled: Lake) -> None:
    snapshot.create(filled, "s", leaving_out("f2"))
    for table in ("functions", "evaluations", "best", "occurrences"):
        assert ids(filled, table, "s") == ["f1", "f3"], table
        assert ids(filled, table, None) == ["f1", "f2", "f3"], table
    assert ids(filled, "verdicts", "s") == [None, "f1", "f3"]


def test_the_list_itself_can_be_asked_for_under_the_snapshot(filled: Lake) -> None:
    made = snapshot.create(filled, "s", leaving_out("f3", "f2"))
    assert ids(filled, "left_out", "s") == ["f2", "f3"]
    assert ids(filled, "left_out", None) == []
    assert snapshot.left_out(filled, "s").column("similarity").to_pylist() == [0.875, 0.875]
    assert (made.left_out, made.left_out_rule, made.left_out_notes) == (2, "a rule", {"near": 2})
    assert snapshot.list_(filled) == [made]


def test_a_snapshot_without_a_list_leaves_nothing_out(filled: Lake) -> None:
    snapshot.create(filled, "whole")
    snapshot.create(filled, "none", leaving_out())
    for name in ("whole", "none"):
        assert ids(filled, "functions", name) == ["f1", "f2", "f3"]
        assert snapshot.left_out(filled, name).num_rows == 0


def test_a_snapshot_made_before_there_were_lists_still_reads(filled: Lake) -> None:
    made = snapshot.create(filled, "old").document()
    path = filled.folder / "snapshots" / "old.json"
    fields = ("name", "created_at", "created_by", "schema_version", "versions")
    path.write_text(json.dumps({key: made[key] for key in fields}))
    assert snapshot.get(filled, "old").left_out_file is None
    assert ids(filled, "functions", "old") == ["f1", "f2", "f3"]


def test_what_is_committed_while_the_list_is_made_is_not_in_the_snapshot(filled: Lake) -> None:
    def leave_out(versions: Mapping[str, int]) -> LeftOut:
        filled.commit("late", 0, [filled.stage("functions", late, name="late")])
        return leaving_out("f1")(versions)

    late = filled.read("functions").slice(0, 1)
    snapshot.create(filled, "s", leave_out)
    assert len(ids(filled, "functions", None)) == 4
    assert ids(filled, "functions", "s") == ["f2", "f3"]


def test_the_list_of_who_took_the_name_meanwhile_is_not_overwritten(filled: Lake) -> None:
    def leave_out(versions: Mapping[str, int]) -> LeftOut:
        snapshot.create(filled, "s", leaving_out("f1"))
        return leaving_out("f2")(versions)

    with pytest.raises(SnapshotExists):
        snapshot.create(filled, "s", leave_out)
    assert ids(filled, "functions", "s") == ["f2", "f3"]


def test_a_list_that_is_gone_is_damage_and_not_an_empty_list(filled: Lake) -> None:
    made = snapshot.create(filled, "s", leaving_out("f1"))
    (filled.folder / "snapshots" / str(made.left_out_file)).unlink()
    with pytest.raises(TableDamaged, match="s\\."):
        snapshot.left_out(filled, "s")
    with pytest.raises(TableDamaged, match="cannot be read"):
        ids(filled, "functions", "s")
