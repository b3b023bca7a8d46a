"""`gate --pending`: what becomes of winners that nobody judged, by a planted gate."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from autotune.campaign import Campaign, run_campaign
from autotune.executors.inline import InlineExecutor
from autotune.gate import pending, rejudge, verdict
from autotune.gate.pending import PendingReport, gate_pending
from autotune.tune_options import TuneOptions
from corpus.llvm.reference import Reference
from corpus.llvm.toolchain import find_toolchain
from tests.unit.autotune.gate.planted_gate import PlantedGate
from warehouse import sql
from warehouse.errors import Held
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
FIBONACCI, GCD = "2302ea7c8b40800b52b9ffc7213dabef", "c1ac0557ec5c5cba1044393206ea8edf"
SIMPLIFICATION = "function(function-simplification<O1>)"
NEXT_BEST = "function(sroa),function(simplifycfg)"


@pytest.fixture(scope="module")
def _tuned_once(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ungated") / "lake"
    shutil.copytree(golden_corpus, folder)
    lake = Lake.open(folder)
    options = TuneOptions("coreset", "instructions", 40, None, 0, gate=False)
    campaign = Campaign.start(lake, options, TOOLCHAIN, [FIBONACCI, GCD])
    run_campaign(lake, campaign, TOOLCHAIN, InlineExecutor(lake))
    return folder


@pytest.fixture
def ungated(_tuned_once: Path, tmp_path: Path) -> Lake:
    """A lake of its own with two winners that nobody judged: one list on two functions."""
    shutil.copytree(_tuned_once, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


@pytest.fixture
def judge(ungated: Lake, monkeypatch: pytest.MonkeyPatch) -> Callable[[PlantedGate], PendingReport]:
    """Judges what is pending with a planted gate."""

    def judged(gate: PlantedGate) -> PendingReport:
        monkeypatch.setattr(pending, "WholeGate", gate)
        executor = InlineExecutor(ungated)
        return gate_pending(ungated, TOOLCHAIN, [FIBONACCI, GCD], executor)

    return judged


def best(lake: Lake, *columns: str) -> list[tuple[Any, ...]]:
    rows = sql.run(lake, "FROM best ORDER BY function_id").select(list(columns)).to_pylist()
    return [tuple(row.values()) for row in rows]


def test_what_agrees_is_pending_no_more(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    gate = PlantedGate()
    report = judge(gate)
    assert report.document() == {
        "judged": 2,
        "agreed": 2,
        "inconclusive": 0,
        "refuted": 0,
        "replaced": 0,
        "other_toolchain": 0,
        "tasks_set_aside": [],
    }
    assert best(ungated, "gate") == [("agreed",), ("agreed",)]
    assert ungated.read("winners").num_rows == 2
    assert judge(gate).document()["judged"] == 0
    assert len(gate.asked) == 2


def test_a_refuted_winner_is_replaced_by_the_next_best_that_its_search_saw(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    before = best(ungated, "compilations", "cpu_s")
    report = judge(PlantedGate(SIMPLIFICATION))
    assert (report.states["refuted"], report.replaced) == (2, 2)
    assert best(ungated, "pass_list", "gate", "stable") == [(NEXT_BEST, "agreed", True)] * 2
    after = best(ungated, "compilations", "cpu_s")
    assert [now > then for now, then in zip(after, before, strict=True)] == [True, True]
    counts = best(ungated, "instructions", "oz_instructions")
    assert [count < oz for count, oz in counts] == [True, True]


def test_a_list_refuted_on_programs_is_asked_for_once_more_by_nobody(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    gate = PlantedGate(SIMPLIFICATION, on_programs=True)
    judge(gate)
    assert sorted(set(gate.asked)) == sorted(gate.asked)
    assert best(ungated, "pass_list") == [(NEXT_BEST,)] * 2


def test_where_the_search_saw_nothing_else_oz_stands(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    report = judge(
        PlantedGate(SIMPLIFICATION, "function(sroa)", "function(mem2reg)", "default<O1>")
    )
    assert report.states["refuted"] == 2
    assert report.replaced < 2
    assert ("default<Oz>", "same_as_oz") in best(ungated, "pass_list", "gate")


def test_a_count_that_opt_does_not_repeat_is_no_label(
    ungated: Lake,
    judge: Callable[[PlantedGate], PendingReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refer = rejudge.refer

    def other_count(*given: object) -> Reference:
        said = refer(*given)
        return replace(said, last=replace(said.last, instructions=99), stable=False)

    monkeypatch.setattr(rejudge, "refer", other_count)
    gate = PlantedGate()
    judge(gate)
    found = ungated.read("verdicts").to_pylist()
    unstable = [row for row in found if row["kind"] == "stability"]
    assert {row["function_id"] for row in unstable} == {FIBONACCI, GCD}
    assert {row["pass_list"] for row in unstable} == {SIMPLIFICATION}
    assert [row["reason"].rpartition(", then ")[2][:15] for row in unstable] == [
        "99 instructions"
    ] * 2
    assert (FIBONACCI, SIMPLIFICATION) not in gate.asked
    assert SIMPLIFICATION not in [row[0] for row in best(ungated, "pass_list")]


def test_a_row_that_opt_no_longer_gives_is_refuted_as_unstable(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    rows = ungated.read("winners").to_pylist()
    lies = [{**rows[0], "campaign_id": "planted", "instructions": 1}]
    planted = pa.Table.from_pylist(lies, schema=ungated.read("winners").schema)
    ungated.commit("planted", 0, [ungated.stage("winners", planted, name="planted")])
    judge(PlantedGate())
    (unstable,) = [
        row for row in ungated.read("verdicts").to_pylist() if row["kind"] == "stability"
    ]
    assert unstable["reason"].startswith("opt gave 1 instructions (")
    assert ("planted",) not in best(ungated, "campaign_id")


def test_rows_of_another_llvm_are_left_to_it(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    rows = ungated.read("winners").to_pylist()
    other = [{**row, "toolchain": "llvm-23", "campaign_id": "other"} for row in rows]
    planted = pa.Table.from_pylist(other, schema=ungated.read("winners").schema)
    ungated.commit("planted", 0, [ungated.stage("winners", planted, name="planted")])
    report = judge(PlantedGate())
    assert (sum(report.states.values()), report.other_toolchain) == (2, 2)
    assert report.lines()[-1].endswith("2 of other toolchains left out")


def test_what_another_gate_could_not_conclude_on_is_judged_once_more(
    ungated: Lake,
    judge: Callable[[PlantedGate], PendingReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsure = PlantedGate(unsure=True)
    with monkeypatch.context() as patch:
        patch.setattr(verdict, "GATE_VERSION", "earlier")
        assert judge(unsure).states["inconclusive"] == 2
    assert best(ungated, "gate") == [("inconclusive",)] * 2
    assert judge(unsure).states["inconclusive"] == 2
    assert judge(unsure).states == {}


def test_only_one_process_judges_at_a_time(
    ungated: Lake, judge: Callable[[PlantedGate], PendingReport]
) -> None:
    with ungated.hold("gate"), pytest.raises(Held, match="gate"):
        judge(PlantedGate())
