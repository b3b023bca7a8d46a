"""SQL over a lake, read-only by construction.

A connection is a fresh in-memory DuckDB. Schema `raw` has one view per table over the files of one
pinned version; the main schema has what users see: the views of `views/`, and every other table as
it is. Then the doors are shut: no file outside the tables' folders, no network, no extension, no
Python variable, no change of settings. `run` lets through only a statement that reads
(`warehouse/statement.py`): the folders' files must be readable, and DuckDB cannot be told that they
are not to be written.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from warehouse import schema, statement
from warehouse.errors import SqlError, TableDamaged
from warehouse.snapshot import left_out_path, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from warehouse.lake import Lake

_HERE = Path(__file__).parent
_INTERRUPT_AGAIN_S = 0.1

_VIEWS = ("functions", "evaluations", "candidates", "best")
"""Views with a file of their own, each after those it reads."""

_MEMORY_SHARE = 0.5
"""Of the machine's memory; what does not fit is spilled to the temporary folder."""

_LEAST_MEMORY = 512 * 2**20
"""Bytes; DuckDB's own buffers for a wide table need some hundreds of MiB."""


def connect(
    lake: Lake,
    snapshot: str | None = None,
    *,
    functions: Sequence[str] | None = None,
    without: Collection[str] = (),
) -> duckdb.DuckDBPyConnection:
    """A connection with every view, for statements that this code base wrote itself; close it.

    `snapshot` names one; without it each table is pinned at its present version. `functions` are
    the ids that the named queries look at, all that were searched by default; they read them from
    the table `selection(function_id)`. Tables named in `without` read as empty.

    Raises:
        SnapshotMissing: no snapshot has this name.
        TableDamaged: a table's log or first file, or a snapshot's list, cannot be read.
    """
    versions = {} if snapshot is None else resolve(lake, snapshot)
    connection = duckdb.connect(":memory:", config=_settings())
    _keep_files(connection, lake)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE SCHEMA raw")
        left_out = None if snapshot is None else left_out_path(lake, snapshot)
        _create_left_out(connection, left_out)
        for table in schema.TABLES:
            files = [] if table in without else lake.files(table, versions.get(table))
            _create_raw(connection, table, files, whole=left_out is None)
        connection.execute(_pass_list_macro(connection))
        for name in _VIEWS:
            text = (_HERE / "views" / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"CREATE VIEW {name} AS {text}")
        for name in schema.TABLES.keys() - set(_VIEWS):
            connection.execute(f"CREATE VIEW {name} AS FROM raw.{name}")
        _create_selection(connection, functions)
        _shut(connection, lake)
    except duckdb.Error as error:
        connection.close()
        raise TableDamaged(f"{lake.location} cannot be read: {statement.one_line(error)}") from (
            error
        )
    except BaseException:
        connection.close()
        raise
    return connection


def run(lake: Lake, text: str, snapshot: str | None = None) -> pa.Table:
    """The rows of one statement that reads, as `passlake sql` runs it. Ctrl-C stops it.

    Sums of integers come as int64 where they fit (DuckDB makes them 128 bits wide).

    Raises:
        SqlError: the statement is malformed, fails, is not one, or does anything but read.
        SnapshotMissing, TableDamaged: as `connect`.
    """
    with connect(lake, snapshot) as connection:
        statement.check(connection, text)
        return fetch(connection, text)


def queries() -> dict[str, str]:
    """The named queries, each with what it answers: the first comment line of its file."""
    return {
        path.stem: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
        for path in sorted((_HERE / "queries").glob("*.sql"))
    }


