"""`bench warehouse`: grow a lake of made-up rows, then measure what it costs to ask and to keep.

Everything is on one disk and in one process, which neither compiles nor searches: rows are made up
(`population.py`), the rest is what campaigns use. A lake that was grown before is used again.
"""

from __future__ import annotations

import statistics
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.bench.commits import CommitFigures, bench_commits
from warehouse.bench.grow import SNAPSHOT, Written, grow, written
from warehouse.bench.queries import QueryFigures, bench_queries, open_s
from warehouse.bench.stores import StoreFigures, bench_stores
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from warehouse.bench.population import Size


@dataclass(frozen=True)
class Wanted:
    """What to measure. `memory` bounds DuckDB, in bytes; `queries` are names, all if empty.

    Of `commits` or `compared` evaluations 0 leaves that part out.
    """

    memory: int
    runs: int = 3
    commits: int = 1_000
    compared: int = 2_000_000
    queries: tuple[str, ...] = ()


@dataclass(frozen=True)
class WarehouseFigures:
    """What one run measured; `_s` are seconds on the clock.

    `rows_per_s` are evaluations through staging and commit in one process, with the winners and
    verdicts that come with them; `rows_per_cpu_s` the same by CPU time. `open_s`: a snapshot for
    SQL. Of the queries the median, the slowest, and the largest peak of memory are told apart.
    """

    functions: int
    evaluations: int
    files: int
    bytes_by_table: dict[str, int]
    bytes_per_evaluation: float
    rows_per_s: float
    rows_per_cpu_s: float
    stage_s: float
    commit_s: float
    open_s: float
    median_query_s: float
    slowest_query_s: float
    most_memory_bytes: int | None
    queries: list[QueryFigures]
    commits: CommitFigures | None
    stores: list[StoreFigures]
    seed: int
    code_version: str

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """For a person: a figure a row."""
        whole = self.document()
        lists = {name: whole.pop(name) for name in ("queries", "commits", "stores")}
        sizes = {f"{name}_bytes": size for name, size in whole.pop("bytes_by_table").items()}
        shown = {**whole, **sizes}
        for one in self.queries:
            shown[f"query {one.query}, s"] = one.wall_s
        for name, value in (lists["commits"] or {}).items():
            shown[f"commits, {name}"] = value
        for store in self.stores:
            figures = store.row()
            kind = figures.pop("store")
            for name, value in figures.items():
                shown[f"{kind}, {name}"] = value
        return [{"figure": name, "value": value} for name, value in shown.items()]


def bench_warehouse(
    size: Size,
    passes: pa.Table,
    folder: Path | None,
    wanted: Wanted,
    say: Callable[[str], None] = lambda _: None,
) -> WarehouseFigures:
    """Grow and measure. `passes` are rows of a pass space; without `folder` nothing is kept.

    Raises:
        BadBench: the folder has a lake of another size.
        SqlError: a query has no such name, or not enough memory.
        LakeFull, LakeUnwritable: as `Lake.commit`.
    """
    with _kept(folder) as place:
        lake = grow(place, size, passes, say)
        noted = written(place)
        opening_s = open_s(lake, SNAPSHOT, wanted.runs)
        queries = bench_queries(
            lake, SNAPSHOT, memory=wanted.memory, runs=wanted.runs, say=say, only=wanted.queries
        )
        commits = bench_commits(wanted.commits, passes, place, say) if wanted.commits else None
        stores = (
            bench_stores(lake, wanted.compared, place, wanted.runs, say) if wanted.compared else []
        )
        return _figures(
            size,
            noted,
            opening_s=opening_s,
            queries=queries,
            commits=commits,
            stores=stores,
        )


@contextmanager
def _kept(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="passlake-bench-") as place:
        yield Path(place)


def _figures(  # noqa: PLR0913 - the parts of one result
    size: Size,
    noted: list[Written],
    *,
    opening_s: float,
    queries: list[QueryFigures],
    commits: CommitFigures | None,
    stores: list[StoreFigures],
) -> WarehouseFigures:
    searches = [one for one in noted if "evaluations" in one.rows]
    rows = sum(one.rows["evaluations"] for one in searches)
    stage_s = sum(one.stage_s for one in searches)
    commit_s = sum(one.commit_s for one in searches)
    sizes: dict[str, int] = {}
    for one in noted:
        for table, taken in one.bytes.items():
            sizes[table] = sizes.get(table, 0) + taken
    peaks = [one.peak_bytes for one in queries if one.peak_bytes is not None]
    return WarehouseFigures(
        functions=size.functions,
        evaluations=rows,
        files=sum(len(one.bytes) for one in noted),
        bytes_by_table=sizes,
        bytes_per_evaluation=sizes["evaluations"] / rows,
        rows_per_s=rows / (stage_s + commit_s),
        rows_per_cpu_s=rows / sum(one.cpu_s for one in searches),
        stage_s=stage_s,
        commit_s=commit_s,
        open_s=opening_s,
        median_query_s=statistics.median(one.wall_s for one in queries),
        slowest_query_s=max(one.wall_s for one in queries),
        most_memory_bytes=max(peaks, default=None),
        queries=queries,
        commits=commits,
        stores=stores,
        seed=size.seed,
        code_version=code_version(),
    )
