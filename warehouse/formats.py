"""Rows of an answer as bytes: the formats that other tools read."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _json(rows: pa.Table, to: BinaryIO) -> None:
    listed = rows.to_pylist()
    try:
        text = json.dumps(listed, default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(listed), default=str)
    to.write(text.encode() + b"\n")


def _finite(value: Any) -> Any:  # noqa: ANN401  (whatever a column may hold)
    """The value with null for the numbers that JSON has no word for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return value


def _csv(rows: pa.Table, to: BinaryIO) -> None:
    # CSV has no lists: they are written as JSON.
    plain = [
        pa.array([None if value is None else json.dumps(value) for value in column.to_pylist()])
        if pa.types.is_nested(column.type)
        else column
        for column in rows.columns
    ]
    pyarrow.csv.write_csv(pa.table(plain, names=rows.column_names), to)


def _arrow(rows: pa.Table, to: BinaryIO) -> None:
    with pa.ipc.new_stream(to, rows.schema) as stream:
        stream.write_table(rows)


def _parquet(rows: pa.Table, to: BinaryIO) -> None:
    pq.write_table(rows, to, compression="zstd")


WRITERS: Mapping[str, Callable[[pa.Table, BinaryIO], None]] = {
    "csv": _csv,
    "json": _json,
    "arrow": _arrow,
    "parquet": _parquet,
}
"""By format: csv with a header, json as a list of objects, arrow as an IPC stream, parquet."""
