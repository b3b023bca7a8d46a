"""Campaigns whose winners are judged, by a planted gate: rows, room for the next best, bars."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from autotune import campaign as campaigns
from autotune import worker
from autotune.campaign import Campaign, CampaignReport, run_campaign
from autotune.executors.inline import InlineExecutor
from autotune.search_pieces import SearchPieces
from autotune.tune_options import TuneOptions
from autotune.worker import search_task
from corpus.llvm.passes import PassSpace
from corpus.llvm.toolchain import find_toolchain
from corpus.selection import Selection, select
from tests.unit.autotune.gate.planted_gate import PlantedGate
from warehouse import sql
from warehouse.lake import Lake
from warehouse.task import Receipt

TOOLCHAIN = find_toolchain()
SIMPLIFICATION = "function(function-simplification<O1>)"
"""The shortest winner on `fibonacci` and on `gcd`, which the shipped coreset improves."""

FUNCTIONS = ("2302ea7c", "c1ac0557", "2452")
"""`fibonacci`, `gcd`, and one that nothing improves."""


def options(strategy: str = "coreset", *, seed: int = 0, gate: bool = True) -> TuneOptions:
    return TuneOptions(strategy, "instructions", 40, None, seed, gate=gate)


def start(lake: Lake, asked: TuneOptions) -> Campaign:
    chosen = [one for one in select(lake, Selection()) if one.startswith(FUNCTIONS)]
    return Campaign.start(lake, asked, TOOLCHAIN, chosen)


def tune(lake: Lake, asked: TuneOptions) -> CampaignReport:
    return run_campaign(lake, start(lake, asked), TOOLCHAIN, InlineExecutor(lake))


def plant(monkeypatch: pytest.MonkeyPatch, gate: PlantedGate) -> PlantedGate:
    monkeypatch.setattr(worker, "WholeGate", gate)
    return gate


def ask(lake: Lake, statement: str) -> list[dict[str, Any]]:
    return sql.run(lake, statement).to_pylist()


def test_winners_are_judged_before_they_enter_best(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = plant(monkeypatch, PlantedGate())
    tune(golden_lake, options())
    best = ask(golden_lake, "SELECT function_id, pass_list, gate FROM best")
    beating = {(row["function_id"], row["pass_list"]) for row in best if row["gate"] == "agreed"}
    assert beating == set(gate.asked) != set()
    assert {row["gate"] for row in best} == {"agreed", "same_as_oz"}
    states = ask(golden_lake, "SELECT DISTINCT gate FROM raw.winners ORDER BY gate")
    assert states == [{"gate": "agreed"}, {"gate": "same_as_oz"}]
    counts = "SELECT kind, verdict, count(*) AS n FROM verdicts GROUP BY ALL ORDER BY ALL"
    assert ask(golden_lake, counts) == [
        {"kind": "function", "verdict": "agreed", "n": len(beating)},
        {"kind": "programs", "verdict": "agreed", "n": len({one for _, one in beating})},
    ]


def test_a_refuted_winner_makes_room_for_the_next_best_of_its_search(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION))
    tune(golden_lake, options())
    refuted = ask(
        golden_lake, "SELECT pass_list, input_seed FROM verdicts WHERE verdict = 'refuted'"
    )
    assert {row["pass_list"] for row in refuted} == {SIMPLIFICATION}
    assert {row["input_seed"] for row in refuted} == {17}
    best = ask(golden_lake, "SELECT pass_list, gate FROM best WHERE gate = 'agreed'")
    assert best == [{"pass_list": "function(sroa),function(simplifycfg)", "gate": "agreed"}] * 2


def test_without_the_gate_nothing_is_judged_and_it_is_another_campaign(golden_lake: Lake) -> None:
    report = tune(golden_lake, options(gate=False))
    assert ask(golden_lake, "FROM verdicts") == []
    assert ask(golden_lake, "SELECT DISTINCT gate FROM best ORDER BY gate") == [
        {"gate": "not_run"},
        {"gate": "same_as_oz"},
    ]
    assert start(golden_lake, options()).campaign_id != report.campaign_id


def test_verdicts_do_not_depend_on_how_functions_are_grouped(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION))
    campaign = start(golden_lake, options())
    sizes = defaultdict[str, int](lambda: 10)

    def rows() -> list[dict[str, Any]]:
        tasks = campaign.tasks(sizes, str(TOOLCHAIN.prefix))
        files = [file for task in tasks for file in search_task(task, golden_lake, 1).files]
        found = [
            row
            for file in files
            for row in golden_lake.read_staged(file).to_pylist()
            if file.table == "verdicts"
        ]
        once = {row["verdict_id"]: row for row in found}
        left_out = {"decided_at", "task_id"}
        return [
            {name: once[one][name] for name in once[one].keys() - left_out} for one in sorted(once)
        ]

    together = rows()
    monkeypatch.setattr(campaigns, "TASK_COST_S", 0.01)
    assert rows() == together != []


def test_a_task_in_pieces_leaves_what_it_leaves_whole(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION))
    (task,) = start(golden_lake, options()).tasks(
        defaultdict[str, int](lambda: 10), str(TOOLCHAIN.prefix)
    )
    cut = SearchPieces(golden_lake)
    pieces = [cut.piece(task, at, at + 1) for at in range(cut.units(task))]
    assert len(pieces) == len(FUNCTIONS)

    def left(receipt: Receipt) -> Counter[tuple[str, str]]:
        times = {"cpu_us", "cpu_s", "decided_at"}
        return Counter(
            (file.table, repr([(name, row[name]) for name in row if name not in times]))
            for file in receipt.files
            for row in golden_lake.read_staged(file).to_pylist()
        )

    whole = search_task(task, golden_lake, 1)
    receipts = [search_task(one, golden_lake, 1) for one in pieces]
    joined = cut.joined(task, receipts)
    assert left(joined) == left(whole)
    assert {table for table, _ in left(whole)} == {"evaluations", "winners", "verdicts"}
    assert (joined.task_id, joined.rows) == (whole.task_id, whole.rows)
    assert joined.rows < sum(one.rows for one in receipts), "a verdict was there twice"
    assert joined.notes["searched"] == whole.notes["searched"]
    assert joined.notes.keys() == whole.notes.keys()


def test_a_pass_that_broke_three_programs_is_searched_no_more_by_the_next_campaign(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION, on_programs=True))
    first = tune(golden_lake, options())
    assert start(golden_lake, options()).campaign_id == first.campaign_id  # it keeps its bars
    later = start(golden_lake, options(seed=1))
    assert list(later.bars) == [SIMPLIFICATION]
    assert later.pass_space == PassSpace.load().without(later.bars).version
    assert later.pass_space != PassSpace.load().version
    report = run_campaign(golden_lake, later, TOOLCHAIN, InlineExecutor(golden_lake))
    assert report.set_aside == []
    asked = ask(golden_lake, f"FROM evaluations WHERE campaign_id = '{later.campaign_id}'")
    assert asked != []
    assert [row for row in asked if SIMPLIFICATION in row["pass_list"].split(",")] == []
    assert ask(golden_lake, f"FROM evaluations WHERE contains(pass_list, '{SIMPLIFICATION}')") != []
    barred = ask(golden_lake, "SELECT pass_space, barred FROM passes WHERE barred LIKE 'gate: %'")
    (evidence,) = ask(
        golden_lake, "SELECT DISTINCT verdict_id FROM verdicts WHERE verdict = 'refuted'"
    )
    reason = f"gate: wrong code in loops, sort, tables by {SIMPLIFICATION}"
    reason += f" (verdict {evidence['verdict_id']})"
    assert barred == [{"pass_space": later.pass_space, "barred": reason}]
    assert start(golden_lake, options(seed=1)).campaign_id == later.campaign_id


@pytest.mark.parametrize("strategy", ["random", "coreset"])
def test_the_same_command_continues_a_campaign_though_a_pass_was_barred_since(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    before = tune(golden_lake, options(strategy, seed=7, gate=False)).campaign_id
    plant(monkeypatch, PlantedGate(SIMPLIFICATION, on_programs=True))
    tune(golden_lake, options())
    assert start(golden_lake, options(strategy, seed=7, gate=False)).campaign_id == before
    barred = start(golden_lake, options(strategy, seed=8, gate=False))
    run_campaign(golden_lake, barred, TOOLCHAIN, InlineExecutor(golden_lake))
    assert list(barred.bars) == [SIMPLIFICATION]
    assert (
        start(golden_lake, options(strategy, seed=8, gate=False)).campaign_id == barred.campaign_id
    )


def test_a_worker_whose_passes_are_not_those_of_the_campaign_refuses(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION, on_programs=True))
    tune(golden_lake, options())
    later = start(golden_lake, options(seed=1))
    monkeypatch.setattr(PassSpace, "without", lambda space, _: space)
    report = run_campaign(golden_lake, later, TOOLCHAIN, InlineExecutor(golden_lake))
    assert "has pass space" in report.set_aside[0].reason


def test_the_pass_that_was_barred_for_one_llvm_is_not_for_another(
    golden_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedGate(SIMPLIFICATION, on_programs=True))
    tune(golden_lake, options())
    assert campaigns.bars_of(golden_lake, TOOLCHAIN.fingerprint) != {}
    assert campaigns.bars_of(golden_lake, "llvm-23") == {}
