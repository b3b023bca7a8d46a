"""Rows of an answer on standard output: a table for a person, or a format for other tools."""

import itertools
import sys
from typing import TYPE_CHECKING

from cli.output import print_table
from warehouse.formats import WRITERS

if TYPE_CHECKING:
    import pyarrow as pa

MOST_SHOWN = 1000
"""Rows of a table: no person reads more, and a table is laid out only once all of it is known."""


def write_rows(format_: str, rows: "pa.RecordBatchReader") -> None:
    """Write all rows, as they come."""
    WRITERS[format_](rows, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def show_rows(rows: "pa.RecordBatchReader") -> None:
    """Show the first rows as a table, and say how many there are or that there are more."""
    every = (row for batch in rows for row in batch.to_pylist())
    listed = list(itertools.islice(every, MOST_SHOWN + 1))
    if listed:
        print_table(listed[:MOST_SHOWN])
    if len(listed) > MOST_SHOWN:
        line = f"the first {MOST_SHOWN} rows: --format csv, json, arrow or parquet gives all"
    else:
        line = "1 row" if len(listed) == 1 else f"{len(listed)} rows"
    sys.stdout.write(f"{line}\n")
