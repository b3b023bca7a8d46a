"""Floor 1: tables, snapshots, SQL and the task ledger. Knows no LLVM.

`warehouse.open(folder)` reads a lake from a program or a notebook; see `warehouse/reading.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.reading import open  # noqa: A004

__all__ = ["open"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (what a module may hold)
    # A worker that stages files, or a command that prints its help, does not pay for DuckDB.
    if name == "open":
        from warehouse.reading import open as read  # noqa: PLC0415

        return read
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
