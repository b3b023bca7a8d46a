"""What differs between two snapshots, or between one and the present."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from warehouse import sql
from warehouse.answer import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import pyarrow as pa

    from warehouse.lake import Lake

_STATE = {
    "functions": "SELECT function_id, program, name FROM functions",
    "best": """
        SELECT function_id, objective, toolchain, pass_list, instructions, object_bytes, gate,
               CASE objective WHEN 'object_bytes' THEN object_bytes ELSE instructions END AS value
        FROM best
    """,
    "verdicts": """
        SELECT function_id, pass_list, toolchain, kind,
               arg_max(verdict, (decided_at, verdict_id)) AS verdict
        FROM verdicts GROUP BY ALL
    """,
}
"""What is compared of either side; a verdict is the latest one on its pair."""

_FUNCTIONS = """
    SELECT 'added' AS change, * FROM after_functions ANTI JOIN before_functions USING (function_id)
    UNION ALL
    SELECT 'removed', * FROM before_functions ANTI JOIN after_functions USING (function_id)
    ORDER BY change, program, name, function_id
"""

_BEST = """
    SELECT
        CASE
            WHEN b.function_id IS NULL THEN 'added'
            WHEN a.function_id IS NULL THEN 'removed'
            WHEN a.value < b.value THEN 'smaller'
            WHEN a.value > b.value THEN 'larger'
            WHEN a.pass_list <> b.pass_list THEN 'other_list'
            ELSE 'gate'
        END AS change,
        function_id, objective, toolchain,
        b.value AS before, a.value AS after,
        b.pass_list AS list_before, a.pass_list AS list_after,
        b.gate AS gate_before, a.gate AS gate_after
    FROM before_best AS b FULL JOIN after_best AS a USING (function_id, objective, toolchain)
    WHERE b.function_id IS NULL OR a.function_id IS NULL
        OR (a.value, a.pass_list, a.gate) IS DISTINCT FROM (b.value, b.pass_list, b.gate)
    ORDER BY abs(coalesce(after, 0) - coalesce(before, 0)) DESC, change, function_id, objective,
        toolchain
"""

_VERDICTS = """
    SELECT
        CASE WHEN b.verdict IS NULL THEN 'added' WHEN a.verdict IS NULL THEN 'removed'
             ELSE 'changed' END AS change,
        coalesce(a.function_id, b.function_id) AS function_id,
        coalesce(a.pass_list, b.pass_list) AS pass_list,
        coalesce(a.toolchain, b.toolchain) AS toolchain,
        coalesce(a.kind, b.kind) AS kind,
        b.verdict AS before, a.verdict AS after
    FROM before_verdicts AS b FULL JOIN after_verdicts AS a
        ON a.function_id IS NOT DISTINCT FROM b.function_id AND a.pass_list = b.pass_list
            AND a.toolchain = b.toolchain AND a.kind = b.kind
    WHERE a.verdict IS DISTINCT FROM b.verdict
    ORDER BY change = 'added', after = 'refuted' DESC, function_id, pass_list, kind, toolchain
"""


@dataclass(frozen=True)
class Changes:
    """Rows that differ: how many by kind of change, and the first of them."""

    counts: Mapping[str, int]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Diff:
    """What differs; `after` is None for the present.

    Of `best`, `smaller` and `larger` compare the objective's value. `verdicts` compares the latest
    verdict on each pair of a function and a list, and on each list for all functions.
    """

    before: str
    after: str | None
    functions: Changes
    best: Changes
    verdicts: Changes

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        lines = []
        for name in ("functions", "best", "verdicts"):
            counts = getattr(self, name).counts
            said = ", ".join(f"{change} {count}" for change, count in counts.items())
            lines.append(f"{name:10} {said or 'the same'}")
        return lines


def diff(lake: Lake, before: str, after: str | None = None, *, most: int = 20) -> Diff:
    """Compare two snapshots, or one with the present; `most` rows of each kind are listed.

    Raises:
        SnapshotMissing, TableDamaged: as `sql.connect`.
    """
    with sql.connect(lake, before) as connection:
        earlier = {name: fetch(connection, text) for name, text in _STATE.items()}
    with sql.connect(lake, after) as connection:
        for name, text in _STATE.items():
            connection.register(f"before_{name}", earlier[name])
            connection.execute(f"CREATE TEMP VIEW after_{name} AS {text}")
        changes = {
            name: _changes(connection, text, most)
            for name, text in (("functions", _FUNCTIONS), ("best", _BEST), ("verdicts", _VERDICTS))
        }
    return Diff(before, after, **changes)


def _changes(connection: duckdb.DuckDBPyConnection, text: str, most: int) -> Changes:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE changes AS {text}")
    counts = fetch(
        connection, "SELECT change, count(*) AS n FROM changes GROUP BY ALL ORDER BY ALL"
    )
    rows: pa.Table = fetch(connection, f"SELECT * FROM changes LIMIT {most}")  # noqa: S608  (a number)
    return Changes({row["change"]: row["n"] for row in counts.to_pylist()}, rows.to_pylist())
