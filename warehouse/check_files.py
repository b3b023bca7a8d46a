"""Whether what lies in a lake is what was committed: logs, files, journal, snapshots."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import delta, journal, pins, places, schema, snapshot, staging, storage, table_log
from warehouse.errors import TableDamaged, WarehouseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.lake import Lake
    from warehouse.pins import Pin
    from warehouse.places import Place
    from warehouse.table_log import Added, TableLog

RESTORE = "restore it from a copy of the lake"
MAINTAIN = "`passlake maintain` puts it right"


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was committed: `where` in the lake, `what`, and the way out."""

    where: str
    what: str
    way_out: str

    @property
    def mendable(self) -> bool:
        """Whether maintenance repairs it."""
        return self.way_out == MAINTAIN

    def __str__(self) -> str:
        return f"{self.where} {self.what}: {self.way_out}"


@dataclass
class Findings:
    """What was looked at so far, and what is wrong with it.

    `broken` are the tables whose rows cannot all be read. `unhashed` files were committed by a
    Passlake that recorded no hash of them: their size and rows are all that can be compared.
    """

    damages: list[Damage] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    files: int = 0
    file_bytes: int = 0
    unhashed: int = 0

    def add(self, where: str, what: str, way_out: str = RESTORE) -> None:
        """One more damage."""
        self.damages.append(Damage(where, what, way_out))


def check_log(lake: Lake, table: str, log: TableLog, found: Findings) -> None:
    """Every entry of a table's log is there and whole, and delta-rs opens its latest version."""
    folder = lake.folder / table
    lost = [*((one, "is missing") for one in log.missing), *((one, "is torn") for one in log.torn)]
    mendable = len(lost) == 1 and _is_told_elsewhere(lake, table, log)
    for version, what in lost:
        entry = places.within(table_log.entry_path(folder, version), lake.folder)
        found.add(entry, what, MAINTAIN if mendable else RESTORE)
    if lost:
        found.broken.add(table)
        return
    try:
        opened = delta.version(folder)
    except TableDamaged as error:
        found.broken.add(table)
        found.add(f"{table}/_delta_log", f"cannot be read ({error})")
    else:
        if opened != log.latest:
            found.add(f"{table}/_delta_log", f"has version {log.latest} and opens at {opened}")


def _is_told_elsewhere(lake: Lake, table: str, log: TableLog) -> bool:
    with contextlib.suppress(TableDamaged):
        return journal.untold(lake.folder, table, log.batches) is not None
    return False


def check_journal(lake: Lake, logs: dict[str, TableLog], found: Findings) -> None:
    """Every batch that was promised is in all its tables."""
    for writer in journal.writers(lake.folder):
        try:
            unfinished = journal.unfinished(lake.folder, writer)
            done = journal.last(lake.folder, writer)
        except TableDamaged as error:
            found.add(f"journal/{writer}", f"cannot be read ({error})")
            continue
        for batch in unfinished:
            entry = f"journal/{writer}/{batch.sequence}.json"
            found.add(entry, "was begun and never finished", MAINTAIN)
        for table in sorted({file.table for file in done.files}) if done is not None else ():
            log = logs[table]
            assert done is not None
            if (writer, done.sequence) not in log.batches and not (log.missing or log.torn):
                what = f"has lost batch {done.sequence} of {writer}"
                found.add(f"{table}/_delta_log", what, MAINTAIN)


def check_snapshots(lake: Lake, logs: dict[str, TableLog], found: Findings) -> list[Pin]:
    """Every snapshot can be read and names versions that exist; the versions that are named."""
    kept: list[Pin] = []
    for name in storage.names(lake.folder / "snapshots"):
        if not name.endswith(".json"):
            continue
        try:
            made = snapshot.get(lake, name.removesuffix(".json"))
            rows = snapshot.left_out(lake, made.name).num_rows
        except WarehouseError as error:
            found.add(f"snapshots/{name}", f"cannot be read ({error})")
            continue
        kept += pins.of_snapshot(made)
        if rows != made.left_out:
            what = f"has {rows} rows, {made.left_out} were written"
            found.add(f"snapshots/{made.left_out_file}", what)
    if "campaigns" not in found.broken:
        try:
            kept += pins.of_campaigns(lake)
        except (WarehouseError, OSError, pa.ArrowInvalid, ValueError) as error:
            line = " ".join(str(error).split())
            found.add("campaigns", f"cannot be read ({line})")
    for pin in kept:
        latest = logs[pin.table].latest
        if pin.version > latest:
            found.add(pin.by, f"names version {pin.version} of {pin.table}, which has {latest}")
    return kept


def check_files(
    lake: Lake, table: str, log: TableLog, kept: Iterable[Pin], found: Findings
) -> None:
    """Every file that the present version or a kept one names is there, as it was committed."""
    for file in log.files_of({pin.version for pin in kept if pin.table == table}):
        found.files += 1
        wrong = _wrong_with(lake.folder / table, table, file, found)
        if wrong is not None:
            found.broken.add(table)
            found.add(f"{table}/{file.path}", wrong)


def _wrong_with(folder: Place, table: str, file: Added, found: Findings) -> str | None:
    path = folder / file.path
    with storage.disk_errors(path, reading=True):
        if not path.is_file():
            return "is gone"
        size = path.stat().st_size
        found.file_bytes += size
        if size != file.size:
            return f"has {size} bytes, {file.size} were committed"
        if file.sha256 is None:
            found.unhashed += 1
        elif staging.sha256_of(path) != file.sha256:
            return "has other contents than were committed"
    try:
        footer = pq.read_metadata(places.readable(path))
    except (OSError, pa.ArrowInvalid) as error:
        return f"is no Parquet file ({' '.join(str(error).split())})"
    if file.rows is not None and footer.num_rows != file.rows:
        return f"has {footer.num_rows} rows, {file.rows} were committed"
    unknown = set(footer.schema.to_arrow_schema().names) - set(schema.arrow_schema(table).names)
    return f"has columns that {table} has not: {', '.join(sorted(unknown))}" if unknown else None
