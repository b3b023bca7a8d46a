"""Plans: the arithmetic, figures taken from a lake's own campaign, and the command."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotune.campaign import Campaign, run_campaign
from autotune.errors import BadOption, NothingMeasured
from autotune.executors.inline import InlineExecutor
from autotune.plan import Wanted, check, duration, plan, size
from autotune.plan_figures import DriverCost, Figures, _power, of_lake, shipped
from autotune.tune_options import TuneOptions
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from warehouse.lake import Lake

FIGURES = Figures(
    source="made up",
    measured="2026-01-01",
    code_version="0",
    options={"strategy": "random"},
    functions=100,
    instructions=50.0,
    unit_s=0.012,
    exponent=1.0,
    search_s=0.6,
    scatter_s=2.0,
    task_functions=20.0,
    task_fixed_s=1.0,
    wall_share=1.25,
    table_bytes={"functions": 1000.0, "evaluations": 500.0},
)
DRIVER = DriverCost(task_s=0.002, commit_s=0.05, every_s=5.0, measured="2026-01-01")

counts = st.integers(1, 10**7)


def test_a_plan_is_the_sum_of_what_was_measured() -> None:
    planned = plan(FIGURES, DRIVER, Wanted(functions=2000, workers=10, price=0.5))
    # 100 tasks of 20 functions of 0.6 s and of 1 s of their own.
    assert planned.tasks == 100
    assert planned.cpu_s == pytest.approx(1300)
    assert planned.task_wall_s == pytest.approx(13 * 1.25)
    # A tenth of the work, and half a task at the end.
    assert planned.wall_s == pytest.approx(130 * 1.25 + 13 * 1.25 / 2)
    assert planned.commits == 34
    assert planned.driver_cpu_s == pytest.approx(100 * 0.002 + 34 * 0.05)
    assert planned.total_bytes == pytest.approx(2000 * 1500)
    assert planned.price == pytest.approx(0.5 * 11 * planned.wall_s / 3600)


@given(counts, st.integers(1, 10_000))
def test_more_workers_never_take_longer_and_twice_the_functions_cost_twice(
    functions: int, workers: int
) -> None:
    once = plan(FIGURES, DRIVER, Wanted(functions, workers))
    assert plan(FIGURES, DRIVER, Wanted(functions, workers + 1)).wall_s <= once.wall_s * 1.0001
    twice = plan(FIGURES, DRIVER, Wanted(2 * functions, workers))
    # But for a task more or less, as they are whole.
    assert twice.cpu_s == pytest.approx(2 * once.cpu_s, abs=2 * FIGURES.task_fixed_s)
    assert twice.total_bytes == pytest.approx(2 * once.total_bytes)


def test_longer_functions_cost_more_but_less_than_in_proportion() -> None:
    figures = replace(FIGURES, exponent=0.5)
    same, longer = (plan(figures, DRIVER, Wanted(1000, 1, instructions=mean)) for mean in (50, 200))
    assert same.cpu_s == plan(figures, DRIVER, Wanted(1000, 1)).cpu_s
    assert longer.cpu_s - same.cpu_s == pytest.approx(1000 * 0.6)


def test_a_driver_that_would_be_the_limit_is_said_with_how_many_workers_it_can_serve() -> None:
    busy = plan(FIGURES, replace(DRIVER, task_s=0.1), Wanted(1_000_000, 1000))
    assert busy.driver_share > 1
    (said, _) = busy.lines()
    assert said.startswith("the driver would be the limit: take at most")
    most = int(said.split()[-5])
    fewer = plan(FIGURES, replace(DRIVER, task_s=0.1), Wanted(1_000_000, most))
    assert fewer.driver_share == pytest.approx(0.5, rel=0.1)


def test_the_more_was_measured_and_is_planned_the_less_is_left_to_chance() -> None:
    # 0.6 s and a twentieth of a task's second each; two standard errors of 100 and of as many.
    few = plan(FIGURES, DRIVER, Wanted(100, 1))
    assert few.error == pytest.approx(2 * 2.0 * (2 / 100) ** 0.5 / 0.65)
    many = plan(replace(FIGURES, functions=10_000), DRIVER, Wanted(1_000_000, 1))
    assert many.error < few.error / 10


def test_workers_without_a_task_are_counted() -> None:
    assert "97 workers would have nothing to do" in plan(FIGURES, DRIVER, Wanted(60, 100)).lines()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"functions": 0, "workers": 1}, "--functions"),
        ({"functions": 1, "workers": 0}, "--workers"),
        ({"functions": 1, "workers": 1, "instructions": 0.0}, "--mean-instructions"),
        ({"functions": 1, "workers": 1, "price": -1.0}, "--price-per-cpu-hour"),
        ({"functions": 1, "workers": 1, "price": float("nan")}, "--price-per-cpu-hour"),
    ],
)
def test_what_cannot_be_planned_is_refused(values: dict[str, float], named: str) -> None:
    with pytest.raises(BadOption, match=named):
        Wanted(**values)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0.001, 100)), min_size=1, max_size=50))
def test_the_curve_through_searches_rises_and_sums_to_what_they_took(
    searches: list[tuple[int, float]],
) -> None:
    lengths, seconds = (np.array(part, dtype=float) for part in zip(*searches, strict=True))
    unit_s, exponent = _power(lengths, seconds)
    assert unit_s > 0
    assert 0 <= exponent <= 1
    assert (unit_s * lengths**exponent).sum() == pytest.approx(seconds.sum())


def test_the_curve_finds_what_it_was_drawn_from() -> None:
    lengths = np.array([1.0, 8.0, 64.0, 512.0] * 3)
    assert _power(lengths, 0.03 * lengths**0.75) == pytest.approx((0.03, 0.75))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(8.14, "8.1 s"), (700, "12 min"), (14_700, "4 h 05 min"), (2.8e5, "3.2 days")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 B"), (999, "999 B"), (12_345, "12.3 kB"), (3.2e9, "3.2 GB"), (5e15, "5e+03 TB")],
)
def test_sizes_are_said_in_powers_of_ten(amount: float, said: str) -> None:
    assert size(amount) == said


@pytest.fixture(scope="module")
def tuned(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with one small campaign."""
    folder = tmp_path_factory.mktemp("planned") / "lake"
    shutil.copytree(golden_corpus, folder)
    lake = Lake.open(folder)
    toolchain = find_toolchain()
    options = TuneOptions(
        "random", "instructions", evaluations=20, cpu_seconds=None, seed=0, gate=False
    )
    campaign = Campaign.freeze(options, toolchain, select(lake, Selection(max_instructions=20)))
    run_campaign(lake, campaign, toolchain, InlineExecutor(lake))
    return lake


