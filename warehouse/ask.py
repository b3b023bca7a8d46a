"""What `passlake sql` asks: a statement, a named query, or what there is to ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse import sql
from warehouse.errors import SqlError
from warehouse.schema import describe

if TYPE_CHECKING:
    from warehouse.lake import Lake


def ask(
    lake: Lake | None,
    statement: str | None = None,
    *,
    query: str | None = None,
    schema: bool = False,
    snapshot: str | None = None,
) -> pa.Table:
    """Rows of the one thing that was asked for; only the schema can be had without a lake.

    Raises:
        SqlError: nothing or several things were asked for, or what `sql.run` refuses.
        SnapshotMissing, TableDamaged: as `sql.connect`.
    """
    asked = [statement is not None, query is not None, schema]
    if asked.count(True) != 1:
        raise SqlError("give one of: a statement in quotes, --query NAME, --schema")
    if schema:
        return pa.Table.from_pylist(describe())
    assert lake is not None, "a statement or a query needs a lake"
    if query is not None:
        return sql.run_named(lake, query, snapshot)
    return sql.run(lake, statement or "", snapshot)
