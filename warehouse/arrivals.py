"""Files of another lake on their way into this one: copied, checked, new rows told from known."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import places, relations, schema, storage
from warehouse.answer import fetch
from warehouse.errors import RemoteDamaged
from warehouse.file_list import hash_file
from warehouse.staging import StagedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from warehouse.file_list import ListedFile
    from warehouse.lake import Lake
    from warehouse.places import Place
    from warehouse.remote import Remote


def copy(lake: Lake, source: Remote, file: ListedFile) -> bool:
    """Have a file of another lake here, whole and with its hash; whether it had to be copied.

    Raises:
        RemoteMissing, RemoteUnreachable: it cannot be had.
        RemoteDamaged: it is not the file that the list names, or holds no rows of its table.
        LakeFull, LakeUnwritable: nothing of it is left.
    """
    path = lake.folder / file.path
    is_here = (
        path.is_file() and path.stat().st_size == file.bytes and hash_file(path) == file.sha256
    )
    if not is_here:
        storage.write_file(path, lambda out: _copy_checked(source, file, out))
    _check_columns(path, file, source)
    return not is_here


def _copy_checked(source: Remote, file: ListedFile, out: IO[bytes]) -> None:
    hashing = _Hashing(out)
    source.copy(file.path, hashing, file.bytes)
    if hashing.digest.hexdigest() != file.sha256:
        raise RemoteDamaged(
            f"{source.location}/{file.path} has another hash than its snapshot lists: ask whoever "
            "keeps that lake to run `passlake check`"
        )


class _Hashing:
    """What is written goes on to a file, and into a hash."""

    def __init__(self, to: IO[bytes]) -> None:
        self._to = to
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        return self._to.write(piece)


def _check_columns(path: Place, file: ListedFile, source: Remote) -> None:
    """A hash says that the file is the one that was named, not that it is a table's."""
    try:
        metadata = pq.read_metadata(places.readable(path))
        found = metadata.schema.to_arrow_schema()
    except (pa.ArrowInvalid, OSError) as error:
        raise RemoteDamaged(f"{source.location}/{file.path} is no Parquet file: {error}") from error
    for column in schema.TABLES[file.table].columns:
        place = found.get_field_index(column.name)
        if place < 0 and not column.nullable:
            raise RemoteDamaged(f"{source.location}/{file.path} lacks the column {column.name}")
        if place >= 0 and not schema.same_type(found.field(place).type, column.type):
            raise RemoteDamaged(
                f"{source.location}/{file.path} has {column.name} as {found.field(place).type}, "
                f"not {column.type}"
            )
    if metadata.num_rows != file.rows:
        raise RemoteDamaged(
            f"{source.location}/{file.path} has {metadata.num_rows} rows, not {file.rows}"
        )


def new_rows(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[ListedFile]
) -> dict[str, pa.BooleanArray | None]:
    """By path, which rows of the files of one table the lake does not have; None for all of them.

    Rows are the same where they agree in the table's key.
    """
    table = schema.TABLES[files[0].table]
    paths = {str(lake.folder / file.path): file for file in files}
    both = " AND ".join(f"had.{name} IS NOT DISTINCT FROM came.{name}" for name in table.key)
    is_known = f"EXISTS (FROM raw.{table.name} AS had WHERE {both})"
    counted = fetch(
        connection,
        f"SELECT came.filename AS path, count(*) AS known FROM "  # noqa: S608  (our own names)
        f"({relations.rows_of(list(paths), table, 'filename')}) AS came "
        f"WHERE {is_known} GROUP BY came.filename",
    ).to_pylist()
    known = {row["path"]: row["known"] for row in counted}
    kept: dict[str, pa.BooleanArray | None] = {}
    for path, file in paths.items():
        mask = np.ones(file.rows, dtype=bool)
        if known.get(path, 0) == file.rows:
            mask[:] = False
        elif path in known:
            rows = relations.rows_of([path], table, "file_row_number")
            numbers = fetch(
                connection,
                f"SELECT came.file_row_number AS row FROM ({rows}) AS came WHERE {is_known}",  # noqa: S608  (our own names)
            )
            mask[numbers.column("row").to_numpy()] = False
        kept[file.path] = pa.array(mask) if path in known else None
    return kept


def staged(file: ListedFile) -> StagedFile:
    """The file as something that can be committed as it is."""
    return StagedFile(file.table, file.path, file.rows, file.sha256)
