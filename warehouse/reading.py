"""A lake in a program or a notebook: its tables and snapshots as Arrow.

    import warehouse

    paper = warehouse.open("./lake").snapshot("paper")
    paper.table("best", columns=["function_id", "pass_list"], where={"gate": "agreed"})
    paper.sql("SELECT count(*) AS functions FROM functions")

Nothing can be written. Columns and conditions go down to the Parquet files: what is not asked for
is not read.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from warehouse import named_queries, snapshot, sql, statement
from warehouse.answer import fetch, stream
from warehouse.errors import SqlError
from warehouse.lake import Lake
from warehouse.relations import quoted
from warehouse.session import columns as known_columns

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import duckdb
    import pyarrow as pa

    Where = str | Mapping[str, Any]


class OpenLake:
    """A lake that is read. `warehouse.open` makes one."""

    def __init__(self, lake: Lake) -> None:
        """Read this lake."""
        self._lake = lake

    def __repr__(self) -> str:
        return f"warehouse.open({self._lake.location!r})"

    def snapshots(self) -> list[str]:
        """Names of the snapshots, the oldest first."""
        return [one.name for one in snapshot.list_(self._lake)]

    def snapshot(self, name: str) -> State:
        """The tables as they were when the snapshot was made, for ever.

        Raises:
            SnapshotMissing: there is none of this name.
        """
        snapshot.get(self._lake, name)
        return State(self._lake, name)

    def now(self) -> State:
        """The tables as they are when first asked; later commits are not seen."""
        return State(self._lake, None)


class State:
    """One state of all tables: every answer is about the same rows.

    It opens when it is first asked something, and holds a connection until it is closed or gone;
    until then maintenance removes no old file. Not for several threads at once.
    """

    def __init__(self, lake: Lake, name: str | None) -> None:
        """A snapshot's tables or, without a name, the present ones."""
        self._lake = lake
        self._name = name
        self._opened: duckdb.DuckDBPyConnection | None = None

    def __repr__(self) -> str:
        which = "now()" if self._name is None else f"snapshot({self._name!r})"
        return f"warehouse.open({self._lake.location!r}).{which}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the lake; it opens again when it is asked."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def tables(self) -> dict[str, list[str]]:
        """The columns of each table; `warehouse/SCHEMA.md` says what they mean."""
        return known_columns()

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, where: Where | None = None
    ) -> pa.Table:
        """Rows of a table: all columns or some, all rows or those that a condition describes.

        `where` is a condition in SQL (`"instructions < oz_instructions"`), or values by column:
        `{"split": ["train", "valid"], "program": "zlib"}`; None stands for null.

        Raises:
            SqlError: there is no such table or column, or the condition is none.
        """
        return self.sql(select(name, columns, where))

    def batches(
        self,
        name: str,
        *,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        rows: int = 65_536,
    ) -> pa.RecordBatchReader:
        """The same, at most so many rows at a time, for tables larger than memory.

        Read it to its end, or let go of it, before the next question. Raises SqlError as `table`.
        """
        return self.stream(select(name, columns, where), rows=rows)

    def stream(self, text: str, *, rows: int = 65_536) -> pa.RecordBatchReader:
        """The rows of one statement that reads, at most so many at a time, as `batches`.

        Raises:
            SqlError: as `sql.run`; also while the rows are read.
        """
        statement.check(self._connection(), text)
        return stream(self._connection(), text, rows=rows)

    def sql(self, text: str) -> pa.Table:
        """The rows of one statement that reads.

        Raises:
            SqlError: as `sql.run`.
        """
        statement.check(self._connection(), text)
        return fetch(self._connection(), text)

    def query(self, name: str) -> pa.Table:
        """The rows of a named query; `warehouse/SCHEMA.md` lists them.

        Raises:
            SqlError: there is none of this name.
        """
        return fetch(self._connection(), named_queries.text(name))

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._opened is None:
            self._opened = sql.connect(self._lake, self._name)
        return self._opened


def open(location: str | os.PathLike[str]) -> OpenLake:  # noqa: A001  (read as warehouse.open)
    """Open the lake in a folder for reading.

    Raises:
        LakeMissing, NotALake, LakeTooNew, LakeUnreadable: as `Lake.open`.
    """
    return OpenLake(Lake.open(location))


def select(name: str, columns: Sequence[str] | None, where: Where | None) -> str:
    """The statement for rows of a table.

    Raises:
        SqlError: there is no such table or column.
    """
    known = known_columns()
    if name not in known:
        raise SqlError(f"no table is called {name}; there is: {', '.join(sorted(known))}")
    asked = [*(columns or []), *(where if where and not isinstance(where, str) else [])]
    unknown = [column for column in asked if column not in known[name]]
    if unknown:
        raise SqlError(f"{name} has no column {unknown[0]}; it has: {', '.join(known[name])}")
    picked = "*" if columns is None else ", ".join(columns)
    if columns is not None and not columns:
        raise SqlError(f"no column of {name} is asked for; leave columns out for all of them")
    if where is None:
        return f"SELECT {picked} FROM {name}"  # noqa: S608  (known names)
    condition = where if isinstance(where, str) else _condition(where)
    return f"SELECT {picked} FROM {name} WHERE (\n{condition}\n)"  # noqa: S608  (read-only, as any statement)


def _condition(values: Mapping[str, Any]) -> str:
    return " AND ".join(_equals(column, value) for column, value in values.items()) or "true"


def _equals(column: str, value: object) -> str:
    if value is None:
        return f"{column} IS NULL"
    if isinstance(value, list | tuple | set | frozenset):
        if not value:
            return "false"
        return f"{column} IN ({', '.join(_literal(one) for one in value)})"
    return f"{column} = {_literal(value)}"


def _literal(value: object) -> str:
    if isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ {quoted(value.isoformat())}"
    if isinstance(value, str):
        return quoted(value)
    raise SqlError(f"{value!r} cannot be compared with a column: give a text, number, time or list")
