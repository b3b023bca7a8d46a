"""Several questions to one state of a lake: what the prompt of `passlake sql` keeps open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from warehouse import named_queries, sql, statement
from warehouse.answer import stream
from warehouse.schema import describe

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.lake import Lake


class Session:
    """A connection that is asked more than once; what is committed meanwhile is not seen.

    Answers come batch by batch: read one to its end, or let go of it, before asking again.
    """

    def __init__(
        self, lake: Lake, snapshot: str | None = None, *, memory: int | None = None
    ) -> None:
        """Raises SnapshotMissing and TableDamaged as `sql.connect` does."""
        self._connection = sql.connect(lake, snapshot, memory=memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def ask(self, text: str) -> pa.RecordBatchReader:
        """The rows of one statement that reads.

        Raises:
            SqlError: as `sql.run`; also while the rows are read.
        """
        statement.check(self._connection, text)
        return stream(self._connection, text)

    def ask_named(self, name: str) -> pa.RecordBatchReader:
        """The rows of a named query.

        Raises:
            SqlError: there is no query of this name.
        """
        return stream(self._connection, named_queries.text(name))

    def keywords(self) -> list[str]:
        """The words of the language."""
        rows = self._connection.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()
        return sorted({word.upper() for (word,) in rows})


def columns() -> dict[str, list[str]]:
    """The columns of each table that SQL users see, in order."""
    found: dict[str, list[str]] = {}
    for row in describe():
        found.setdefault(row["table"], []).append(row["column"])
    return found
