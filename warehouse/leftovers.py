"""Files of a lake that nothing names any more, or never did, and that may go.

What stays, whatever its age: files of every table's present version and of every version that a
snapshot or a campaign names, and files of the journal's batches. What else lies in the places that
a lake writes to goes once it is older than somebody may still rely on it: a reader that took the
list of files and reads on, a driver that holds a receipt and has not committed it yet. A time in
the future, as after a clock that was set back, is of no age. Ages are told by what dates the files:
in an object store the store's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warehouse import delta, journal, places, schema, snapshot, storage, table_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.lake import Lake
    from warehouse.pins import Pin
    from warehouse.places import Place
    from warehouse.table_log import TableLog


LEAST_S = 86_400.0
"""A file that was never committed stays so long: a driver may hold its receipt, in a job whose
earlier tasks, builds of packages say, have to be committed first. In an object store everything
stays so long, as a reader there cannot say that it reads."""


@dataclass(frozen=True)
class Leftover:
    """A file that may go: `path` relative to the lake, with forward slashes, and why.

    `changed_s`: since when nothing needs it, in seconds since 1970. `uncommitted`: no version ever
    named it.
    """

    path: str
    bytes: int
    why: str
    changed_s: float
    uncommitted: bool = True


def leftovers(
    lake: Lake, logs: dict[str, TableLog], kept: list[Pin], *, now_s: float, older_than_s: float
) -> list[Leftover]:
    """What may go. `now_s` is the present in seconds since 1970.

    To be called while nobody commits; the logs must be whole.
    """
    promised = {
        file.path
        for writer in journal.writers(lake.folder)
        for batch in (
            *journal.unfinished(lake.folder, writer),
            journal.last(lake.folder, writer),
        )
        if batch is not None
        for file in batch.files
    }
    found = [
        one for table, log in logs.items() for one in _of_table(lake, table, log, kept, promised)
    ]
    unborn = [*(one for one in found if one.uncommitted), *_lists(lake), *_drafts(lake)]
    merged = [one for one in found if not one.uncommitted]
    careful_s = max(older_than_s, LEAST_S)
    merged_s = careful_s if places.in_store(lake.folder) else older_than_s
    return [
        *(one for one in merged if one.changed_s < now_s - merged_s),
        *(one for one in unborn if one.changed_s < now_s - careful_s),
    ]


def _of_table(
    lake: Lake, table: str, log: TableLog, kept: list[Pin], promised: set[str]
) -> Iterator[Leftover]:
    versions = {pin.version for pin in kept if pin.table == table}
    named = {file.path for file in log.files_of(versions)}
    for name in storage.names(lake.folder / table / "staging"):
        path = f"staging/{name}"
        whole = f"{table}/{path}"
        if path in named or whole in promised or not name.endswith(".parquet"):
            continue
        if path in log.removed:
            left = log.removed[path]
            why = f"merged into another file with version {left}"
            gone = _leftover(lake, lake.folder / whole, why)
            since_s = _leftover(
                lake, table_log.entry_path(lake.folder / table, left), why
            ).changed_s
            yield replace(gone, changed_s=max(gone.changed_s, since_s), uncommitted=False)
        else:
            yield _leftover(lake, lake.folder / whole, "staged and never committed")


def _lists(lake: Lake) -> Iterator[Leftover]:
    """Lists of snapshots that were not finished: what they leave out, and their files."""
    named = {name for one in snapshot.list_(lake) for name in one.beside}
    for name in storage.names(lake.folder / "snapshots"):
        if name.endswith(".parquet") and name not in named:
            path = lake.folder / "snapshots" / name
            yield _leftover(lake, path, "of a snapshot that was never finished")


def _drafts(lake: Lake) -> Iterator[Leftover]:
    """What killed processes were writing: our own temporary names, and those of delta-rs."""
    root = lake.folder
    folders = [root, root / "snapshots", root / "locks"]
    folders += [root / "journal" / writer for writer in journal.writers(root)]
    for table in schema.TABLES:
        folders += [root / table / "staging", delta.log(root / table)]
    for folder in folders:
        for name in storage.names(folder):
            path = folder / name
            ours = name.startswith(".") and name.endswith(".tmp")
            theirs = folder.name == "_delta_log" and (
                ".json#" in name or name.startswith("_commit")
            )
            if (ours or theirs) and path.is_file():
                yield _leftover(lake, path, "a draft that was cut off")


def _leftover(lake: Lake, path: Place, why: str) -> Leftover:
    with storage.disk_errors(path, reading=True):
        facts = path.stat()
    return Leftover(places.within(path, lake.folder), facts.st_size, why, facts.st_mtime)
