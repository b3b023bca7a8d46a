"""What each named query costs on a lake: time, CPU time, memory."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import named_queries, sql
from warehouse.answer import fetch
from warehouse.clock import cpu_clock_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.lake import Lake

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class QueryFigures:
    """One named query as `passlake sql --query` runs it, the snapshot's opening included.

    `wall_s` is the median of the runs, `cpu_s` the mean. `peak_bytes`: what the whole process held
    at most; None where Linux does not tell.
    """

    query: str
    rows: int
    wall_s: float
    cpu_s: float
    peak_bytes: int | None


def open_s(lake: Lake, snapshot: str, runs: int) -> float:
    """Seconds on the clock to open a snapshot for SQL, in the median; the first does not count."""
    taken_s = []
    for _ in range(runs + 1):
        started_s = time.perf_counter()
        sql.connect(lake, snapshot).close()
        taken_s.append(time.perf_counter() - started_s)
    return statistics.median(taken_s[1:])


def bench_queries(  # noqa: PLR0913 - how each query is run
    lake: Lake,
    snapshot: str,
    *,
    memory: int,
    runs: int,
    say: Callable[[str], None],
    only: tuple[str, ...] = (),
) -> list[QueryFigures]:
    """Run every named query, or `only` these, with at most so many bytes for DuckDB."""
    figures = []
    for name in only or named_queries.all_():
        one = _query(lake, snapshot, name, memory, runs)
        say(f"{name}: {one.wall_s:.2f} s, {one.cpu_s:.2f} CPU s")
        figures.append(one)
    return figures


def _query(lake: Lake, snapshot: str, name: str, memory: int, runs: int) -> QueryFigures:
    text = named_queries.text(name)
    measured = _forget_peak()
    cpu_s, taken_s, rows = cpu_clock_s(), [], 0
    for _ in range(runs):
        started_s = time.perf_counter()
        with closing(sql.connect(lake, snapshot, memory=memory)) as connection:
            rows = fetch(connection, text).num_rows
        taken_s.append(time.perf_counter() - started_s)
    return QueryFigures(
        name,
        rows,
        statistics.median(taken_s),
        (cpu_clock_s() - cpu_s) / runs,
        _peak_bytes() if measured else None,
    )


def _forget_peak() -> bool:
    """Have Linux measure this process's peak of memory anew; whether it does."""
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:  # another system, or a container that does not let us
        return False
    return True


def _peak_bytes() -> int:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
