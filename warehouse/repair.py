"""What can be put right in a lake: batches that were cut off, and log entries that were lost.

The journal has the last batch of each writer, and those that were begun. So an entry of a table's
log that is missing or torn can be written again where exactly one such batch is in no entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse import delta, journal, schema, staging, table_log
from warehouse.errors import BadStagedFile

if TYPE_CHECKING:
    from warehouse.journal import Batch
    from warehouse.lake import Lake


def repair(lake: Lake) -> list[str]:
    """Put right what can be; a line for each repair. What cannot be is left as it is.

    Raises:
        LeaseTimeout, LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    with lake.paused():
        done = [line for table in schema.TABLES for line in _repair_log(lake, table)]
        cut_off = [
            f"journal/{writer}/{batch.sequence}.json: the batch is finished"
            for writer in journal.writers(lake.folder)
            for batch in journal.unfinished(lake.folder, writer)
        ]
    if cut_off:
        with lake.at_rest():
            pass  # entered once every batch that was begun is finished
    return [*done, *cut_off]


def _repair_log(lake: Lake, table: str) -> list[str]:
    folder = lake.folder / table
    log = table_log.read(folder)
    lost = [*log.missing, *log.torn]
    batch = journal.untold(lake.folder, table, log.batches)
    if batch is None or not _is_whole(lake, table, batch):
        return []
    if len(lost) == 1:
        delta.rewrite(folder, lost[0], batch)
        return [f"{table}/_delta_log: version {lost[0]} is written again from the journal"]
    begun = {one.sequence for one in journal.unfinished(lake.folder, batch.writer)}
    if lost or batch.sequence in begun:
        return []  # beyond repair; or no damage, and finished with the journal's entry
    files = [file for file in batch.files if file.table == table]
    delta.append(folder, files, batch.writer, batch.sequence)
    return [f"{table}/_delta_log: batch {batch.sequence} of {batch.writer} is committed again"]


def _is_whole(lake: Lake, table: str, batch: Batch) -> bool:
    try:
        for file in batch.files:
            if file.table == table:
                staging.check(lake.folder, file)
    except BadStagedFile:
        return False
    return True
