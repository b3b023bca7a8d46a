"""A lake: a folder of Delta tables that many commands read and write at once without harm.

What lies in it:

    lake.json                        the schema's version and who made the lake
    <table>/_delta_log/              the table's log: which files make up which version
    <table>/staging/*.parquet        rows; a file is part of its table once the log names it
    journal/<writer>/                batches being committed (see `warehouse/journal.py`)
    locks/                           the commit lease, and what `Lake.hold` holds
    snapshots/<name>.json            versions of all tables under a name

**What is promised.** A batch that `commit` returned from is on the disk, in every table, once, and
stays so whatever is killed. A batch that was cut off anywhere is either not begun, or finished by
the next `commit` or `recover` of the same writer. Readers see whole files only, and a version that
was read once reads the same until `maintain` takes away what it alone names: never one that a
snapshot or a campaign names, or that is being read (`reading`).

**Older lakes** are read as they are: a column that their rows lack reads as null. A first commit
raises lake.json, after which an older Passlake refuses the lake, and adds the columns to the logs
of the tables that it touches; no row is written again. Cut off anywhere, the next commit goes on.

**In an object store** (`s3://bucket/prefix`) all this holds, too. Locks are leases there: of a
process that was killed others know after half a minute, and what is held elsewhere is refused after
some seconds. Readers hold nothing: `maintain` removes only what nothing has named for a day.

**Threads and processes.** A `Lake` holds no open file and no cache: it may be shared by threads and
sent to other processes (it pickles as its folder). `stage` needs no lock. Commits exclude each
other by a lease; `hold` excludes whoever wants the same name.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pyarrow import dataset

from warehouse import delta, journal, marker, places, schema, staging, storage
from warehouse.errors import Held, LeaseTimeout, SequenceTaken
from warehouse.journal import Batch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    import pyarrow.compute as pc

    from warehouse.places import Place
    from warehouse.staging import StagedFile

_LEASE_S = 60.0
"""How long to wait for other committers; a commit takes some ten milliseconds per table."""

_ORDER = {name: place for place, name in enumerate(schema.TABLES)}


@dataclass(frozen=True)
class Lake:
    """An open lake. Make one with `Lake.open`."""

    folder: Place

    @classmethod
    def open(cls, location: str | os.PathLike[str], *, create: bool = False) -> Lake:
        """Open the lake at a folder or address; with `create`, make one where nothing is yet.

        Without `create` nothing is written. With it, the lake is known to be writable afterwards.

        Raises:
            LakeMissing: there is none, and none was to be made.
            NotALake: the place is a file, a folder of other things, or its lake.json is broken.
            LakeTooNew: a newer Passlake made it.
            LakeUnreadable: the place may not be looked at.
            LakeUnwritable, LakeFull: `create`, and nothing can be written there.
            UnsupportedLocation: the location is an address of a kind that is not known, or a path
                that cannot hold a lake.
        """
        lake = cls(places.place_of(location))
        marker.ensure(lake.folder, create=create)
        if create:
            lake.check_writable()
        return lake

    @property
    def location(self) -> str:
        """The lake's folder, absolute, or its address."""
        return str(self.folder)

    def check_writable(self) -> None:
        """Find out now, and not after hours of work, whether the lake can be written.

        Raises:
            LakeUnwritable, LakeFull: it cannot.
        """
        with self._lease():
            storage.probe(self.folder)

    def version(self, table: str) -> int:
        """The table's latest version; -1 if nothing was ever committed to it."""
        return delta.version(self._table(table))

    def files(self, table: str, version: int | None = None) -> list[str]:
        """Absolute paths of the Parquet files of a version of a table, the latest by default.

        Raises:
            SnapshotMissing: the table has no such version.
        """
        return delta.files(self._table(table), version)

    def read(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        where: pc.Expression | None = None,
        version: int | None = None,
    ) -> pa.Table:
        """Rows of a version of a table, the latest by default, in no particular order.

        A table that nothing was committed to reads as empty. Row groups that `where` excludes by
        their bounds are not read.

        Raises:
            SnapshotMissing: the table has no such version.
        """
        with self.reading():
            rows = self._dataset(table, version)
            return rows.to_table(columns=None if columns is None else list(columns), filter=where)

    def batches(
        self,
        table: str,
        *,
        columns: Sequence[str],
        where: pc.Expression | None = None,
        version: int | None = None,
        rows: int = 8192,
    ) -> Iterator[pa.RecordBatch]:
        """The same rows as `read` gives, at most so many at a time, for tables larger than memory.

        Raises:
            SnapshotMissing: the table has no such version.
        """
        with self.reading():
            whole = self._dataset(table, version)
            # File by file: a scanner of all reads ahead of a slow caller until it holds them.
            for file in whole.get_fragments():
                scanner = file.scanner(
                    schema=whole.schema,
                    columns=list(columns),
                    filter=where,
                    batch_size=rows,
                    batch_readahead=1,
                    use_threads=False,
                )
                for batch in scanner.to_batches():
                    if batch.num_rows:
                        yield batch

    def count(self, table: str) -> int:
        """How many rows the table's latest version has."""
        with self.reading():
            rows: int = self._dataset(table, None).count_rows()
            return rows

    def existing(self, table: str, column: str) -> set[Any]:
        """The distinct values of a column: what a builder skips because the table has it."""
        return set(self.read(table, columns=[column]).column(column).unique().to_pylist())

    def stage(self, table: str, rows: pa.Table, *, name: str) -> StagedFile:
        """Write rows to a file that a later `commit` makes part of their table.

        The file's name is `name` and a random part, so that two attempts at one task, even of two
        drivers, never meet. On return the file is whole and on the disk; on an error nothing of it
        is left. Rows with no row in them are fine.

        Raises:
            BadRows: the rows do not fit the table's schema.
            BadName: the name cannot be part of a file's name.
            LakeFull, LakeUnwritable: the disk does not take it.
        """
        return staging.write(self.folder, table, rows, name=name)

    def read_staged(self, file: StagedFile, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a staged file, for who decides whether to commit them; all columns or some.

        Raises:
            BadStagedFile: the file is gone or changed.
        """
        staging.check(self.folder, file)
        return staging.read(self.folder, file, columns)

    def stage_filtered(self, file: StagedFile, kept: pa.BooleanArray, *, name: str) -> StagedFile:
        """Stage those rows of a staged file that `kept` says, in bounded memory.

        Raises:
            BadStagedFile: the file is gone or changed.
            BadName, LakeFull, LakeUnwritable: as `stage`.
        """
        staging.check(self.folder, file)
        return staging.filtered(self.folder, file, kept, name=name)

    def commit(self, writer: str, sequence: int, files: Sequence[StagedFile]) -> None:
        """Make staged files part of their tables: all of them, once, in one batch.

        `writer` names who commits (a campaign, a corpus job), and `sequence` is its own count from
        0, as `recover` gives it. The ledger's table comes last, so a task that reads as done has
        all its rows in place. Committing the same batch again does nothing. After an error
        (`LakeFull`, say) the batch is either not begun or will be finished later: commit it again
        with the same sequence, or call `recover`.

        Raises:
            BadStagedFile: a file is gone or changed; nothing was committed.
            SequenceTaken: the sequence was used for other files; nothing was committed.
            LeaseTimeout: other processes kept the lease.
            LakeFull, LakeUnwritable: the disk does not take it.
        """
        storage.check_name("writer", writer)
        assert sequence >= 0, f"sequence {sequence} of {writer} is negative"
        in_order = sorted(set(files), key=lambda file: (_ORDER[file.table], file.path))
        batch = Batch(writer, sequence, tuple(in_order))
        with self._lease():
            last = self._finish(writer)
            done = journal.last(self.folder, writer)
            if not files or batch == done:
                return
            if sequence <= last:
                raise SequenceTaken(
                    f"batch {sequence} of {writer} is already in {self.folder} (the last is "
                    f"{last}): begin with the number that recover gives"
                )
            for file in batch.files:
                staging.check(self.folder, file)
            marker.upgrade(self.folder)
            journal.open_entry(self.folder, batch)
            self._apply(batch)

    def recover(self, writer: str) -> int:
        """Finish what a killed process of this writer left half committed.

        Returns the writer's next free sequence. To be called before its first `commit`, and before
        it reads the ledger.

        Raises:
            LeaseTimeout, LakeFull, LakeUnwritable: as `commit`.
        """
        storage.check_name("writer", writer)
        with self._lease():
            return self._finish(writer) + 1

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Keep every file of every version in place for the length of the block.

        For who asks for `files` and reads them later. Others read and commit meanwhile; only
        maintenance has to leave what it would remove to another time.
        """
        with storage.folder_locked(self.folder, shared=True, wait_s=_LEASE_S) as had:
            if not had:
                raise LeaseTimeout(
                    f"{self.folder} is being cleared of old files for more than {_LEASE_S:.0f} s:"
                    " see what `passlake maintain` does there, then run the same command again"
                )
            yield

    @contextlib.contextmanager
    def paused(self) -> Iterator[Callable[[], bool]]:
        """Keep all commits out for the length of the block; one that was cut off stays as it is.

        Yields what says whether they are still kept out (`storage.locked`).

        Raises:
            LeaseTimeout, LakeUnwritable: as `commit`.
        """
        with self._lease() as is_held:
            yield is_held

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keep all commits out for the length of the block, with every begun batch finished."""
        with self._lease():
            for writer in journal.writers(self.folder):
                self._finish(writer)
            yield

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a name for the length of the block, so that no other process can.

        The kernel lets go of it when this process ends, however it ends; in an object store it
        expires then. A process forked (not exec'd) inside the block shares the hold.

        Raises:
            Held: another process, or another thread of this one, holds it.
            LakeUnwritable: the lock's file cannot be made.
        """
        path = self.folder / "locks" / f"{storage.check_name('hold', name)}.lock"
        with storage.locked(path, wait_s=0) as is_held:
            if is_held is None:
                holder = storage.lock_holder(path) or "another process"
                raise Held(f"{name} is in use by {holder}: wait for it to end, or stop it")
            yield

    def _dataset(self, table: str, version: int | None) -> dataset.Dataset:
        paths, filesystem = places.for_arrow(self.folder, self.files(table, version))
        return dataset.dataset(
            paths, schema=schema.arrow_schema(table), format="parquet", filesystem=filesystem
        )

    def _table(self, table: str) -> Place:
        assert table in schema.TABLES, f"{table} is no table of the lake"
        return self.folder / table

    @contextlib.contextmanager
    def _lease(self) -> Iterator[Callable[[], bool]]:
        path = self.folder / "locks" / "commit.lock"
        with storage.locked(path, wait_s=_LEASE_S) as is_held:
            if is_held is None:
                raise LeaseTimeout(
                    f"{storage.lock_holder(path)} has been committing to {self.folder} for "
                    f"{_LEASE_S:.0f} s: see what it does, then run the same command again"
                )
            yield is_held

    def _finish(self, writer: str) -> int:
        """Apply the writer's promised batches; the last sequence it has used, -1 for none."""
        for batch in journal.unfinished(self.folder, writer):
            for table in {file.table for file in batch.files}:
                delta.mend(self._table(table))
            self._apply(batch)
        done = journal.last(self.folder, writer)
        if done is not None:
            return done.sequence
        # No journal, as in a lake that was copied without it: the tables know, too.
        known = [delta.last_sequence(self._table(table), writer) for table in schema.TABLES]
        return max((number for number in known if number is not None), default=-1)

    def _apply(self, batch: Batch) -> None:
        for table, files in groupby(batch.files, key=lambda file: file.table):
            delta.append(self._table(table), list(files), batch.writer, batch.sequence)
        journal.close_entry(self.folder, batch)
