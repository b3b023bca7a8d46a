"""One table's Delta log: versions, the files of a version, and an append that happens once.

The only module that speaks to `deltalake`, which it imports when first used: a worker that stages
files, or a command that prints its help, does not pay for it. `deltalake` runs threads of its own;
do not fork a process that has used this module (spawn or exec instead).
"""

# ruff: noqa: PLC0415  (deltalake is imported when first used, as said above)

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from warehouse import places, schema, storage
from warehouse.errors import BadStagedFile, SnapshotMissing, TableDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from deltalake import DeltaTable

    from warehouse.journal import Batch
    from warehouse.places import Place
    from warehouse.staging import StagedFile

NO_VERSION = -1
"""Version of a table that nothing was ever committed to; Delta counts from 0."""

_CONFIGURATION: dict[str, str | None] = {
    "delta.appendOnly": "true",
    # Snapshots are for ever: delta-rs would drop log entries older than 30 days at a checkpoint,
    # and the versions that need them with them.
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    # Every commit and every reader reads the entries since the last one: by default up to a
    # hundred, which is most of what a commit costs.
    "delta.checkpointInterval": "20",
}

SHA256 = "passlake.sha256"
"""Key in a commit's own metadata: the hash of each file that it adds, as JSON."""

_LONGEST_STATISTIC = 64
"""Characters; bounds of longer values (IR, options) would swell the log and skip nothing."""


def log(folder: Place) -> Place:
    """Where the table's log lies."""
    return folder / "_delta_log"


def _open(folder: Place, version: int | None = None) -> DeltaTable:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        return DeltaTable(str(folder), version=version)
    except DeltaError as error:
        line = str(error).splitlines()[0]
        if version is not None:
            raise SnapshotMissing(f"{folder} has no version {version}: {line}") from error
        raise TableDamaged(f"the log of {folder} cannot be read: {line}") from error


def exists(folder: Place) -> bool:
    """Whether anything was ever committed to the table."""
    return any(name.endswith(".json") for name in storage.names(log(folder)))


def version(folder: Place) -> int:
    """The table's latest version; `NO_VERSION` if nothing was ever committed."""
    return _open(folder).version() if exists(folder) else NO_VERSION


def files(folder: Place, at: int | None = None) -> list[str]:
    """Paths of the Parquet files of a version, the latest by default, in a fixed order.

    Raises:
        SnapshotMissing: the table has no such version.
    """
    if at == NO_VERSION or (at is None and not exists(folder)):
        return []
    # Not file_uris(): it percent-encodes spaces and letters beyond ASCII of the lake's own path.
    paths = _open(folder, at).get_add_actions().column("path").to_pylist()
    return sorted(str(folder / path) for path in paths)


def last_sequence(folder: Place, writer: str) -> int | None:
    """Sequence of the writer's latest batch in this table; None if it has none."""
    return _open(folder).transaction_version(writer) if exists(folder) else None


def append(folder: Place, files: list[StagedFile], writer: str, sequence: int) -> bool:
    """Add files to the table unless the writer's batch is in already; says whether it was added.

    To be called under the lake's commit lease: Delta itself does not reject a batch that another
    handle has committed, so what the log says is looked at first. The commit is on the disk when
    this returns. A table of an older schema gets the columns that it lacks, in a commit of its own.
    """
    from deltalake import CommitProperties, DeltaTable, Transaction
    from deltalake.exceptions import CommitFailedError

    columns = schema.arrow_schema(folder.name)
    with storage.disk_errors(folder):
        if not exists(folder):
            storage.make_folder(folder)
            DeltaTable.create(str(folder), columns, mode="ignore", configuration=_CONFIGURATION)
            _sync_entry(folder, 0)
        table = _open(folder)
        _widen(folder, table, columns)
        done = table.transaction_version(writer)
        if done is not None and done >= sequence:
            return False
        properties = CommitProperties(
            custom_metadata=_hashes(folder, files),
            app_transactions=[Transaction(writer, sequence)],
        )
        added = [_add_action(folder, file) for file in files]
        try:
            table.create_write_transaction(added, "append", columns, commit_properties=properties)
        except CommitFailedError:
            # Somebody finished this batch since the log was read, as may be who took over a lease.
            done = last_sequence(folder, writer)
            if done is None or done < sequence:
                raise
            return False
        _sync_entry(folder, table.version() + 1)
    return True


def replace(folder: Place, old: Sequence[str], new: list[StagedFile]) -> None:
    """Put files in the place of others that hold the same rows, in one commit.

    `old` are paths relative to the table, all of its latest version. To be called under the lake's
    commit lease. Earlier versions still name the old files.
    """
    from deltalake import CommitProperties
    from deltalake.transaction import RemoveAction

    with storage.disk_errors(folder):
        table = _open(folder)
        columns = schema.arrow_schema(folder.name)
        _widen(folder, table, columns)
        now_ms = int(time.time() * 1000)
        removed = [RemoveAction(path, data_change=False, deletion_timestamp=now_ms) for path in old]
        added = [_add_action(folder, file, data_change=False) for file in new]
        properties = CommitProperties(custom_metadata=_hashes(folder, new))
        table.create_write_transaction(
            [*removed, *added], "append", columns, commit_properties=properties
        )
        _sync_entry(folder, table.version() + 1)


