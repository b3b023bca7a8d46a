"""`passlake maintain`: put right, merge, clear away, in this order, and say so before it is done.

Nothing here changes a row, or a file that the present state, a snapshot, a campaign or a running
reader names. Ended at any moment, the same command goes on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from warehouse import check_files as files
from warehouse import compaction, delta, schema, storage, table_log
from warehouse.errors import WarehouseError
from warehouse.leftovers import Leftover, leftovers
from warehouse.pins import pins
from warehouse.repair import repair

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.lake import Lake

HOURS = 7 * 24.0
"""How old what nothing names has to be before it goes, unless somebody says otherwise."""

_READERS_WAIT_S = 5.0
_CHECKPOINT_EVERY = 50
"""Versions after which a table's log gets another checkpoint: opening it reads no more entries."""


@dataclass
class MaintenanceReport:
    """What was done, or with `dry_run` what would be; a line for each deed.

    `left` says what could not be done now, and why.
    """

    dry_run: bool
    repaired: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    removed: list[Leftover] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def removed_bytes(self) -> int:
        """What the removed files took."""
        return sum(one.bytes for one in self.removed)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "removed_bytes": self.removed_bytes}

    def lines(self) -> list[str]:
        """For a person, who has been told of each deed when it was done."""
        done = "would be" if self.dry_run else "were"
        return [
            *self.left,
            f"{len(self.repaired)} damages {done} repaired",
            f"{len(self.merged)} merges {done} made",
            f"{len(self.removed)} files of {self.removed_bytes / 2**20:.1f} MiB {done} removed",
        ]


def maintain(
    lake: Lake,
    *,
    dry_run: bool = False,
    hours: float = HOURS,
    tell: Callable[[str], None] | None = None,
) -> MaintenanceReport:
    """Maintain a lake; `tell` gets a line before each deed.

    `hours`: nothing younger is removed. Readers of other programs, which cannot say that they read,
    are safe for as long; in an object store that is all readers, so everything stays for a day at
    least there, and everywhere what was staged and not committed.

    Raises:
        Held: another process maintains the lake.
        LeaseTimeout, LakeFull, LakeUnwritable, LakeUnreadable: as `Lake.commit`.
    """
    report = MaintenanceReport(dry_run)
    say = tell or _tell_nobody
    with lake.hold("maintenance"):
        _repair(lake, report, say)
        _clear(lake, report, hours * 3600, say)  # first, as merging needs room
        for table in schema.TABLES:
            _merge(lake, table, report, say)
        if report.merged and not (dry_run or report.left):
            _clear(lake, report, hours * 3600, say)
    return report


def _tell_nobody(line: str) -> None:
    del line


def _repair(lake: Lake, report: MaintenanceReport, tell: Callable[[str], None]) -> None:
    if report.dry_run:
        with lake.paused():
            logs = _logs(lake)
            found = files.Findings()
            for table, log in logs.items():
                files.check_log(lake, table, log, found)
            files.check_journal(lake, logs, found)
        report.repaired = [f"{one.where} {one.what}" for one in found.damages if one.mendable]
    else:
        report.repaired = repair(lake)
    for line in report.repaired:
        tell(f"repair: {line}")


def _merge(lake: Lake, table: str, report: MaintenanceReport, tell: Callable[[str], None]) -> None:
    log = table_log.read(lake.folder / table)
    if log.missing or log.torn:
        return
    for order in compaction.merges(table, log):
        tell(f"merge: {order}")
        if report.dry_run or compaction.merge(lake, order):
            report.merged.append(str(order))
        else:
            report.left.append(f"{table} is not merged: a file is damaged, see `passlake check`")
    if log.latest - _last_checkpoint(lake, table) >= _CHECKPOINT_EVERY:
        tell(f"checkpoint: {table} at version {log.latest}")
        report.checkpoints.append(table)
        if not report.dry_run:
            with lake.paused():
                delta.checkpoint(lake.folder / table)


def _last_checkpoint(lake: Lake, table: str) -> int:
    names = storage.names(delta.log(lake.folder / table))
    versions = [int(name.split(".")[0]) for name in names if ".checkpoint." in name]
    return max(versions, default=0)


def _clear(
    lake: Lake, report: MaintenanceReport, older_than_s: float, tell: Callable[[str], None]
) -> None:
    with lake.paused() as is_paused:
        logs = _logs(lake)
        damaged = sorted(table for table, log in logs.items() if log.missing or log.torn)
        if damaged:
            report.left.append(
                f"nothing is removed while the logs of {', '.join(damaged)} are damaged: see"
                " `passlake check`"
            )
            return
        try:
            now_s = storage.now_s(lake.folder)
            going = leftovers(lake, logs, pins(lake), now_s=now_s, older_than_s=older_than_s)
        except WarehouseError as error:
            report.left.append(f"nothing is removed while it is not known what to keep: {error}")
            return
        for one in going:
            tell(f"remove: {one.path}, {one.bytes} bytes, {one.why}")
        if report.dry_run:
            report.removed += going
        elif going:
            _remove(lake, going, report, is_paused)


def _remove(
    lake: Lake, going: list[Leftover], report: MaintenanceReport, is_paused: Callable[[], bool]
) -> None:
    with storage.folder_locked(lake.folder, shared=False, wait_s=_READERS_WAIT_S) as alone:
        if alone:
            done = storage.remove_all([lake.folder / one.path for one in going], is_paused)
            report.removed += going[:done]
            why = "others may commit to the lake again"
        else:
            done = 0
            why = "somebody reads the lake"
    if done < len(going):
        left = f"{len(going) - done} files stay, as {why}: run the same command later"
        report.left.append(left)


def _logs(lake: Lake) -> dict[str, table_log.TableLog]:
    return {name: table_log.read(lake.folder / name) for name in schema.TABLES}
