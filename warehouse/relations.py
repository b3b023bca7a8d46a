"""What SQL users see, as DuckDB's views: the tables' files, and the views of `views/` over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from warehouse.places import Place

_HERE = Path(__file__).parent

_VIEWS = ("functions", "evaluations", "candidates", "best", "verdicts")
"""Views with a file of their own, each after those it reads."""

VIEWS_OVER_TABLES = ("candidates", "best")
"""Those of them that are no table with something added."""


def create_left_out(connection: duckdb.DuckDBPyConnection, file: Place | None) -> None:
    """The view of what a snapshot leaves out, by its file if it has one."""
    table = schema.VIEWS["left_out"]
    body = nothing(table) if file is None else rows_of([str(file)], table)
    connection.execute(f"CREATE VIEW left_out AS {body}")


def create_raw(
    connection: duckdb.DuckDBPyConnection, table: str, files: list[str], *, whole: bool
) -> None:
    """A table's view; unless it is `whole`, without the functions that the snapshot leaves out."""
    known = schema.TABLES[table]
    body = rows_of(files, known) if files else nothing(known)
    if files and not whole and "function_id" in [column.name for column in known.columns]:
        # A null, as of a verdict on programs, joins nothing and so stays.
        body = f"{body} AS kept ANTI JOIN left_out USING (function_id)"
    connection.execute(f"CREATE VIEW raw.{table} AS {body}")


def rows_of(files: Sequence[str], table: schema.Table, *virtual: str) -> str:
    """The files' rows with the table's columns, found by name: older files lack some, read as null.

    Where files may differ, the columns are told to DuckDB, which would otherwise take them from the
    first file, or have to open all of them first. Where all files have all columns they are not
    told: DuckDB 2.0 then counts the first file's rows, and else takes every table for one row long
    and joins in whatever order comes. `virtual` are columns of DuckDB's own, such as `filename`.
    """
    listed = ", ".join(quoted(literal_path(file)) for file in files)
    selected = ", ".join(["*", *virtual])
    told = "" if _never_grew(table) else f", schema=MAP {{{_columns_of(table)}}}"
    return f"SELECT {selected} FROM read_parquet([{listed}]{told})"  # noqa: S608  (quoted)


def _never_grew(table: schema.Table) -> bool:
    """Whether no column was added to the table since it came."""
    return len({column.since for column in table.columns}) == 1


def _columns_of(table: schema.Table) -> str:
    return ", ".join(
        f"'{column.name}': {{name: '{column.name}', type: '{column.sql_type}', "
        "default_value: NULL}"
        for column in table.columns
    )


def nothing(table: schema.Table) -> str:
    """A query for the table's columns and no row."""
    columns = ", ".join(f"NULL::{column.sql_type} AS {column.name}" for column in table.columns)
    return f"SELECT {columns} WHERE false"


def pass_list_macro(connection: duckdb.DuckDBPyConnection) -> str:
    """A macro that makes a list's text of a pass space and ids.

    The texts are constants in it, one list per pass space: a join would carry hundreds of texts
    with each row, and is five times slower on 5 million evaluations.
    """
    spaces: dict[str, dict[int, str]] = {}
    for space, number, text in connection.execute(
        "SELECT DISTINCT pass_space, pass_id, text FROM raw.passes WHERE pass_id IS NOT NULL"
    ).fetchall():
        spaces.setdefault(space, {})[number] = text
    cases = ["WHEN space IS NULL THEN NULL::VARCHAR"]
    for space, texts in sorted(spaces.items()):
        listed = ", ".join(quoted(texts.get(number, "")) for number in range(max(texts) + 1))
        cases.append(
            f"WHEN space = {quoted(space)} AND coalesce(list_max(ids), 0) <= {max(texts)} THEN "
            f"array_to_string(list_select([{listed}], "
            "list_transform(ids, lambda id: id::BIGINT + 1)), ',')"
        )
    return f"CREATE MACRO pass_list_of(space, ids) AS CASE {' '.join(cases)} END"


def view_text(name: str) -> str:
    """The query of a view that has a file of its own."""
    return (_HERE / "views" / f"{name}.sql").read_text(encoding="utf-8")


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """What users see, over the relations of schema `raw`."""
    connection.execute(pass_list_macro(connection))
    for name in _VIEWS:
        connection.execute(f"CREATE VIEW {name} AS {view_text(name)}")
    for name in schema.TABLES.keys() - set(_VIEWS):
        connection.execute(f"CREATE VIEW {name} AS FROM raw.{name}")


def literal_path(path: str) -> str:
    """A pattern that only this path matches: DuckDB takes every path for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
