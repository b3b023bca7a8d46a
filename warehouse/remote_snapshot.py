"""A snapshot as another lake says it is: read, and not believed before it is checked."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import file_list, schema, storage
from warehouse.errors import BadName, LakeTooNew, RemoteDamaged, RemoteMissing, TableDamaged
from warehouse.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.file_list import ListedFile
    from warehouse.remote import Remote

_MOST_JSON_BYTES = 2**20
_MOST_LIST_BYTES = 2 * 2**30
"""A snapshot's file, and a list beside it, that are larger are not what they should be."""

_PARTS = 3
"""`<table>/staging/<name>.parquet`: where files of a lake lie."""


@dataclass(frozen=True)
class RemoteSnapshot:
    """A snapshot of another lake: its record, its files, and the list of what it leaves out."""

    record: Snapshot
    files: Sequence[ListedFile]
    left_out: bytes | None

    @property
    def digest(self) -> str:
        """Names the contents, whatever the snapshot is called and wherever it lies."""
        said = [f"{file.path} {file.sha256}" for file in self.files]
        return blake2b("\n".join(said).encode() + (self.left_out or b""), digest_size=8).hexdigest()


def read(source: Remote, name: str) -> RemoteSnapshot:
    """Read a snapshot of another lake.

    Raises:
        BadName: the name cannot be a snapshot's.
        RemoteMissing, RemoteUnreachable: it is not there, or cannot be had.
        RemoteDamaged: what is there is no snapshot, or was changed.
        LakeTooNew: a newer Passlake made it.
    """
    storage.check_name("snapshot", name)
    where = f"{source.location}/snapshots/{name}.json"
    text = source.read(f"snapshots/{name}.json", _MOST_JSON_BYTES)
    try:
        values = json.loads(text)
        newer = values["schema_version"] > schema.SCHEMA_VERSION
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteDamaged(f"{where} is no snapshot: ask whoever keeps that lake") from error
    if newer:
        raise LakeTooNew(
            f"{where} has schema version {values['schema_version']}, this Passlake knows up to "
            f"{schema.SCHEMA_VERSION}: upgrade Passlake"
        )
    try:
        record = Snapshot(**values)
    except TypeError as error:
        raise RemoteDamaged(f"{where} is no snapshot: ask whoever keeps that lake") from error
    if record.file_list is None:
        raise RemoteMissing(
            f"{where} was made by an earlier Passlake and does not list its files: make another "
            "snapshot there"
        )
    files = _files(_beside(source, record.file_list), source, record.file_list)
    left_out = None
    if record.left_out_file is not None:
        left_out = _beside(source, record.left_out_file)
        _check_left_out(left_out, f"{source.location}/snapshots/{record.left_out_file}")
    return RemoteSnapshot(record, files, left_out)


def _beside(source: Remote, name: str) -> bytes:
    """A file beside a snapshot's own; its name holds the hash of its contents."""
    storage.check_name("file", name)
    content = source.read(f"snapshots/{name}", _MOST_LIST_BYTES)
    if f".{blake2b(content, digest_size=8).hexdigest()}." not in name:
        raise RemoteDamaged(f"{source.location}/snapshots/{name} was changed: it is not pulled")
    return content


def _files(content: bytes, source: Remote, name: str) -> list[ListedFile]:
    where = f"{source.location}/snapshots/{name}"
    try:
        files = file_list.from_bytes(content, where)
    except TableDamaged as error:
        raise RemoteDamaged(f"{where} is no list of files: ask who keeps that lake") from error
    for file in files:
        try:
            for part in file.path.split("/"):
                storage.check_name("path", part)
        except BadName as error:
            raise RemoteDamaged(f"{where} names {file.path!r}: it is not pulled") from error
        table, *_, last = parts = file.path.split("/")
        if (
            file.table not in schema.TABLES
            or table != file.table
            or len(parts) != _PARTS
            or not last.endswith(".parquet")
        ):
            raise RemoteDamaged(f"{where} names {file.path!r}: it is not pulled")
    return files


def _check_left_out(content: bytes, where: str) -> None:
    try:
        pq.read_table(io.BytesIO(content), schema=schema.left_out_schema())
    except (pa.ArrowInvalid, OSError) as error:
        raise RemoteDamaged(f"{where} is no list of functions: ask who keeps that lake") from error
