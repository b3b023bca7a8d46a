"""A statement's rows, as one Arrow table or a batch at a time, while Ctrl-C is heard."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pyarrow as pa

from warehouse import statement
from warehouse.errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INTERRUPT_AGAIN_S = 0.1

_BATCH_ROWS = 122_880
"""Rows of a batch: a row group of the files that are read, and of the Parquet that is written."""

_WIDE = pa.decimal128(38, 0)
"""What DuckDB makes of a sum of integers."""

_T = TypeVar("_T")


def fetch(connection: duckdb.DuckDBPyConnection, text: str) -> pa.Table:
    """All rows of a statement. Sums of integers come as int64 where they fit.

    Raises:
        SqlError: DuckDB refuses the statement or fails in it.
    """
    return _narrowed(_heard(connection, lambda: connection.sql(text).to_arrow_table()))


def stream(
    connection: duckdb.DuckDBPyConnection, text: str, *, rows: int = _BATCH_ROWS
) -> pa.RecordBatchReader:
    """The same rows, made as they are read, `rows` at a time: an answer may be larger than memory.

    Sums of integers are int64 where those of the first rows fit; a later one that does not ends
    the answer. The connection does nothing else until the rows are read.

    Raises:
        SqlError: as `fetch`; also while the rows are read.
    """
    reader = _heard(connection, lambda: connection.sql(text).to_arrow_reader(rows))
    first = _narrowed(
        pa.Table.from_batches(
            [batch for batch in [_next(connection, reader)] if batch is not None], reader.schema
        )
    )

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        while (batch := _next(connection, reader)) is not None:
            try:
                yield batch.cast(first.schema)
            except pa.ArrowInvalid as error:
                raise SqlError(
                    f"a later row holds what earlier ones do not ({error}): cast the column"
                ) from error

    return pa.RecordBatchReader.from_batches(first.schema, batches())


def _next(
    connection: duckdb.DuckDBPyConnection, reader: pa.RecordBatchReader
) -> pa.RecordBatch | None:
    def read() -> pa.RecordBatch | None:
        try:
            return reader.read_next_batch()
        except StopIteration:
            return None
        except (OSError, pa.ArrowException) as error:  # what DuckDB says through Arrow's stream
            raise duckdb.Error(str(error)) from error

    return _heard(connection, read)


def _heard(connection: duckdb.DuckDBPyConnection, make: Callable[[], _T]) -> _T:
    """What `make` returns, while this thread stays open to Ctrl-C."""
    made: list[_T] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            made.append(make())
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
    return made[0]


def _narrowed(rows: pa.Table) -> pa.Table:
    for place, field in enumerate(rows.schema):
        if field.type == _WIDE:
            try:
                column = rows.column(place).cast(pa.int64())
            except pa.ArrowInvalid:
                continue  # larger than 64 bits: it stays exact
            rows = rows.set_column(place, field.name, column)
    return rows