def run_named(
    lake: Lake,
    name: str,
    snapshot: str | None = None,
    *,
    functions: Sequence[str] | None = None,
) -> pa.Table:
    """The rows of a named query, over a selection of functions if one is given.

    Raises:
        SqlError: there is no query of this name.
        SnapshotMissing, TableDamaged: as `connect`.
    """
    if name not in queries():
        raise SqlError(f"no query is called {name}; there is: {', '.join(queries())}")
    text = (_HERE / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    with connect(lake, snapshot, functions=functions) as connection:
        return fetch(connection, text)


def fetch(connection: duckdb.DuckDBPyConnection, text: str) -> pa.Table:
    """All rows of a statement, while this thread stays open to Ctrl-C.

    Raises:
        SqlError: DuckDB refuses the statement or fails in it.
    """
    rows: list[pa.Table] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            rows.append(connection.sql(text).to_arrow_table())
        except BaseException as error:  # noqa: BLE001  (raised again below, in the caller's thread)
            failures.append(error)
        finally:
            done.set()

    # DuckDB looks at no signal while it works, so the thread that Python interrupts has to wait.
    # (An event, as Thread.join takes a thread for stopped once it was interrupted itself.)
    threading.Thread(target=work, daemon=True).start()
    try:
        done.wait()
    except BaseException:
        connection.interrupt()
        while not done.wait(_INTERRUPT_AGAIN_S):
            connection.interrupt()  # it had not begun when it was told to end
        raise
    for failure in failures:
        if isinstance(failure, duckdb.Error):
            raise SqlError(statement.explain(failure)) from failure
        raise failure
    return _narrowed(rows[0])


def _keep_files(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Have maintenance leave the lake's files in place for as long as the connection is there."""
    until_closed = contextlib.ExitStack()
    until_closed.enter_context(lake.reading())
    weakref.finalize(connection, until_closed.close)


def _settings() -> dict[str, Any]:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = max(_LEAST_MEMORY, int(machine * _MEMORY_SHARE))
    spill = Path(tempfile.gettempdir()) / f"passlake-sql-{os.getpid()}-{secrets.token_hex(4)}"
    return {
        "threads": len(os.sched_getaffinity(0)),
        "memory_limit": f"{memory // 2**20}MiB",
        "temp_directory": str(spill),  # DuckDB makes it when it first spills, and removes it
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _create_left_out(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    table = schema.VIEWS["left_out"]
    body = _nothing(table) if file is None else _rows_of([str(file)], table)
    connection.execute(f"CREATE VIEW left_out AS {body}")


def _create_raw(
    connection: duckdb.DuckDBPyConnection, table: str, files: list[str], *, whole: bool
) -> None:
    """A table's view; unless it is `whole`, without the functions that the snapshot leaves out."""
    known = schema.TABLES[table]
    body = _rows_of(files, known) if files else _nothing(known)
    if files and not whole and "function_id" in [column.name for column in known.columns]:
        # A null, as of a verdict on programs, joins nothing and so stays.
        body = f"{body} AS kept ANTI JOIN left_out USING (function_id)"
    connection.execute(f"CREATE VIEW raw.{table} AS {body}")


def _rows_of(files: Sequence[str], table: schema.Table) -> str:
    """The files' rows with the table's columns, found by name: older files lack some, read as null.

    The columns are told to DuckDB, which would otherwise take them from the first file, or have to
    open all of them first.
    """
    listed = ", ".join(_quoted(_literal_path(file)) for file in files)
    columns = ", ".join(
        f"'{column.name}': {{name: '{column.name}', type: '{column.sql_type}', "
        "default_value: NULL}"
        for column in table.columns
    )
    return f"FROM read_parquet([{listed}], schema=MAP {{{columns}}})"


def _nothing(table: schema.Table) -> str:
    columns = ", ".join(f"NULL::{column.sql_type} AS {column.name}" for column in table.columns)
    return f"SELECT {columns} WHERE false"


def _pass_list_macro(connection: duckdb.DuckDBPyConnection) -> str:
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
        listed = ", ".join(_quoted(texts.get(number, "")) for number in range(max(texts) + 1))
        cases.append(
            f"WHEN space = {_quoted(space)} AND coalesce(list_max(ids), 0) <= {max(texts)} THEN "
            f"array_to_string(list_select([{listed}], "
            "list_transform(ids, lambda id: id::BIGINT + 1)), ',')"
        )
    return f"CREATE MACRO pass_list_of(space, ids) AS CASE {' '.join(cases)} END"


def _create_selection(
    connection: duckdb.DuckDBPyConnection, functions: Sequence[str] | None
) -> None:
    if functions is None:
        connection.execute(
            "CREATE VIEW selection AS SELECT DISTINCT function_id FROM raw.winners"
            " UNION SELECT DISTINCT function_id FROM raw.evaluations"
        )
        return
    given = pa.table({"function_id": pa.array(functions, pa.string())})
    connection.register("given", given)
    connection.execute("CREATE TABLE selection AS SELECT DISTINCT function_id FROM given")
    connection.unregister("given")


def _shut(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    folders = [f"{lake.location}/{table}/" for table in (*schema.TABLES, "snapshots")]
    # A path with a bracket or an asterisk is looked up both as it is and as a pattern.
    allowed = sorted({*folders, *(_literal_path(folder) for folder in folders)})
    connection.execute(f"SET allowed_directories = [{', '.join(map(_quoted, allowed))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _literal_path(path: str) -> str:
    """A pattern that only this path matches: DuckDB takes every path for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _narrowed(rows: pa.Table) -> pa.Table:
    wide = pa.decimal128(38, 0)
    for place, field in enumerate(rows.schema):
        if field.type == wide:
            try:
                column = rows.column(place).cast(pa.int64())
            except pa.ArrowInvalid:
                continue  # larger than 64 bits: it stays exact
            rows = rows.set_column(place, field.name, column)
    return rows
