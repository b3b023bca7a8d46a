"""An Arrow table on standard output, in the format that `--format` names."""

import json
import sys
from collections.abc import Callable, Mapping

import click
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from cli.output import print_table


def write_table(rows: pa.Table, format_: str) -> None:
    """Write `rows`; binary formats go out as they are, so redirect them to a file.

    Raises BadParameter for a format there is not, before anything is written.
    """
    if format_ not in FORMATS:
        raise click.BadParameter(f"{format_}: there is {', '.join(FORMATS)}", param_hint="--format")
    FORMATS[format_](rows)


def _table(rows: pa.Table) -> None:
    listed = rows.to_pylist()
    if listed:
        print_table(listed)
    sys.stdout.write(f"{len(listed)} rows\n")


def _json(rows: pa.Table) -> None:
    json.dump(rows.to_pylist(), sys.stdout, default=str)
    sys.stdout.write("\n")


def _csv(rows: pa.Table) -> None:
    # CSV has no lists: they are written as JSON.
    plain = [
        pa.array([None if value is None else json.dumps(value) for value in column.to_pylist()])
        if pa.types.is_nested(column.type)
        else column
        for column in rows.columns
    ]
    pyarrow.csv.write_csv(pa.table(plain, names=rows.column_names), sys.stdout.buffer)


def _arrow(rows: pa.Table) -> None:
    with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
        stream.write_table(rows)


def _parquet(rows: pa.Table) -> None:
    pq.write_table(rows, sys.stdout.buffer, compression="zstd")


FORMATS: Mapping[str, Callable[[pa.Table], None]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "arrow": _arrow,
    "parquet": _parquet,
}