def test_the_figures_of_a_lake_plan_its_own_campaign(tuned: Lake) -> None:
    (campaign,) = tuned.read("campaigns").to_pylist()
    figures = of_lake(tuned)
    assert figures.functions == len(campaign["function_ids"])
    checked = check(tuned, campaign["campaign_id"], figures, DRIVER, workers=1)
    assert checked.ratios["cpu_s"] == pytest.approx(1, rel=0.02)
    assert checked.ratios["tasks"] == 1
    assert checked.ratios["bytes"] == pytest.approx(1)
    of_it = pc.field("campaign_id") == campaign["campaign_id"]
    ledger = tuned.read("tasks", where=of_it).to_pylist()
    assert checked.took["cpu_s"] == sum(row["cpu_s"] for row in ledger)
    on_disk = sum(Path(file).stat().st_size for file in tuned.files("evaluations"))
    assert checked.plan.table_bytes["evaluations"] == pytest.approx(on_disk)


def test_a_lake_without_a_campaign_says_what_to_do(golden_lake: Lake) -> None:
    with pytest.raises(NothingMeasured, match="--shipped"):
        of_lake(golden_lake)


def test_a_campaign_that_is_not_there_is_named(tuned: Lake) -> None:
    with pytest.raises(NothingMeasured, match="campaign 123"):
        of_lake(tuned, "123")
    with pytest.raises(NothingMeasured, match="campaign 123"):
        check(tuned, "123", FIGURES, DRIVER, 1)


def test_the_shipped_figures_are_whole_and_dated() -> None:
    figures, driver = shipped()
    assert figures.functions >= 100
    assert figures.measured == driver.measured[:4] + figures.measured[4:]
    assert {"functions", "evaluations", "winners", "tasks"} <= figures.table_bytes.keys()
    assert 1 <= figures.wall_share < 1.5


def asked(passlake: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [passlake, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_command_plans_without_a_lake_and_by_the_lake(
    passlake: Path, tuned: Lake, tmp_path: Path
) -> None:
    question = ("plan", "--functions", "1000000", "--workers", "1000", "--json")
    without = json.loads(asked(passlake, tmp_path, *question).stdout)
    by_lake = json.loads(asked(passlake, tmp_path, "--lake", tuned.location, *question).stdout)
    assert without["figures"]["options"]["strategy"] == "portfolio"
    assert by_lake["figures"]["options"]["strategy"] == "random"
    assert without["price"] is None
    assert without["wall_s"] > 0


def test_the_command_wants_one_thing_to_plan(passlake: Path, tmp_path: Path) -> None:
    refused = asked(passlake, tmp_path, "plan", "--workers", "3")
    assert refused.returncode == 2
    assert (
        refused.stderr == "passlake: give --functions, how many to plan for, or --check CAMPAIGN\n"
    )
