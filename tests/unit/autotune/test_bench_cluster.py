from pathlib import Path

import pytest

from autotune import bench_scaling
from autotune.bench_cluster import bench_cluster, under_simulated_workers
from autotune.errors import BadOption
from autotune.simulated_workers import ROWS
from corpus.llvm.toolchain import find_toolchain
from warehouse.lake import Lake
from warehouse.task import finished_tasks


def test_a_driver_commits_whatever_simulated_workers_send(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    figures = under_simulated_workers(lake, workers=20, task_s=0.2, seconds=1.0)
    assert figures.tasks == 100
    assert len(finished_tasks(lake, "simulated")) == 100
    assert {table: lake.count(table) for table in ROWS} == {
        table: 100 * rows for table, rows in ROWS.items()
    }
    assert figures.commits >= 1
    assert figures.cpu_share > 0
    assert figures.lag_s_median <= figures.lag_s_most


def test_tasks_of_simulated_workers_take_their_time(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    figures = under_simulated_workers(lake, workers=4, task_s=0.5, seconds=1.0)
    assert figures.tasks == 8
    assert figures.tasks_per_s < 4 / (0.9 * 0.5) * 2


def test_nothing_that_no_commit_took_is_left(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    under_simulated_workers(lake, workers=4, task_s=0.1, seconds=0.5)
    staged = {path.name for table in ROWS for path in (lake.folder / table).rglob("*.parquet")}
    committed = {Path(file).name for table in ROWS for file in lake.files(table)}
    assert staged == committed


def test_engines_are_held_against_processes_that_share_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, less in (("_PROGRAMS", "csmith:1"), ("_EVALUATIONS", 2), ("EMPTY_TASKS", 3)):
        monkeypatch.setattr(bench_scaling, name, less)
    figures = bench_cluster(
        find_toolchain(),
        ["local"],
        workers=2,
        rounds=1,
        simulated=0,
        task_s=1.0,
        seconds=1.0,
    )
    (local,) = figures.engines
    assert figures.ceiling is not None
    assert (local.engine, local.workers, figures.ceiling.processes) == ("local", 2, 2)
    assert local.efficiency == pytest.approx(local.one_s / (2 * local.several_s))
    ceiling = figures.ceiling
    assert ceiling.efficiency == pytest.approx(ceiling.alone_s / ceiling.together_s)
    assert min(local.one_s, local.several_s, local.start_s, local.task_ms, ceiling.alone_s) > 0
    assert "2 processes that share nothing" in figures.lines()[0]


def test_an_engine_that_is_not_there_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(BadOption, match="--engine slurm"):
        bench_cluster(
            find_toolchain(),
            ["slurm"],
            workers=2,
            rounds=1,
            simulated=0,
            task_s=1.0,
            seconds=1.0,
        )
