"""The schemas are data; what they promise about rows is checked here."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from warehouse import schema, sql
from warehouse.errors import BadRows
from warehouse.lake import Lake

MakeRow = Callable[..., dict[str, Any]]

SECTIONS = [*schema.TABLES.values(), *schema.VIEWS.values()]
COLUMNS = [(table.name, column) for table in SECTIONS for column in table.columns]


def test_every_column_says_what_it_means_and_where_it_comes_from() -> None:
    silent = [
        f"{table}.{column.name}"
        for table, column in COLUMNS
        if not (column.meaning and column.source)
    ]
    assert silent == []


def test_every_name_that_ends_in_a_unit_has_that_unit() -> None:
    units = {
        "_s": "s",
        "_us": "µs",
        "_bytes": "bytes",
        "_at": "UTC",
        "instructions": "instructions",
    }
    wrong = [
        f"{table}.{column.name}"
        for table, column in COLUMNS
        for ending, unit in units.items()
        if column.name.endswith(ending) and column.unit != unit
    ]
    assert wrong == []


def test_the_ledger_is_the_last_table() -> None:
    assert list(schema.TABLES)[-1] == "tasks"


@pytest.mark.parametrize("table", SECTIONS, ids=lambda table: table.name)
def test_a_description_tells_what_one_row_is(table: schema.Table) -> None:
    assert len(table.row) > 10


def test_what_is_described_is_what_sql_users_find(lake: Lake) -> None:
    described = {(row["table"], row["column"], row["type"]) for row in schema.describe()}
    with sql.connect(lake) as connection:
        found = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = 'main' AND NOT internal"
        ).fetchall()
    assert described == set(found)


def test_rows_become_a_table_of_the_schema(row: MakeRow) -> None:
    rows = schema.table_of("losses", [row("losses", stage="compile", count=2)])
    assert rows.schema == schema.arrow_schema("losses")


def test_a_key_that_is_no_column_is_named(row: MakeRow) -> None:
    with pytest.raises(BadRows, match="losses has no column lines"):
        schema.table_of("losses", [row("losses", lines=1)])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"function_id": None}, r"evaluations\.function_id has 1 nulls"),
        ({"pass_ids": [1, None]}, r"evaluations\.pass_ids has a null inside a list"),
        ({"pass_ids": [40000]}, "does not fit"),
        ({"instructions": "many"}, "does not fit"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    row: MakeRow, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadRows, match=complaint):
        schema.table_of("evaluations", [row("evaluations", **changes)])


def test_columns_may_come_in_any_order(row: MakeRow) -> None:
    rows = schema.table_of("functions", [row("functions")])
    turned = rows.select(rows.column_names[::-1])
    assert schema.check_rows("functions", turned).equals(rows)


def test_a_missing_column_is_named(row: MakeRow) -> None:
    rows = schema.table_of("functions", [row("functions")]).drop_columns(["ir"])
    with pytest.raises(BadRows, match="check ir"):
        schema.check_rows("functions", rows)


def test_a_column_that_is_there_twice_is_refused(row: MakeRow) -> None:
    rows = schema.table_of("losses", [row("losses", stage="compile", count=2)])
    with pytest.raises(BadRows, match="one twice"):
        schema.check_rows("losses", rows.append_column("count", rows.column("count")))


def test_a_column_of_another_type_is_refused(row: MakeRow) -> None:
    rows = schema.table_of("functions", [row("functions")])
    place = rows.column_names.index("instructions")
    wide = rows.set_column(place, "instructions", pa.array([8], pa.int64()))
    with pytest.raises(BadRows, match=r"functions\.instructions is int32, the rows have int64"):
        schema.check_rows("functions", wide)


def test_a_list_may_name_its_items_as_arrow_does(row: MakeRow) -> None:
    rows = schema.table_of("evaluations", [row("evaluations", pass_ids=[2, 1])])
    place = rows.column_names.index("pass_ids")
    named = rows.set_column(place, "pass_ids", pa.array([[2, 1]], pa.list_(pa.int16())))
    assert schema.check_rows("evaluations", named).equals(rows)
