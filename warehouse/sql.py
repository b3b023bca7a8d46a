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
import re
import secrets
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from warehouse import named_queries, relations, schema, statement
from warehouse.answer import fetch
from warehouse.errors import SqlError, TableDamaged
from warehouse.object_path import ObjectPath
from warehouse.snapshot import left_out_path, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from warehouse.lake import Lake

_MEMORY_SHARE = 0.5
"""Of the machine's memory; what does not fit is spilled to the temporary folder."""

_LEAST_MEMORY = 512 * 2**20
"""Bytes; DuckDB's own buffers for a wide table need some hundreds of MiB."""

_SMALLEST_MEMORY = 64 * 10**6
"""Bytes; with less DuckDB cannot read one row group of a narrow table."""


def connect(  # noqa: PLR0913 - each is one thing that decides what is seen
    lake: Lake,
    snapshot: str | None = None,
    *,
    functions: Sequence[str] | None = None,
    without: Collection[str] = (),
    at: Mapping[str, int] | None = None,
    memory: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection with every view, for statements that this code base wrote itself; close it.

    `snapshot` names one; without it each table is pinned at its present version. `functions` are
    the ids that the named queries look at, all that were searched by default; they read them from
    the table `selection(function_id)` or ask `selected(function_id)`. Tables named in `without`
    read as empty. `at` pins tables at versions that a caller has taken between two commits.
    `memory` bounds in bytes what DuckDB holds, half of the machine's by default; the rest is
    spilled to disk.

    Raises:
        SnapshotMissing: no snapshot has this name.
        TableDamaged: a table's log or first file, or a snapshot's list, cannot be read.
    """
    versions = (at or {}) if snapshot is None else resolve(lake, snapshot)
    connection = duckdb.connect(":memory:", config=_settings(memory))
    _keep_files(connection, lake)
    try:
        if isinstance(lake.folder, ObjectPath):
            connection.register_filesystem(lake.folder.filesystem())
        connection.execute("SET TimeZone = 'UTC'")
        # It is drawn on standard output, where a caller's JSON document goes.
        connection.execute("SET enable_progress_bar = false")
        connection.execute("CREATE SCHEMA raw")
        left_out = None if snapshot is None else left_out_path(lake, snapshot)
        relations.create_left_out(connection, left_out)
        for table in schema.TABLES:
            files = [] if table in without else lake.files(table, versions.get(table))
            relations.create_raw(connection, table, files, whole=left_out is None)
        relations.create_views(connection)
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

    Raises:
        SqlError: the statement is malformed, fails, is not one, or does anything but read.
        SnapshotMissing, TableDamaged: as `connect`.
    """
    with connect(lake, snapshot) as connection:
        statement.check(connection, text)
        return fetch(connection, text)


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
    text = named_queries.text(name)
    with connect(lake, snapshot, functions=functions) as connection:
        return fetch(connection, text)


def _keep_files(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Have maintenance leave the lake's files in place for as long as the connection is there."""
    until_closed = contextlib.ExitStack()
    until_closed.enter_context(lake.reading())
    weakref.finalize(connection, until_closed.close)


def memory_bytes(text: str) -> int:
    """What `4GB` or `512MiB` means, in bytes.

    Raises:
        SqlError: it is no such size, or too little to work with.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", text.strip(), re.IGNORECASE)
    base = 1024 if found and found[3] else 1000
    size = (
        0
        if found is None
        else int(float(found[1]) * base ** " KMGT".index(found[2].upper() or " "))
    )
    if size < _SMALLEST_MEMORY:
        raise SqlError(f"--memory {text}: give a size such as 4GB or 512MiB, at least 64MB")
    return size


def _settings(memory: int | None) -> dict[str, Any]:
    if memory is None:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = max(_LEAST_MEMORY, int(machine * _MEMORY_SHARE))
    spill = Path(tempfile.gettempdir()) / f"passlake-sql-{os.getpid()}-{secrets.token_hex(4)}"
    return {
        "threads": len(os.sched_getaffinity(0)),
        "memory_limit": f"{memory // 1024}KiB",
        "temp_directory": str(spill),  # DuckDB makes it when it first spills, and removes it
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _create_selection(
    connection: duckdb.DuckDBPyConnection, functions: Sequence[str] | None
) -> None:
    if functions is None:
        connection.execute(
            "CREATE VIEW selection AS SELECT DISTINCT function_id FROM raw.winners"
            " UNION SELECT DISTINCT function_id FROM raw.evaluations"
        )
        # Looking each of their rows up among all of them would find it.
        connection.execute("CREATE MACRO selected(id) AS true")
        return
    given = pa.table({"function_id": pa.array(functions, pa.string())})
    connection.register("given", given)
    connection.execute("CREATE TABLE selection AS SELECT DISTINCT function_id FROM given")
    connection.execute("CREATE MACRO selected(id) AS id IN (SELECT function_id FROM selection)")
    connection.unregister("given")


def _shut(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    folders = [f"{lake.location}/{table}/" for table in (*schema.TABLES, "snapshots")]
    # A path with a bracket or an asterisk is looked up both as it is and as a pattern.
    allowed = sorted({*folders, *(relations.literal_path(folder) for folder in folders)})
    connection.execute(f"SET allowed_directories = [{', '.join(map(relations.quoted, allowed))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
