"""`passlake check`: is everything in a lake that was committed, once, and as it was?

Nothing is written. Logs, journal and snapshots are looked at between two commits; the files of what
they name and the rows in them while others go on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse import check_files as files
from warehouse import schema, table_log
from warehouse.check_rows import check_rows
from warehouse.errors import LakeUnwritable, WarehouseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warehouse.check_files import Damage
    from warehouse.lake import Lake


@dataclass(frozen=True)
class CheckReport:
    """What a check came to.

    `unhashed` files have no recorded hash, as an earlier Passlake committed them; `unread` are
    tables that are too damaged for their rows to be judged.
    """

    damages: Sequence[Damage]
    files: int
    file_bytes: int
    unhashed: int
    unread: Sequence[str]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "damages": [
                {"where": one.where, "what": one.what, "way_out": one.way_out}
                for one in self.damages
            ],
            "files": self.files,
            "file_bytes": self.file_bytes,
            "files_without_hash": self.unhashed,
            "tables_not_read": list(self.unread),
        }

    def lines(self) -> list[str]:
        """For a person: a line for each damage, then what was looked at."""
        seen = f"{self.files} files, {self.file_bytes / 2**20:.1f} MiB"
        without = f", {self.unhashed} of them without a recorded hash" if self.unhashed else ""
        unread = [f"not judged, as they are damaged: the rows of {', '.join(self.unread)}"]
        verdict = f"{len(self.damages)} damages" if self.damages else "no damage"
        return [
            *map(str, self.damages),
            *(unread if self.unread else []),
            f"{verdict} in {seen}{without}",
        ]


def check(lake: Lake) -> CheckReport:
    """Look for every damage that can be told.

    Raises:
        LakeUnreadable: something may not be read.
        LeaseTimeout: other processes kept committing.
    """
    found = files.Findings()
    with lake.reading():
        with _between_commits(lake):
            logs = {name: table_log.read(lake.folder / name) for name in schema.TABLES}
            for table, log in logs.items():
                files.check_log(lake, table, log, found)
            files.check_journal(lake, logs, found)
            kept = files.check_snapshots(lake, logs, found)
        for table, log in logs.items():
            files.check_files(lake, table, log, kept, found)
        try:
            versions = {table: log.latest for table, log in logs.items()}
            unread = check_rows(lake, versions, found)
        except WarehouseError as error:
            found.add("the lake", f"cannot be asked ({error})")
            unread = list(logs)
    return CheckReport(
        tuple(found.damages), found.files, found.file_bytes, found.unhashed, tuple(unread)
    )


@contextlib.contextmanager
def _between_commits(lake: Lake) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        # Who may only read a lake cannot keep others out, and may see a commit half done.
        with contextlib.suppress(LakeUnwritable):
            stack.enter_context(lake.paused())
        yield