def rewrite(folder: Place, version: int, batch: Batch) -> None:
    """Write the entry of a version anew, from the batch that it brought; under the commit lease."""
    files = [file for file in batch.files if file.table == folder.name]
    info = {
        "timestamp": int(time.time() * 1000),
        "operation": "WRITE",
        "operationParameters": {"mode": "Append"},
        **_hashes(folder, files),
    }
    actions: list[dict[str, Any]] = [
        {"commitInfo": info},
        {"txn": {"appId": batch.writer, "version": batch.sequence}},
    ]
    for file in files:
        path = folder.parent / file.path
        facts = path.stat()
        added = {
            "path": _within(folder, file),
            "partitionValues": {},
            "size": facts.st_size,
            "modificationTime": int(facts.st_mtime * 1000),
            "dataChange": True,
            "stats": json.dumps(_statistics(path)),
        }
        actions.append({"add": added})
    content = "".join(json.dumps(action) + "\n" for action in actions)
    storage.write_bytes(log(folder) / f"{version:020}.json", content.encode())


def checkpoint(folder: Place) -> None:
    """Write the table's present state into one file, from which it opens without its whole log."""
    with storage.disk_errors(folder):
        _open(folder).create_checkpoint()


def _widen(folder: Place, table: DeltaTable, columns: pa.Schema) -> None:
    """Add the columns that the table lacks, to its log alone: rows that are there read as null."""
    from deltalake import Schema

    known = {field.name for field in table.schema().fields}
    lacking = [field for field in Schema.from_arrow(columns).fields if field.name not in known]
    if lacking:
        table.alter.add_columns(lacking)
        _sync_entry(folder, table.version())


def _sync_entry(folder: Place, version: int) -> None:
    # delta-rs does not sync; a log entry lost with the power would take its rows with it.
    storage.sync_file(log(folder) / f"{version:020}.json")
    storage.sync_folder(folder)


def mend(folder: Place) -> None:
    """Take away a last log entry that a loss of power left torn; its batch is then due again.

    To be called under the commit lease, for the tables of a batch that was promised and is not
    done: only such a batch can have an entry that was not yet synced.
    """
    entries = [name for name in storage.names(log(folder)) if name.endswith(".json")]
    for last in entries[-1:]:
        if not _is_whole(storage.read_text(log(folder) / last) or ""):
            storage.remove(log(folder) / last)


def _is_whole(entry: str) -> bool:
    try:
        return bool([json.loads(line) for line in entry.splitlines()])
    except ValueError:
        return False


def _hashes(folder: Place, files: list[StagedFile]) -> dict[str, str]:
    """What a commit says of its files beyond Delta's own: the SHA-256 of each, by its path."""
    hashes = {_within(folder, file): file.sha256 for file in files}
    return {SHA256: json.dumps(hashes)}


def _within(folder: Place, file: StagedFile) -> str:
    return places.within(folder.parent / file.path, folder)


def _add_action(folder: Place, file: StagedFile, *, data_change: bool = True) -> Any:  # noqa: ANN401  (deltalake's own record)
    from deltalake.transaction import AddAction

    path = folder.parent / file.path
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        raise BadStagedFile(
            f"{path} is gone before its commit: restore it from a copy of the lake"
        ) from error
    return AddAction(
        path=_within(folder, file),
        size=facts.st_size,
        partition_values={},
        modification_time=int(facts.st_mtime * 1000),
        data_change=data_change,
        stats=json.dumps(_statistics(path)),
    )


def _statistics(path: Place) -> dict[str, Any]:
    """Row count, and bounds of the columns that have short ones, from the file's own footer."""
    footer = pq.read_metadata(places.readable(path))
    lows: dict[str, Any] = {}
    highs: dict[str, Any] = {}
    for number in range(footer.num_columns):
        name = footer.schema.column(number).path
        groups = [
            footer.row_group(group).column(number).statistics
            for group in range(footer.num_row_groups)
        ]
        if not groups or any(group is None or not group.has_min_max for group in groups):
            continue
        low, high = min(group.min for group in groups), max(group.max for group in groups)
        if _is_bound(low) and _is_bound(high) and "." not in name:  # Delta has none for list items
            lows[name], highs[name] = low, high
    return {"numRecords": footer.num_rows, "minValues": lows, "maxValues": highs}


def _is_bound(value: object) -> bool:
    """Whether Delta's JSON says the value exactly, and in few characters."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_STATISTIC
    return isinstance(value, int) and not isinstance(value, bool)
