"""The same evaluations as a lake's files, as plain Parquet in no order, and in SQLite.

Plain Parquet is one file as pyarrow writes it when nothing is said, its rows shuffled, as they come
from workers that end when they like. SQLite has one table with an index on the function. Both
Parquet stores are asked by the same DuckDB, all by the same statements, which have to answer alike.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import relations, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warehouse.lake import Lake

    Ask = Callable[[str], list[tuple[Any, ...]]]

QUESTIONS = {
    "outcomes": "SELECT outcome, count(*), sum(cpu_us) FROM evaluations GROUP BY 1 ORDER BY 1",
    "best_of_each": "SELECT function_id, min(instructions) FROM evaluations"
    " WHERE outcome = 'ok' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100",
    "states": "SELECT count(DISTINCT state_hash) FROM evaluations",
    "one_function": "SELECT ordinal, instructions, cpu_us FROM evaluations"
    " WHERE function_id = '{function_id}' ORDER BY ordinal, cpu_us",
}
"""What every store is asked."""

_TEXT = ("campaign_id", "function_id", "pass_space", "pass_ids", "outcome", "strategy", "task_id")


@dataclass(frozen=True)
class StoreFigures:
    """One way to store the same rows; `seconds` on the clock of each question, in the median."""

    store: str
    rows: int
    bytes_per_evaluation: float
    seconds: dict[str, float]

    def row(self) -> dict[str, Any]:
        """For a person."""
        values = asdict(self)
        seconds = values.pop("seconds")
        return values | {f"{name}_s": taken for name, taken in seconds.items()}


def bench_stores(
    lake: Lake, rows: int, folder: Path | None, runs: int, say: Callable[[str], None]
) -> list[StoreFigures]:
    """Compare on the first files of the lake's evaluations that have so many rows together."""
    files, many = _first_files(lake, rows)
    held = pa.concat_tables(
        [pq.read_table(file, schema=schema.arrow_schema("evaluations")) for file in files]
    )
    function_id = held.column("function_id")[many // 2].as_py()
    questions = {name: text.format(function_id=function_id) for name, text in QUESTIONS.items()}
    with tempfile.TemporaryDirectory(prefix="passlake-bench-", dir=folder) as place:
        say(f"{many} evaluations are written as plain Parquet")
        plain = Path(place, "plain.parquet")
        _write_plain(held, plain)
        say(f"{many} evaluations are written to SQLite")
        database = Path(place, "evaluations.sqlite")
        _write_sqlite(held, database)
        del held
        answers, figures = [], []
        for store, paths in (("lake", files), ("plain_parquet", [plain])):
            with closing(duckdb.connect()) as connection:
                listed = relations.rows_of(list(map(str, paths)), schema.TABLES["evaluations"])
                connection.execute(f"CREATE VIEW evaluations AS {listed}")
                answers.append(_asked(partial(_all_rows, connection), questions, runs))
            figures.append(_figures(store, many, paths, answers[-1]))
        with closing(sqlite3.connect(database)) as opened:
            answers.append(_asked(partial(_all_rows, opened), questions, runs))
        figures.append(_figures("sqlite", many, [database], answers[-1]))
    for name in questions:
        told = [[tuple(row) for row in one[name][1]] for one in answers]
        assert told[0] == told[1] == told[2], f"the stores answer {name} differently"
    return figures


def _first_files(lake: Lake, rows: int) -> tuple[list[Path], int]:
    files: list[Path] = []
    many = 0
    for path in lake.files("evaluations"):
        if many >= rows:
            break
        files.append(Path(path))
        many += pq.read_metadata(path).num_rows
    return files, many


def _write_plain(rows: pa.Table, path: Path) -> None:
    shuffled = np.random.default_rng(0).permutation(rows.num_rows)
    pq.write_table(rows.take(pa.array(shuffled)), path)


def _write_sqlite(rows: pa.Table, path: Path) -> None:
    names = rows.column_names
    kinds = [f"{name} {'TEXT' if name in _TEXT else 'INTEGER'}" for name in names]
    with closing(sqlite3.connect(path)) as opened:
        opened.execute(f"CREATE TABLE evaluations ({', '.join(kinds)})")
        marks = ", ".join("?" * len(names))
        opened.executemany(f"INSERT INTO evaluations VALUES ({marks})", _plain_rows(rows))  # noqa: S608  (marks)
        opened.execute("CREATE INDEX by_function ON evaluations (function_id)")
        opened.commit()
        opened.execute("ANALYZE")


def _plain_rows(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=50_000):
        columns = [
            [",".join(map(str, one)) for one in values.to_pylist()]
            if pa.types.is_list(values.type)
            else values.to_pylist()
            for values in batch.columns
        ]
        yield from zip(*columns, strict=True)


def _all_rows(
    connection: duckdb.DuckDBPyConnection | sqlite3.Connection, text: str
) -> list[tuple[Any, ...]]:
    return connection.execute(text).fetchall()


def _asked(
    ask: Ask, questions: dict[str, str], runs: int
) -> dict[str, tuple[float, list[tuple[Any, ...]]]]:
    answered = {}
    for name, text in questions.items():
        taken_s, rows = [], []
        for _ in range(runs):
            started_s = time.perf_counter()
            rows = ask(text)
            taken_s.append(time.perf_counter() - started_s)
        answered[name] = (statistics.median(taken_s), rows)
    return answered


def _figures(
    store: str,
    many: int,
    paths: list[Path],
    answered: dict[str, tuple[float, list[tuple[Any, ...]]]],
) -> StoreFigures:
    size = sum(path.stat().st_size for path in paths)
    return StoreFigures(
        store, many, size / many, {name: taken_s for name, (taken_s, _) in answered.items()}
    )
