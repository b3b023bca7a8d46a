"""Snapshots: a name for a state of all tables, which reads the same for ever.

A snapshot is one small file, `<lake>/snapshots/<name>.json`, with the version of every table. It is
taken between commits, so the tables agree with each other. It holds no rows: the versions keep
their files for as long as nothing removes them, and maintenance keeps what a snapshot names.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warehouse import delta, schema, storage
from warehouse.errors import SnapshotExists, SnapshotMissing, TableDamaged
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.lake import Lake


@dataclass(frozen=True)
class Snapshot:
    """A named state; `versions` has every table that was known then, `created_at` is ISO, UTC."""

    name: str
    created_at: str
    created_by: str
    schema_version: int
    versions: dict[str, int]

    def document(self) -> dict[str, Any]:
        """The snapshot as plain values."""
        return asdict(self)


def create(lake: Lake, name: str) -> Snapshot:
    """Name the present state of all tables; half-committed batches are finished first.

    Raises:
        SnapshotExists: the name is taken.
        BadName: the name cannot be part of a file's name.
        LeaseTimeout, LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    path = _path(lake, name)
    if storage.read_text(path) is not None:
        raise _taken(lake, name)
    with lake.at_rest():
        snapshot = Snapshot(
            name=name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            created_by=code_version(),
            schema_version=schema.SCHEMA_VERSION,
            versions={table: lake.version(table) for table in schema.TABLES},
        )
        content = json.dumps(snapshot.document(), indent=1) + "\n"
        try:
            storage.write_bytes(path, content.encode(), exclusive=True)
        except FileExistsError as error:  # made by another process while this one waited
            raise _taken(lake, name) from error
    return snapshot


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
    path = _path(lake, name)
    if storage.read_text(path) is None:
        known = ", ".join(snapshot.name for snapshot in list_(lake)) or "none yet"
        raise SnapshotMissing(f"no snapshot {name} in {lake.location}; there is: {known}")
    versions = _read(path).versions
    return {table: versions.get(table, delta.NO_VERSION) for table in schema.TABLES}


def _path(lake: Lake, name: str) -> Path:
    return lake.folder / "snapshots" / f"{storage.check_name('snapshot', name)}.json"


def _read(path: Path) -> Snapshot:
    try:
        return Snapshot(**json.loads(storage.read_text(path) or ""))
    except (ValueError, TypeError) as error:
        raise TableDamaged(f"{path} is broken: restore it from a copy of the lake") from error


def _taken(lake: Lake, name: str) -> SnapshotExists:
    return SnapshotExists(
        f"snapshot {name} exists in {lake.location} and never changes: choose another name"
    )
