"""The tables of a lake: every column with its type, unit, meaning and where it comes from.

`tables.tsv` is the list. The tables are what is stored; the views of `warehouse/views/` are what
SQL users see. Tables only grow, since snapshots of older rows read for ever: a later schema adds
nullable columns and tables, each marked with the version that it came in, and changes nothing else.

Units stand in names (`cpu_s`, `cpu_us`, `object_bytes`) and are repeated in `Column.unit`; a column
whose unit is empty is a name, a text, a hash or a truth value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse.errors import BadRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SCALARS: dict[str, tuple[pa.DataType, str]] = {
    "text": (pa.string(), "VARCHAR"),
    "int16": (pa.int16(), "SMALLINT"),
    "int32": (pa.int32(), "INTEGER"),
    "int64": (pa.int64(), "BIGINT"),
    "float64": (pa.float64(), "DOUBLE"),
    "bool": (pa.bool_(), "BOOLEAN"),
    "time": (pa.timestamp("us", tz="UTC"), "TIMESTAMP WITH TIME ZONE"),
}
"""A type's name in tables.tsv, in Arrow, and in DuckDB."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `type` is Arrow's, `sql_type` DuckDB's. `source` says which floor or tool the value comes from;
    the `meaning` of a `nullable` column says what an absent value stands for. `since` is the schema
    version that it came in: rows of older lakes have null there.
    """

    name: str
    type: pa.DataType
    sql_type: str
    unit: str
    meaning: str
    source: str
    nullable: bool = False
    since: int = 1


@dataclass(frozen=True)
class Table:
    """A table: its name, what one row is, and its columns in order.

    Rows of two lakes are the same row where they agree in `key`; a view has none.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        assert len(set(names)) == len(names), f"a column of {self.name} is named twice"
        assert set(self.key) <= set(names), f"{self.name} has no column for its key"


def _types(text: str) -> tuple[pa.DataType, str]:
    """`text`, `int32`, … or `list<…>` of one; `element` is what Delta and Parquet call the item."""
    if text.startswith("list<"):
        item, sql_item = _SCALARS[text.removeprefix("list<").removesuffix(">")]
        return pa.list_(pa.field("element", item, nullable=False)), f"{sql_item}[]"
    return _SCALARS[text]


def _column(line: str) -> Column:
    name, whole_type, unit, source, meaning = line.split("\t")
    type_, _, since = whole_type.partition("@")
    arrow_type, sql_type = _types(type_.removesuffix("?"))
    return Column(
        name,
        arrow_type,
        sql_type,
        "" if unit == "-" else unit,
        meaning,
        source,
        nullable=type_.endswith("?"),
        since=int(since or 1),
    )


def _read(kind: str) -> dict[str, Table]:
    """The sections of tables.tsv that are tables, or those that are views."""
    sections: dict[str, Table] = {}
    text = Path(__file__).with_name("tables.tsv").read_text(encoding="utf-8")
    for section in re.split(r"^(?=(?:table|view)\t)", text, flags=re.MULTILINE)[1:]:
        head, *lines = section.splitlines()
        opening, name, key, _, row = head.split("\t")
        if opening == kind:
            columns = tuple(map(_column, filter(None, lines)))
            sections[name] = Table(name, row, columns, () if key == "-" else tuple(key.split(",")))
    return sections


TABLES: dict[str, Table] = _read("table")
"""Every table, in the order in which one batch commits them: the ledger comes last, so that a task
that the ledger calls done has all its rows in place."""

VIEWS: dict[str, Table] = _read("view")
"""What views have beyond the table of the same name, if there is one."""

SCHEMA_VERSION = max(column.since for table in TABLES.values() for column in table.columns)
"""Version of the tables, the latest that a column came in; recorded in each lake's lake.json."""


def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of a table's rows in memory and in its Parquet files.

    Raises:
        KeyError: no table has this name.
    """
    return _arrow(TABLES[name])


def left_out_schema() -> pa.Schema:
    """The Arrow schema of a snapshot's list of functions that it leaves out."""
    return _arrow(VIEWS["left_out"])


def _arrow(table: Table) -> pa.Schema:
    return pa.schema(
        [pa.field(column.name, column.type, nullable=column.nullable) for column in table.columns]
    )


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Plain rows as an Arrow table that `Lake.stage` accepts; absent keys become nulls.

    Raises:
        KeyError: no table has this name.
        BadRows: a key is no column of the table, or a value does not fit its column.
    """
    listed = list(rows)
    schema = arrow_schema(name)
    unknown = {key for row in listed for key in row} - set(schema.names)
    if unknown:
        raise BadRows(f"{name} has no column {', '.join(sorted(unknown))}: see warehouse/schema.py")
    try:
        return check_rows(name, pa.Table.from_pylist(listed, schema=schema))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise BadRows(f"a row of {name} does not fit its schema: {error}") from error


def check_rows(name: str, rows: pa.Table) -> pa.Table:
    """The rows with their columns in the table's order, once every type and null is checked.

    Raises:
        KeyError: no table has this name.
        BadRows: a column is missing, unknown, of another type, or has nulls where none may be.
    """
    schema = arrow_schema(name)
    if sorted(rows.column_names) != sorted(schema.names):
        differing = ", ".join(sorted(set(rows.column_names) ^ set(schema.names))) or "one twice"
        raise BadRows(f"rows for {name} do not have its columns; check {differing}")
    arrays = []
    for field in schema:
        column = rows.column(field.name)
        if not same_type(column.type, field.type):
            raise BadRows(f"{name}.{field.name} is {field.type}, the rows have {column.type}")
        if column.null_count and not field.nullable:
            raise BadRows(f"{name}.{field.name} has {column.null_count} nulls where none may be")
        if pa.types.is_list(field.type) and column.combine_chunks().flatten().null_count:
            raise BadRows(f"{name}.{field.name} has a null inside a list")
        arrays.append(column.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def same_type(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Equal, where the item of a list may have another name (Arrow's default is `item`)."""
    if pa.types.is_list(given) and pa.types.is_list(wanted):
        return bool(given.value_type == wanted.value_type)
    return bool(given == wanted)


def describe() -> list[dict[str, str]]:
    """Every column that SQL users see as plain rows: what `passlake sql --schema` prints."""
    return [
        {
            "table": table.name,
            "column": column.name,
            "type": column.sql_type,
            "nullable": "yes" if column.nullable else "no",
            "unit": column.unit,
            "meaning": column.meaning,
            "source": column.source,
        }
        for name in dict.fromkeys([*VIEWS, *TABLES])
        for table in (TABLES.get(name), VIEWS.get(name))
        if table is not None
        for column in table.columns
    ]
