"""The leaderboard as plain rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.lake import Lake


def leaderboard(
    lake: Lake, snapshot: str | None = None, *, functions: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Every method on one ruler, the best first; see `queries/leaderboard.sql`.

    Columns: method, functions, improvement_over_oz and improvement_over_oz_plain (fractions),
    functions_improved, functions_regressed, instructions_saved, instructions_regressed,
    compilations, cpu_s. Methods that `passlake judge` has judged stand beside the strategies as
    `judged METHOD`, on the unseen functions. `snapshot` names one, `functions` are the ids of a
    selection.

    Raises:
        SnapshotMissing, TableDamaged: as `sql.connect`.
    """
    rows: list[dict[str, Any]] = sql.run_named(
        lake, "leaderboard", snapshot, functions=functions
    ).to_pylist()
    return rows
