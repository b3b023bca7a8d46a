"""Snapshots: a name for a state of all tables, which reads the same for ever.

A snapshot is one small file, `<lake>/snapshots/<name>.json`, with the version of every table. It is
taken between commits, so the tables agree with each other. The versions keep their files for as
long as nothing removes them, and maintenance keeps what a snapshot names.

Beside it lie two plain Parquet files, `<name>.<digest>.parquet`. One lists the files that the
snapshot is made of, with their hashes (`warehouse/file_list.py`). The other lists the functions
that are left out: whoever makes the snapshot says which, and under its name every table reads
without them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import delta, file_list, places, schema, storage
from warehouse.errors import SnapshotExists, SnapshotMissing, TableDamaged
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warehouse.file_list import ListedFile
    from warehouse.lake import Lake
    from warehouse.places import Place


@dataclass(frozen=True)
class LeftOut:
    """Functions to leave out of a snapshot: rows of `schema.left_out_schema`, one per function.

    `rule` says, in names and numbers, how they were found; `notes` are counts to be kept with it.
    """

    rows: pa.Table
    rule: str
    notes: Mapping[str, int]


@dataclass(frozen=True)
class Snapshot:
    """A named state; `versions` has every table that was known then, `created_at` is ISO, UTC.

    `left_out_file` lies beside it and lists `left_out` functions; None where nobody looked for any,
    as in snapshots made by an earlier Passlake. `left_out_rule` and `left_out_notes` are as given.
    `file_list` lies beside it, too; None in snapshots made by an earlier Passlake. `pulled_from` is
    the lake that it was made in, if another one.
    """

    name: str
    created_at: str
    created_by: str
    schema_version: int
    versions: dict[str, int]
    left_out: int = 0
    left_out_file: str | None = None
    left_out_rule: str = ""
    left_out_notes: Mapping[str, int] = field(default_factory=dict)
    file_list: str | None = None
    pulled_from: str | None = None

    @property
    def beside(self) -> tuple[str, ...]:
        """Names of the files that lie beside its own and belong to it."""
        return tuple(name for name in (self.left_out_file, self.file_list) if name is not None)

    def document(self) -> dict[str, Any]:
        """The snapshot as plain values."""
        return asdict(self)


def create(
    lake: Lake, name: str, leave_out: Callable[[Mapping[str, int]], LeftOut] | None = None
) -> Snapshot:
    """Name the present state of all tables; half-committed batches are finished first.

    `leave_out` is called with the versions once they are pinned; others commit meanwhile.

    Raises:
        SnapshotExists: the name is taken.
        BadName: the name cannot be part of a file's name.
        LeaseTimeout, LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    path = place(lake, name)
    if storage.read_text(path) is not None:
        raise _taken(lake, name)
    with lake.reading():  # what the versions name stays while others are asked what to leave out
        with lake.at_rest():
            snapshot = Snapshot(
                name=name,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                created_by=code_version(),
                schema_version=schema.SCHEMA_VERSION,
                versions={table: lake.version(table) for table in schema.TABLES},
            )
        if leave_out is not None:
            snapshot = _without(snapshot, path, leave_out(snapshot.versions))
        return keep(lake, snapshot)


def keep(lake: Lake, snapshot: Snapshot) -> Snapshot:
    """Write a snapshot whose versions are pinned, with the list of its files.

    Raises:
        SnapshotExists: the name is taken.
        TableDamaged: the files cannot be listed.
        LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    path = place(lake, snapshot.name)
    listed = file_list.to_bytes(file_list.of_versions(lake, snapshot.versions))
    whole = replace(snapshot, file_list=write_beside(path, listed))
    content = json.dumps(whole.document(), indent=1) + "\n"
    try:
        storage.write_bytes(path, content.encode(), exclusive=True)
    except FileExistsError as error:  # made by another process meanwhile
        raise _taken(lake, snapshot.name) from error
    return whole


def write_beside(path: Place, content: bytes) -> str:
    """Write a file beside a snapshot's own, under a name that no other contents have; the name."""
    digest = blake2b(content, digest_size=8).hexdigest()
    file = path.with_suffix(f".{digest}.parquet")
    storage.write_bytes(file, content)
    return file.name


