from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa
import pytest

from autotune import bench_search as bench_search_module
from autotune.bench_search import bench_search, methods, sample
from autotune.campaign import Campaign, run_campaign
from autotune.deep_reference import (
    EVALUATIONS,
    PERMISSIVE,
    ReferenceFunction,
    export_reference,
    read_reference,
)
from autotune.errors import BadOption, NothingToTune
from autotune.executors.inline import InlineExecutor
from autotune.plot_search import plot_search
from autotune.search_figures import SearchFigures
from autotune.shipped import shipped
from autotune.tune_options import TuneOptions
from corpus.golden import golden_functions
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from corpus.split import split_of
from tests.unit.autotune.gate.planted_gate import PlantedGate
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
SROA = "function(sroa)"


@pytest.fixture(scope="module")
def figures() -> SearchFigures:
    """Two methods on three small golden functions, beside a made-up reference."""
    smallest = sorted(golden_functions(), key=lambda one: (one.instructions, one.name))[4:7]
    functions = [
        ReferenceFunction(
            str(place), one.name, "golden", one.instructions, one.ir, 9, 8, 40.0, 9, SROA
        )
        for place, one in enumerate(smallest)
    ]
    compared = methods(quick=True, seed=0, only=("coreset", "portfolio"))[:2]
    return bench_search(TOOLCHAIN, functions, compared)


def test_the_reference_comes_first_and_is_its_own_measure(figures: SearchFigures) -> None:
    reference = figures.rows[0]
    assert (reference.method, reference.share_of_reference) == ("deep random", 1.0)
    assert reference.improvement_over_oz == pytest.approx(27 / 24 - 1)
    assert (reference.share_low, reference.share_high) == (1.0, 1.0)


def test_every_method_has_its_figures_with_what_they_cost(figures: SearchFigures) -> None:
    assert [row.method for row in figures.rows[1:]] == ["coreset", "portfolio"]
    for row in figures.rows[1:]:
        assert row.improvement_low <= row.improvement_over_oz <= row.improvement_high
        assert row.compilations >= row.evaluations + 2
        assert 0 < row.cpu_s < 30


def test_winners_are_judged_the_references_too(figures: SearchFigures) -> None:
    assert (figures.rows[0].agreed, figures.rows[0].refuted) == (3, 0)


def test_where_the_reference_is_refuted_oz_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_search_module, "WholeGate", PlantedGate(SROA))
    (one,) = [one for one in golden_functions() if one.name == "fibonacci"]
    given = ReferenceFunction(
        "f", one.name, "golden", one.instructions, one.ir, 12, 11, 4.0, 9, SROA
    )
    method = methods(quick=True, seed=0, only=("coreset",))[0]
    reference, coreset = bench_search(TOOLCHAIN, [given], [method]).rows
    assert (reference.improvement_over_oz, reference.refuted) == (0, 1)
    assert coreset.refuted <= 8


def test_the_plot_is_one_file_with_every_strategy(figures: SearchFigures, tmp_path: Path) -> None:
    file = tmp_path / "plot.svg"
    plot_search(figures, file)
    text = file.read_text(encoding="utf-8")
    assert "<image" not in text
    assert all(row.method in text for row in figures.rows)


def test_a_plot_of_another_kind_is_refused(figures: SearchFigures, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"\.svg"):
        plot_search(figures, tmp_path / "plot.jpeg")


def test_a_strategy_that_is_not_compared_is_named_with_those_that_are() -> None:
    with pytest.raises(BadOption, match="portfolio"):
        methods(quick=False, seed=0, only=("fast",))


def test_the_kept_reference_is_of_realistic_functions_of_unseen_programs() -> None:
    functions = read_reference()
    assert len(functions) >= 60
    assert all(12 <= one.instructions <= 600 for one in functions)
    assert all(one.best <= one.oz for one in functions)
    programs = {one.program for one in functions}
    assert len(programs) >= 5
    assert "train" not in {split_of(program) for program in programs}
    learned = {one["function_id"] for one in shipped("instructions").winners}
    assert not learned & {one.function_id for one in functions}


def test_a_smaller_sample_lies_in_the_reference_and_is_drawn_by_the_seed() -> None:
    functions = read_reference()
    drawn = sample(functions, 10, quick=False, seed=3)
    assert len(drawn) == 10
    assert drawn == sample(functions, 10, quick=False, seed=3)
    assert drawn != sample(functions, 10, quick=False, seed=4)
    assert len(sample(functions, None, quick=False, seed=3)) == len(functions)


@pytest.mark.parametrize("license_", ["MIT", "GPL-3.0-only"])
def test_random_searches_become_a_reference_where_the_licence_permits(
    golden_corpus: Path, tmp_path: Path, license_: str
) -> None:
    rows = Lake.open(golden_corpus).read("functions")
    place = rows.schema.get_field_index("license")
    rows = rows.set_column(place, rows.schema.field(place), pa.array([license_] * rows.num_rows))
    lake = Lake.open(tmp_path / "lake", create=True)
    lake.commit("fixture", 0, [lake.stage("functions", rows, name="fixture")])
    selected = select(lake, Selection(max_instructions=11))
    options = TuneOptions("random", "instructions", 10, None, seed=0)
    campaign = Campaign.start(lake, options, TOOLCHAIN, selected)
    run_campaign(lake, campaign, TOOLCHAIN, InlineExecutor(lake))
    file = tmp_path / "reference.parquet"
    with pytest.raises(NothingToTune, match="permissive"):
        export_reference(lake, file, EVALUATIONS)
    kept = len(selected) * (license_ in PERMISSIVE)
    with _refused_where_empty(kept):
        assert export_reference(lake, file, 10) == kept
        assert [one.function_id for one in read_reference(file)] == sorted(selected)


def _refused_where_empty(kept: int) -> AbstractContextManager[object]:
    return nullcontext() if kept else pytest.raises(NothingToTune)


def test_a_file_that_is_no_reference_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reference.parquet"
    file.write_text("nothing")
    with pytest.raises(BadOption, match="no deep reference"):
        read_reference(file)
