"""Rows of another lake's snapshot brought into this one, each once.

Life of a pull:

    1  the snapshot and its list of files are read from the other lake
    2  files that are not here are copied into `<table>/staging/`, under their names there, and
       compared with their hashes; one that lies here whole already is not copied again
    3  while nobody else works on the same campaigns or adds code, rows that this lake has already
       (by `schema.Table.key`) are told from new ones: a file of new rows is committed as it is, one
       of both kinds is filtered, one of known rows is dropped
    4  the files are committed in batches, the ledger last
    5  where the lake now holds the snapshot's files and no others, the snapshot is made here

Cut off anywhere, the same command goes on: files lie where they were copied to, the journal knows
the batches, and rows that came in are known rows. What was looked at is noted (`pulled.py`), so
that a later snapshot of the same lake costs what is new in it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from warehouse import (
    arrivals,
    places,
    pulled,
    remote_snapshot,
    schema,
    snapshot,
    sql,
    storage,
    table_log,
)
from warehouse.errors import SnapshotExists
from warehouse.remote import remote

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from warehouse.file_list import ListedFile
    from warehouse.lake import Lake
    from warehouse.remote import Remote
    from warehouse.remote_snapshot import RemoteSnapshot
    from warehouse.staging import StagedFile

_BATCH_BYTES = 256 * 2**20
_BATCH_FILES = 500
"""A batch ends at either: so much is hashed once more while the commit lease is held."""

_ORDER = {name: place for place, name in enumerate(schema.TABLES)}


@dataclass(frozen=True)
class Pulled:
    """What a pull came to.

    Of the snapshot's `files`, `files_copied` came over the wire, in `bytes_copied`. `rows_new`
    entered the tables; `rows_known` came along and were here already. `snapshot` is its name here,
    None where this lake holds other rows, too.
    """

    location: str
    name: str
    files: int
    files_copied: int
    bytes_copied: int
    rows_new: int
    rows_known: int
    snapshot: str | None

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(vars(self))

    def lines(self) -> list[str]:
        """For a person."""
        return [
            f"{self.files_copied} of {self.files} files copied, {self.bytes_copied} bytes",
            f"{self.rows_new} rows are new, {self.rows_known} were here",
            f"snapshot {self.snapshot} is here"
            if self.snapshot is not None
            else f"this lake holds other rows, too: pull {self.name} into a lake of its own to "
            "have it as it was",
        ]


def pull(
    lake: Lake,
    location: str | os.PathLike[str],
    name: str,
    *,
    as_name: str | None = None,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> Pulled:
    """Bring the rows of snapshot `name` of the lake at `location` into this one.

    `as_name` is the snapshot's name here, the same by default. `tell` hears how many bytes of how
    many are here.

    Raises:
        RemoteMissing, RemoteUnreachable, RemoteDamaged, UnsupportedLocation: of the other lake.
        LakeTooNew: a newer Passlake made the snapshot.
        SnapshotExists: this lake has another snapshot of the name.
        Held: somebody pulls into this lake, adds code, or runs a campaign that is in both.
        LakeFull, LakeUnwritable, LeaseTimeout: as `Lake.commit`.
    """
    source = remote(location)
    found = remote_snapshot.read(source, name)
    own = storage.check_name("snapshot", as_name or name)
    writer = f"pull-{found.digest}"
    with contextlib.ExitStack() as held:
        held.enter_context(lake.hold("pull"))
        # First, as a file of a batch that was promised must not be taken for one that is not here.
        sequence = lake.recover(writer)
        exists = _exists(lake, own, found)
        wanted = [] if exists else _wanted(lake, found)
        copied = _copy_all(lake, source, wanted, tell)
        for job in _jobs(lake, wanted):
            held.enter_context(lake.hold(job))
        _note_campaigns(lake, writer, wanted)
        rows_new = _commit_all(lake, writer, sequence, wanted)
        made = exists or _keep(lake, own, found, source.location)
    return Pulled(
        location=source.location,
        name=name,
        files=len(found.files),
        files_copied=len(copied),
        bytes_copied=sum(file.bytes for file in copied),
        rows_new=rows_new,
        rows_known=sum(file.rows for file in wanted) - rows_new,
        snapshot=own if made else None,
    )


def _exists(lake: Lake, name: str, found: RemoteSnapshot) -> bool:
    """Whether the snapshot is here under its name. Raises SnapshotExists if another one is."""
    if storage.read_text(snapshot.place(lake, name)) is None:
        return False
    here = snapshot.get(lake, name)
    hashes = sorted(file.sha256 for file in snapshot.files(lake, here))
    if hashes == sorted(file.sha256 for file in found.files):
        return True
    raise SnapshotExists(
        f"{lake.location} has another snapshot {name}: give this one a name with --as"
    )


def _wanted(lake: Lake, found: RemoteSnapshot) -> list[ListedFile]:
    """The files that were never looked at, in the order in which tables are committed."""
    known = pulled.files(lake)
    for table in schema.TABLES:
        log = table_log.read(lake.folder / table)
        known |= {f"{table}/{path}" for path in log.added}
    new = [file for file in found.files if file.path not in known]
    return sorted(new, key=lambda file: (_ORDER[file.table], file.path))


def _copy_all(
    lake: Lake,
    source: Remote,
    wanted: Sequence[ListedFile],
    tell: Callable[[int, int], None],
) -> list[ListedFile]:
    total, here = sum(file.bytes for file in wanted), 0
    copied = []
    for file in wanted:
        if arrivals.copy(lake, source, file):
            copied.append(file)
        here += file.bytes
        tell(here, total)
    return copied


def _jobs(lake: Lake, wanted: Sequence[ListedFile]) -> list[str]:
    """What to hold, so that no driver commits the same tasks meanwhile.

    A job is held by its name in the ledger, a campaign as `campaign-ID`.
    """
    jobs = _values(lake, wanted, "tasks")
    return sorted({*jobs, *(f"campaign-{job}" for job in jobs)})


def _note_campaigns(lake: Lake, writer: str, wanted: Sequence[ListedFile]) -> None:
    """Remember, before they come in, which campaigns this lake did not start."""
    coming = _values(lake, wanted, "campaigns") - lake.existing("campaigns", "campaign_id")
    if coming:
        pulled.note(lake, f"{writer}.campaigns", campaigns=coming | pulled.campaigns(lake))


def _values(lake: Lake, wanted: Sequence[ListedFile], table: str) -> set[str]:
    """The values of `campaign_id` in the files of one table."""
    found: set[str] = set()
    for file in wanted:
        if file.table == table:
            column = pq.read_table(
                places.readable(lake.folder / file.path), columns=["campaign_id"]
            )
            found |= set(column.column(0).unique().to_pylist())
    return found


def _commit_all(lake: Lake, writer: str, sequence: int, wanted: Sequence[ListedFile]) -> int:
    """Commit what is new in the files; how many rows that were."""
    rows = 0
    looked_at: list[ListedFile] = []
    batch: list[StagedFile] = []
    for file, new in _sorted_out(lake, wanted):
        looked_at.append(file)
        batch += [] if new is None else [new]
        rows += 0 if new is None else new.rows
        weight = sum(one.bytes for one in looked_at)
        if weight >= _BATCH_BYTES or len(looked_at) >= _BATCH_FILES:
            sequence = _commit(lake, writer, sequence, batch, looked_at)
            batch, looked_at = [], []
    _commit(lake, writer, sequence, batch, looked_at)
    return rows


def _commit(
    lake: Lake,
    writer: str,
    sequence: int,
    batch: Sequence[StagedFile],
    looked_at: Sequence[ListedFile],
) -> int:
    """Commit a batch, note what it came from, and take away files that did not enter a table."""
    if not looked_at:
        return sequence
    lake.commit(writer, sequence, batch)
    pulled.note(lake, f"{writer}.{sequence}", files=[file.path for file in looked_at])
    for path in {file.path for file in looked_at} - {file.path for file in batch}:
        storage.remove(lake.folder / path)
    return sequence + 1


def _sorted_out(
    lake: Lake, wanted: Sequence[ListedFile]
) -> Iterator[tuple[ListedFile, StagedFile | None]]:
    """Each file with what of it is new: itself, a filtered one, or nothing."""
    with sql.connect(lake) as connection:
        for table, group in groupby(wanted, key=lambda file: file.table):
            files = list(group)
            empty = not lake.files(table)
            masks = {} if empty else arrivals.new_rows(connection, lake, files)
            for file in files:
                kept = masks.get(file.path)
                whole = arrivals.staged(file)
                if kept is None:
                    yield file, whole
                elif kept.true_count:
                    name = file.path.rpartition("/")[2].removesuffix(".parquet")
                    yield file, lake.stage_filtered(whole, kept, name=name[:_LONGEST_NAME])
                else:
                    yield file, None


_LONGEST_NAME = 160
"""Characters of a file's name that go into the name of what is left of it."""


def _keep(lake: Lake, name: str, found: RemoteSnapshot, location: str) -> bool:
    """Make the snapshot here, if the lake holds its files and no others; whether it does."""
    with lake.reading():
        with lake.at_rest():
            versions = {table: lake.version(table) for table in schema.TABLES}
        here = {path for table in versions for path in lake.files(table, versions[table])}
        if here != {str(lake.folder / file.path) for file in found.files}:
            return False
        record = replace(found.record, name=name, versions=versions, pulled_from=location)
        if found.left_out is not None:
            beside = snapshot.write_beside(snapshot.place(lake, name), found.left_out)
            record = replace(record, left_out_file=beside)
        snapshot.keep(lake, record)
    return True
