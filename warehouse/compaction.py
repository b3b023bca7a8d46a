"""Many small files of a table become few large ones, with the same rows.

A campaign leaves a file for each task. Readers pay for each file they open, and a log that names
fewer is read faster. Earlier versions go on naming the small ones, which stay for as long as
`warehouse/leftovers.py` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import dataset

from warehouse import delta, places, schema, staging, table_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warehouse.lake import Lake
    from warehouse.places import Place
    from warehouse.table_log import Added, TableLog

SMALL_BYTES = 32 * 2**20
"""A file below this is worth merging: reading it costs more for the opening than for the bytes."""

LARGE_BYTES = 256 * 2**20
"""About where a merged file ends: large enough to be few, small enough to be copied or lost."""

FEWEST = 8
"""Fewer small files than this stay: each merge writes all their rows once more."""

_GROUP_ROWS = 122_880
_GROUP_BYTES = 32 * 2**20
"""A row group of a merged file ends at either; so much is held in memory."""


@dataclass(frozen=True)
class Merge:
    """Files of a table that are to become one."""

    table: str
    files: tuple[Added, ...]

    @property
    def bytes(self) -> int:
        """What is read, and about what is written."""
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        return f"{self.table}: {len(self.files)} files of {self.bytes / 2**20:.1f} MiB become one"


def merges(table: str, log: TableLog) -> list[Merge]:
    """What of a table's latest version is worth merging, in the order in which it was added."""
    small = [file for file in log.files(log.latest) if file.size < SMALL_BYTES]
    if len(small) < FEWEST:
        return []
    groups: list[list[Added]] = [[]]
    for file in small:
        if sum(one.size for one in groups[-1]) + file.size > LARGE_BYTES:
            groups.append([])
        groups[-1].append(file)
    return [Merge(table, tuple(group)) for group in groups if len(group) > 1]


def merge(lake: Lake, order: Merge) -> bool:
    """Merge files; False where one of them is damaged, or left the table meanwhile.

    Others commit while the rows are copied. Killed at any moment it leaves the table as it was, or
    merged; a copy that was not committed is unreferenced and goes with the next maintenance.

    Raises:
        LeaseTimeout, LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    folder = lake.folder / order.table
    with lake.reading():
        if not all(_is_as_committed(lake, order.table, file) for file in order.files):
            return False
        merged = staging.write_through(
            lake.folder, order.table, lambda out: _copy(lake, order, out), name="merged"
        )
        with lake.paused():
            log = table_log.read(folder)
            present = {file.path for file in log.files(log.latest)}
            old = [file.path for file in order.files]
            if log.missing or log.torn or not present.issuperset(old):
                return False
            delta.replace(folder, old, [merged])
    return True


def _is_as_committed(lake: Lake, table: str, file: Added) -> bool:
    path = lake.folder / table / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return file.sha256 is None or staging.sha256_of(path) == file.sha256


def _copy(lake: Lake, order: Merge, out: IO[bytes]) -> int:
    columns = schema.arrow_schema(order.table)
    rows = 0
    with pq.ParquetWriter(out, columns, compression="zstd", coerce_timestamps="us") as writer:
        paths = [str(lake.folder / order.table / file.path) for file in order.files]
        for group in _row_groups(lake.folder, paths, columns):
            writer.write_table(group, row_group_size=max(1, group.num_rows))
            rows += group.num_rows
    return rows


def _row_groups(folder: Place, paths: Sequence[str], columns: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    names, filesystem = places.for_arrow(folder, list(paths))
    for name in names:
        # One by one, so that the rows keep their order and no file is read ahead.
        file = dataset.dataset([name], schema=columns, format="parquet", filesystem=filesystem)
        for batch in file.to_batches(batch_size=8192, batch_readahead=1, use_threads=False):
            held.append(batch)
            if (
                sum(one.num_rows for one in held) >= _GROUP_ROWS
                or sum(one.nbytes for one in held) >= _GROUP_BYTES
            ):
                yield pa.Table.from_batches(held, columns)
                held = []
    if held:
        yield pa.Table.from_batches(held, columns)
