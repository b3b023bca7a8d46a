"""What `passlake sql` asks once: a statement, a named query, or what there is to ask about."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from warehouse import named_queries
from warehouse.errors import SqlError
from warehouse.schema import describe
from warehouse.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.lake import Lake


@contextmanager
def ask(  # noqa: PLR0913  (each is an option of the command)
    lake: Lake | None,
    statement: str | None = None,
    *,
    query: str | None = None,
    schema: bool = False,
    queries: bool = False,
    snapshot: str | None = None,
    memory: int | None = None,
) -> Iterator[pa.RecordBatchReader]:
    """Rows of the one thing that was asked for, to be read inside the block.

    The schema and the list of queries can be had without a lake.

    Raises:
        SqlError: nothing or several things were asked for, or what `sql.run` refuses.
        SnapshotMissing, TableDamaged: as `sql.connect`.
    """
    asked = [statement is not None, query is not None, schema, queries]
    if asked.count(True) != 1:
        raise SqlError("give one of: a statement in quotes, --query NAME, --queries, --schema")
    if schema or queries:
        yield pa.Table.from_pylist(describe() if schema else _described()).to_reader()
        return
    assert lake is not None, "a statement or a query needs a lake"
    with Session(lake, snapshot, memory=memory) as session:
        yield session.ask(statement or "") if query is None else session.ask_named(query)


def _described() -> list[dict[str, str]]:
    return [
        {"query": one.name, "answers": one.answers, "columns": ", ".join(one.columns)}
        for one in named_queries.all_().values()
    ]
