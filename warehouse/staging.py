"""Files of rows before they are part of a table: written by workers, committed by the driver."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import places, schema, storage
from warehouse.errors import BadStagedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warehouse.places import Place

_ROW_GROUP = 122_880
"""Rows per row group: DuckDB's own vector of row groups, one unit of its parallel scans."""


_FILTERED_ROWS = 512
"""Rows in memory at once, and in a row group, where a file is only filtered."""


@dataclass(frozen=True)
class StagedFile:
    """A Parquet file that is whole and on the disk, and in no table yet.

    `path` is relative to the lake, with forward slashes, so that a worker may know the lake under
    another address than the driver does. `sha256` is of the file's bytes, in hex.
    """

    table: str
    path: str
    rows: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `StagedFile(**values)` reads them back."""
        return asdict(self)


def write(root: Place, table: str, rows: pa.Table, *, name: str) -> StagedFile:
    """Write rows of one table under `<table>/staging/`; see `Lake.stage`."""
    storage.check_name("staged file", name)
    checked = schema.check_rows(table, rows)
    path = root / table / "staging" / f"{name}.{secrets.token_hex(8)}.parquet"
    storage.write_file(
        path,
        lambda file: pq.write_table(
            checked,
            file,
            compression="zstd",
            row_group_size=_ROW_GROUP,
            use_dictionary=True,
            # Delta keeps times in microseconds; anything else could not be read back.
            coerce_timestamps="us",
        ),
    )
    return StagedFile(table, places.within(path, root), checked.num_rows, sha256_of(path))


def filtered(root: Place, file: StagedFile, kept: pa.BooleanArray, *, name: str) -> StagedFile:
    """Write the rows of a staged file that `kept` says to another one, a part at a time."""
    storage.check_name("staged file", name)
    path = root / file.table / "staging" / f"{name}.{secrets.token_hex(8)}.parquet"
    wanted = schema.arrow_schema(file.table)

    def fill(out: IO[bytes]) -> None:
        start = 0
        with (
            pq.ParquetFile(places.readable(root / file.path)) as given,
            pq.ParquetWriter(out, wanted, compression="zstd", coerce_timestamps="us") as writer,
        ):
            for batch in given.iter_batches(batch_size=_FILTERED_ROWS):
                some = batch.filter(kept.slice(start, batch.num_rows))
                start += batch.num_rows
                if some.num_rows:
                    writer.write_batch(_with_all_columns(some, wanted))

    storage.write_file(path, fill)
    return StagedFile(file.table, places.within(path, root), kept.true_count, sha256_of(path))


def _with_all_columns(rows: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    """Rows of an older schema have null where they lack a column."""
    columns = [
        rows.column(field.name)
        if field.name in rows.schema.names
        else pa.nulls(rows.num_rows, field.type)
        for field in wanted
    ]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)


def write_through(
    root: Place, table: str, fill: Callable[[IO[bytes]], int], *, name: str
) -> StagedFile:
    """Have `fill` write a Parquet file of one table; it returns how many rows it wrote."""
    path = root / table / "staging" / f"{name}.{secrets.token_hex(8)}.parquet"
    rows: list[int] = []
    storage.write_file(path, lambda out: rows.append(fill(out)))
    return StagedFile(table, places.within(path, root), rows[0], sha256_of(path))


def read(root: Place, file: StagedFile, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a staged file, all columns or some."""
    whole = schema.arrow_schema(file.table)
    wanted = list(whole.names if columns is None else columns)
    return pq.read_table(
        places.readable(root / file.path),
        columns=wanted,
        schema=pa.schema([whole.field(name) for name in wanted]),
    )


def check(root: Place, file: StagedFile) -> None:
    """Make sure that a staged file is what its receipt says.

    Raises:
        BadStagedFile: it is gone or has other contents; the rows have to be made again.
    """
    path = root / file.path
    try:
        found = sha256_of(path)
    except FileNotFoundError as error:
        raise BadStagedFile(f"{path} is gone before its commit: run the task again") from error
    if found != file.sha256:
        raise BadStagedFile(f"{path} has changed since it was staged: run the task again")


def sha256_of(path: Place) -> str:
    """The hash of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
