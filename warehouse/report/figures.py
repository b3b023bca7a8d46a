"""What a report shows, as plain rows: everything is aggregated where the tables are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import named_queries, schema, sql
from warehouse import snapshot as snapshots
from warehouse.answer import fetch
from warehouse.leaderboard import leaderboard

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from warehouse.lake import Lake

Row = dict[str, Any]

_HERE = Path(__file__).parent

_QUERIES = (
    *("headline", "campaigns", "curve", "distribution", "by_program", "by_size", "passes", "pairs"),
    *("outcomes", "gate", "verdicts", "corpus", "losses", "wins", "toolchains"),
)

_CURVE_EVALUATIONS = 2_000_000
"""About so many evaluations are read for the curve, of a sample of the functions."""


_MOST_JUDGED = 40
"""Methods of one snapshot that a report shows."""


@dataclass(frozen=True)
class Figures:
    """Rows by query, and what they were asked of.

    `toolchain` is the fingerprint under which most functions were searched, None where none was;
    the figures are of it alone. `versions` are those of the tables that hold anything.
    """

    rows: Mapping[str, list[Row]]
    leaderboard: list[Row]
    objective: str
    toolchain: str | None
    snapshot: str | None
    versions: Mapping[str, int]
    curve_one_in: int

    @property
    def headline(self) -> Row:
        """The one row of the figures on top."""
        return self.rows["headline"][0]

    @property
    def unit(self) -> str:
        """What is counted: instructions or bytes."""
        return "bytes" if self.objective == "object_bytes" else "instructions"


def figures(lake: Lake, objective: str, snapshot: str | None = None) -> Figures:
    """Ask a lake, or one of its snapshots, everything that a report shows.

    Raises:
        SnapshotMissing: no snapshot has this name.
        TableDamaged: a table cannot be read.
    """
    pinned = {} if snapshot is None else snapshots.resolve(lake, snapshot)
    versions = {table: pinned.get(table, lake.version(table)) for table in schema.TABLES}
    with sql.connect(lake, snapshot) as connection:
        _set(connection, "objective", objective)
        toolchain = _toolchain(connection)
        _set(connection, "toolchain", toolchain)
        connection.execute((_HERE / "prepare.sql").read_text(encoding="utf-8"))
        one_in = _one_in(connection)
        _set(connection, "one_in", one_in)
        rows = {
            name: fetch(connection, (_HERE / "queries" / f"{name}.sql").read_text("utf-8"))
            for name in _QUERIES
        }
        judged = fetch(connection, named_queries.text("judged")).to_pylist()
    return Figures(
        {name: found.to_pylist() for name, found in rows.items()} | {"judged": _shown(judged)},
        leaderboard(lake, snapshot),
        objective,
        toolchain,
        snapshot,
        {table: version for table, version in versions.items() if version >= 0},
        one_in,
    )


def _shown(judged: list[Row]) -> list[Row]:
    """Of what was judged the snapshot with most functions, then the deep reference; the best first.

    The names of snapshots are strangers' to each other: which is the newest, they do not say.
    """
    largest: dict[bool, tuple[int, str]] = {}
    for row in judged:
        kind = row["snapshot"].startswith("reference:")
        largest[kind] = max(largest.get(kind, (0, "")), (row["functions"], row["snapshot"]))
    return [
        row
        for kind in sorted(largest)
        for row in [one for one in judged if one["snapshot"] == largest[kind][1]][:_MOST_JUDGED]
    ]


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: str | int | None) -> None:
    """Set a variable that the queries read; `name` is one of our own."""
    connection.execute(f"SET VARIABLE {name} = $value", {"value": value})


def _toolchain(connection: duckdb.DuckDBPyConnection) -> str | None:
    most = """
        SELECT toolchain FROM raw.winners WHERE objective = getvariable('objective')
        GROUP BY toolchain ORDER BY count(DISTINCT function_id) DESC, toolchain LIMIT 1"""
    found = fetch(connection, most).to_pylist()
    return found[0]["toolchain"] if found else None


def _one_in(connection: duckdb.DuckDBPyConnection) -> int:
    asked = fetch(connection, "SELECT sum(evaluations)::BIGINT AS n FROM answers").to_pylist()
    return max(1, (asked[0]["n"] or 0) // _CURVE_EVALUATIONS)