def _without(snapshot: Snapshot, path: Place, left_out: LeftOut) -> Snapshot:
    """The snapshot with its list written, under a name that no other list has."""
    sink = pa.BufferOutputStream()
    pq.write_table(left_out.rows.cast(schema.left_out_schema()), sink, compression="zstd")
    return replace(
        snapshot,
        left_out=left_out.rows.num_rows,
        left_out_file=write_beside(path, sink.getvalue().to_pybytes()),
        left_out_rule=left_out.rule,
        left_out_notes=dict(left_out.notes),
    )


def list_(lake: Lake) -> list[Snapshot]:
    """All snapshots, the oldest first."""
    folder = lake.folder / "snapshots"
    found = [_read(folder / name) for name in storage.names(folder) if name.endswith(".json")]
    return sorted(found, key=lambda snapshot: (snapshot.created_at, snapshot.name))


def resolve(lake: Lake, name: str) -> dict[str, int]:
    """The version of every table in a snapshot; -1 for a table that had no rows or did not exist.

    Raises:
        SnapshotMissing: there is none of this name.
        BadName: the name cannot be part of a file's name.
    """
    versions = get(lake, name).versions
    return {table: versions.get(table, delta.NO_VERSION) for table in schema.TABLES}


def left_out_path(lake: Lake, name: str) -> Place | None:
    """The Parquet file of what a snapshot leaves out; None where that is nothing.

    Raises:
        SnapshotMissing, BadName: as `resolve`.
    """
    snapshot = get(lake, name)
    if snapshot.left_out_file is None or not snapshot.left_out:
        return None
    return place(lake, name).with_name(snapshot.left_out_file)


def left_out(lake: Lake, name: str) -> pa.Table:
    """The rows of what a snapshot leaves out, of `schema.left_out_schema`.

    Raises:
        SnapshotMissing, BadName: as `resolve`.
        TableDamaged: the file is gone or broken.
    """
    path = left_out_path(lake, name)
    if path is None:
        return schema.left_out_schema().empty_table()
    try:
        return pq.read_table(
            places.readable(path), schema=schema.left_out_schema(), partitioning=None
        )
    except (OSError, pa.ArrowInvalid) as error:
        raise TableDamaged(f"{path} is broken: restore it from a copy of the lake") from error


def files(lake: Lake, snapshot: Snapshot) -> list[ListedFile]:
    """The files that a snapshot is made of; those of one by an earlier Passlake are looked for now.

    Raises:
        TableDamaged: the list, or what it is made from, is gone or broken.
    """
    if snapshot.file_list is None:
        return file_list.of_versions(lake, snapshot.versions)
    path = place(lake, snapshot.name).with_name(snapshot.file_list)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableDamaged(f"{path} is gone: restore it from a copy of the lake") from error
    return file_list.from_bytes(content, str(path))


def get(lake: Lake, name: str) -> Snapshot:
    """The snapshot of a name.

    Raises:
        SnapshotMissing: there is none of this name.
        BadName: the name cannot be part of a file's name.
    """
    path = place(lake, name)
    if storage.read_text(path) is None:
        known = ", ".join(snapshot.name for snapshot in list_(lake)) or "none yet"
        raise SnapshotMissing(f"no snapshot {name} in {lake.location}; there is: {known}")
    return _read(path)


def place(lake: Lake, name: str) -> Place:
    """Where the file of a snapshot lies, or would.

    Raises:
        BadName: the name cannot be part of a file's name.
    """
    return lake.folder / "snapshots" / f"{storage.check_name('snapshot', name)}.json"


def _read(path: Place) -> Snapshot:
    try:
        return Snapshot(**json.loads(storage.read_text(path) or ""))
    except (ValueError, TypeError) as error:
        raise TableDamaged(f"{path} is broken: restore it from a copy of the lake") from error


def _taken(lake: Lake, name: str) -> SnapshotExists:
    return SnapshotExists(
        f"snapshot {name} exists in {lake.location} and never changes: choose another name"
    )
