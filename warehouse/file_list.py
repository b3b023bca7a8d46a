"""The files that a snapshot is made of, each with its rows, bytes and hash.

The list is a plain Parquet file beside the snapshot's JSON. With it the snapshot can be read by any
tool, copied over any wire, and told from one that was changed.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import places, staging, table_log
from warehouse.errors import TableDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warehouse.lake import Lake
    from warehouse.places import Place

_SCHEMA = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True)
class ListedFile:
    """A Parquet file of a table; `path` is relative to the lake, `sha256` of its bytes, in hex."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


def of_versions(lake: Lake, versions: Mapping[str, int]) -> list[ListedFile]:
    """The files of tables at some versions, by table and path.

    Hashes are those of the commits; a file that was committed before these were kept is read.

    Raises:
        TableDamaged: a log has lost an entry, or a file is gone.
    """
    found: list[ListedFile] = []
    for table, version in versions.items():
        log = table_log.read(lake.folder / table)
        lost = [number for number in (*log.missing, *log.torn) if number <= version]
        if lost:
            raise TableDamaged(
                f"entry {min(lost)} of the log of {lake.folder / table} is gone or torn: see what "
                "`passlake check` says"
            )
        for file in log.files(version):
            path = lake.folder / table / file.path
            rows = file.rows if file.rows is not None else _rows(path)
            sha256 = file.sha256 or hash_file(path)
            found.append(ListedFile(table, f"{table}/{file.path}", rows, file.size, sha256))
    return sorted(found, key=lambda file: (file.table, file.path))


def to_bytes(files: Sequence[ListedFile]) -> bytes:
    """The list as the bytes of a Parquet file."""
    sink = io.BytesIO()
    listed = pa.Table.from_pylist([asdict(file) for file in files], schema=_SCHEMA)
    pq.write_table(listed, sink, compression="zstd")
    return sink.getvalue()


def from_bytes(content: bytes, name: str) -> list[ListedFile]:
    """The list that a Parquet file holds; `name` is for the message.

    Raises:
        TableDamaged: it holds none.
    """
    try:
        rows = pq.read_table(io.BytesIO(content), schema=_SCHEMA).to_pylist()
        return [ListedFile(**row) for row in rows]
    except (pa.ArrowInvalid, OSError, TypeError) as error:
        raise TableDamaged(f"{name} is broken: restore it from a copy of the lake") from error


def hash_file(path: Place) -> str:
    """SHA-256 of a file's bytes, in hex.

    Raises:
        TableDamaged: the file is gone.
    """
    try:
        return staging.sha256_of(path)
    except FileNotFoundError as error:
        raise TableDamaged(f"{path} is gone: restore it from a copy of the lake") from error


def _rows(path: Place) -> int:
    rows: int = pq.read_metadata(places.readable(path)).num_rows
    return rows
