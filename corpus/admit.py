"""What of the workers' candidates becomes rows: deduplication as far as it needs the whole lake.

Workers know their own task and what the lake had of its programs. Here, where tasks are committed
in their planned order, a row that the lake has, or that an earlier receipt brought, is dropped: of
a function the copy goes and its occurrence stays. A file without such rows is committed as the
worker wrote it; only keys are read.

What is held: 16 bytes for each row of these tables, which for functions with their fingerprints and
one and a half occurrences each comes to 56 bytes per function.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpus.keys import KeySet, first_of_each, hash_of, keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpus.keys import Keys
    from warehouse.lake import Lake
    from warehouse.staging import StagedFile
    from warehouse.task import Receipt

_PLACE = {
    "functions": ("function_id",),
    "fingerprints": ("function_id", "fingerprinter"),
    "occurrences": ("function_id", "name", "program", "version", "source_file"),
    "losses": ("program", "version", "source_file", "stage", "reason"),
}
"""What makes a row the same row: the first one stays. Another task id or count is no news."""


class Admission:
    """Decides about the receipts of one driver, batch by batch.

    What the lake has is read when the first batch comes. A batch counts as known only once
    `committed` was called: one whose commit failed, or was interrupted, is decided in the same way
    when it comes again.
    """

    def __init__(self, lake: Lake) -> None:
        """Read nothing yet."""
        self._lake = lake
        self._known: dict[str, KeySet] = {}
        self._pending: dict[str, KeySet] = {}

    @property
    def held_bytes(self) -> int:
        """What is remembered, in bytes of memory."""
        return sum(keys.held_bytes for keys in self._known.values())

    def files(self, receipts: Sequence[Receipt]) -> list[StagedFile]:
        """Files to commit instead of those that the receipts name: what is new in them, in order.

        The result depends on the order of the receipts, which has to be that of the plan for two
        runs to agree. Candidates that are not committed are left to maintenance. Raises as
        `Lake.stage` and `Lake.read_staged` do.
        """
        self._pending = {}
        candidates = [file for receipt in receipts for file in receipt.files]
        return list(chain.from_iterable(map(self._admitted, candidates)))

    def committed(self) -> None:
        """The files of the last batch are in the lake."""
        for table, added in self._pending.items():
            self._known[table].add(added.keys())
        self._pending = {}
        pa.default_memory_pool().release_unused()

    def _admitted(self, file: StagedFile) -> list[StagedFile]:
        place = _PLACE[file.table]
        keys = _keys(self._lake.read_staged(file, columns=place), place)
        fresh = self._fresh(file.table, keys)
        self._pending[file.table].add(keys[fresh])
        if fresh.all():
            return [file]
        if not fresh.any():
            return []
        name = file.path.rsplit("/", 1)[1].split(".", 1)[0]
        return [self._lake.stage_filtered(file, pa.array(fresh), name=name)]

    def _fresh(self, table: str, keys: Keys) -> NDArray[np.bool_]:
        if table not in self._known:
            self._known[table] = self._in_lake(table)
        fresh = first_of_each(keys) & ~self._known[table].has(keys)
        return fresh & ~self._pending.setdefault(table, KeySet()).has(keys)

    def _in_lake(self, table: str) -> KeySet:
        known = KeySet()
        place = _PLACE[table]
        found = [_keys(rows, place) for rows in self._lake.batches(table, columns=place)]
        if found:
            known.add(np.concatenate(found))
        return known


def _keys(rows: pa.Table | pa.RecordBatch, place: tuple[str, ...]) -> Keys:
    columns = [rows.column(name).to_pylist() for name in place]
    if place == ("function_id",):  # a hash of 16 bytes already
        return keys_of([bytes.fromhex("".join(columns[0]))])
    return keys_of([hash_of(parts) for parts in zip(*columns, strict=True)])
