"""Rows of an answer as bytes: the formats that other tools read, written as the rows come."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _json(rows: pa.RecordBatchReader, to: BinaryIO) -> None:
    before = b"["
    for batch in rows:
        for row in batch.to_pylist():
            to.write(before + _object(row).encode())
            before = b", "
    to.write(b"[]\n" if before == b"[" else b"]\n")


def _object(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), default=str)


def _finite(value: Any) -> Any:  # noqa: ANN401  (whatever a column may hold)
    """The value with null for the numbers that JSON has no word for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return value


def _csv(rows: pa.RecordBatchReader, to: BinaryIO) -> None:
    # CSV has no lists: they are written as JSON.
    nested = [pa.types.is_nested(field.type) for field in rows.schema]
    plain = pa.schema(
        [
            pa.field(field.name, pa.string() if is_nested else field.type)
            for field, is_nested in zip(rows.schema, nested, strict=True)
        ]
    )
    with pyarrow.csv.CSVWriter(to, plain) as writer:
        for batch in rows:
            columns = [
                _as_json(column) if is_nested else column
                for column, is_nested in zip(batch.columns, nested, strict=True)
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=plain))


def _as_json(column: pa.Array) -> pa.Array:
    values = [
        None if value is None else json.dumps(value, default=str) for value in column.to_pylist()
    ]
    return pa.array(values, pa.string())


def _arrow(rows: pa.RecordBatchReader, to: BinaryIO) -> None:
    with pa.ipc.new_stream(to, rows.schema) as stream:
        for batch in rows:
            stream.write_batch(batch)


def _parquet(rows: pa.RecordBatchReader, to: BinaryIO) -> None:
    with pq.ParquetWriter(to, rows.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)


WRITERS: Mapping[str, Callable[[pa.RecordBatchReader, BinaryIO], None]] = {
    "csv": _csv,
    "json": _json,
    "arrow": _arrow,
    "parquet": _parquet,
}
"""By format: csv with a header, json as a list of objects, arrow as an IPC stream, parquet."""
