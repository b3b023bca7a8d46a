"""The tables of a lake: every column with its type, unit, meaning and where it comes from.

`tables.tsv` is the list: a line `table NAME - - WHAT ONE ROW IS`, then one line per column. The
tables are what is stored; the views of `warehouse/views/` are what SQL users see. A change that an
older Passlake could not read (a column renamed, retyped or removed) raises `SCHEMA_VERSION`.

Units stand in names (`cpu_s`, `cpu_us`, `object_bytes`) and are repeated in `Column.unit`; a column
whose unit is empty is a name, a text, a hash or a truth value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse.errors import BadRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1
"""Version of the tables; recorded in each lake's lake.json."""

_SCALARS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `source` says which floor or tool the value comes from; the `meaning` of a `nullable` column
    says what an absent value stands for.
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    source: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        assert len(set(names)) == len(names), f"a column of {self.name} is named twice"


def _type(text: str) -> pa.DataType:
    """`text`, `int32`, … or `list<…>` of one; `element` is what Delta and Parquet call the item."""
    if text.startswith("list<"):
        item = _SCALARS[text.removeprefix("list<").removesuffix(">")]
        return pa.list_(pa.field("element", item, nullable=False))
    return _SCALARS[text]


def read_tables(path: Path) -> dict[str, Table]:
    """The tables of a .tsv file, by name and in the file's order."""
    tables: dict[str, Table] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, type_, unit, source, meaning = line.split("\t")
        if name == "table":
            table = Table(type_, meaning, ())
        else:
            column = Column(
                name,
                _type(type_.removesuffix("?")),
                "" if unit == "-" else unit,
                meaning,
                source,
                nullable=type_.endswith("?"),
            )
            table = Table(table.name, table.row, (*table.columns, column))
        tables[table.name] = table
    return tables


TABLES: dict[str, Table] = read_tables(Path(__file__).with_name("tables.tsv"))
"""Every table, in the order in which one batch commits them: the ledger comes last, so that a task
that the ledger calls done has all its rows in place."""


def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of a table's rows in memory and in its Parquet files.

    Raises:
        KeyError: no table has this name.
    """
    return pa.schema(
        [
            pa.field(column.name, column.type, nullable=column.nullable)
            for column in TABLES[name].columns
        ]
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
        if not _same_type(column.type, field.type):
            raise BadRows(f"{name}.{field.name} is {field.type}, the rows have {column.type}")
        if column.null_count and not field.nullable:
            raise BadRows(f"{name}.{field.name} has {column.null_count} nulls where none may be")
        if pa.types.is_list(field.type) and column.combine_chunks().flatten().null_count:
            raise BadRows(f"{name}.{field.name} has a null inside a list")
        arrays.append(column.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _same_type(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Equal, where the item of a list may have another name (Arrow's default is `item`)."""
    if pa.types.is_list(given) and pa.types.is_list(wanted):
        return bool(given.value_type == wanted.value_type)
    return bool(given == wanted)


def describe() -> list[dict[str, str]]:
    """Every column of every table as plain rows: what `passlake sql --schema` prints."""
    return [
        {
            "table": table.name,
            "column": column.name,
            "type": str(column.type),
            "nullable": "yes" if column.nullable else "no",
            "unit": column.unit,
            "meaning": column.meaning,
            "source": column.source,
        }
        for table in TABLES.values()
        for column in table.columns
    ]
