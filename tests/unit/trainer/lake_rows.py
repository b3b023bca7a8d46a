"""Rows of a lake's tables for tests: what is given, and something harmless in all other columns."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from warehouse import schema
from warehouse.lake import Lake

_HARMLESS: dict[str, Any] = {
    "string": "",
    "bool": False,
    "double": 0.0,
    "timestamp[us, tz=UTC]": datetime(2026, 11, 27, tzinfo=UTC),
}


def row(table: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """One row; columns that may be null are."""
    harmless = {
        column.name: None if column.nullable else _value(column.type)
        for column in schema.TABLES[table].columns
    }
    assert given.keys() <= harmless.keys(), given
    return {**harmless, **given}


def _value(kind: pa.DataType) -> Any:  # noqa: ANN401
    return [] if pa.types.is_list(kind) else _HARMLESS.get(str(kind), 0)


def put(lake: Lake, sequence: int, **tables: list[dict[str, Any]]) -> None:
    """Commit rows by table, as the writer `planted`."""
    files = [
        lake.stage(table, schema.table_of(table, rows), name="planted")
        for table, rows in tables.items()
    ]
    lake.commit("planted", sequence, files)
