"""What of the workers' candidates becomes rows: the part of deduplication that needs the lake.

Workers know only their own task. Here, where tasks are committed in their planned order, a function
that the lake has, or that an earlier receipt brought, is dropped; its occurrence stays, so that
nothing is lost but the copy. Nothing is remembered between calls: what is in the lake decides, so a
commit that failed may be tried again.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt

_PLACE = {
    "functions": ("function_id",),
    "occurrences": ("function_id", "name", "program", "version", "source_file"),
    "fingerprints": ("function_id", "fingerprinter"),
    "losses": ("program", "version", "source_file", "stage", "reason"),
}
"""What makes a row the same row: the first one stays. Another task id or count is no news."""


def admit(lake: Lake, receipts: Sequence[Receipt]) -> list[StagedFile]:
    """Files to commit instead of those that the receipts name: what is new in them, in order.

    The result depends on the order of the receipts, which has to be that of the plan for two runs
    to agree. The candidates' files are left to maintenance. Raises as `Lake.stage` does.
    """
    admitted = []
    for table, key in _PLACE.items():
        candidates = [
            lake.read_staged(file)
            for receipt in receipts
            for file in receipt.files
            if file.table == table
        ]
        if not candidates:
            continue
        rows = pa.concat_tables(candidates)
        fresh = _fresh(rows, key, _known(lake, table, key, rows))
        if any(fresh):
            name = f"{table}-{receipts[0].task_id}"
            admitted.append(lake.stage(table, rows.filter(pa.array(fresh)), name=name))
    return admitted


def _known(lake: Lake, table: str, key: tuple[str, ...], rows: pa.Table) -> set[tuple[str, ...]]:
    """The keys that the lake has, of those that `rows` might repeat."""
    where = None
    if "program" in key:
        where = pc.field("program").isin(rows.column("program").unique())
    return set(_keys(lake.read(table, columns=key, where=where), key))


def _fresh(rows: pa.Table, key: tuple[str, ...], known: set[tuple[str, ...]]) -> list[bool]:
    fresh = []
    for place in _keys(rows, key):
        fresh.append(place not in known)
        known.add(place)
    return fresh


def _keys(rows: pa.Table, key: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return zip(*(rows.column(name).to_pylist() for name in key), strict=True)
