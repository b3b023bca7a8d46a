"""A made-up lake is one that could have been searched, the same each time, and whole at last."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from warehouse import named_queries, schema, sql
from warehouse.bench import grow as growing
from warehouse.bench.grow import SNAPSHOT, grow, written
from warehouse.bench.made_lists import LONGEST
from warehouse.bench.population import Population, Size
from warehouse.bench.run import Wanted, bench_warehouse
from warehouse.check import check
from warehouse.errors import BadBench
from warehouse.lake import Lake

SIZE = Size(functions=1_500, evaluations=30_000, task_evaluations=8_000, seed=1)
MEMORY = 10**9

# What these look at has rows for methods, not for evaluations: none is made up.
OF_THE_JUDGE = {"judged", "refused_answers"}


def say(line: str) -> None:
    del line


@pytest.fixture(scope="module")
def passes() -> pa.Table:
    rows = [
        {
            "pass_space": "22-made-up",
            "pass_id": number,
            "text": f"function(pass{number})",
            "name": f"pass{number}",
            "level": "function",
        }
        for number in range(40)
    ]
    return schema.table_of("passes", rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, passes: pa.Table) -> Path:
    place = tmp_path_factory.mktemp("bench")
    grow(place, SIZE, passes, say)
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> Lake:
    return Lake.open(folder / "lake")


def test_its_rows_agree_as_those_of_a_lake_have_to(made: Lake) -> None:
    assert check(made).lines()[:-1] == []


def test_it_has_as_many_rows_as_were_wanted(made: Lake) -> None:
    assert made.count("functions") == SIZE.functions
    assert made.count("evaluations") == SIZE.evaluations


def test_lists_have_one_to_twenty_passes_and_return(made: Lake) -> None:
    lists = made.read("evaluations", columns=["pass_ids"]).column("pass_ids").to_pylist()
    assert {len(one) for one in lists} == set(range(1, LONGEST + 1))
    assert len(set(map(tuple, lists))) < len(lists)


def test_an_evaluation_takes_at_most_twenty_bytes(folder: Path) -> None:
    noted = [one for one in written(folder) if "evaluations" in one.rows]
    size = sum(one.bytes["evaluations"] for one in noted)
    assert size / sum(one.rows["evaluations"] for one in noted) <= 20


@pytest.mark.parametrize("name", sorted(named_queries.all_().keys() - OF_THE_JUDGE))
def test_every_named_query_has_something_to_answer(made: Lake, name: str) -> None:
    assert sql.run_named(made, name, SNAPSHOT).num_rows > 0


def test_the_same_seed_makes_the_same_rows(tmp_path: Path, passes: pa.Table, made: Lake) -> None:
    again = grow(tmp_path, SIZE, passes, say)
    for table in ("functions", "evaluations", "winners", "verdicts"):
        order = [(name, "ascending") for name in schema.TABLES[table].key]
        assert again.read(table).sort_by(order) == made.read(table).sort_by(order)


def test_one_that_was_cut_off_is_made_whole(
    tmp_path: Path, passes: pa.Table, made: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = growing._write
    left = itertools.count()

    def cut_off(lake: Lake, sequence: int, batch: growing.Batch) -> growing.Written:
        if next(left) == 3:
            raise KeyboardInterrupt
        return whole(lake, sequence, batch)

    monkeypatch.setattr(growing, "_write", cut_off)
    with pytest.raises(KeyboardInterrupt):
        grow(tmp_path, SIZE, passes, say)
    grow(tmp_path, SIZE, passes, say)
    assert Lake.open(tmp_path / "lake").count("evaluations") == made.count("evaluations")
    assert [one.sequence for one in written(tmp_path)] == list(range(len(written(tmp_path))))


def test_a_folder_with_a_lake_of_another_size_is_refused(folder: Path, passes: pa.Table) -> None:
    with pytest.raises(BadBench, match="not of"):
        grow(folder, Size(1_500, 40_000), passes, say)


@pytest.mark.parametrize(("functions", "evaluations"), [(0, 10), (10, 10), (10, 100_000)])
def test_a_size_that_no_search_has_is_refused(functions: int, evaluations: int) -> None:
    with pytest.raises(BadBench):
        Size(functions, evaluations)


def test_searches_come_to_as_many_evaluations_as_wanted_whatever_the_seed() -> None:
    for seed in range(5):
        who = Population.draw(Size(300, 300 * 40, seed=seed))
        second = int(who.second_evaluations(np.flatnonzero(who.second)).sum())
        assert int(who.evaluations.sum()) + second == 300 * 40


def test_all_figures_are_measured(folder: Path, passes: pa.Table) -> None:
    wanted = Wanted(MEMORY, runs=1, commits=25, compared=4_000, queries=("outcomes", "pareto"))
    figures = bench_warehouse(SIZE, passes, folder, wanted)
    assert [one.query for one in figures.queries] == ["outcomes", "pareto"]
    assert figures.evaluations == SIZE.evaluations
    assert figures.rows_per_s > 0
    assert [one.store for one in figures.stores] == ["lake", "plain_parquet", "sqlite"]
    assert figures.commits is not None
    assert 0 < figures.commits.first_s <= figures.commits.slowest_s
    assert figures.document().keys() >= {"bytes_per_evaluation", "open_s", "slowest_query_s"}
    assert {row["figure"] for row in figures.rows()} >= {"query pareto, s", "sqlite, outcomes_s"}


def test_a_log_is_read_from_a_checkpoint_that_is_never_far_back(
    lake: Lake, put: Callable[..., None], row: Callable[..., dict[str, Any]]
) -> None:
    for number in range(45):
        put(functions=[row("functions", function_id=f"f{number}")])
    log = lake.folder / "functions" / "_delta_log"
    last = max(int(path.name.split(".")[0]) for path in log.glob("*.checkpoint.parquet"))
    assert lake.version("functions") - last < 20


def test_duckdb_knows_about_how_many_rows_a_table_has(made: Lake) -> None:
    with sql.connect(made) as connection:
        ((_, plan),) = connection.execute("EXPLAIN FROM raw.evaluations").fetchall()
    assert "~1 row" not in plan
